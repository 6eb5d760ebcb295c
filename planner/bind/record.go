package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A record's type does not say which fields it has. Binding follows them from where
// a record is made: ROW(...), a whole row, a cast to a table's row type.

// field is a field of a record.
type field struct {
	name string
	typ  row.Type
	of   []field // the fields of a record in a record
}

// fieldsOf lists the fields of a record; nil where they are not known.
func (b *binder) fieldsOf(e planner.Scalar) []field {
	if e == nil || !e.Type().Is(row.Record) {
		return nil
	}
	switch e := e.(type) {
	case *expr.RowExpr:
		out := make([]field, len(e.Fields))
		for i, f := range e.Fields {
			out[i] = field{"f" + itoa(i+1), f.Type(), b.fieldsOf(f)}
			if e.Names != nil {
				out[i].name = e.Names[i]
			}
		}
		return out
	case *expr.ColRef:
		return b.records[planner.ColID(e.Index)]
	case *subquery:
		return b.records[e.col.ID]
	case *expr.Field:
		if of := b.fieldsOf(e.Arg); e.Index < len(of) {
			return of[e.Index].of
		}
	case *expr.Case:
		for _, w := range e.Whens {
			if fields := b.fieldsOf(w.Then); fields != nil {
				return fields
			}
		}
		return b.fieldsOf(e.Else)
	case *expr.Coalesce:
		for _, a := range e.Args {
			if fields := b.fieldsOf(a); fields != nil {
				return fields
			}
		}
	}
	return b.typed[e]
}

// keepFields notes which fields a column has that an expression makes.
func (b *binder) keepFields(c planner.Col, e planner.Scalar) {
	if fields := b.fieldsOf(e); fields != nil {
		b.records[c.ID] = fields
	}
}

// rowExpr binds ROW(...); t.* stands for the columns of t.
func (b *binder) rowExpr(s *scope, e *ast.RowExpr) (planner.Scalar, error) {
	out := &expr.RowExpr{At: e.Pos()}
	for _, x := range e.Elems {
		list, err := b.element(s, x)
		if err != nil {
			return nil, err
		}
		out.Fields = append(out.Fields, list...)
	}
	if depth(b.fieldsOf(out)) > row.MaxRecordDepth {
		return nil, pgerr.New(pgerr.StatementTooComplex, "rows are nested more than %d deep", row.MaxRecordDepth).At(e.Pos())
	}
	return out, nil
}

func depth(fields []field) int {
	most := 0
	for _, f := range fields {
		most = max(most, depth(f.of))
	}
	return most + 1
}

// element is one field of a ROW, or several.
func (b *binder) element(s *scope, x ast.Expr) ([]planner.Scalar, error) {
	switch x := x.(type) {
	case *ast.ColumnRef:
		if x.Star && len(x.Names) > 0 {
			it, err := b.starItem(s, x)
			if err != nil {
				return nil, err
			}
			return rowOf(it, x.Pos()).Fields, nil
		}
	case *ast.FieldExpr:
		if x.Star {
			_, list, err := b.expand(s, x)
			return list, err
		}
	}
	e, err := b.expr(s, x)
	if err != nil {
		return nil, err
	}
	e, err = b.known(e)
	return []planner.Scalar{e}, err
}

// wholeRow is a FROM item as a value: a record, or NULL where an outer join has no
// row for it. Where none of the item's columns is known never to be NULL, a row of
// NULLs is taken for such a one.
func wholeRow(it *nsItem, pos int) planner.Scalar {
	if it.Scalar {
		return columnAt(&it.Cols[0], pos)
	}
	all := rowOf(it, pos)
	if !it.nullable {
		return all
	}
	var none []planner.Scalar
	for _, c := range it.Cols {
		if c.Hidden {
			continue
		}
		test := &expr.IsNull{Arg: planner.ColumnExpr(c.Col), At: -1}
		if c.Rel != nil && c.Attr > 0 && c.Attr <= len(c.Rel.Columns) && c.Rel.Columns[c.Attr-1].NotNull {
			none = []planner.Scalar{test}
			break
		}
		none = append(none, test)
	}
	return &expr.Case{
		Whens: []expr.When{{Cond: expr.Conjunction(none...), Then: expr.NullConst(row.T(row.Record))}},
		Else:  all, Typ: row.T(row.Record), At: pos,
	}
}

