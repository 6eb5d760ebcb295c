package pgcatalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// call is one function; no argument is NULL, unless it is declared lenient.
type call func(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error)

// Call answers the functions that clients use on the catalogs' numbers: an
// engine.SystemCall. An object that does not exist makes NULL, not an error:
// clients ask about what they found a moment ago. A function that is not here
// is 0A000.
func Call(ctx *engine.SystemContext, name string, _ []row.Type, args []row.Datum) (row.Datum, error) {
	f, ok := calls[name]
	if !ok {
		return row.NullDatum, pgerr.New(pgerr.FeatureNotSupported, "function %s is not supported", name)
	}
	if !lenient[name] && slices.ContainsFunc(args, func(d row.Datum) bool { return d.Null }) {
		return row.NullDatum, nil
	}
	return f(ctx, args)
}

// lenient are the functions that take a NULL among their arguments.
var lenient = map[string]bool{"format_type": true}

func always(d row.Datum) call {
	return func(*engine.SystemContext, []row.Datum) (row.Datum, error) { return d, nil }
}

var calls = func() map[string]call {
	out := map[string]call{
		"pg_get_indexdef":             indexDefinition,
		"pg_get_constraintdef":        constraintDefinition,
		"pg_get_expr":                 shownExpression,
		"format_type":                 formatType,
		"pg_get_serial_sequence":      serialSequence,
		"obj_description":             objectDescription,
		"col_description":             columnDescription,
		"pg_encoding_to_char":         encodingName,
		"pg_char_to_encoding":         encodingNumber,
		"getdatabaseencoding":         always(row.StringDatum("UTF8")),
		"pg_tablespace_location":      always(row.StringDatum("")),
		"pg_stat_get_numscans":        always(row.IntDatum(0)),
		"pg_advisory_unlock_all":      always(row.IntDatum(0)),
		"pg_relation_is_publishable":  always(row.BoolDatum(false)),
		"pg_table_is_visible":         indexVisible,
		"regclassin":                  indexIn,
		"to_regclass":                 indexIn,
		"regclassout":                 indexOut,
		"regprocin":                   procIn,
		"regprocedurein":              procIn,
		"to_regproc":                  knownProc,
		"regprocout":                  procOut,
		"_pg_char_max_length":         ofType(maxLength),
		"_pg_char_octet_length":       ofType(maxOctets),
		"_pg_numeric_precision":       ofType(numericPrecision),
		"_pg_numeric_precision_radix": ofType(numericRadix),
		"_pg_numeric_scale":           ofType(numericScale),
		"_pg_datetime_precision":      ofType(datetimePrecision),
	}
	for _, name := range []string{"collation", "conversion", "operator", "opclass", "opfamily", "statistics_obj", "ts_config", "ts_dict", "ts_parser", "ts_template"} {
		out["pg_"+name+"_is_visible"] = always(row.BoolDatum(true))
	}
	// Tarn has no such objects, or does not know the answer.
	for _, name := range []string{
		"shobj_description", "pg_get_functiondef", "pg_get_function_arguments",
		"pg_get_function_identity_arguments", "pg_get_function_result", "pg_get_function_sqlbody", "pg_get_ruledef", "pg_get_triggerdef",
		"pg_get_partkeydef", "pg_get_statisticsobjdef", "pg_get_statisticsobjdef_columns", "pg_index_column_has_property",
		"pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size", "pg_database_size", "pg_tablespace_size",
		"pg_relation_filenode", "pg_get_partition_constraintdef",
	} {
		out[name] = always(row.NullDatum)
	}
	return out
}()

func keyOf(ctx *engine.SystemContext, d row.Datum) (*Key, bool) {
	return KeyByOID(ctx.Catalog, uint32(d.I))
}

// indexDefinition is pg_get_indexdef(oid) and pg_get_indexdef(oid, column, pretty).
func indexDefinition(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	k, ok := keyOf(ctx, args[0])
	if !ok || uint32(args[0].I) != k.IndexOID {
		return row.NullDatum, nil
	}
	pretty := len(args) > 2 && args[2].I != 0
	if len(args) == 1 || args[1].I == 0 {
		return row.StringDatum(k.IndexDef(pretty)), nil
	}
	n := args[1].I
	if n < 1 || n > int64(len(k.all())) {
		return row.StringDatum(""), nil
	}
	return row.StringDatum(k.names(k.all()[n-1:n], pretty)[0]), nil
}

