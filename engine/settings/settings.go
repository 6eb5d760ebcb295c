// Package settings is the parameters of a session: PostgreSQL's by name, and
// those of Tarn's own.
package settings

import (
	"maps"
	"slices"
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
)

// Settings are a session's parameters. SET LOCAL and a rolled-back SET are
// undone by restoring an earlier copy.
type Settings struct {
	values  map[string]string // by lower-case name
	shared  bool              // values is somebody else's too: it is copied before it changes
	version uint64            // goes up with each change
	base    map[string]string // what RESET goes back to; not to be changed
	changed map[string]bool   // reported ones that changed since the client was told
}

// defaults is what all sessions begin with, and share while they change nothing.
var defaults = func() map[string]string {
	values := map[string]string{}
	for k, d := range settingByName {
		values[k] = d.value
	}
	return values
}()

// New gives every parameter its default.
func New() *Settings { return &Settings{values: defaults, base: defaults, shared: true} }

// Version is another number after each change.
func (s *Settings) Version() uint64 { return s.version }

func (s *Settings) put(key, value string) {
	s.own()
	s.values[key] = value
}

func (s *Settings) remove(key string) {
	s.own()
	delete(s.values, key)
}

// own makes the values this session's alone, which is about to change them.
func (s *Settings) own() {
	s.version++
	if s.shared {
		s.values, s.shared = maps.Clone(s.values), false
	}
}

// Get is a parameter's value.
func (s *Settings) Get(name string) (string, bool) {
	v, ok := s.values[strings.ToLower(name)]
	return v, ok
}

// Value is a parameter's value by its lower-case name, "" where there is none.
func (s *Settings) Value(key string) string { return s.values[key] }

// Values is all values as they are now, for Restore; not to be changed.
func (s *Settings) Values() map[string]string {
	s.shared = true
	return s.values
}

// Begin sets what the client said when it connected; RESET goes back to that.
func (s *Settings) Begin(user string, params map[string]string) error {
	s.put("session_authorization", user)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if err := s.Set(name, params[name]); err != nil {
			return err
		}
	}
	s.base = s.Values()
	clear(s.changed)
	return nil
}

// Bool is the value of a parameter that is on or off, by its lower-case name.
func (s *Settings) Bool(name string) bool { return s.values[name] == "on" }

// Set changes a parameter. Names with a dot that are not ours are the client's
// own, as in PostgreSQL.
func (s *Settings) Set(name, value string) error {
	key := strings.ToLower(name)
	d := settingByName[key]
	if d == nil {
		if !strings.Contains(key, ".") || strings.HasPrefix(key, "tarn.") {
			return Unknown(name)
		}
		s.put(key, value)
		return nil
	}
	v, err := d.normalize(name, s.values[key], value)
	if err != nil {
		return err
	}
	if d.fixed && v != s.values[key] {
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", d.name)
	}
	s.Assign(key, v)
	return nil
}

// Assign changes a parameter, by its lower-case name, without looking at the value.
func (s *Settings) Assign(key, value string) {
	if s.values[key] == value {
		return
	}
	s.put(key, value)
	if d := settingByName[key]; d != nil && d.report {
		if s.changed == nil {
			s.changed = map[string]bool{}
		}
		s.changed[d.name] = true
	}
}

// Reset goes back to the value that the session began with.
func (s *Settings) Reset(name string) error {
	key := strings.ToLower(name)
	if d := settingByName[key]; d != nil && d.fixed && d.name != "session_authorization" {
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter %q cannot be changed", d.name)
	}
	v, ok := s.base[key]
	if !ok {
		if _, own := s.values[key]; own {
			s.remove(key)
			return nil
		}
		return Unknown(name)
	}
	s.Assign(key, v)
	return nil
}

// ResetAll is Reset of all parameters.
func (s *Settings) ResetAll() {
	s.Restore(s.base)
}

// Restore goes back to an earlier copy of the values.
func (s *Settings) Restore(old map[string]string) {
	for _, key := range slices.Collect(maps.Keys(s.values)) {
		if _, ok := old[key]; !ok {
			s.remove(key)
		}
	}
	for key, v := range old {
		s.Assign(key, v)
	}
}

// Unknown is the error of a name that no parameter has.
func Unknown(name string) error {
	return pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter %q", name)
}

// SearchPath is the schemas that names without one are looked up in, with
// pg_catalog first as PostgreSQL has it.
func (s *Settings) SearchPath() []string {
	var out []string
	for _, p := range strings.Split(s.values["search_path"], ",") {
		p = strings.TrimSpace(p)
		if strings.HasPrefix(p, `"`) {
			p = strings.ReplaceAll(strings.Trim(p, `"`), `""`, `"`)
		} else {
			p = strings.Trim(strings.ToLower(p), "'")
		}
		// No schema is named after a user: the ones that there are belong to the system.
		if p != "" && p != "$user" {
			out = append(out, p)
		}
	}
	if !slices.Contains(out, "pg_catalog") {
		out = append([]string{"pg_catalog"}, out...)
	}
	return out
}