func rowOf(it *nsItem, pos int) *expr.RowExpr {
	out := &expr.RowExpr{Names: []string{}, At: pos}
	for i := range it.Cols {
		if c := &it.Cols[i]; !c.Hidden {
			out.Fields, out.Names = append(out.Fields, columnAt(c, pos)), append(out.Names, c.Name)
		}
	}
	return out
}

// fieldExpr binds (record).name.
func (b *binder) fieldExpr(s *scope, e *ast.FieldExpr) (planner.Scalar, error) {
	if e.Star {
		return nil, pgerr.New(pgerr.SyntaxError, "row expansion via \"*\" is not supported here").At(e.Pos())
	}
	arg, fields, err := b.record(s, e)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == e.Name })
	if i < 0 {
		err := pgerr.New(pgerr.UndefinedColumn, "could not identify column \"%s\" in record data type", e.Name)
		if ref, ok := e.Arg.(*ast.ColumnRef); ok && isRow(arg) {
			err = pgerr.New(pgerr.UndefinedColumn, "column %s.%s does not exist", ref.Names[len(ref.Names)-1], e.Name)
		}
		return nil, err.At(startOf(e.Arg))
	}
	return b.selectField(arg, i, fields[i], e.Pos()), nil
}

func isRow(e planner.Scalar) bool {
	_, ok := e.(*expr.RowExpr)
	return ok
}

// record binds what a field is taken of.
func (b *binder) record(s *scope, e *ast.FieldExpr) (planner.Scalar, []field, error) {
	var arg planner.Scalar
	var err error
	if ref, ok := e.Arg.(*ast.ColumnRef); ok && ref.Star && len(ref.Names) > 0 {
		var it *nsItem
		if it, err = b.starItem(s, ref); err == nil {
			arg = wholeRow(it, ref.Pos())
		}
	} else {
		arg, err = b.expr(s, e.Arg)
	}
	if err != nil {
		return nil, nil, err
	}
	// Of a whole row that may be missing the columns are NULL by themselves.
	if c, ok := arg.(*expr.Case); ok && isRow(c.Else) && len(c.Whens) == 1 {
		if _, plain := e.Arg.(*ast.ColumnRef); plain {
			arg = c.Else
		}
	}
	if t := arg.Type(); !t.Is(row.Record) {
		what := "." + e.Name
		if e.Star {
			return nil, nil, pgerr.New(pgerr.WrongObjectType, "type %s is not composite", t.Base()).At(startOf(e.Arg))
		}
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "column notation %s applied to type %s, which is not a composite type", what, t.Base()).At(startOf(e.Arg))
	}
	fields := b.fieldsOf(arg)
	if fields == nil {
		return nil, nil, unsupported(e.Pos(), "selection of a field of a record whose fields are not known")
	}
	return arg, fields, nil
}

func (b *binder) selectField(arg planner.Scalar, i int, f field, pos int) planner.Scalar {
	if r, ok := arg.(*expr.RowExpr); ok {
		return r.Fields[i]
	}
	return &expr.Field{Arg: arg, Index: i, Name: f.name, Typ: f.typ, At: pos}
}

// expand is (record).*: each of its fields.
func (b *binder) expand(s *scope, e *ast.FieldExpr) ([]field, []planner.Scalar, error) {
	arg, fields, err := b.record(s, e)
	if err != nil {
		return nil, nil, err
	}
	out := make([]planner.Scalar, len(fields))
	for i, f := range fields {
		out[i] = b.selectField(arg, i, f, e.Pos())
	}
	return fields, out, nil
}

