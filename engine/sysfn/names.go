package sysfn

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// What regclass, regtype and regnamespace name.

// find looks a name up as SQL would: qualified or through the search path.
func (f *Functions) find(name string) (oid uint32, ok bool) {
	schema, rel := ident.Split(name)
	path := []string{schema}
	if schema == "" {
		path = f.Session.Settings().SearchPath()
	}
	for _, p := range path {
		if o := f.Catalog.Lookup(p, rel); o != nil {
			return o.OID, true
		}
		if oid, ok := f.Session.SystemRelation(p, rel); ok {
			return oid, true
		}
	}
	return 0, false
}

func regclassIn(f *Functions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if name == "-" {
		return row.IntDatum(0), nil
	}
	d, err := toRegclass(f, args)
	if err != nil || !d.Null {
		return d, err
	}
	trimmed := strings.TrimSpace(name)
	if trimmed == "" || !strings.Contains(trimmed, `"`) && strings.ContainsAny(trimmed, " \t\n") {
		return row.NullDatum, pgerr.New(pgerr.InvalidName, "invalid name syntax")
	}
	shown := trimmed
	if schema, rel := ident.Split(trimmed); schema == "" {
		shown = rel
	} else {
		shown = schema + "." + rel
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", shown)
}

func toRegclass(f *Functions, args []row.Datum) (row.Datum, error) {
	if oid, ok := f.find(string(args[0].B)); ok {
		return row.IntDatum(int64(oid)), nil
	}
	return f.beyond("to_regclass", row.T(row.Text), args)
}

func regclassOut(f *Functions, args []row.Datum) (row.Datum, error) {
	oid := uint32(args[0].I)
	schema, name, ok := f.Session.RelationName(f.Catalog, oid)
	if !ok {
		if oid == 0 {
			return row.StringDatum("-"), nil
		}
		d, err := f.beyond("regclassout", row.T(row.Regclass), args)
		if d.Null && err == nil {
			d = row.StringDatum(strconv.FormatUint(uint64(oid), 10))
		}
		return d, err
	}
	name = ident.Quote(name)
	if found, ok := f.find(name); !ok || found != oid {
		name = ident.Quote(schema) + "." + name
	}
	return row.StringDatum(name), nil
}

func relationVisible(f *Functions, args []row.Datum) (row.Datum, error) {
	oid := uint32(args[0].I)
	_, name, ok := f.Session.RelationName(f.Catalog, oid)
	if !ok {
		return f.beyond("pg_table_is_visible", row.T(row.OID), args)
	}
	found, ok := f.find(ident.Quote(name))
	return row.BoolDatum(ok && found == oid), nil
}

func regnamespaceIn(f *Functions, args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	d, err := toRegnamespace(f, args)
	if err == nil && d.Null {
		err = pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
	}
	return d, err
}

func toRegnamespace(f *Functions, args []row.Datum) (row.Datum, error) {
	_, name := ident.Split(string(args[0].B))
	for _, s := range f.Session.Schemas(f.Catalog) {
		if s.Name == name {
			return row.IntDatum(int64(s.OID)), nil
		}
	}
	return row.NullDatum, nil
}

func regnamespaceOut(f *Functions, args []row.Datum) (row.Datum, error) {
	for _, s := range f.Session.Schemas(f.Catalog) {
		if int64(s.OID) == args[0].I {
			return row.StringDatum(ident.Quote(s.Name)), nil
		}
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}
