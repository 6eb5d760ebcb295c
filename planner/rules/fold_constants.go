package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// FoldConstants computes immutable expressions of constants, and simplifies AND,
// OR and CASE whose outcome a constant decides.
//
// Why: filters that hold for all rows or none vanish, and keys are compared with
// constants.
//
// Unsound if it folded an expression that fails: SELECT CASE WHEN x = 0 THEN 1/0
// END FROM t has no error unless some x is 0. What fails is left as it is.
var FoldConstants = planner.Rule{
	Name: "FoldConstants",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		old := n.Exprs()
		changed := false
		out := make([]planner.Scalar, len(old))
		for i, e := range old {
			out[i] = expr.Rewrite(e, func(e planner.Scalar) planner.Scalar { return fold(r, e) })
			changed = changed || out[i] != e
		}
		if !changed {
			return nil
		}
		return n.WithExprs(out)
	},
}

func fold(r *planner.Rewriter, e planner.Scalar) planner.Scalar {
	switch x := e.(type) {
	case *expr.Const, *expr.ColRef, *expr.Param:
		return e
	case *expr.Logic:
		return foldLogic(x)
	case *expr.Case:
		if out := foldCase(x); out != e {
			return out
		}
	case *expr.Not:
		if inner, ok := x.Arg.(*expr.Not); ok {
			return inner.Arg
		}
	}
	for _, c := range e.Children() {
		if _, ok := planner.AsConst(c); !ok {
			return e
		}
	}
	if expr.VolatilityOf(e) != expr.Immutable || e.Type().Is(row.Record) {
		return e
	}
	d, err := expr.EvalConst(e, r.Context)
	if err != nil {
		return e
	}
	return &expr.Const{Datum: d, Typ: e.Type(), At: e.Pos()}
}

// foldLogic drops the operands that do not matter. An operand that decides the
// outcome ends the list: those behind it are never evaluated; those before it
// are, and may fail.
func foldLogic(l *expr.Logic) planner.Scalar {
	var args []planner.Scalar
	for _, a := range l.Args {
		d, ok := planner.AsConst(a)
		if !ok || d.Null {
			args = append(args, a)
			continue
		}
		if (d.I != 0) != l.Or {
			continue
		}
		if !anyError(args) {
			return a
		}
		args = append(args, a)
		break
	}
	if len(args) == len(l.Args) {
		return l
	}
	if len(args) == 0 {
		return expr.BoolConst(!l.Or)
	}
	if len(args) == 1 {
		return args[0]
	}
	return &expr.Logic{Or: l.Or, Args: args, At: l.At}
}

func anyError(list []planner.Scalar) bool {
	for _, e := range list {
		if expr.CanError(e) {
			return true
		}
	}
	return false
}

// foldCase drops the arms that are never taken, and those behind one that always is.
func foldCase(c *expr.Case) planner.Scalar {
	out := &expr.Case{Else: c.Else, Typ: c.Typ, At: c.At}
	for _, w := range c.Whens {
		if planner.IsFalseOrNull(w.Cond) {
			continue
		}
		if planner.IsTrue(w.Cond) {
			out.Else = w.Then
			break
		}
		out.Whens = append(out.Whens, w)
	}
	switch {
	case len(out.Whens) == len(c.Whens):
		return c
	case len(out.Whens) > 0:
		return out
	case out.Else == nil:
		return expr.NullConst(c.Typ)
	}
	return out.Else
}
