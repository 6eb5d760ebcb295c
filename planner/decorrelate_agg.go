package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// scalarAggregate is the most frequent subquery: SELECT agg(...) FROM ... WHERE
// inner = outer, used as a value. Grouped by the inner columns, or by the
// bindings, it is a left join; a row without a group has the value of no rows. It
// returns nil where the right side has another form.
func (d *decorrelator) scalarAggregate(a *Apply, outer ColSet) Node {
	if a.Kind != JoinLeft || len(a.On) > 0 {
		return nil
	}
	var projects []*Project
	right := a.Right
	for {
		p, ok := right.(*Project)
		if !ok {
			break
		}
		projects, right = append(projects, p), p.Input
	}
	agg, ok := right.(*Aggregate)
	if !ok || len(agg.Group) > 0 {
		return nil
	}
	j := d.groupedByColumns(a.Left, agg, outer)
	if j == nil {
		j = d.groupedByBinding(a.Left, agg, outer)
	}
	grouped := j.Right.(*Aggregate)
	items := passAll(a.Left.Columns())
	aggs := append([]Agg(nil), grouped.Aggs...)
	for i, g := range aggs {
		if !g.Func.zeroOnEmpty() {
			items = append(items, Pass(g.Col))
			continue
		}
		aggs[i].Col = d.q.NewCol(g.Col.Name, g.Col.Type)
		items = append(items, Item{Col: g.Col, Expr: zeroIfNull(aggs[i].Col)})
	}
	j.Right = &Aggregate{Input: grouped.Input, Group: grouped.Group, Aggs: aggs}
	out := Node(&Project{Input: j, Items: items})
	for i := len(projects) - 1; i >= 0; i-- {
		out = &Project{Input: out, Items: append(passAll(a.Left.Columns()), projects[i].Items...)}
	}
	return Keep(out, a.Columns())
}

func zeroIfNull(c Col) Scalar {
	zero := &expr.Const{Datum: row.IntDatum(0), Typ: c.Type, At: -1}
	return &expr.Coalesce{Args: []Scalar{ColumnExpr(c), zero}, Typ: c.Type, At: -1}
}

// groupedByColumns groups by the inner columns that the correlated equalities
// compare, without any set of bindings. Groups that no outer row asks for are
// then made too, which is only right if making them cannot fail.
func (d *decorrelator) groupedByColumns(left Node, agg *Aggregate, outer ColSet) *Join {
	exprs := agg.Exprs()
	if ExprCols(exprs...).Meets(outer) {
		return nil
	}
	for _, e := range exprs {
		if expr.CanError(e) {
			return nil
		}
	}
	in, preds, ok := d.pull(agg.Input, outer)
	if !ok {
		return nil
	}
	cols, values, ok := equalities(preds, outer)
	if !ok || len(cols) == 0 {
		return nil
	}
	byID := map[ColID]Col{}
	for _, c := range in.Columns() {
		byID[c.ID] = c
	}
	j := &Join{Kind: JoinLeft}
	var group []Col
	var items []Item
	for i, id := range cols {
		l := Col{Type: values[i].Type()}
		if ref, ok := values[i].(*expr.ColRef); ok {
			l.ID, l.Name = ColID(ref.Index), ref.Name
		} else if expr.CanError(values[i]) {
			return nil
		} else {
			l = d.q.NewCol("key", l.Type)
			items = append(items, Item{Col: l, Expr: values[i]})
		}
		group = append(group, byID[id])
		j.Keys = append(j.Keys, JoinKey{Left: l, Right: byID[id]})
	}
	j.Left = Extend(left, items...)
	j.Right = &Aggregate{Input: in, Group: group, Aggs: agg.Aggs}
	return j
}

// groupedByBinding groups by the bindings of the outer columns.
func (d *decorrelator) groupedByBinding(left Node, agg *Aggregate, outer ColSet) *Join {
	var cols []Col
	for _, c := range left.Columns() {
		if outer.Has(c.ID) && d.outer.of(agg).Has(c.ID) {
			cols = append(cols, c)
		}
	}
	if len(cols) == 0 {
		return &Join{Kind: JoinLeft, Left: left, Right: agg}
	}
	p := d.pusher(left, cols)
	in, bound := p.push(agg.Input)
	grouped := p.exprs(&Aggregate{Input: in, Group: bound, Aggs: agg.Aggs}, bound).(*Aggregate)
	j := &Join{Kind: JoinLeft, Left: left, Right: grouped}
	for i := range cols {
		j.Keys = append(j.Keys, JoinKey{Left: cols[i], Right: bound[i], NullsEqual: true})
	}
	return j
}
