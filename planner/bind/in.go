package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (b *binder) in(s *scope, e *ast.InExpr) (planner.Scalar, error) {
	if e.Query != nil {
		op := "="
		if e.Not {
			op = "<>"
		}
		return b.quantified(s, e.Pos(), e.Arg, op, e.Not, e.Query)
	}
	if r, ok := e.Arg.(*ast.RowExpr); ok {
		return b.rowIn(s, e, r)
	}
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	list, err := b.exprs(s, e.List)
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		if out := b.inList(e, arg, list); out != nil {
			return out, nil
		}
	}
	op := "="
	if e.Not {
		op = "<>"
	}
	tests := make([]planner.Scalar, len(list))
	for i, x := range list {
		if tests[i], err = b.typing.Operator(e.Pos(), op, arg, x); err != nil {
			return nil, err
		}
	}
	if e.Not {
		return expr.Conjunction(tests...), nil
	}
	return expr.Disjunction(tests...), nil
}

// inList brings all to one type; nil when there is none, or no equality in it.
func (b *binder) inList(e *ast.InExpr, arg planner.Scalar, list []planner.Scalar) planner.Scalar {
	all, t, err := b.typing.Common("IN", append([]planner.Scalar{arg}, list...))
	if err != nil {
		return nil
	}
	eq, _, err := b.equality(e.Pos(), &expr.Const{Typ: t.Base(), Datum: row.NullDatum}, &expr.Const{Typ: t.Base(), Datum: row.NullDatum})
	if err != nil {
		return nil
	}
	for _, p := range eq.Params {
		if p.Type.Kind != row.Unknown && p.Type != t.Base() && p.Pseudo == 0 {
			return nil
		}
	}
	return &expr.InList{Arg: all[0], List: all[1:], Not: e.Not, Eq: eq, At: e.Pos()}
}

func (b *binder) rowIn(s *scope, e *ast.InExpr, left *ast.RowExpr) (planner.Scalar, error) {
	l, err := b.exprs(s, left.Elems)
	if err != nil {
		return nil, err
	}
	var tests []planner.Scalar
	for _, item := range e.List {
		r, ok := item.(*ast.RowExpr)
		if !ok {
			record, err := b.rowExpr(s, left)
			if err != nil {
				return nil, err
			}
			other, err := b.expr(s, item)
			if err != nil {
				return nil, err
			}
			eq, err := b.typing.Operator(e.Pos(), "=", record, other)
			if err != nil {
				return nil, err
			}
			tests = append(tests, eq)
			continue
		}
		if len(r.Elems) != len(l) {
			return nil, pgerr.New(pgerr.SyntaxError, "unequal number of entries in row expressions").At(e.Pos())
		}
		right, err := b.exprs(s, r.Elems)
		if err != nil {
			return nil, err
		}
		eq, err := b.rowCompare(e.Pos(), "=", l, right)
		if err != nil {
			return nil, err
		}
		tests = append(tests, eq)
	}
	out := expr.Disjunction(tests...)
	if e.Not {
		return &expr.Not{Arg: out, At: e.Pos()}, nil
	}
	return out, nil
}

// anyAll binds op ANY|ALL over an array or a subquery.
func (b *binder) anyAll(s *scope, e *ast.AnyAllExpr) (planner.Scalar, error) {
	if e.Query != nil {
		return b.quantified(s, e.Pos(), e.Left, e.Op, e.All, e.Query)
	}
	args, err := b.exprs(s, []ast.Expr{e.Left, e.Array})
	if err != nil {
		return nil, err
	}
	left, arr := args[0], asArray(args[1])
	elem := row.Type{}
	switch t := arr.Type(); {
	case t.Is(row.Array):
		elem = t.ElemType()
	case t.Kind != row.Unknown:
		return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires array on right side").At(e.Pos())
	case left.Type().Kind == row.Unknown:
		elem = row.T(row.Text)
	}
	r, err := expr.ResolveOperator(e.Op, left.Type(), elem)
	if err != nil {
		if pe, ok := pgerr.As(err); ok {
			return nil, pe.At(e.Pos())
		}
		return nil, err
	}
	if !r.Result.Is(row.Bool) {
		return nil, pgerr.New(pgerr.WrongObjectType, "op ANY/ALL (array) requires operator to yield boolean").At(e.Pos())
	}
	if left, err = b.typing.Coerce(left, r.Args[0], expr.Implicit); err != nil {
		return nil, err
	}
	if arr, err = b.typing.Coerce(arr, r.Args[1].Base().ArrayType(), expr.Implicit); err != nil {
		return nil, err
	}
	return &expr.ScalarArrayOp{Left: left, Right: arr, Op: r.Func, All: e.All, At: e.Pos()}, nil
}
