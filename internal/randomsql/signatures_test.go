package randomsql

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// signature is a function, an aggregate, an operator, a cast or a piece of syntax that
// both databases know.
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

// aliases are types as format_type spells them.
var aliases = map[string]string{
	"character varying": "text", "character": "bpchar", "integer": "int4", "smallint": "int2", "bigint": "int8", "boolean": "bool",
	"real": "float4", "double precision": "float8", "bit varying": "varbit", "time without time zone": "time",
	"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
}

// spelled is the pools' name of a type that format_type has spelled.
func spelled(t string) string {
	elem, dims, _ := strings.Cut(t, "[")
	if to, ok := aliases[elem]; ok {
		elem = to
	}
	if dims != "" {
		elem += "[" + dims
	}
	return elem
}

// elements are the types that polymorphic arguments stand for, one after the other.
var elements = slices.Sorted(func(yield func(string) bool) {
	for t := range pools {
		if pools[t+"[]"] != nil && !yield(t) {
			return
		}
	}
})

// polymorphic says what a type that stands for others is where they stand for an element.
var polymorphic = map[string]func(elem string) string{
	"anyelement": same, "anynonarray": same, "anycompatible": same, "anycompatiblenonarray": same, `"any"`: same, "anyenum": same,
	"anyarray": arrayOf, "anycompatiblearray": arrayOf,
}

func same(elem string) string    { return elem }
func arrayOf(elem string) string { return elem + "[]" }

// without are the types that functions and operators of PostgreSQL have, and for which
// there are no values here, so that nothing with them is tried.
var without = reasons(map[string]string{
	"Tarn has no such type": `box point circle lseg polygon path line money inet cidr macaddr macaddr8 tsvector tsquery gtsvector xml pg_lsn time|with|time|zone
		anyrange anymultirange anycompatiblerange anycompatiblemultirange int4range int8range numrange tsrange tstzrange daterange
		int4range[] int8range[] numrange[] tsrange[] tstzrange[] daterange[] tid xid xid8 cid regconfig regdictionary regrole regoper regoperator regprocedure regcollation
		aclitem aclitem[]`,
	"code of the server is called with it": "cstring internal trigger event_trigger language_handler fdw_handler index_am_handler table_am_handler tsm_handler void unknown",
	"a type of catalogs":                   `oid oidvector int2vector regclass regtype regproc regnamespace name "char"`,
	"its columns are the query's":          "record",
})

// reasons are those of lists of types.
func reasons(lists map[string]string) map[string]string {
	out := map[string]string{}
	for why, types := range lists {
		for _, t := range strings.Fields(types) {
			out[strings.ReplaceAll(t, "|", " ")] = why
		}
	}
	return out
}

// combinations are the types that a list of them stands for; none if one of them is not
// in the pools.
func (p *pair) combinations(types []string) [][]string {
	over := []string{""}
	for _, t := range types {
		switch {
		case t == "anyenum":
			over = []string{"mood"}
		case polymorphic[t] != nil && over[0] == "":
			over = elements
		case polymorphic[t] == nil && pools[spelled(t)] == nil:
			p.counted["without values: "+without[t]]++
			if without[t] == "" {
				p.t.Errorf("no values of the type %s, and no reason in without", t)
			}
			return nil
		}
	}
	var out [][]string
	for _, elem := range over {
		args := make([]string, len(types))
		for i, t := range types {
			if args[i] = spelled(t); polymorphic[t] != nil {
				args[i] = polymorphic[t](elem)
			}
		}
		out = append(out, args)
	}
	return out
}

// catalogFunctions are PostgreSQL's functions; of those that stand behind an operator, a
// cast or a type it says so, as they are there to be called under other names.
const catalogFunctions = `SELECT quote_ident(proname), array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) t), ';'), prokind, proretset,
	provariadic <> 0 AND provariadic <> '"any"'::regtype, p.oid IN (SELECT oprcode FROM pg_operator UNION SELECT castfunc FROM pg_cast UNION SELECT amproc FROM pg_amproc
		UNION SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]) FROM pg_aggregate
		UNION SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typsubscript]) FROM pg_type)
	FROM pg_proc p LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
	WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a') AND provolatile IN ('i', 's') AND pronargs > 0 AND coalesce(aggkind, 'n') = 'n' ORDER BY 1, 2`

// known are PostgreSQL's functions, aggregates, operators and casts over the pools' types
// that Tarn knows, too.
func (p *pair) known(ask func(sql string) answer) []*signature {
	var out []*signature
	add := func(name, call string, types []string, hidden bool) {
		for _, args := range p.combinations(types) {
			s := &signature{args: args, call: call, name: name}
			if p.knows(s, ask, hidden) {
				out = append(out, s)
			}
		}
	}
	for _, r := range p.list(catalogFunctions) {
		types := strings.Split(r[1], ";")
		if leftOut(r[0], len(types)) {
			p.counted["left out"]++
			continue
		}
		add(r[0], callOf(r[0], types, r[2] == "a", r[3] == "t", r[4] == "t"), argumentsOf(types, r[2] == "a"), r[5] == "t")
	}
	for _, r := range p.list(`SELECT oprname, CASE oprleft WHEN 0 THEN '' ELSE format_type(oprleft, NULL) END, format_type(oprright, NULL) FROM pg_operator
		WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprright <> 0 ORDER BY 1, 2, 3`) {
		if r[1] == "" {
			add(r[0], "("+r[0]+" $)", r[2:], false)
		} else {
			add(r[0], "($ "+r[0]+" $)", r[1:], false)
		}
	}
	types := slices.Sorted(maps.Keys(pools))
	for _, from := range types {
		for _, to := range append(types, "varchar(3)", "char(4)", "numeric(6,2)", "timestamp(0)", "bit(3)") {
			add("cast", "CAST($ AS "+to+")", []string{from}, false)
		}
	}
	return append(out, shapes(types)...)
}

