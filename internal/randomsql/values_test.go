package randomsql

import (
	"math/rand/v2"
	"strings"
)

// pools are values of each type, as they stand between quotes: usual ones, and those at
// the bounds of the type.
var pools = withArrays(map[string][]string{
	"bool":        {"t", "f"},
	"int2":        {"0", "1", "-1", "7", "32767", "-32768"},
	"int4":        {"0", "1", "2", "3", "-1", "-7", "10", "100", "2147483647", "-2147483648"},
	"int8":        {"0", "1", "2", "-3", "12", "9223372036854775807", "-9223372036854775808", "4294967296"},
	"numeric":     {"0", "1", "-1.5", "2.50", "0.001", "1e20", "-123456789.987654321", "NaN", "Infinity", "-Infinity", "3.14159", "1e-20"},
	"float4":      {"0", "1.5", "-2.25", "NaN", "Infinity", "1e30", "1e-30", "0.1"},
	"float8":      {"0", "1", "0.5", "-2.25", "3.7", "NaN", "-Infinity", "Infinity", "1e300", "1e-300", "-0"},
	"text":        {"", "a", "abc", "ABC def", "été", "日本語", "12", "-3.5", "a,b,,c", "%b_", "x\\y", " pad ", "2024-02-29", "true", "{1,2}", "ß", "aXbXc"},
	"bpchar":      {"", "a", "ab  ", "12", "Été "},
	"bytea":       {"", "\\x00", "\\xdeadbeef", "abc", "\\x616263"},
	"date":        {"2024-02-29", "1999-12-31", "infinity", "-infinity", "0044-03-15 BC", "1970-01-01", "5874897-12-31", "4713-01-01 BC"},
	"time":        {"00:00:00", "12:34:56.789", "24:00:00", "23:59:59.999999"},
	"timestamp":   {"2024-02-29 12:34:56.789", "1999-12-31 23:59:59", "-infinity", "2000-01-01 00:00:00", "0001-01-01 00:00:00 BC", "2024-03-31 02:30:00", "294276-12-31 23:59:59.999999", "4713-01-01 00:00:00 BC"},
	"timestamptz": {"2024-02-29 12:34:56.789+00", "1999-12-31 23:59:59+02", "infinity", "2024-07-01 00:00:00-07", "2024-03-31 01:30:00+00", "2024-11-03 06:00:00+00", "1890-01-01 00:00:00+00", "0044-03-15 00:00:00+00 BC"},
	"interval": {"0", "1 day", "-1 mon 3 days", "1 year 2 mons 3 days 04:05:06.789", "-00:00:01", "100 hours", "1000 years",
		"2147483647 mons", "-2147483648 mons", "2147483647 days", "2562047788:00:54.775807", "-2562047788:00:54.775808"},
	"uuid":     {"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	"jsonb":    {"null", "1", "\"a\"", "[1, \"b\", null, {\"c\": 2}]", "{\"a\": 1, \"b\": [2, 3], \"c\": {\"d\": null}}", "[]", "{}", "true", "1.50"},
	"json":     {"null", "1", "\"a\"", "[1, \"b\", null]", "{\"a\": 1, \"b\": [2, 3], \"a\": 2}", "{}"},
	"jsonpath": {"$", "$.a", "strict $.a", "$.b[*]", "lax $[0]", "strict $[7]", "$[last]", "$.** ? (@ > 1)", "$.b[*] ? (@ >= $x)", "exists($.c.d)", "$.a == 1", "$.*.type()", "$.b.size()", "$.a.double() + 1", "-$.b[*]", "$.keys like_regex \"^a\""},
	"bit":      {"0", "1", "0101", "11110000", "1000000000000001"},
	"varbit":   {"", "1", "0101", "11110000"},
	"mood":     {"sad", "ok", "not so, bad", "happy"},
})

// arraysBesides are arrays beyond those that withArrays makes.
var arraysBesides = map[string][]string{
	"int4": {"{1,2,3}", "[2:3]={5,6}", "{3,1,2,1}"},
	"text": {"{a,b,c}", "{NULL,a}", "{\"x y\",\"\"}", "{b,a}"},
}

// withArrays adds the arrays of every type: empty, of one element, with a NULL, of two
// dimensions.
func withArrays(of map[string][]string) map[string][]string {
	out := map[string][]string{}
	for t, pool := range of {
		at := func(i int) string {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(pool[i%len(pool)]) + `"`
		}
		if out[t] = pool; t == "bit" {
			continue // bit[] is of bit(1)
		}
		out[t+"[]"] = append([]string{"{}", "{" + at(0) + "}", "{NULL," + at(1) + "}",
			"{" + at(2) + "," + at(1) + "," + at(2) + "}", "{{" + at(0) + "," + at(1) + "},{" + at(2) + "," + at(3) + "}}"}, arraysBesides[t]...)
	}
	return out
}

// texts are what a text argument of some functions had better be.
var texts = map[string][]string{
	"to_char":          {"YYYY-MM-DD HH24:MI:SS", "Day, DDth Month YYYY", "FM999,990.00", "999D99S", "RN", "HH12:MI am", "J Q WW IW ID", "9.99EEEE", "US MS TZ", "000", "fmmonth"},
	"to_date":          {"YYYY-MM-DD", "DD Mon YYYY", "YYYYMMDD", "J"},
	"to_timestamp":     {"YYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD", "HH12:MI AM"},
	"to_number":        {"999", "S999.99", "9,999", "RN"},
	"date_part":        {"year", "month", "day", "hour", "epoch", "dow", "isoyear", "week", "microseconds", "julian", "century", "decade", "timezone"},
	"extract":          {"year", "month", "day", "hour", "epoch", "dow", "isodow", "week", "quarter", "second", "millennium"},
	"date_trunc":       {"year", "month", "day", "hour", "week", "quarter", "second", "century", "decade", "millennium", "milliseconds"},
	"timezone":         {"UTC", "Europe/Berlin", "America/New_York", "+02", "EST", "Asia/Kathmandu"},
	"encode":           {"hex", "base64", "escape"},
	"decode":           {"hex", "base64", "escape"},
	"regexp_replace":   {"a", "b+", "(.)(.)", "[a-z]", "\\d+", "^", "x|y", "\\1", "g"},
	"regexp_match":     {"a", "(b+)", "[a-z]+", "\\d", "i", "g"},
	"regexp_count":     {"a", "b+", ".", "[[:alpha:]]"},
	"regexp_like":      {"a", "^a", "c$", "i"},
	"regexp_instr":     {"a", "b", "."},
	"regexp_substr":    {"a", "b.", ".*"},
	"normalize":        {"NFC", "NFD"},
	"format":           {"%s", "%I", "%L", "%5s|", "%-5s|", "%%", "%2$s %1$s"},
	"convert_from":     {"UTF8", "LATIN1"},
	"convert_to":       {"UTF8", "LATIN1"},
	"make_timestamptz": {"UTC", "Europe/Berlin", "+02"},
}

// literal is a value of a type, an argument of a function.
func literal(r *rand.Rand, function, typ string) string {
	if r.IntN(20) == 0 {
		return "NULL::" + typ
	}
	pool := pools[typ]
	if special := texts[function]; special != nil && typ == "text" && r.IntN(2) == 0 {
		pool = special
	}
	v := "'" + strings.ReplaceAll(pool[r.IntN(len(pool))], "'", "''") + "'"
	if typ == "bit" { // without a length the type is bit(1)
		return "B" + v
	}
	return v + "::" + typ
}
