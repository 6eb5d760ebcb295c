// Package settings is the parameters of a session: PostgreSQL's by name, and
// those of Tarn's own.
package settings

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// settingDef is a session parameter: PostgreSQL's names, plus tarn.*.
type settingDef struct {
	name     string // canonical, as reported to clients
	value    string // default
	kind     string // bool, integer, string, enum
	report   bool   // sent as ParameterStatus
	fixed    bool   // cannot be changed
	allowed  []string
	check    func(value string) (string, error)
	describe string
}

// ServerVersion is the PostgreSQL version whose behaviour clients may expect.
const ServerVersion = "15.0"

var settingDefs = []settingDef{
	{name: "allow_system_table_mods", value: "off", kind: "bool", describe: "Allows modifications of the structure of system tables."},
	{name: "application_name", kind: "string", report: true, describe: "Sets the application name to be reported in statistics and logs."},
	{name: "bytea_output", value: "hex", kind: "enum", allowed: []string{"hex"}, describe: "Sets the output format for bytea."},
	{name: "client_encoding", value: "UTF8", kind: "string", report: true, check: checkEncoding, describe: "Sets the client's character set encoding."},
	{name: "client_min_messages", value: "notice", kind: "enum", allowed: []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}, describe: "Sets the message levels that are sent to the client."},
	{name: "DateStyle", value: "ISO, MDY", kind: "string", report: true, check: checkDateStyle, describe: "Sets the display format for date and time values."},
	{name: "default_table_access_method", value: "heap", kind: "string", fixed: true, describe: "Shows the default table access method."},
	{name: "default_tablespace", kind: "string", allowed: []string{""}, describe: "Sets the default tablespace to create tables in."},
	{name: "default_transaction_deferrable", value: "off", kind: "bool", describe: "Sets the default deferrable status of new transactions."},
	{name: "default_transaction_isolation", value: "repeatable read", kind: "enum", allowed: isolationLevels, describe: "Sets the transaction isolation level of each new transaction."},
	{name: "default_transaction_read_only", value: "off", kind: "bool", report: true, describe: "Sets the default read-only status of new transactions."},
	{name: "extra_float_digits", value: "1", kind: "integer", check: checkFloatDigits, describe: "Sets the number of digits displayed for floating-point values."},
	{name: "idle_in_transaction_session_timeout", value: "0", kind: "integer", check: checkDuration("idle_in_transaction_session_timeout"), describe: "Sets the maximum allowed idle time between queries, when in a transaction."},
	{name: "idle_session_timeout", value: "0", kind: "integer", check: checkDuration("idle_session_timeout"), describe: "Sets the maximum allowed idle time between queries, when not in a transaction."},
	{name: "in_hot_standby", value: "off", kind: "bool", report: true, fixed: true, describe: "Shows whether hot standby is currently active."},
	{name: "integer_datetimes", value: "on", kind: "bool", report: true, fixed: true, describe: "Shows whether datetimes are integer based."},
	{name: "IntervalStyle", value: "postgres", kind: "enum", report: true, allowed: []string{"postgres"}, describe: "Sets the display format for interval values."},
	{name: "is_superuser", value: "on", kind: "bool", report: true, fixed: true, describe: "Shows whether the current user is a superuser."},
	{name: "lock_timeout", value: "0", kind: "integer", check: checkDuration("lock_timeout"), describe: "Sets the maximum allowed duration of any wait for a lock."},
	{name: "max_identifier_length", value: "63", kind: "integer", fixed: true, describe: "Shows the maximum identifier length."},
	{name: "max_index_keys", value: "32", kind: "integer", fixed: true, describe: "Shows the maximum number of index keys."},
	{name: "row_security", value: "on", kind: "bool", describe: "Enables row security."},
	{name: "search_path", value: `"$user", public`, kind: "string", describe: "Sets the schema search order for names that are not schema-qualified."},
	{name: "server_encoding", value: "UTF8", kind: "string", report: true, fixed: true, describe: "Shows the server (database) character set encoding."},
	{name: "server_version", value: ServerVersion, kind: "string", report: true, fixed: true, describe: "Shows the server version."},
	{name: "server_version_num", value: "150000", kind: "integer", fixed: true, describe: "Shows the server version as an integer."},
	{name: "session_authorization", kind: "string", report: true, fixed: true, describe: "Shows the session user name."},
	{name: "standard_conforming_strings", value: "on", kind: "bool", report: true, allowed: []string{"on"}, describe: "Causes '...' strings to treat backslashes literally."},
	{name: "statement_timeout", value: "0", kind: "integer", check: checkDuration("statement_timeout"), describe: "Sets the maximum allowed duration of any statement."},
	{name: "tarn.allow_stale_reads", value: "off", kind: "bool", describe: "Lets reads see the last committed epoch before the sources have caught up after a restart."},
	{name: "TimeZone", value: "UTC", kind: "string", report: true, check: checkZone, describe: "Sets the time zone for displaying and interpreting time stamps."},
	{name: "transaction_isolation", value: "repeatable read", kind: "enum", allowed: isolationLevels, describe: "Sets the current transaction's isolation level."},
	{name: "transaction_read_only", value: "off", kind: "bool", describe: "Sets the current transaction's read-only status."},
}

