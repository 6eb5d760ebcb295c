package randomsql

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// signature is a function, an operator or a cast that both databases know.
type signature struct {
	args   []string // types
	result string
	// call is the expression: its arguments are the parts between $ and $.
	call string
	name string
}

// with is the signature's expression with arguments.
func (s *signature) with(args []string) string {
	parts := strings.Split(s.call, "$")
	var b strings.Builder
	for i, p := range parts {
		b.WriteString(p)
		if i < len(args) {
			b.WriteString(args[i])
		}
	}
	return b.String()
}

// pools are values of each type, as they stand between quotes.
var pools = map[string][]string{
	"bool":        {"t", "f"},
	"int2":        {"0", "1", "-1", "7", "32767", "-32768"},
	"int4":        {"0", "1", "2", "3", "-1", "-7", "10", "100", "2147483647", "-2147483648"},
	"int8":        {"0", "1", "2", "-3", "12", "9223372036854775807", "-9223372036854775808", "4294967296"},
	"numeric":     {"0", "1", "-1.5", "2.50", "0.001", "1e20", "-123456789.987654321", "NaN", "Infinity", "-Infinity", "3.14159", "1e-20"},
	"float4":      {"0", "1.5", "-2.25", "NaN", "Infinity", "1e30", "1e-30", "0.1"},
	"float8":      {"0", "1", "0.5", "-2.25", "3.7", "NaN", "-Infinity", "Infinity", "1e300", "1e-300", "-0"},
	"text":        {"", "a", "abc", "ABC def", "été", "日本語", "12", "-3.5", "a,b,,c", "%b_", "x\\y", " pad ", "2024-02-29", "true", "{1,2}", "ß", "aXbXc"},
	"bytea":       {"", "\\x00", "\\xdeadbeef", "abc", "\\x616263"},
	"date":        {"2024-02-29", "1999-12-31", "infinity", "0044-03-15 BC", "1970-01-01", "5874897-12-31"},
	"time":        {"00:00:00", "12:34:56.789", "24:00:00", "23:59:59.999999"},
	"timestamp":   {"2024-02-29 12:34:56.789", "1999-12-31 23:59:59", "-infinity", "2000-01-01 00:00:00", "0001-01-01 00:00:00 BC", "2024-03-31 02:30:00"},
	"timestamptz": {"2024-02-29 12:34:56.789+00", "1999-12-31 23:59:59+02", "infinity", "2024-07-01 00:00:00-07"},
	"interval":    {"0", "1 day", "-1 mon 3 days", "1 year 2 mons 3 days 04:05:06.789", "-00:00:01", "100 hours", "1000 years"},
	"uuid":        {"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	"jsonb":       {"null", "1", "\"a\"", "[1, \"b\", null, {\"c\": 2}]", "{\"a\": 1, \"b\": [2, 3], \"c\": {\"d\": null}}", "[]", "{}", "true", "1.50"},
	"json":        {"null", "1", "\"a\"", "[1, \"b\", null]", "{\"a\": 1, \"b\": [2, 3], \"a\": 2}", "{}"},
	"int4[]":      {"{}", "{1,2,3}", "{NULL,1}", "{{1,2},{3,4}}", "[2:3]={5,6}", "{3,1,2,1}"},
	"text[]":      {"{}", "{a,b,c}", "{NULL,a}", "{\"x y\",\"\"}", "{a}", "{b,a}"},
	"varbit":      {"", "1", "0101", "11110000"},
}

