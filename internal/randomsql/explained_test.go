package randomsql

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// lastDigits are the functions whose last digits are the C library's, or are not defined.
var lastDigits = regexp.MustCompile(`\b(cbrt|cot|cotd|a?sind?|a?cosd?|a?tand?|avg|var_\w+|variance|stddev\w*|corr|covar_\w+|regr_\w+|date_part)\(`)

// timeType are the types of casts from texts whose errors are of several kinds.
var timeType = regexp.MustCompile(`^(date|time|timestamp|timestamptz|interval)(\[\])?$`)

var longNumber = regexp.MustCompile(`-?\d+\.\d{8,}(e[-+]\d+)?`)

// inShort rounds the long numbers in a text.
func inShort(text string) string {
	return longNumber.ReplaceAllStringFunc(text, func(s string) string {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return s
		}
		return strconv.FormatFloat(f, 'g', 11, 64)
	})
}

// difference is a line of docs/differences.md about single expressions.
type difference struct {
	about string
	names string // of the signatures that it is about, with spaces between; empty: of any
	is    func(x *expression, a, b answer) bool
}

// differences are those that are left. Each says as sharply as it can what it is
// about: the signature, and what the two answer.
var differences = []difference{
	{"how many zeros power shows", "power pow ^ numeric_power", func(_ *expression, a, b answer) bool { return sameNumber(a, b) }},
	{"an angle of which the last digits differ", "sin cos tan cot", func(x *expression, a, b answer) bool {
		return a.code == "" && b.code == "" && x.within[0].signature != nil
	}},
	{"make_interval that is out of range", "make_interval", func(_ *expression, a, b answer) bool { return a.code == "22008" && b.code == "" }},
	{"width_bucket at a bound", "width_bucket", func(_ *expression, a, b answer) bool { return a.code == "" && b.code == "" }},
	{"to_char of a number with th before its digits", "to_char", func(x *expression, _, b answer) bool {
		return b.code != "" && strings.Contains(x.within[1].String(), "th")
	}},
	{"to_char of an infinite float", "to_char", func(x *expression, a, b answer) bool {
		return strings.HasPrefix(x.args[0], "float") && strings.Contains(a.String(), "#") && strings.Contains(b.String(), "#")
	}},
	{"a template's letters that the text does not have", "to_date to_timestamp", func(x *expression, a, b answer) bool { return len(x.args) == 2 }},
	{"a basic regular expression", "regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr", func(_ *expression, a, _ answer) bool {
		return a.code == "0A000"
	}},
	{"jsonpath with junk behind a number", "cast", func(_ *expression, a, b answer) bool {
		return (strings.HasPrefix(a.message, "trailing junk after numeric literal") || strings.HasPrefix(a.message, "unexpected end of quoted string")) &&
			strings.HasPrefix(b.message, "syntax error")
	}},
	{"a text that is no time", "cast", func(x *expression, a, b answer) bool {
		wrong := []string{"22007", "22008", "22015", "22023"}
		return timeType.MatchString(x.typ) && slices.Contains(wrong, a.code) && slices.Contains(wrong, b.code)
	}},
	{"a date and infinity in one text", "cast", func(x *expression, a, b answer) bool {
		return timeType.MatchString(x.typ) && a.code == "22007" && strings.HasSuffix(b.String(), "infinity\"") && strings.Contains(strings.ToLower(a.message), "infinity")
	}},
	{"the time of an interval of almost 2^63 microseconds", `"time"`, func(x *expression, a, b answer) bool {
		return x.args[0] == "interval" && a.code == "" && strings.HasPrefix(b.String(), `[1083] "28:`)
	}},
	{"what the SQL of a function computes before its arguments", `"overlaps" date_part "substring"`, func(x *expression, a, b answer) bool {
		return a.code != "" && b.code != "" || x.name == `"substring"` && b.code == "22025"
	}},
	{"which of equal numbers is the least", "min max", func(_ *expression, a, b answer) bool { return sameNumber(a, b) }},
	{"a LIKE pattern that ends in the escape character", "~~ ~~* !~~ !~~*", func(_ *expression, a, _ answer) bool { return a.code == "22025" }},
	{"a float's last digits in a sum", "sum avg", func(x *expression, a, b answer) bool {
		return strings.HasPrefix(x.args[0], "float") && a.code == "" && b.code == ""
	}},
	{"a time zone of three digits", "timezone", func(x *expression, a, b answer) bool {
		return a.code == "" && b.code == "" && strings.Contains(x.within[0].String(), "100")
	}},
	{"a span of times that is out of range", "-", func(_ *expression, a, b answer) bool {
		return a.message == "interval out of range" && b.code == ""
	}},
	{"the order of a sum of intervals", "sum avg", func(x *expression, a, b answer) bool {
		return x.args[0] == "interval" && (a.code == "") != (b.code == "") && strings.HasSuffix(a.message+b.message, "out of range")
	}},
	{"age of infinite times", "age", func(_ *expression, a, _ answer) bool { return a.message == "cannot subtract infinite timestamps" }},
	{"a float's last digits in a text or an array", "", func(x *expression, a, b answer) bool {
		return a.code == "" && b.code == "" && lastDigits.MatchString(x.String()) && inShort(a.String()) == inShort(b.String())
	}},
	{"squares of floats that are out of range", `avg sum var_pop var_samp variance stddev stddev_pop stddev_samp corr covar_pop covar_samp
		regr_avgx regr_avgy regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy`, func(x *expression, _, b answer) bool {
		return strings.HasPrefix(x.args[0], "float") && (b.message == "value out of range: overflow" || strings.Contains(x.String(), "1e-300"))
	}},
	{"a time zone that is no zone's name", "timezone make_timestamptz date_trunc", func(_ *expression, a, _ answer) bool {
		return a.code == "22023" && strings.HasPrefix(a.message, "time zone \"")
	}},
}

// explained names the line of docs/differences.md that an expression's difference is
// about, whose parts do not differ; "" if there is none.
func explained(x *expression, a, b answer) string {
	for _, d := range differences {
		if (d.names == "" || slices.Contains(strings.Fields(d.names), x.name)) && d.is(x, a, b) {
			return d.about
		}
	}
	return ""
}

// sameNumber reports answers that are numbers of one value.
func sameNumber(a, b answer) bool {
	if len(a.rows) != 1 || len(b.rows) != 1 || !slices.Equal(a.types, b.types) {
		return false
	}
	trimmed := func(s string) string {
		s = strings.Trim(s, `"`)
		if !strings.Contains(s, ".") {
			return s
		}
		return strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return trimmed(a.rows[0]) == trimmed(b.rows[0])
}
