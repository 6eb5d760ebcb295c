package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// SimplifyFilter splits predicates at their ANDs, drops those that are TRUE or
// written twice, joins a filter with the filter below it, and makes a filter
// that nothing passes an empty list of rows.
//
// Why: the rules that move predicates see them one by one.
//
// Unsound if predicates that can fail changed their order: WHERE x <> 0 AND 1/x > 1
// must not divide first. The order is kept, and an inner filter's come first. A
// filter with a FALSE is emptied only when nothing that stands before it can fail.
var SimplifyFilter = planner.Rule{
	Name: "SimplifyFilter",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		f, ok := n.(*planner.Filter)
		if !ok {
			return nil
		}
		in, preds := f.Input, f.Preds
		changed := false
		if inner, ok := in.(*planner.Filter); ok {
			in, changed = inner.Input, true
			preds = append(append([]planner.Scalar(nil), inner.Preds...), preds...)
		}
		var out []planner.Scalar
		seen := map[string]bool{}
		for _, p := range preds {
			parts := expr.Conjuncts(p)
			changed = changed || len(parts) > 1
			for _, c := range parts {
				key := c.String()
				if planner.IsTrue(c) || seen[key] && expr.VolatilityOf(c) != expr.Volatile {
					changed = true
					continue
				}
				if planner.IsFalseOrNull(c) && !anyError(out) {
					return &planner.Values{Cols: n.Columns()}
				}
				seen[key] = true
				out = append(out, c)
			}
		}
		if !changed {
			return nil
		}
		return planner.NewFilter(in, out...)
	},
}