// formatType is format_type(oid, typmod): a NULL or negative modifier is none.
func formatType(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	if args[0].Null {
		return row.NullDatum, nil
	}
	t, ok := row.TypeByOID(uint32(args[0].I))
	switch {
	case args[0].I == 0:
		return row.StringDatum("-"), nil
	case !ok:
		return row.StringDatum("???"), nil
	case len(args) > 1 && !args[1].Null && args[1].I >= 0:
		t = t.WithTypmod(int32(args[1].I))
	}
	return row.StringDatum(t.String()), nil
}

// utf8Encoding is PostgreSQL's number of the only encoding that we have.
const utf8Encoding = 6

func encodingName(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	if args[0].I == utf8Encoding {
		return row.StringDatum("UTF8"), nil
	}
	return row.StringDatum(""), nil
}

func encodingNumber(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	switch strings.ToUpper(strings.ReplaceAll(string(args[0].B), "-", "")) {
	case "UTF8", "UNICODE":
		return row.IntDatum(utf8Encoding), nil
	}
	return row.IntDatum(-1), nil
}

// The functions on relations meet here only what is no relation of the engine:
// the indexes, which this package derives.

func indexVisible(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	k, ok := keyOf(ctx, args[0])
	if !ok {
		return row.NullDatum, nil
	}
	return row.BoolDatum(slices.Contains(ctx.Session.SearchPath, k.Relation.Schema)), nil
}

func indexOut(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	k, ok := keyOf(ctx, args[0])
	switch {
	case !ok:
		return row.StringDatum(strconv.FormatUint(uint64(uint32(args[0].I)), 10)), nil
	case slices.Contains(ctx.Session.SearchPath, k.Relation.Schema):
		return row.StringDatum(quoteIdent(k.Name)), nil
	}
	return row.StringDatum(quoteIdent(k.Relation.Schema) + "." + quoteIdent(k.Name)), nil
}

// indexIn finds an index by its name, which may be qualified.
func indexIn(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	found := row.NullDatum
	for _, r := range ctx.Catalog.Relations() {
		for _, k := range KeysOf(r) {
			name := string(args[0].B)
			visible := slices.Contains(ctx.Session.SearchPath, r.Schema)
			if visible && name == quoteIdent(k.Name) || name == quoteIdent(r.Schema)+"."+quoteIdent(k.Name) {
				found = row.IntDatum(int64(k.IndexOID))
			}
		}
	}
	return found, nil
}

// procIn is regproc's input, and regprocedure's, whose argument list is not
// looked at: the names here are not overloaded.
func procIn(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if name == "-" {
		return row.IntDatum(0), nil
	}
	bare, _, _ := strings.Cut(strings.TrimPrefix(name, catalogSchema+"."), "(")
	if oid := ioProcs.oid(bare); oid != 0 {
		return row.IntDatum(int64(oid)), nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedFunction, "function \"%s\" does not exist", name)
}

func knownProc(ctx *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	d, err := procIn(ctx, args)
	if err != nil {
		return row.NullDatum, nil
	}
	return d, nil
}

func procOut(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
	if args[0].I == 0 {
		return row.StringDatum("-"), nil
	}
	for _, name := range ioProcs.names {
		if int64(ioProcs.oid(name)) == args[0].I {
			return row.StringDatum(name), nil
		}
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}

// ofType is one of information_schema's functions of a type and its modifier.
func ofType(f func(row.Type) cell) call {
	return func(_ *engine.SystemContext, args []row.Datum) (row.Datum, error) {
		t, ok := row.TypeByOID(uint32(args[0].I))
		if !ok {
			return row.NullDatum, nil
		}
		c := f(t.WithTypmod(int32(args[1].I)))
		return row.Datum{Null: c.null, I: c.num}, nil
	}
}