var isolationLevels = []string{"serializable", "repeatable read", "read committed", "read uncommitted"}

var settingByName = func() map[string]*settingDef {
	m := map[string]*settingDef{}
	for i := range settingDefs {
		m[strings.ToLower(settingDefs[i].name)] = &settingDefs[i]
	}
	return m
}()

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
	v, err := d.normalize(name, value)
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

// normalize checks a value. Messages name the parameter as the statement does, but for
// those that come from checks.
func (d *settingDef) normalize(name, value string) (string, error) {
	invalid := func() error {
		return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", name, value)
	}
	if d.kind == "bool" {
		b, ok := parseBool(value)
		if !ok {
			return "", pgerr.New(pgerr.InvalidParameterValue, "parameter %q requires a Boolean value", name)
		}
		value = map[bool]string{true: "on", false: "off"}[b]
	}
	if d.check != nil {
		v, err := d.check(value)
		if err != nil {
			if _, ok := err.(*pgerr.Error); ok {
				return "", err
			}
			return "", invalid()
		}
		return v, nil
	}
	if d.allowed != nil {
		i := slices.IndexFunc(d.allowed, func(a string) bool { return strings.EqualFold(a, value) })
		if i < 0 {
			return "", invalid().(*pgerr.Error).WithHint("Available values: %s.", strings.Join(d.allowed, ", "))
		}
		return d.allowed[i], nil
	}
	if d.kind == "integer" {
		if _, err := strconv.Atoi(strings.TrimSpace(value)); err != nil {
			return "", invalid()
		}
	}
	return value, nil
}

func parseBool(v string) (value, ok bool) {
	v = strings.ToLower(strings.TrimSpace(v))
	for _, w := range []string{"true", "yes", "on", "1"} {
		if v == w || len(v) > 0 && w != "on" && strings.HasPrefix(w, v) {
			return true, true
		}
	}
	for _, w := range []string{"false", "no", "off", "0"} {
		if v == w || len(v) > 0 && strings.HasPrefix(w, v) && v != "o" {
			return false, true
		}
	}
	return false, false
}

func checkEncoding(v string) (string, error) {
	switch strings.ToLower(strings.Trim(v, "'\"")) {
	case "utf8", "utf-8", "unicode":
		return "UTF8", nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"client_encoding\": %q", v)
}

// checkDateStyle accepts what keeps the output ISO.
func checkDateStyle(v string) (string, error) {
	order := "MDY"
	for _, w := range strings.Split(v, ",") {
		switch strings.ToLower(strings.TrimSpace(w)) {
		case "iso", "mdy", "us", "noneuro", "noneuropean", "default":
		case "sql", "postgres", "german", "dmy", "euro", "european", "ymd":
			return "", pgerr.New(pgerr.FeatureNotSupported, "DateStyle %q is not supported", v).
				WithHint("The supported value is ISO, MDY.")
		default:
			return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"DateStyle\": %q", v).
				WithDetail("Unrecognized key word: \"%s\".", strings.TrimSpace(w))
		}
	}
	return "ISO, " + order, nil
}

