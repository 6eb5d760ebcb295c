package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

var setOpWords = map[ast.SetOp]struct {
	kind planner.SetKind
	word string
}{
	ast.Union:     {planner.Union, "UNION"},
	ast.Intersect: {planner.Intersect, "INTERSECT"},
	ast.Except:    {planner.Except, "EXCEPT"},
}

// setOp binds a set operation: names come from the left arm, types from both.
func (b *binder) setOp(sel *ast.Select, outer *scope, ctes *cteEnv) (*bound, error) {
	left, err := b.query(sel.Left, outer, ctes, false)
	if err != nil {
		return nil, err
	}
	right, err := b.query(sel.Right, outer, ctes, false)
	if err != nil {
		return nil, err
	}
	op, err := b.unite(sel, left, right)
	if err != nil {
		return nil, err
	}
	out := &bound{node: op}
	for i, col := range op.Cols {
		out.cols = append(out.cols, nsColumn{Name: left.cols[i].Name, Col: col})
	}
	s := level(outer, ctes)
	for _, arm := range []*bound{left, right} {
		if arm.arms == nil {
			arm.arms = [][]nsColumn{arm.cols}
		}
		for _, cols := range arm.arms {
			s.enter(&nsItem{Alias: "*SELECT* " + itoa(len(s.table.entries)+1), Cols: cols}, rangeEntry{})
		}
	}
	if sel.OrderBy == nil && sel.Limit == nil && sel.Offset == nil && sel.With == nil {
		out.arms = append(left.arms, right.arms...)
	}
	if err := b.sortOutput(s, out, sel.OrderBy); err != nil {
		return nil, err
	}
	return b.limit(out, sel, s)
}

// unite brings two arms to the same types.
func (b *binder) unite(sel *ast.Select, left, right *bound) (*planner.SetOp, error) {
	w := setOpWords[sel.Op]
	if len(left.cols) != len(right.cols) {
		return nil, pgerr.New(pgerr.SyntaxError, "each %s query must have the same number of columns", w.word).At(armPos(sel.Right, 0))
	}
	op := &planner.SetOp{Kind: w.kind, All: sel.All}
	for i := range left.cols {
		l, r := &left.cols[i], &right.cols[i]
		t, err := expr.SelectCommonType(w.word, []row.Type{l.Col.Type, r.Col.Type})
		if err != nil {
			if e, ok := pgerr.As(err); ok {
				return nil, e.At(armPos(sel.Right, i))
			}
			return nil, err
		}
		if !sel.All && !t.Comparable() {
			arm := sel.Left
			if l.Col.Type.Comparable() {
				arm = sel.Right
			}
			return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", t).At(armPos(arm, i))
		}
		for _, arm := range []*bound{left, right} {
			if err := b.coerceOutput(arm, i, t); err != nil {
				return nil, err
			}
		}
		op.LeftCols = append(op.LeftCols, left.cols[i].Col)
		op.RightCols = append(op.RightCols, right.cols[i].Col)
		col := b.newCol(l.Name, l.Name, t)
		b.keepFields(col, planner.ColumnExpr(l.Col))
		op.Cols = append(op.Cols, col)
	}
	op.Left, op.Right = left.node, right.node
	return op, nil
}

// armPos is the place of an arm's column, for messages.
func armPos(sel *ast.Select, i int) int {
	for sel.Op != ast.NoSetOp {
		sel = sel.Left
	}
	if i < len(sel.Targets) && sel.Targets[i].Expr != nil {
		return startOf(sel.Targets[i].Expr)
	}
	return sel.Pos()
}

// coerceOutput brings column i of a bound query to a type. A literal or parameter
// in its select list is typed where it stands.
func (b *binder) coerceOutput(q *bound, i int, t row.Type) error {
	c := &q.cols[i]
	if c.Col.Type == t {
		return nil
	}
	if p, ok := q.node.(*planner.Project); ok && c.Col.Type.Kind == row.Unknown {
		for k, it := range p.Items {
			if it.Col.ID != c.Col.ID {
				continue
			}
			e, err := b.typing.Coerce(it.Expr, t, expr.Implicit)
			if err != nil {
				return err
			}
			col := b.newCol(it.Col.Name, b.names[it.Col.ID], t)
			items := append([]planner.Item(nil), p.Items...)
			items = append(items, planner.Item{Col: col, Expr: e})
			if !b.usedTwice(q, i) {
				items = append(items[:k:k], items[k+1:]...)
			}
			q.node, c.Col = &planner.Project{Input: p.Input, Items: items}, col
			return nil
		}
	}
	e, err := b.typing.Coerce(planner.ColumnExpr(c.Col), t, expr.Implicit)
	if err != nil {
		return err
	}
	col := b.newCol(c.Name, c.Name, t)
	q.node = planner.Extend(q.node, planner.Item{Col: col, Expr: e})
	c.Col, c.Rel, c.Attr = col, nil, 0
	return nil
}

