package rules

import "github.com/tarndb/tarn/planner"

// PushJoinFilter moves conditions of a join's ON that read one side into that side.
//
// Why: as PushFilter; and an outer join is left with conditions that its
// operator knows, instead of being taken apart.
//
// Unsound for the side whose rows are kept: in a LEFT JOIN b ON b.x = a.x AND
// a.y > 0 a row of a with y = 0 stays, with NULLs for b. Only the other side's
// conditions move. A condition that can fail stays, since the join may never
// have tested it.
var PushJoinFilter = planner.Rule{
	Name: "PushJoinFilter",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		j, ok := n.(*planner.Join)
		if !ok || len(j.On) == 0 {
			return nil
		}
		left, right := planner.ColsOf(j.Left.Columns()), planner.ColsOf(j.Right.Columns())
		var toLeft, toRight []planner.Scalar
		on := j.On
		switch j.Kind {
		case planner.JoinInner, planner.JoinSemi, planner.JoinRight:
			toLeft, on = divide(on, func(p planner.Scalar) bool { return planner.ExprCols(p).Within(left) })
		}
		switch j.Kind {
		case planner.JoinInner, planner.JoinSemi, planner.JoinLeft, planner.JoinAnti:
			toRight, on = divide(on, func(p planner.Scalar) bool { return planner.ExprCols(p).Within(right) })
		}
		if len(toLeft)+len(toRight) == 0 {
			return nil
		}
		return &planner.Join{
			Kind: j.Kind, Keys: j.Keys, On: on,
			Left: planner.NewFilter(j.Left, toLeft...), Right: planner.NewFilter(j.Right, toRight...),
		}
	},
}
