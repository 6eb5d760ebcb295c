package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// serials are the types that are a number whose default counts.
var serials = map[string]row.Kind{
	"smallserial": row.Int2, "serial2": row.Int2, "serial": row.Int4, "serial4": row.Int4, "bigserial": row.Int8, "serial8": row.Int8,
}

// serial is a column's definition without what serial stands for: NOT NULL, and a
// default that counts in the type k.
func serial(def *ast.ColumnDef, o *catalog.Object) (plain *ast.ColumnDef, k row.Kind, err error) {
	if len(def.Type.Names) != 1 || serials[def.Type.Names[0]] == 0 {
		return def, 0, nil
	}
	k = serials[def.Type.Names[0]]
	switch {
	case len(def.Type.ArrayDims) > 0:
		return nil, 0, pgerr.New(pgerr.FeatureNotSupported, "array of serial is not implemented").At(def.Type.Pos())
	case def.Null:
		return nil, 0, pgerr.New(pgerr.SyntaxError, "conflicting NULL/NOT NULL declarations for column %q of table %q", def.Name, o.Name)
	case def.Default != nil || def.Generated != nil || def.Identity != nil:
		return nil, 0, pgerr.New(pgerr.SyntaxError, "multiple default values specified for column %q of table %q", def.Name, o.Name)
	}
	out := *def
	out.NotNull = true
	out.Type = &ast.TypeName{Loc: def.Type.Loc, Names: []string{"pg_catalog", row.T(k).Name()}}
	return &out, k, nil
}

// addColumn is AddColumn of a table, whose columns may count: then it gives the
// sequence, with the number next.
func addColumn(def *ast.ColumnDef, o *catalog.Object, next uint32, opts bind.Options, taken Taken) (*catalog.Object, error) {
	plain, kind, err := serial(def, o)
	if err != nil {
		return nil, err
	}
	if err := AddColumn(plain, o, opts); err != nil {
		return nil, err
	}
	c := &o.Columns[len(o.Columns)-1]
	switch {
	case kind != 0:
		return count(o, c, &ast.SequenceOptions{}, next, opts, taken)
	case def.Identity == nil:
		return nil, nil
	}
	if err := sequence.CheckType(c.Type, "identity column"); err != nil {
		return nil, err
	}
	if def.Null {
		return nil, pgerr.New(pgerr.SyntaxError, "conflicting NULL/NOT NULL declarations for column %q of table %q", def.Name, o.Name).At(def.Identity.Pos())
	}
	c.Identity, c.NotNull = "d", true
	if def.Identity.Always {
		c.Identity = "a"
	}
	return count(o, c, &def.Identity.Options, next, opts, taken)
}

// count makes the sequence of a column, whose default takes values from it.
func count(o *catalog.Object, c *catalog.Column, options *ast.SequenceOptions, oid uint32, opts bind.Options, taken Taken) (*catalog.Object, error) {
	counts, _, err := sequence.Define(options, c.Type, nil, opts)
	if err != nil {
		return nil, err
	}
	s := &catalog.Object{
		OID: oid, Schema: o.Schema, Kind: catalog.Sequence, Columns: catalog.SequenceColumns(), Counts: counts,
		Name: freeRelationName([]string{o.Name, c.Name}, "seq", taken),
	}
	s.SQL = "CREATE SEQUENCE " + quoteName(s.Schema) + "." + quoteName(s.Name)
	c.ValueSQL = fmt.Sprintf("nextval('%d'::regclass)", oid)
	c.Default, c.Draws, c.Owns = c.ValueSQL, []uint32{oid}, []uint32{oid}
	return s, nil
}

// draws lists the sequences that a default names: they are kept by their numbers, so
// that they may be renamed.
func draws(e expr.Expr) []uint32 {
	var out []uint32
	expr.Walk(e, func(x expr.Expr) bool {
		if c, ok := x.(*expr.Const); ok && c.Typ.Kind == row.Regclass && !c.Datum.Null {
			out = append(out, uint32(c.Datum.I))
		}
		return true
	})
	return out
}

// serialName is the type under which a column counts, empty if it does not as serial
// columns do.
func serialName(c *catalog.Column) string {
	if c.Identity != "" || len(c.Draws) != 1 || !slices.Equal(c.Draws, c.Owns) || !strings.HasPrefix(c.ValueSQL, "nextval(") {
		return ""
	}
	return map[row.Kind]string{row.Int2: "smallserial", row.Int4: "serial", row.Int8: "bigserial"}[c.Type.Kind]
}
