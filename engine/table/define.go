package table

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Define sets a new table's columns and constraints. It gives the sequences that come
// with the table.
func Define(n *ast.Relation, o *catalog.Object, opts bind.Options, taken Taken, find Copied) (sequences []*catalog.Object, err error) {
	n, after, err := expandLikes(n, find)
	if err != nil {
		return nil, err
	}
	switch {
	case len(n.Columns) == 0:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "a table without columns is not supported").At(n.Name.Pos())
	case len(n.Includes) > 0:
		return nil, pgerr.New(pgerr.SyntaxError, "INCLUDE needs a connector").At(n.Includes[0].Pos())
	case len(n.Watermarks) > 0:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "WATERMARK is not supported").At(n.Watermarks[0].Pos())
	}
	var checks []*ast.Check
	next := o.OID + 1
	for _, def := range n.Columns {
		s, err := addColumn(def, o, next, opts, taken)
		if err != nil {
			return nil, err
		}
		if s != nil {
			sequences = append(sequences, s)
			next++
		}
		checks = append(checks, def.Check...)
	}
	keys, err := resolveKeys(Keys(n), o)
	if err != nil {
		return nil, err
	}
	if err := addValues(n.Columns, o, opts); err != nil {
		return nil, err
	}
	checks = append(checks, n.Checks...)
	slices.SortStableFunc(checks, func(a, b *ast.Check) int { return cmp.Compare(a.Pos(), b.Pos()) })
	if err := AddChecks(checks, o, next, opts); err != nil {
		return nil, err
	}
	if err := keys.apply(o, next+uint32(len(checks)), taken); err != nil {
		return nil, err
	}
	if err := after(o, next+uint32(len(checks)+2*len(o.Indexes)), taken); err != nil {
		return nil, err
	}
	Promise(o)
	return sequences, nil
}

// systemColumns are the names that PostgreSQL's tables have for their rows' places and
// versions: what is written for both must not use them.
var systemColumns = []string{"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"}

// AddColumn adds a column with what concerns it alone, but for its value.
func AddColumn(def *ast.ColumnDef, o *catalog.Object, opts bind.Options) error {
	if def.Collation != nil {
		return pgerr.New(pgerr.FeatureNotSupported, "column collations are not supported").At(def.Pos())
	}
	if slices.Contains(systemColumns, def.Name) {
		return pgerr.New(pgerr.DuplicateColumn, "column name %q conflicts with a system column name", def.Name)
	}
	if columnNamed(o, def.Name) >= 0 {
		return pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", def.Name)
	}
	t, err := bind.Type(def.Type, opts)
	if err != nil {
		return err
	}
	o.Columns = append(o.Columns, catalog.Column{Name: def.Name, Type: t, NotNull: def.NotNull})
	return nil
}

func columnNamed(o *catalog.Object, name string) int {
	return slices.IndexFunc(o.Columns, func(c catalog.Column) bool { return c.Name == name })
}

