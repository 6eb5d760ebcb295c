package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// SingleRowJoin makes an inner join of a left join without conditions whose right
// side always has exactly one row: an aggregate without groups.
//
// Why: uncorrelated scalar subqueries come as such joins; an inner one sends the
// one row to all shards, an outer one brings all rows to one.
//
// Unsound if the right side could have no row: a projection above the aggregate
// that can fail would lose it.
var SingleRowJoin = planner.Rule{
	Name: "SingleRowJoin",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		j, ok := n.(*planner.Join)
		if !ok || j.Kind != planner.JoinLeft || len(j.Keys)+len(j.On) > 0 || !oneRow(j.Right) {
			return nil
		}
		return &planner.Join{Kind: planner.JoinInner, Left: j.Left, Right: j.Right}
	},
}

func oneRow(n planner.Node) bool {
	switch n := n.(type) {
	case *planner.Project:
		for _, it := range n.Items {
			if expr.CanError(it.Expr) {
				return false
			}
		}
		return oneRow(n.Input)
	case *planner.Aggregate:
		return len(n.Group) == 0
	}
	return planner.IsUnit(n)
}