// texts are what a text argument of some functions had better be.
var texts = map[string][]string{
	"to_char":        {"YYYY-MM-DD HH24:MI:SS", "Day, DDth Month YYYY", "FM999,990.00", "999D99S", "RN", "HH12:MI am", "J Q WW IW ID", "9.99EEEE", "US MS TZ", "000", "fmmonth"},
	"to_date":        {"YYYY-MM-DD", "DD Mon YYYY", "YYYYMMDD", "J"},
	"to_timestamp":   {"YYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD", "HH12:MI AM"},
	"to_number":      {"999", "S999.99", "9,999", "RN"},
	"date_part":      {"year", "month", "day", "hour", "epoch", "dow", "isoyear", "week", "microseconds", "julian", "century", "decade", "timezone"},
	"extract":        {"year", "month", "day", "hour", "epoch", "dow", "isodow", "week", "quarter", "second", "millennium"},
	"date_trunc":     {"year", "month", "day", "hour", "week", "quarter", "second", "century", "decade", "millennium", "milliseconds"},
	"timezone":       {"UTC", "Europe/Berlin", "America/New_York", "+02", "EST"},
	"encode":         {"hex", "base64", "escape"},
	"decode":         {"hex", "base64", "escape"},
	"regexp_replace": {"a", "b+", "(.)(.)", "[a-z]", "\\d+", "^", "x|y", "\\1", "g"},
	"regexp_match":   {"a", "(b+)", "[a-z]+", "\\d", "i", "g"},
	"regexp_count":   {"a", "b+", ".", "[[:alpha:]]"},
	"regexp_like":    {"a", "^a", "c$", "i"},
	"regexp_instr":   {"a", "b", "."},
	"regexp_substr":  {"a", "b.", ".*"},
	"normalize":      {"NFC", "NFD"},
	"format":         {"%s", "%I", "%L", "%5s|", "%-5s|", "%%", "%2$s %1$s"},
	"convert_from":   {"UTF8", "LATIN1"},
	"convert_to":     {"UTF8", "LATIN1"},
}

// value is a literal of a type, an argument of a function.
func value(r *rand.Rand, function, typ string) string {
	if r.IntN(20) == 0 {
		return "NULL::" + typ
	}
	pool := pools[typ]
	if special := texts[function]; special != nil && typ == "text" && r.IntN(2) == 0 {
		pool = special
	}
	return "'" + strings.ReplaceAll(pool[r.IntN(len(pool))], "'", "''") + "'::" + typ
}

// polymorphic are the types that stand for others, with what they stand for here.
var polymorphic = map[string][]string{
	"anyelement":                  {"int4", "text", "numeric", "timestamp"},
	"anyarray":                    {"int4[]", "text[]"},
	"anynonarray":                 {"int4", "text"},
	"anycompatible":               {"int4", "text"},
	"anycompatiblearray":          {"int4[]", "text[]"},
	"anycompatiblenonarray":       {"int4", "bool"},
	"\"any\"":                     {"int4", "text"},
	"character varying":           {"text"},
	"integer":                     {"int4"},
	"smallint":                    {"int2"},
	"bigint":                      {"int8"},
	"boolean":                     {"bool"},
	"real":                        {"float4"},
	"double precision":            {"float8"},
	"bit varying":                 {"varbit"},
	"integer[]":                   {"int4[]"},
	"time without time zone":      {"time"},
	"timestamp with time zone":    {"timestamptz"},
	"timestamp without time zone": {"timestamp"},
}

