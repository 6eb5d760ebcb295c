package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
)

func (b *binder) caseExpr(s *scope, e *ast.CaseExpr) (planner.Scalar, error) {
	var arg planner.Scalar
	if e.Arg != nil {
		var err error
		if arg, err = b.expr(s, e.Arg); err != nil {
			return nil, err
		}
		if arg, err = b.known(arg); err != nil {
			return nil, err
		}
	}
	out := &expr.Case{At: e.Pos()}
	var results []planner.Scalar
	for _, w := range e.Whens {
		cond, err := b.whenCond(s, arg, w)
		if err != nil {
			return nil, err
		}
		r, err := b.expr(s, w.Result)
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, expr.When{Cond: cond})
		results = append(results, r)
	}
	// PostgreSQL lets ELSE speak first in the choice of the type.
	els := planner.Scalar(&expr.Const{Datum: row.NullDatum, At: -1})
	if e.Else != nil {
		var err error
		if els, err = b.expr(s, e.Else); err != nil {
			return nil, err
		}
	}
	all, t, err := b.typing.Common("CASE", append([]planner.Scalar{els}, results...))
	if err != nil {
		return nil, err
	}
	out.Typ = t
	if e.Else != nil {
		out.Else = all[0]
	}
	for i := range out.Whens {
		out.Whens[i].Then = all[i+1]
	}
	return out, nil
}

func (b *binder) whenCond(s *scope, arg planner.Scalar, w ast.When) (planner.Scalar, error) {
	if arg == nil {
		return b.condition(s, w.Cond, "CASE/WHEN")
	}
	v, err := b.expr(s, w.Cond)
	if err != nil {
		return nil, err
	}
	eq, err := b.typing.Operator(w.Pos(), "=", arg, v)
	if err != nil {
		return nil, err
	}
	return b.typing.Boolean(eq, "CASE/WHEN")
}

func (b *binder) nullIf(s *scope, e *ast.NullIfExpr) (planner.Scalar, error) {
	args, err := b.exprs(s, []ast.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	eq, pair, err := b.equality(e.Pos(), args[0], args[1])
	if err != nil {
		return nil, err
	}
	return &expr.NullIf{Arg: pair[0], Left: pair[0], Right: pair[1], Eq: eq, Typ: pair[0].Type(), At: e.Pos()}, nil
}
