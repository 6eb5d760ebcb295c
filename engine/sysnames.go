package engine

import (
	"context"
	"strconv"

	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// What regclass, regtype and regnamespace name.

var _ row.ObjectNames = (*Session)(nil)

// ObjectName implements row.ObjectNames under the catalog of the next read.
func (s *Session) ObjectName(k row.Kind, oid uint32) string {
	d, err := s.nameCall(row.T(k).Name()+"out", row.T(k), row.IntDatum(int64(oid)))
	if err != nil || d.Null {
		return strconv.FormatUint(uint64(oid), 10)
	}
	return string(d.B)
}

// ObjectOID implements row.ObjectNames under the catalog of the next read.
func (s *Session) ObjectOID(k row.Kind, name string) (uint32, error) {
	d, err := s.nameCall(row.T(k).Name()+"in", row.T(row.Text), row.StringDatum(name))
	return uint32(d.I), err
}

func (s *Session) nameCall(name string, t row.Type, arg row.Datum) (row.Datum, error) {
	c, err := s.currentCatalog(context.Background())
	if err != nil {
		return row.NullDatum, err
	}
	f := &systemFunctions{session: s, catalog: c}
	return f.Call(name, []row.Type{t}, []row.Datum{arg})
}

// find looks a name up as SQL would: qualified or through the search path.
func (f *systemFunctions) find(name string) (oid uint32, ok bool) {
	schema, rel := ident.Split(name)
	path := []string{schema}
	if schema == "" {
		path = f.session.settings.SearchPath()
	}
	for _, p := range path {
		if o := f.catalog.Lookup(p, rel); o != nil {
			return o.OID, true
		}
		if t := f.session.db.system.byName[[2]string{p, rel}]; t != nil {
			return t.OID, true
		}
	}
	return 0, false
}

func regclassIn(f *systemFunctions, args []row.Datum) (row.Datum, error) {
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
	return row.NullDatum, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

func toRegclass(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	if oid, ok := f.find(string(args[0].B)); ok {
		return row.IntDatum(int64(oid)), nil
	}
	return f.beyond("to_regclass", row.T(row.Text), args)
}

func regclassOut(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	oid := uint32(args[0].I)
	info, ok := catalogReader{&state{catalog: f.catalog}, f.session.db.system}.Relation(oid)
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
	name := ident.Quote(info.Name)
	if found, ok := f.find(name); !ok || found != oid {
		name = ident.Quote(info.Schema) + "." + name
	}
	return row.StringDatum(name), nil
}

func relationVisible(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	info, ok := catalogReader{&state{catalog: f.catalog}, f.session.db.system}.Relation(uint32(args[0].I))
	if !ok {
		return f.beyond("pg_table_is_visible", row.T(row.OID), args)
	}
	found, ok := f.find(ident.Quote(info.Name))
	return row.BoolDatum(ok && found == info.OID), nil
}

func regnamespaceIn(f *systemFunctions, args []row.Datum) (row.Datum, error) {
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

func toRegnamespace(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	_, name := ident.Split(string(args[0].B))
	for _, s := range f.session.db.schemas(f.catalog) {
		if s.Name == name {
			return row.IntDatum(int64(s.OID)), nil
		}
	}
	return row.NullDatum, nil
}

func regnamespaceOut(f *systemFunctions, args []row.Datum) (row.Datum, error) {
	for _, s := range f.session.db.schemas(f.catalog) {
		if int64(s.OID) == args[0].I {
			return row.StringDatum(ident.Quote(s.Name)), nil
		}
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}
