package settings

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// normalize checks a value. Messages name the parameter as the statement does, but for
// those that come from checks. now is the value that the parameter has.
func (d *settingDef) normalize(name, now, value string) (string, error) {
	invalid := func() error {
		return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", name, value)
	}
	if d.kind == "bool" {
		b, ok := parseBool(value)
		if !ok {
			return "", pgerr.New(pgerr.InvalidParameterValue, "parameter %q requires a Boolean value", name)
		}
		value = map[bool]string{true: "on", false: "off"}[b]
	}
	if d.check != nil {
		v, err := d.check(now, value)
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
		n, err := parseInteger(value)
		if err != nil {
			return "", invalid()
		}
		value = strconv.FormatInt(n, 10)
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

func checkEncoding(_, v string) (string, error) {
	switch strings.ToLower(strings.Trim(v, "'\"")) {
	case "utf8", "utf-8", "unicode":
		return "UTF8", nil
	}
	return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"client_encoding\": \"%s\"", v)
}

// checkDateStyle keeps of the style that there is what the value does not say.
func checkDateStyle(now, v string) (string, error) {
	style, _ := datetime.ParseDateStyle(now, datetime.DateStyle{})
	style, wrong := datetime.ParseDateStyle(v, style)
	if wrong != "" {
		return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"DateStyle\": \"%s\"", v).WithDetail("%s", wrong)
	}
	return style.String(), nil
}

// checkFloatDigits takes PostgreSQL's range.
func checkFloatDigits(_, v string) (string, error) {
	n, err := parseInteger(v)
	if err == nil && (n < -15 || n > 3) {
		return "", outside(strconv.FormatInt(n, 10), "extra_float_digits", -15, 3)
	}
	return strconv.FormatInt(n, 10), err
}

// parseInteger reads an integer as C does, or a number with a fraction, which is rounded.
func parseInteger(v string) (int64, error) {
	text := strings.TrimSpace(v)
	if n, err := strconv.ParseInt(text, 0, 32); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && !(math.Abs(f) < math.MaxInt32) {
		err = strconv.ErrRange
	}
	return int64(math.RoundToEven(f)), err
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
func checkDuration(name string) func(now, v string) (string, error) {
	return func(_, v string) (string, error) {
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
			return "", pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", name, v).
				WithHint("Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".")
		}
		ms := math.RoundToEven(n * scale)
		if ms < 0 || ms > math.MaxInt32 {
			return "", outside(strconv.FormatFloat(ms, 'f', -1, 64)+" ms", name, 0, math.MaxInt32)
		}
		return strconv.FormatInt(int64(ms), 10), nil
	}
}
