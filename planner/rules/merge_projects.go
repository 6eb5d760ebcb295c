package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// MergeProjects makes one projection of two, and drops one that hands on its
// input as it is.
//
// Why: fewer columns are built, and plans that mean the same look the same, so
// that their state is shared.
//
// Unsound if an expression of the inner one that is volatile, or costs, were
// computed twice: an inner expression moves only if it is read once, or is a
// column or a constant.
var MergeProjects = planner.Rule{
	Name: "MergeProjects",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		outer, ok := n.(*planner.Project)
		if !ok {
			return nil
		}
		inner, ok := outer.Input.(*planner.Project)
		if !ok {
			if out := planner.NewProject(outer.Input, outer.Items); out != n {
				if _, still := out.(*planner.Project); !still {
					return out
				}
			}
			return nil
		}
		by := map[planner.ColID]planner.Scalar{}
		for _, it := range inner.Items {
			by[it.Col.ID] = it.Expr
		}
		reads := map[planner.ColID]int{}
		for _, it := range outer.Items {
			expr.Walk(it.Expr, func(e planner.Scalar) bool {
				if id, ok := planner.AsColumn(e); ok {
					reads[id]++
				}
				return true
			})
		}
		for id, n := range reads {
			if e := by[id]; e != nil && n > 1 && !cheap(e) {
				return nil
			}
		}
		// What the inner one computes and nobody reads may fail: then it stays.
		for _, it := range inner.Items {
			if reads[it.Col.ID] == 0 && (expr.CanError(it.Expr) || expr.VolatilityOf(it.Expr) == expr.Volatile) {
				return nil
			}
		}
		items := make([]planner.Item, len(outer.Items))
		for i, it := range outer.Items {
			items[i] = planner.Item{Col: it.Col, Expr: planner.Substitute(it.Expr, by)}
		}
		return planner.NewProject(inner.Input, items)
	},
}

func cheap(e planner.Scalar) bool {
	switch e.(type) {
	case *expr.ColRef, *expr.Const, *expr.Param:
		return true
	}
	return false
}