// checkFloatDigits takes PostgreSQL's range.
func checkFloatDigits(v string) (string, error) {
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err == nil && (n < -15 || n > 3) {
		return "", outside(strconv.Itoa(n), "extra_float_digits", -15, 3)
	}
	return strconv.Itoa(n), err
}

func outside(value, name string, low, high int64) error {
	return pgerr.New(pgerr.InvalidParameterValue, "%s is outside the valid range for parameter %q (%d .. %d)", value, name, low, high)
}

// units are those of durations, from the greatest on, in milliseconds.
var units = []struct {
	name string
	ms   float64
}{{"d", 86_400_000}, {"h", 3_600_000}, {"min", 60_000}, {"s", 1000}, {"ms", 1}, {"us", 0.001}}

// checkDuration reads milliseconds, or a number with a unit, as PostgreSQL
// does, and keeps milliseconds.
func checkDuration(name string) func(v string) (string, error) {
	return func(v string) (string, error) {
		text := strings.TrimSpace(v)
		unit := strings.TrimLeft(text, "+-0123456789.")
		n, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
		if err != nil {
			return "", err
		}
		scale := 1.0
		if unit = strings.TrimSpace(unit); unit != "" {
			scale = 0
			for _, u := range units {
				if u.name == unit {
					scale = u.ms
				}
			}
		}
		if scale == 0 {
			return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", name, v).
				WithHint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".")
		}
		ms := math.RoundToEven(n * scale)
		if ms < 0 || ms > math.MaxInt32 {
			return "", outside(strconv.FormatFloat(ms, 'f', -1, 64)+" ms", name, 0, math.MaxInt32)
		}
		return strconv.FormatInt(int64(ms), 10), nil
	}
}

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

// checkZone accepts the names of the IANA database and UTC.
func checkZone(v string) (string, error) {
	z, err := Zone(v)
	if err != nil {
		return "", err
	}
	return z.String(), nil
}

// Zone finds a time zone by its name, or by an offset in hours east of
// Greenwich, as SET TIME ZONE 2 gives it.
func Zone(v string) (*time.Location, error) {
	switch strings.ToLower(v) {
	case "utc", "gmt", "z", "zulu", "default", "local", "etc/utc":
		return time.UTC, nil
	}
	if h, err := strconv.ParseFloat(v, 64); err == nil && h >= -15 && h <= 15 {
		return offsetZone(int(math.Round(h * 3600))), nil
	}
	if text, ok := strings.CutPrefix(v, "INTERVAL '"); ok {
		if d, err := datetime.ParseInterval(strings.TrimSuffix(text, "'"), 0); err == nil && d.Months == 0 && d.Days == 0 {
			return offsetZone(int(d.Micros / 1_000_000)), nil
		}
	}
	if _, rule, ok := strings.Cut(v, ">"); ok && strings.HasPrefix(v, "<") {
		if west, ok := datetime.ParseOffset(rule); ok {
			return time.FixedZone(v, -west), nil
		}
	}
	if z, err := time.LoadLocation(v); err == nil && v != "" {
		return z, nil
	}
	if strings.ContainsAny(v, "0123456789") {
		if z, err := datetime.LoadZone(v); err == nil {
			return z, nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"TimeZone\": %q", v)
}

// offsetZone is a zone of so many seconds east of Greenwich, under its POSIX name, in
// which the second number counts to the west.
func offsetZone(east int) *time.Location {
	text := func(v int) string {
		s := fmt.Sprintf("%c%02d", "+-"[btoi(v < 0)], max(v, -v)/3600)
		if m := max(v, -v) / 60 % 60; m > 0 {
			s += fmt.Sprintf(":%02d", m)
		}
		return s
	}
	return time.FixedZone("<"+text(east)+">"+text(-east), east)
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
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