// expandTarget puts the fields of a record into the select list.
func (c *coreBinder) expandTarget(e *ast.FieldExpr) error {
	fields, list, err := c.b.expand(c.s, e)
	if err != nil {
		return err
	}
	for i, f := range fields {
		c.targets = append(c.targets, target{name: f.name, expr: list[i]})
	}
	return nil
}

// rowType is the relation whose row type a name means; nil if it means none.
func (b *binder) rowType(n *ast.TypeName) *planner.Relation {
	if len(n.Names) > 2 || len(n.Mods)+len(n.ArrayDims) > 0 || n.SetOf {
		return nil
	}
	schema := ""
	if len(n.Names) == 2 {
		schema = n.Names[0]
	}
	rel, err := b.relation(schema, n.Names[len(n.Names)-1])
	if err != nil {
		return nil
	}
	return rel
}

// castRow casts to a relation's row type: NULL, and rows of as many fields.
func (b *binder) castRow(s *scope, e *ast.CastExpr, rel *planner.Relation) (planner.Scalar, error) {
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	var cols []planner.RelColumn
	for _, c := range rel.Columns {
		if !c.Hidden {
			cols = append(cols, c)
		}
	}
	from := b.fieldsOf(arg)
	if d, ok := planner.AsConst(arg); ok && d.Null {
		none := expr.NullConst(row.T(row.Record))
		none.At = e.Pos()
		for _, c := range cols {
			b.typed[none] = append(b.typed[none], field{name: c.Name, typ: c.Type})
		}
		return none, nil
	}
	if from == nil {
		return nil, unsupported(e.Pos(), "a cast to the row type of "+rel.Name)
	}
	if len(from) != len(cols) {
		what := "few"
		if len(from) > len(cols) {
			what = "many"
		}
		return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type record to %s", rel.Name).
			WithDetail("Input has too %s columns.", what).At(e.Pos())
	}
	out := &expr.RowExpr{At: e.Pos()}
	for i, c := range cols {
		f, err := b.typing.Cast(e.Pos(), b.selectField(arg, i, from[i], e.Pos()), c.Type)
		if err != nil {
			return nil, err
		}
		out.Fields, out.Names = append(out.Fields, f), append(out.Names, c.Name)
	}
	if isRow(arg) {
		return out, nil
	}
	return &expr.Case{
		Whens: []expr.When{{Cond: &expr.Distinct{Left: arg, Right: expr.NullConst(arg.Type()), Eq: recordEquality(), Not: true, At: -1}, Then: expr.NullConst(arg.Type())}},
		Else:  out, Typ: arg.Type(), At: e.Pos(),
	}, nil
}

func recordEquality() *expr.Function {
	r, err := expr.ResolveOperator("=", row.T(row.Record), row.T(row.Record))
	if err != nil {
		panic("bind: records have no operator =: " + err.Error())
	}
	return r.Func
}

// compareWithQuery is (a, b) op (SELECT x, y ...): the query gives one row at most.
func (b *binder) compareWithQuery(s *scope, e *ast.OpExpr, left *ast.RowExpr, query *ast.Select) (planner.Scalar, error) {
	lefts, err := b.exprs(s, left.Elems)
	if err != nil {
		return nil, err
	}
	q, err := b.query(query, s, s.ctes, true)
	if err != nil {
		return nil, err
	}
	if few := len(q.cols) < len(lefts); few || len(q.cols) > len(lefts) {
		what := "many"
		if few {
			what = "few"
		}
		return nil, pgerr.New(pgerr.SyntaxError, "subquery has too %s columns", what).At(e.Pos())
	}
	sub := b.rowSubquery(e.Pos(), q)
	rights := make([]planner.Scalar, len(q.cols))
	for i, c := range q.cols {
		rights[i] = &expr.Field{Arg: sub, Index: i, Name: c.Name, Typ: c.Col.Type, At: -1}
	}
	return b.rowCompare(e.Pos(), e.Op, lefts, rights)
}
