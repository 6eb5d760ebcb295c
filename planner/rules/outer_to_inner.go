package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// OuterToInner makes an outer join keep fewer unmatched rows when a filter above
// it drops them anyhow, being NULL or false for the columns filled up with NULLs.
//
// Why: an inner join takes conditions and predicates on both sides, and keeps no
// count of matches.
//
// Unsound for a predicate that a NULL can satisfy, such as b.x IS NULL or
// COALESCE(b.x, 0) = 0: only predicates that are strict in such a column count.
var OuterToInner = planner.Rule{
	Name: "OuterToInner",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		f, ok := n.(*planner.Filter)
		if !ok {
			return nil
		}
		j, ok := f.Input.(*planner.Join)
		if !ok || j.Kind < planner.JoinLeft || j.Kind > planner.JoinFull {
			return nil
		}
		rejects := func(side planner.Node) bool {
			cols := planner.ColsOf(side.Columns())
			for _, p := range f.Preds {
				if rejectsNulls(p, cols) {
					return true
				}
			}
			return false
		}
		// keepLeft: unmatched rows of the left side may still come through.
		keepLeft := j.Kind != planner.JoinRight && !rejects(j.Right)
		keepRight := j.Kind != planner.JoinLeft && !rejects(j.Left)
		kind := planner.JoinInner
		switch {
		case keepLeft && keepRight:
			kind = planner.JoinFull
		case keepLeft:
			kind = planner.JoinLeft
		case keepRight:
			kind = planner.JoinRight
		}
		if kind == j.Kind {
			return nil
		}
		return f.WithChildren(&planner.Join{Kind: kind, Left: j.Left, Right: j.Right, Keys: j.Keys, On: j.On})
	},
}

// rejectsNulls reports that a predicate is not true when all of cols are NULL.
func rejectsNulls(e planner.Scalar, cols planner.ColSet) bool {
	switch e := e.(type) {
	case *expr.Logic:
		for _, a := range e.Args {
			if rejectsNulls(a, cols) != e.Or {
				return !e.Or
			}
		}
		return e.Or
	case *expr.IsNull:
		return e.Not && nullWith(e.Arg, cols)
	case *expr.IsTruth:
		return e.Test != expr.IsUnknown && !e.Not && nullWith(e.Arg, cols)
	}
	return nullWith(e, cols)
}

// nullWith reports that an expression is NULL when all of cols are.
func nullWith(e planner.Scalar, cols planner.ColSet) bool {
	strict := false
	switch e := e.(type) {
	case *expr.ColRef:
		return cols.Has(planner.ColID(e.Index))
	case *expr.Call:
		strict = e.Func.Strict && !e.Func.Set
	case *expr.Cast:
		strict = e.Func == nil || e.Func.Strict
	case *expr.Not:
		strict = true
	case *expr.InList:
		return nullWith(e.Arg, cols)
	case *expr.ScalarArrayOp:
		return e.Op.Strict && nullWith(e.Left, cols) && nonEmptyConst(e.Right)
	}
	if !strict {
		return false
	}
	for _, c := range e.Children() {
		if nullWith(c, cols) {
			return true
		}
	}
	return false
}

// nonEmptyConst: x = ANY ('{}') is false and <> ALL ('{}') true whatever x is, so
// that only an array known to have elements makes the test NULL with x.
func nonEmptyConst(e planner.Scalar) bool {
	a, ok := e.(*expr.ArrayExpr)
	return ok && len(a.Elems) > 0
}
