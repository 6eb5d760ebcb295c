package sysfn

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// typeNamed finds the type that a text names: PostgreSQL's own, or a user's, by its
// schema or through the search path.
func (f *Functions) typeNamed(text string) (row.Type, bool) {
	if t, ok := ident.Type(text); ok {
		return t, true
	}
	text, array := strings.CutSuffix(text, "[]")
	schema, name := ident.Split(text)
	path := []string{schema}
	if schema == "" {
		path = f.Session.Settings().SearchPath()
	}
	for _, p := range path {
		for _, n := range []string{name, strings.TrimPrefix(name, "_")} {
			t := f.Catalog.TypeNamed(p, n)
			switch {
			case t == nil:
			case array || n != name:
				return t.Type().ArrayType(), true
			default:
				return t.Type(), true
			}
		}
	}
	return row.Type{}, false
}

// regtypeIn is the type that a name or a number stands for.
func regtypeIn(f *Functions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if name == "-" {
		return row.IntDatum(0), nil
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if t, ok := f.typeNamed(name); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", name)
}

// toRegtype is regtypeIn of a name, NULL where there is no such type.
func toRegtype(f *Functions, args []row.Datum) (row.Datum, error) {
	if t, ok := f.typeNamed(string(args[0].B)); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, nil
}

// regtypeOut is a type's name.
func regtypeOut(args []row.Datum) (row.Datum, error) {
	if args[0].I == 0 {
		return row.StringDatum("-"), nil
	}
	if t, ok := row.TypeByOID(uint32(args[0].I)); ok {
		return row.StringDatum(fn.TypeName(t)), nil
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}