func multipleKeys(o *catalog.Object, pos int) error {
	return pgerr.New(pgerr.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", o.Name).At(pos)
}

// relationOf is the table as its own expressions see it.
func relationOf(o *catalog.Object) *planner.Relation {
	rel := &planner.Relation{ID: o.OID, Schema: o.Schema, Name: o.Name, Kind: planner.KindTable}
	for _, c := range o.Columns {
		r := planner.RelColumn{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		if c.Generated {
			r.Generated = &ast.DefaultExpr{} // others may not read it: no more is asked of it here
		}
		rel.Columns = append(rel.Columns, r)
	}
	return rel
}

// addValues binds the defaults and the generated values of the last columns.
func addValues(defs []*ast.ColumnDef, o *catalog.Object, opts bind.Options) error {
	rel := relationOf(o)
	first := len(o.Columns) - len(defs)
	for i, def := range defs {
		rel.Columns[first+i].Generated = def.Generated
	}
	for i, def := range defs {
		c := &o.Columns[first+i]
		var e planner.Scalar
		var err error
		switch {
		case def.Generated != nil:
			e, err = bind.Generated(def.Generated, rel, rel.Columns[first+i], opts)
		case def.Default != nil:
			e, err = bind.Default(def.Default, rel.Columns[first+i], opts)
		default:
			continue
		}
		if err != nil {
			return err
		}
		c.Generated = def.Generated != nil
		setValue(c, e, def.ValueText, o)
	}
	return nil
}

// setValue keeps a default or generated value, which was written as text.
func setValue(c *catalog.Column, e expr.Expr, text string, o *catalog.Object) {
	c.ValueSQL, c.Default, c.Draws = text, valueText(e, o), draws(e)
	if c.Draws != nil {
		c.ValueSQL = c.Default
	}
}

// plainNumbers are the types whose constants need no type beside them.
var plainNumbers = []row.Kind{row.Int2, row.Int4, row.Int8, row.Numeric, row.Float4, row.Float8}

// valueText is a column's value as catalogs print it: a number or a truth value
// without its type, which is the column's.
func valueText(e expr.Expr, o *catalog.Object) string {
	c, ok := e.(*expr.Const)
	if cast, is := e.(*expr.Cast); is {
		c, ok = cast.Arg.(*expr.Const)
	}
	if ok && !c.Datum.Null && slices.Contains(plainNumbers, c.Typ.Kind) {
		return row.TextOf(c.Typ, c.Datum, nil)
	}
	if cast, is := e.(*expr.Cast); is && !cast.Explicit {
		e = cast.Arg // the column's type says it
	}
	return exprText(e, o)
}

func exprText(e expr.Expr, o *catalog.Object) string {
	return expr.Format(e, func(i int) string { return ident.Quote(o.Columns[i].Name) })
}

// AddChecks adds CHECK constraints in the order written, numbered from next on;
// those without a name get PostgreSQL's.
func AddChecks(checks []*ast.Check, o *catalog.Object, next uint32, opts bind.Options) error {
	rel := relationOf(o)
	for i, c := range checks {
		e, err := bind.Check(c.Expr, rel, opts)
		if err != nil {
			return err
		}
		cols := readColumns(e)
		name := c.Name
		switch {
		case name == "":
			name = freeName(o, cols)
		case hasCheck(o, name):
			return pgerr.New(pgerr.DuplicateObject, "check constraint %q already exists", name)
		}
		o.Checks = append(o.Checks, catalog.Check{OID: next + uint32(i), Name: name, SQL: c.CheckText, Text: exprText(e, o), Columns: cols})
	}
	slices.SortFunc(o.Checks, func(a, b catalog.Check) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func hasCheck(o *catalog.Object, name string) bool {
	return slices.ContainsFunc(o.Checks, func(c catalog.Check) bool { return c.Name == name })
}

// readColumns lists the columns that an expression reads, in the order of their
// first use.
func readColumns(e expr.Expr) []int {
	var out []int
	expr.Walk(e, func(x expr.Expr) bool {
		if c, ok := x.(*expr.ColRef); ok && !slices.Contains(out, c.Index) {
			out = append(out, c.Index)
		}
		return true
	})
	return out
}

// freeName is the name of a check that was given none.
func freeName(o *catalog.Object, cols []int) string {
	parts := []string{o.Name}
	if len(cols) == 1 {
		parts = append(parts, o.Columns[cols[0]].Name)
	}
	for n := 0; ; n++ {
		suffix := "_check"
		if n > 0 {
			suffix += strconv.Itoa(n)
		}
		if name := shorten(parts, maxName-len(suffix)) + suffix; !hasCheck(o, name) {
			return name
		}
	}
}

// maxName is the length of the longest name, in bytes.
const maxName = 63

// shorten joins names by underscores within a length, as PostgreSQL does: the
// longer one gives way.
func shorten(parts []string, room int) string {
	if len(parts) == 2 {
		a, b := parts[0], parts[1]
		for len(a)+len(b)+1 > room {
			if len(a) > len(b) {
				a = a[:len(a)-1]
			} else {
				b = b[:len(b)-1]
			}
		}
		return strings.ToValidUTF8(a, "") + "_" + strings.ToValidUTF8(b, "")
	}
	return strings.ToValidUTF8(parts[0][:min(len(parts[0]), room)], "")
}
