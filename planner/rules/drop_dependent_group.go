package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// DropDependentGroup takes out of a group a column that is computed from other
// columns of the group, and computes it above.
//
//	SELECT window_start, window_end, count(*) FROM TUMBLE(...) GROUP BY window_start, window_end
//
// Why: the keys of the groups, which are state, get shorter.
//
// Unsound where values that are equal print differently (numeric 1.0 and 1.00):
// what is computed from them may differ, and made groups of its own. Unsound for
// an expression that can fail, which would fail once a group and not once a row.
var DropDependentGroup = planner.Rule{
	Name: "DropDependentGroup",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		a, ok := n.(*planner.Aggregate)
		if !ok || len(a.Group) < 2 {
			return nil
		}
		p, ok := a.Input.(*planner.Project)
		if !ok {
			return nil
		}
		faithful := planner.ColSet{}
		for _, c := range a.Group {
			if !row.KeyLossy(c.Type) {
				faithful = faithful.Union(planner.Cols(c.ID))
			}
		}
		above := map[planner.ColID]planner.Scalar{}
		for _, it := range p.Items {
			if !it.Passes() && dependent(p, it, faithful.Minus(planner.Cols(it.Col.ID))) {
				above[it.Col.ID] = it.Expr
				faithful = faithful.Minus(planner.Cols(it.Col.ID))
			}
		}
		out := &planner.Aggregate{Input: a.Input, Aggs: a.Aggs}
		var items []planner.Item
		for _, c := range a.Group {
			if e := above[c.ID]; e != nil {
				items = append(items, planner.Item{Col: c, Expr: e})
				continue
			}
			out.Group = append(out.Group, c)
			items = append(items, planner.Pass(c))
		}
		if len(out.Group) == len(a.Group) {
			return nil
		}
		for _, g := range a.Aggs {
			items = append(items, planner.Pass(g.Col))
		}
		return planner.NewProject(out, items)
	},
}

// dependent reports that an item is computed from group columns that the
// projection hands on.
func dependent(p *planner.Project, it planner.Item, group planner.ColSet) bool {
	reads := planner.ExprCols(it.Expr)
	if !mayMove(it.Expr) || reads.Empty() || !reads.Within(group) {
		return false
	}
	passed := planner.ColSet{}
	for _, o := range p.Items {
		if o.Passes() {
			passed = passed.Union(planner.Cols(o.Col.ID))
		}
	}
	return reads.Within(passed)
}
