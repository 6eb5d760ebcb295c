package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// PushFilter moves predicates below the node that a filter stands on: through
// projections, into the side of a join that they read, below grouping when they
// read group columns only, into the arms of set operations.
//
// Why: rows that do not count are dropped before they cost an exchange, a probe
// or a place in state.
//
// Unsound below the side of an outer join that is filled up with NULLs: in
// SELECT ... FROM a LEFT JOIN b ON ... WHERE b.x IS NULL the predicate is about
// the join's NULLs. Unsound for a predicate that can fail where it would meet rows
// that the join, the group or the limit had dropped: those stay.
var PushFilter = planner.Rule{
	Name: "PushFilter",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		f, ok := n.(*planner.Filter)
		if !ok {
			return nil
		}
		switch in := f.Input.(type) {
		case *planner.Project:
			return pushThroughProject(f, in)
		case *planner.Join:
			return pushIntoJoin(f, in)
		case *planner.Aggregate:
			return pushBelow(f, in, planner.ColsOf(in.Group), len(in.Group) > 0)
		case *planner.TopK:
			return pushBelow(f, in, planner.ColsOf(in.Partition), len(in.Partition) > 0)
		case *planner.Over:
			return pushBelow(f, in, planner.ColsOf(in.Partition), len(in.Partition) > 0)
		case *planner.Distinct:
			return in.WithChildren(planner.NewFilter(in.Input, f.Preds...))
		case *planner.TableFunc:
			return pushBelow(f, in, planner.ColsOf(in.Input.Columns()), true)
		case *planner.SetOp:
			return pushIntoSetOp(f, in)
		}
		return nil
	},
}

// divide splits predicates by whether they may move and satisfy ok. Nothing moves
// past a predicate that can fail and stays, since that one was to be tested first
// only if it came first; moved ones are tested earlier, which drops rows only.
func divide(preds []planner.Scalar, ok func(planner.Scalar) bool) (yes, no []planner.Scalar) {
	for _, p := range preds {
		if mayMove(p) && ok(p) {
			yes = append(yes, p)
		} else {
			no = append(no, p)
		}
	}
	return yes, no
}

func pushThroughProject(f *planner.Filter, p *planner.Project) planner.Node {
	by := map[planner.ColID]planner.Scalar{}
	for _, it := range p.Items {
		if expr.VolatilityOf(it.Expr) == expr.Volatile {
			return nil
		}
		by[it.Col.ID] = it.Expr
	}
	return p.WithChildren(planner.NewFilter(p.Input, planner.SubstituteAll(f.Preds, by)...))
}

// pushBelow moves the predicates that read only cols below a node of one input.
func pushBelow(f *planner.Filter, n planner.Node, cols planner.ColSet, ok bool) planner.Node {
	if !ok {
		return nil
	}
	down, stay := divide(f.Preds, func(p planner.Scalar) bool { return planner.ExprCols(p).Within(cols) })
	if len(down) == 0 {
		return nil
	}
	return planner.NewFilter(n.WithChildren(planner.NewFilter(n.Children()[0], down...)), stay...)
}

func pushIntoJoin(f *planner.Filter, j *planner.Join) planner.Node {
	left, right := planner.ColsOf(j.Left.Columns()), planner.ColsOf(j.Right.Columns())
	var toLeft, toRight []planner.Scalar
	stay := f.Preds
	if j.Kind != planner.JoinRight && j.Kind != planner.JoinFull {
		toLeft, stay = divide(stay, func(p planner.Scalar) bool { return planner.ExprCols(p).Within(left) })
	}
	if j.Kind == planner.JoinInner || j.Kind == planner.JoinRight {
		toRight, stay = divide(stay, func(p planner.Scalar) bool { return planner.ExprCols(p).Within(right) })
	}
	on := j.On
	if j.Kind == planner.JoinInner && len(stay) > 0 {
		// Pairs are tested in the same order as before: first the join's own.
		on, stay = append(append([]planner.Scalar(nil), on...), stay...), nil
	}
	if len(toLeft)+len(toRight) == 0 && len(on) == len(j.On) {
		return nil
	}
	out := &planner.Join{
		Kind: j.Kind, Keys: j.Keys, On: on,
		Left: planner.NewFilter(j.Left, toLeft...), Right: planner.NewFilter(j.Right, toRight...),
	}
	return planner.NewFilter(out, stay...)
}

// pushIntoSetOp: each arm gets the predicates over its own columns; EXCEPT's right
// arm only takes rows away, and needs none.
func pushIntoSetOp(f *planner.Filter, s *planner.SetOp) planner.Node {
	down, stay := f.Preds, []planner.Scalar(nil)
	if s.Kind != planner.Union {
		down, stay = divide(f.Preds, func(planner.Scalar) bool { return true })
	}
	if len(down) == 0 {
		return nil
	}
	arm := func(in planner.Node, cols []planner.Col) planner.Node {
		by := map[planner.ColID]planner.Scalar{}
		for i, c := range s.Cols {
			by[c.ID] = planner.ColumnExpr(cols[i])
		}
		return planner.NewFilter(in, planner.SubstituteAll(down, by)...)
	}
	left, right := arm(s.Left, s.LeftCols), s.Right
	if s.Kind != planner.Except {
		right = arm(s.Right, s.RightCols)
	}
	return planner.NewFilter(s.WithChildren(left, right), stay...)
}
