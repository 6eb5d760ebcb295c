package settings

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Show is a parameter's value as SHOW prints it: a duration in the greatest unit that
// needs no fraction.
func (s *Settings) Show(name string) (string, bool) {
	v, ok := s.Get(name)
	d := settingByName[strings.ToLower(name)]
	if !ok || d == nil || !strings.HasSuffix(d.name, "_timeout") {
		return v, ok
	}
	ms, err := strconv.ParseFloat(v, 64)
	if err != nil || ms == 0 {
		return v, ok
	}
	for _, u := range units {
		if n := ms / u.ms; n == math.Trunc(n) {
			return strconv.FormatFloat(n, 'f', -1, 64) + u.name, ok
		}
	}
	return v, ok
}

// List is SHOW ALL.
func (s *Settings) List() []Setting {
	var out []Setting
	for _, d := range settingDefs {
		out = append(out, Setting{Name: d.name, Value: s.values[strings.ToLower(d.name)], Default: d.value, Description: d.describe, Kind: d.kind})
	}
	for _, key := range slices.Sorted(maps.Keys(s.values)) {
		if settingByName[key] == nil {
			out = append(out, Setting{Name: key, Value: s.values[key], Kind: "string"})
		}
	}
	return out
}

// Setting is a parameter as SHOW ALL and pg_settings print it.
type Setting struct {
	Name, Value, Default, Description, Kind string // Kind: bool, integer, string, enum
}

// Parameter is the value of a parameter that clients are told of.
type Parameter struct{ Name, Value string }

// Reported lists the parameters that clients are told of.
func (s *Settings) Reported() []Parameter {
	var out []Parameter
	for _, d := range settingDefs {
		if d.report {
			out = append(out, Parameter{d.name, s.values[strings.ToLower(d.name)]})
		}
	}
	return out
}

// Changed lists the reported ones that changed since it was last asked.
func (s *Settings) Changed() []Parameter {
	if len(s.changed) == 0 {
		return nil
	}
	var out []Parameter
	for _, name := range slices.Sorted(maps.Keys(s.changed)) {
		out = append(out, Parameter{name, s.values[strings.ToLower(name)]})
	}
	clear(s.changed)
	return out
}

// Canonical is a parameter's name as it is printed.
func Canonical(name string) string {
	if d := settingByName[strings.ToLower(name)]; d != nil {
		return d.name
	}
	return name
}
