package rules

import (
	"slices"

	"github.com/tarndb/tarn/planner"
)

// DropImpliedKey takes out of a join a key that another one implies: the bounds of
// windows that begin together.
//
//	SELECT ... FROM a JOIN b ON a.window_start = b.window_start AND a.window_end = b.window_end
//
// Why: both sides are state, by their keys, and rows that are grouped by the one
// are on the right shard already.
//
// Unsound for a function that may be NULL of a value that is not: "=" would not
// have been true. The bounds of windows never are.
var DropImpliedKey = planner.Rule{
	Name: "DropImpliedKey",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		j, ok := n.(*planner.Join)
		if !ok || len(j.Keys) < 2 || j.Kind == planner.JoinNullAnti {
			return nil
		}
		for i, k := range j.Keys {
			l, lform := windowBound(j.Left, k.Left.ID)
			r, rform := windowBound(j.Right, k.Right.ID)
			if l == 0 || r == 0 || lform != rform {
				continue
			}
			implied := slices.ContainsFunc(j.Keys, func(o planner.JoinKey) bool { return o.Left.ID == l && o.Right.ID == r })
			if implied {
				out := *j
				out.Keys = slices.Delete(slices.Clone(j.Keys), i, i+1)
				return &out
			}
		}
		return nil
	},
}

// windowBound finds the column of which a node's column is the bound of a window,
// and how; 0 if it is none.
func windowBound(n planner.Node, id planner.ColID) (of planner.ColID, form string) {
	for {
		p, ok := n.(*planner.Project)
		if !ok {
			return 0, ""
		}
		at := slices.IndexFunc(p.Items, func(it planner.Item) bool { return it.Col.ID == id })
		if at < 0 {
			return 0, ""
		}
		if !p.Items[at].Passes() {
			return planner.WindowBoundOf(p.Items[at].Expr)
		}
		n = p.Input
	}
}