// knows asks both databases for a signature, and PostgreSQL for the type of its result.
func (p *pair) knows(s *signature, ask func(sql string) answer, hidden bool) bool {
	nulls := make([]string, len(s.args))
	for i, t := range s.args {
		nulls[i] = "NULL::" + t
	}
	sql := "SELECT pg_typeof(" + s.with(nulls) + ")"
	a, b := ask(sql), p.askPG(sql)
	switch {
	case b.code == "" && (a.code == "42883" || a.code == "0A000" || a.code == "42704" || a.code == "42846"):
		p.counted["not in Tarn"]++
		if *show && !hidden {
			p.t.Logf("not in Tarn: %s: %s", sql, a)
		}
		return false
	case b.code != "":
		p.counted["refused by PostgreSQL"]++
		if a.code == "" {
			p.t.Errorf("%s\n\tTarn       %s\n\tPostgreSQL %s", sql, a, b)
		}
		return false
	}
	s.result = spelled(strings.Trim(b.rows[0], "\""))
	return true
}

// argumentsOf are the types of what stands in an expression: an aggregate has three rows.
func argumentsOf(types []string, aggregate bool) []string {
	if aggregate {
		return slices.Concat(types, types, types)
	}
	return types
}

// callOf is the expression that calls a function: an aggregate over three rows, and of a
// function that gives rows the texts of the first.
func callOf(name string, types []string, aggregate, rows, variadic bool) string {
	list := strings.Repeat("$, ", len(types)-1) + "$"
	if variadic {
		list = strings.Repeat("$, ", len(types)-1) + "VARIADIC $"
	}
	switch {
	case aggregate:
		var columns []string
		for i := range types {
			columns = append(columns, fmt.Sprintf("x%d", i))
		}
		row := "(%d, " + list + ")"
		return fmt.Sprintf("(SELECT %s(%s ORDER BY n) FROM (VALUES "+row+", "+row+", "+row+") v(n, %[2]s))", name, strings.Join(columns, ", "), 1, 2, 3)
	case rows:
		return "(SELECT string_agg(x::text, '; ' ORDER BY x::text) FROM (SELECT " + name + "(" + list + ") LIMIT 1000) v(x))"
	}
	return name + "(" + list + ")"
}

// shapes are expressions with a syntax of their own.
func shapes(types []string) []*signature {
	var out []*signature
	for _, t := range types {
		out = append(out,
			&signature{[]string{"bool", t, t}, t, "(CASE WHEN $ THEN $ ELSE $ END)", "case"},
			&signature{[]string{t, t}, t, "COALESCE($, $)", "coalesce"})
		if elem := strings.TrimSuffix(t, "[]"); elem != "json" && elem != "jsonpath" { // which are not compared
			out = append(out,
				&signature{[]string{t, t}, "bool", "($ IS DISTINCT FROM $)", "distinct"},
				&signature{[]string{t, t}, t, "NULLIF($, $)", "nullif"},
				&signature{[]string{t, t, t}, t, "GREATEST($, $, $)", "greatest"},
				&signature{[]string{t, t, t}, "bool", "($ BETWEEN $ AND $)", "between"},
				&signature{[]string{t, t, t}, "bool", "($ IN ($, $))", "in"})
		}
	}
	return out
}

// leftOut are functions that say something about the server, the time or the session, or
// that are there for types and indexes themselves.
func leftOut(name string, args int) bool {
	if name == "age" { // of one argument: from today
		return args == 1
	}
	if slices.Contains([]string{"pg_size_pretty", "pg_size_bytes"}, name) {
		return false
	}
	for _, prefix := range []string{"pg_", "has_", "to_reg", "current_", "session_", "inet_", "txid_", "hash", "gist_", "gin_", "spg_", "brin", "bt", "ts_", "to_ts", "jsonb_to_ts", "json_to_ts", "satisfies_", "in_range"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, suffix := range []string{"sel", "send", "recv", "typmodin", "typmodout", "sortsupport", "_support", "_accum", "_inv", "_combine", "_transfn", "_finalfn", "_serialize", "_deserialize", "_sfunc", "_image"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return slices.Contains([]string{"now", "regclass", "version", "set_config", "current", "format_type", "col_description", "obj_description", "shobj_description",
		"row_security_active", "getdatabaseencoding", "database_to_xml", "schema_to_xml", "query_to_xml", "table_to_xml", "statement_timestamp", "transaction_timestamp",
		"generate_series", // of most bounds it is endless
	}, name)
}
