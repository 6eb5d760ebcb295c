package rules

import "github.com/tarndb/tarn/planner"

// DropMaxOne drops the check that a scalar subquery has one row at most, where a
// unique key proves it.
//
// Why: it saves a count per group.
//
// Unsound if the key held only for the rows that came so far: Keys knows only what
// holds for every content.
var DropMaxOne = planner.Rule{
	Name: "DropMaxOne",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		m, ok := n.(*planner.MaxOne)
		if !ok || !planner.HasKey(m.Input, planner.ColsOf(m.Group)) {
			return nil
		}
		return m.Input
	},
}
