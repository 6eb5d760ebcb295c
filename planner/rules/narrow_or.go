package rules

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// NarrowOr finds what every alternative of an OR over joined inputs asks of one input:
// (a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4) also says a.x = 1 OR a.x = 3.
//
// Why: the OR as a whole can only be tested on joined rows. What it says of one input
// drops rows before the join. It is for queries that run once: in a view it would be
// one more condition for each row, and change what is stored.
//
// Unsound for a condition that can fail: an alternative may have tested another one
// before it.
var NarrowOr = planner.Rule{
	Name: "NarrowOr",
	Apply: func(_ *planner.Rewriter, n planner.Node) planner.Node {
		c := connectorOf(n, 2)
		if c == nil {
			return nil
		}
		f := n.(*planner.Filter)
		preds := f.Preds
		for _, p := range f.Preds {
			or, ok := p.(*expr.Logic)
			if !ok || !or.Or || !mayMove(p) {
				continue
			}
			for i := range c.inputs {
				about, ok := saidOf(or, c.columns(i))
				if ok && !slices.ContainsFunc(preds, func(q planner.Scalar) bool { return expr.Equal(q, about) }) {
					preds = append(preds[:len(preds):len(preds)], about)
				}
			}
		}
		if len(preds) == len(f.Preds) {
			return nil
		}
		return planner.NewFilter(f.Input, preds...)
	},
}

// saidOf is what an OR says of some columns, if every alternative says something and
// some says something else besides.
func saidOf(or *expr.Logic, cols planner.ColSet) (planner.Scalar, bool) {
	var alternatives []planner.Scalar
	whole := true
	for _, a := range or.Args {
		var about []planner.Scalar
		for _, p := range expr.Conjuncts(a) {
			if used := planner.ExprCols(p); !used.Empty() && used.Within(cols) {
				about = append(about, p)
			} else {
				whole = false
			}
		}
		if len(about) == 0 {
			return nil, false
		}
		alternatives = append(alternatives, expr.Conjunction(about...))
	}
	return expr.Disjunction(alternatives...), !whole
}
