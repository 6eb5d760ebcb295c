package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// guarded is an Apply with conditions: a subquery in a part of an expression that is
// not always reached, such as an arm of CASE. Where the right side cannot fail they
// do not matter, since what is not reached is not read. Otherwise the bindings are
// those of the rows that reach it, and all of the right side that may fail is
// evaluated for bindings only, so that what fails does so for such a row.
func (d *decorrelator) guarded(a *Apply) Node {
	plain := &Apply{Kind: a.Kind, Left: a.Left, Right: a.Right, On: a.On}
	if !MayFail(a.Right) {
		return d.apply(plain)
	}
	outer := d.outer.of(a.Right).Intersect(ColsOf(a.Left.Columns()))
	if right, preds, ok := d.pull(a.Right, outer); ok && !MayFail(right) && !anyCanError(preds) {
		return d.apply(plain)
	}
	var cols []Col
	for _, c := range a.Left.Columns() {
		if outer.Has(c.ID) {
			cols = append(cols, c)
		}
	}
	j := &Join{Kind: a.Kind, Left: a.Left, On: a.On}
	reached := NewFilter(a.Left, a.When...)
	if len(cols) == 0 {
		// One binding, if any row reaches the subquery.
		one := d.q.NewCol("reached", row.T(row.Bool))
		reached = &Project{Input: reached, Items: []Item{{Col: one, Expr: expr.BoolConst(true)}}}
		p := d.pusher(reached, []Col{one})
		p.guarded = true
		j.Right, _ = p.push(a.Right)
		return Keep(j, a.Columns())
	}
	p := d.pusher(reached, cols)
	p.guarded = true
	right, bound := p.push(a.Right)
	j.Right = right
	for i, c := range cols {
		j.Keys = append(j.Keys, JoinKey{Left: c, Right: bound[i], NullsEqual: true})
	}
	return Keep(j, a.Columns())
}

// MayFail reports that evaluating a tree may fail on some row.
func MayFail(n Node) bool {
	may := false
	Walk(n, func(n Node) bool {
		switch n := n.(type) {
		case *MaxOne:
			may = true
		case *TableFunc:
			for _, c := range n.Calls {
				may = may || !c.Func.NoError
			}
		}
		may = may || anyCanError(n.Exprs())
		return !may
	})
	return may
}

func anyCanError(list []Scalar) bool {
	for _, e := range list {
		if expr.CanError(e) {
			return true
		}
	}
	return false
}