// known are PostgreSQL's functions, operators and casts over the pools' types that Tarn
// knows, too.
func (p *pair) known(ask func(sql string) answer) []*signature {
	var out []*signature
	add := func(name, call string, types []string) {
		for _, args := range combinations(types) {
			s := &signature{args: args, call: call, name: name}
			nulls := make([]string, len(args))
			for i, t := range args {
				nulls[i] = "NULL::" + t
			}
			sql := "SELECT pg_typeof(" + s.with(nulls) + ")"
			pg := p.askPG(sql)
			if pg.code != "" || len(pg.rows) != 1 {
				continue
			}
			if a := ask(sql); a.code == "42883" || a.code == "0A000" || a.code == "42704" {
				p.counted["not in Tarn"]++
				continue
			}
			s.result = strings.Trim(pg.rows[0], "\"")
			if to := polymorphic[s.result]; len(to) == 1 {
				s.result = to[0]
			}
			out = append(out, s)
		}
	}
	for _, r := range p.list(`SELECT proname, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) t), ';') FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset AND provolatile IN ('i', 's') AND pronargs > 0
		ORDER BY 1, 2`) {
		if !leftOut(r[0]) {
			types := strings.Split(r[1], ";")
			add(r[0], r[0]+"("+strings.Repeat("$, ", len(types)-1)+"$)", types)
		}
	}
	for _, r := range p.list(`SELECT oprname, CASE oprleft WHEN 0 THEN '' ELSE format_type(oprleft, NULL) END, format_type(oprright, NULL) FROM pg_operator
		WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprright <> 0 ORDER BY 1, 2, 3`) {
		if r[1] == "" {
			add(r[0], "("+r[0]+" $)", r[2:])
		} else {
			add(r[0], "($ "+r[0]+" $)", r[1:])
		}
	}
	types := make([]string, 0, len(pools))
	for t := range pools {
		types = append(types, t)
	}
	slices.Sort(types)
	for _, from := range types {
		for _, to := range append(types, "varchar(3)", "char(4)", "numeric(6,2)", "timestamp(0)", "bit(3)") {
			add("cast", "CAST($ AS "+to+")", []string{from})
		}
	}
	return append(out, shapes(types)...)
}

// shapes are expressions with a syntax of their own.
func shapes(types []string) []*signature {
	var out []*signature
	for _, t := range types {
		out = append(out,
			&signature{[]string{"bool", t, t}, t, "(CASE WHEN $ THEN $ ELSE $ END)", "case"},
			&signature{[]string{t, t}, t, "COALESCE($, $)", "coalesce"},
			&signature{[]string{t, t}, "bool", "($ IS DISTINCT FROM $)", "distinct"})
		if t != "json" {
			out = append(out,
				&signature{[]string{t, t}, t, "NULLIF($, $)", "nullif"},
				&signature{[]string{t, t, t}, t, "GREATEST($, $, $)", "greatest"},
				&signature{[]string{t, t, t}, "bool", "($ BETWEEN $ AND $)", "between"},
				&signature{[]string{t, t, t}, "bool", "($ IN ($, $))", "in"})
		}
	}
	return out
}

// leftOut are functions that say something about the server, the time or the session,
// or that are there for types and indexes themselves.
func leftOut(name string) bool {
	for _, prefix := range []string{"pg_", "has_", "to_reg", "current_", "session_", "inet_", "txid_", "hash", "gist_", "gin_", "spg_", "brin", "bt", "ts_", "to_ts", "jsonb_to_ts", "json_to_ts", "satisfies_", "in_range", "overlaps"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, suffix := range []string{"sel", "send", "recv", "typmodin", "typmodout", "sortsupport", "_support", "_accum", "_inv", "_combine", "_transfn", "_finalfn", "_serialize", "_deserialize", "_sfunc", "_image"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return slices.Contains([]string{"now", "age", "regclass", "version", "set_config", "current", "format_type", "col_description", "obj_description", "shobj_description",
		"row_security_active", "getdatabaseencoding", "database_to_xml", "schema_to_xml", "query_to_xml", "table_to_xml", "statement_timestamp", "transaction_timestamp"}, name)
}

// combinations are the types that a list of them stands for, if all are in the pools:
// polymorphic ones all stand for the same.
func combinations(types []string) [][]string {
	most := 1
	for _, t := range types {
		most = max(most, len(polymorphic[t]))
	}
	var out [][]string
	for i := range most {
		args := make([]string, len(types))
		for j, t := range types {
			if to := polymorphic[t]; to != nil {
				t = to[min(i, len(to)-1)]
			}
			if pools[t] == nil {
				return nil
			}
			args[j] = t
		}
		out = append(out, args)
	}
	return out
}
