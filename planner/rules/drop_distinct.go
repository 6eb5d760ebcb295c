package rules

import "github.com/tarndb/tarn/planner"

// DropDistinct drops a DISTINCT whose input has a unique key.
//
// Why: it saves a count per row.
//
// Unsound if the key were unique only among rows without NULLs: Keys counts NULLs
// as alike.
var DropDistinct = planner.Rule{
	Name: "DropDistinct",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		d, ok := n.(*planner.Distinct)
		if !ok || !planner.HasKey(d.Input, planner.ColsOf(d.Columns())) {
			return nil
		}
		return d.Input
	},
}