func (b *binder) usedTwice(q *bound, i int) bool {
	for k := range q.cols {
		if k != i && q.cols[k].Col.ID == q.cols[i].Col.ID {
			return true
		}
	}
	for _, o := range q.order {
		if o.Col.ID == q.cols[i].Col.ID {
			return true
		}
	}
	return false
}

// sortOutput binds ORDER BY over output columns only: names and positions.
func (b *binder) sortOutput(s *scope, q *bound, order []*ast.SortBy) error {
	c := &coreBinder{b: b, visible: len(q.cols)}
	for _, col := range q.cols {
		c.targets = append(c.targets, target{name: col.Name, expr: planner.ColumnExpr(col.Col)})
	}
	for _, o := range order {
		desc, nullsFirst, err := sortOptions(o)
		if err != nil {
			return err
		}
		i := -1
		switch e := o.Expr.(type) {
		case *ast.ColumnRef:
			if len(e.Names) == 1 && !e.Star {
				if i, err = c.byOutputName(e, "ORDER BY"); err != nil {
					return err
				}
				if i < 0 {
					return b.missingColumn(s, "", e.Names[0], e.Pos())
				}
			} else if !e.Star && len(e.Names) > 1 {
				return b.missingTable(s, "", e.Names[len(e.Names)-2], e.Pos())
			}
		case *ast.Const:
			if i, err = c.byPosition(e, "ORDER BY"); err != nil {
				return err
			}
		}
		if i < 0 {
			return pgerr.New(pgerr.FeatureNotSupported, "invalid %s ORDER BY clause", "UNION/INTERSECT/EXCEPT").
				WithDetail("Only result column names can be used, not expressions or functions.").
				WithHint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.").At(startOf(o.Expr))
		}
		q.order = append(q.order, planner.Sort{Col: q.cols[i].Col, Desc: desc, NullsFirst: nullsFirst})
	}
	return nil
}

// values binds a VALUES list; its columns are column1, column2, ...
func (b *binder) values(sel *ast.Select, outer *scope, ctes *cteEnv, final bool) (*bound, error) {
	s := level(outer, ctes)
	s.clause = "VALUES"
	width := len(sel.Values[0])
	rows := make([][]planner.Scalar, len(sel.Values))
	for i, r := range sel.Values {
		if len(r) != width {
			return nil, pgerr.New(pgerr.SyntaxError, "VALUES lists must all be the same length").At(r[0].Pos())
		}
		rows[i] = make([]planner.Scalar, width)
		for k, e := range r {
			var err error
			if rows[i][k], err = b.expr(s, e); err != nil {
				return nil, err
			}
		}
	}
	v := &planner.Values{Rows: rows}
	out := &bound{}
	for k := range width {
		cells := make([]planner.Scalar, len(rows))
		for i := range rows {
			cells[i] = rows[i][k]
		}
		cells, t, err := b.typing.Common("VALUES", cells)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			rows[i][k] = cells[i]
		}
		col := b.newCol(columnN(k), columnN(k), t)
		b.keepFields(col, cells[0])
		v.Cols = append(v.Cols, col)
		out.cols = append(out.cols, nsColumn{Name: col.Name, Col: col})
	}
	out.node = b.liftValues(v)
	if err := b.sortOutput(s, out, sel.OrderBy); err != nil {
		return nil, err
	}
	return b.limit(out, sel, s)
}

func columnN(k int) string { return "column" + itoa(k+1) }

// liftValues: rows with subqueries become projections, added up.
func (b *binder) liftValues(v *planner.Values) planner.Node {
	plain := true
	for _, e := range v.Exprs() {
		plain = plain && !hasSubquery(e)
	}
	if plain {
		return v
	}
	var out planner.Node
	var cols []planner.Col
	for _, r := range v.Rows {
		in, cells := b.lift(planner.Unit(), r)
		items := make([]planner.Item, len(cells))
		arm := make([]planner.Col, len(cells))
		for i, e := range cells {
			arm[i] = b.newCol(v.Cols[i].Name, v.Cols[i].Name, v.Cols[i].Type)
			items[i] = planner.Item{Col: arm[i], Expr: e}
		}
		n := planner.Node(&planner.Project{Input: in, Items: items})
		if out == nil {
			out, cols = n, arm
			continue
		}
		all := make([]planner.Col, len(arm))
		for i, c := range arm {
			all[i] = b.newCol(c.Name, c.Name, c.Type)
		}
		out = &planner.SetOp{Kind: planner.Union, All: true, Left: out, Right: n, LeftCols: cols, RightCols: arm, Cols: all}
		cols = all
	}
	items := make([]planner.Item, len(cols))
	for i, c := range cols {
		items[i] = planner.Item{Col: v.Cols[i], Expr: planner.ColumnExpr(c)}
	}
	return &planner.Project{Input: out, Items: items}
}
