package bind

import (
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (b *binder) opExpr(s *scope, e *ast.OpExpr) (planner.Scalar, error) {
	if e.Schema != "" && e.Schema != "pg_catalog" {
		if err := b.knownSchema(e.Schema, e.Pos()); err != nil {
			return nil, err
		}
		return nil, pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s.%s", e.Schema, e.Op).At(e.Pos())
	}
	right, rightRow := e.Right.(*ast.RowExpr)
	left, leftRow := e.Left.(*ast.RowExpr)
	if leftRow {
		if sub, ok := e.Right.(*ast.SubqueryExpr); ok && sub.Kind == ast.ScalarSubquery {
			return b.compareWithQuery(s, e, left, sub.Query)
		}
	}
	if leftRow && rightRow {
		l, err := b.exprs(s, left.Elems)
		if err != nil {
			return nil, err
		}
		r, err := b.exprs(s, right.Elems)
		if err != nil {
			return nil, err
		}
		if len(l) != len(r) {
			return nil, pgerr.New(pgerr.SyntaxError, "unequal number of entries in row expressions").At(e.Pos())
		}
		return b.rowCompare(e.Pos(), e.Op, l, r)
	}
	var args []planner.Scalar
	for _, a := range []ast.Expr{e.Left, e.Right} {
		if a == nil {
			continue
		}
		bound, err := b.expr(s, a)
		if err != nil {
			return nil, err
		}
		args = append(args, bound)
	}
	return b.typing.Operator(e.Pos(), e.Op, args...)
}

// rowCompare compares rows column by column: = and <> by all and any of them, the
// others by the first pair that differs.
func (b *binder) rowCompare(pos int, op string, l, r []planner.Scalar) (planner.Scalar, error) {
	switch len(l) {
	case 0:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cannot compare rows of zero length").At(pos)
	case 1:
		return b.typing.Operator(pos, op, l[0], r[0])
	}
	pairs := make([]planner.Scalar, len(l))
	switch op {
	case "=", "<>":
		for i := range l {
			var err error
			if pairs[i], err = b.typing.Operator(pos, op, l[i], r[i]); err != nil {
				return nil, err
			}
		}
		if op == "=" {
			return expr.Conjunction(pairs...), nil
		}
		return expr.Disjunction(pairs...), nil
	case "<", "<=", ">", ">=":
		last := len(l) - 1
		out, err := b.typing.Operator(pos, op, l[last], r[last])
		for i := last - 1; i >= 0 && err == nil; i-- {
			var strict, eq planner.Scalar
			if strict, err = b.typing.Operator(pos, op[:1], l[i], r[i]); err != nil {
				break
			}
			if eq, err = b.typing.Operator(pos, "=", l[i], r[i]); err != nil {
				break
			}
			out = expr.Disjunction(strict, expr.Conjunction(eq, out))
		}
		return out, err
	}
	for i := range l {
		e, err := b.typing.Operator(pos, op, l[i], r[i])
		if err != nil {
			return nil, err
		}
		if !e.Type().Is(row.Bool) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "row comparison operator must yield type boolean, not type %s", e.Type().Base()).At(pos)
		}
	}
	return nil, pgerr.New(pgerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
		WithHint("Row comparison operators must be associated with btree operator families.").At(pos)
}

func (b *binder) nullTest(s *scope, e *ast.NullTest) (planner.Scalar, error) {
	if r, ok := e.Arg.(*ast.RowExpr); ok {
		bound, err := b.rowExpr(s, r)
		if err != nil {
			return nil, err
		}
		var tests []planner.Scalar
		for _, arg := range bound.Children() {
			if arg.Type().Is(row.Record) {
				// A record in a row is not looked into.
				return &expr.IsNull{Arg: bound, Not: e.Not, At: e.Pos()}, nil
			}
			tests = append(tests, &expr.IsNull{Arg: arg, Not: e.Not, At: e.Pos()})
		}
		return expr.Conjunction(tests...), nil
	}
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	if arg, err = b.known(arg); err != nil {
		return nil, err
	}
	return &expr.IsNull{Arg: arg, Not: e.Not, At: e.Pos()}, nil
}

func (b *binder) booleanTest(s *scope, e *ast.BooleanTest) (planner.Scalar, error) {
	word := "IS " + strings.Repeat("NOT ", btoi(e.Not)) + [...]string{ast.True: "TRUE", ast.False: "FALSE", ast.Unknown: "UNKNOWN"}[e.Value]
	arg, err := b.condition(s, e.Arg, word)
	if err != nil {
		return nil, err
	}
	test := [...]expr.Truth{ast.True: expr.IsTrue, ast.False: expr.IsFalse, ast.Unknown: expr.IsUnknown}[e.Value]
	return &expr.IsTruth{Arg: arg, Test: test, Not: e.Not, At: e.Pos()}, nil
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
}

func (b *binder) distinctExpr(s *scope, e *ast.DistinctExpr) (planner.Scalar, error) {
	l, isRow := e.Left.(*ast.RowExpr)
	if r, ok := e.Right.(*ast.RowExpr); ok && isRow && len(l.Elems) == len(r.Elems) && len(l.Elems) > 0 {
		return b.distinctRows(s, e, l, r)
	}
	args, err := b.exprs(s, []ast.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	eq, args, err := b.equality(e.Pos(), args[0], args[1])
	if err != nil {
		return nil, err
	}
	return &expr.Distinct{Left: args[0], Right: args[1], Eq: eq, Not: e.Not, At: e.Pos()}, nil
}

// distinctRows: rows are distinct if one of the pairs is.
func (b *binder) distinctRows(s *scope, e *ast.DistinctExpr, l, r *ast.RowExpr) (planner.Scalar, error) {
	pairs := make([]planner.Scalar, len(l.Elems))
	for i := range pairs {
		var err error
		if pairs[i], err = b.distinctExpr(s, &ast.DistinctExpr{Loc: e.Loc, Left: l.Elems[i], Right: r.Elems[i]}); err != nil {
			return nil, err
		}
	}
	if e.Not {
		return &expr.Not{Arg: expr.Disjunction(pairs...), At: e.Pos()}, nil
	}
	return expr.Disjunction(pairs...), nil
}

// equality picks the = of two operands and brings them to its types.
func (b *binder) equality(pos int, l, r planner.Scalar) (*expr.Function, []planner.Scalar, error) {
	e, err := b.typing.Operator(pos, "=", l, r)
	if err != nil {
		return nil, nil, err
	}
	call, ok := e.(*expr.Call)
	if !ok || !call.Typ.Is(row.Bool) {
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "operator = must return type boolean").At(pos)
	}
	return call.Func, call.Args, nil
}

func (b *binder) between(s *scope, e *ast.BetweenExpr) (planner.Scalar, error) {
	args, err := b.exprs(s, []ast.Expr{e.Arg, e.Low, e.High})
	if err != nil {
		return nil, err
	}
	within := func(x, low, high planner.Scalar) (planner.Scalar, error) {
		ge, err := b.typing.Operator(e.Pos(), ">=", x, low)
		if err != nil {
			return nil, err
		}
		le, err := b.typing.Operator(e.Pos(), "<=", x, high)
		if err != nil {
			return nil, err
		}
		return &expr.Logic{Args: []planner.Scalar{ge, le}, At: e.Pos()}, nil
	}
	out, err := within(args[0], args[1], args[2])
	if err == nil && e.Symmetric {
		var other planner.Scalar
		if other, err = within(args[0], args[2], args[1]); err == nil {
			out = expr.Disjunction(out, other)
		}
	}
	if err != nil {
		return nil, err
	}
	if e.Not {
		return &expr.Not{Arg: out, At: e.Pos()}, nil
	}
	return out, nil
}

func (b *binder) like(s *scope, e *ast.LikeExpr) (planner.Scalar, error) {
	args, err := b.exprs(s, []ast.Expr{e.Arg, e.Pattern})
	if err != nil {
		return nil, err
	}
	op := [...]string{ast.Like: "~~", ast.ILike: "~~*", ast.Similar: "~"}[e.Kind]
	if e.Not {
		op = "!" + op
	}
	if l, r := rowOperands(e.Arg, e.Pattern); l != nil && e.Escape == nil && e.Kind != ast.Similar && len(l.Elems) == len(r.Elems) {
		return b.rowCompare(e.Pos(), op, args[0].Children(), args[1].Children())
	}
	convert, pattern := "like_escape", args[1:]
	if e.Kind == ast.Similar {
		convert = "similar_to_escape"
	}
	if e.Escape != nil || e.Kind == ast.Similar {
		if e.Escape != nil {
			esc, err := b.expr(s, e.Escape)
			if err != nil {
				return nil, err
			}
			pattern = append(pattern, esc)
		}
		p, err := b.typing.Function(e.Pos(), "pg_catalog", convert, pattern)
		if err != nil {
			return nil, err
		}
		args[1] = p
	}
	return b.typing.Operator(e.Pos(), op, args[0], args[1])
}

// rowOperands are two operands that both are rows as they are written, or nil.
func rowOperands(l, r ast.Expr) (*ast.RowExpr, *ast.RowExpr) {
	left, ok := l.(*ast.RowExpr)
	right, also := r.(*ast.RowExpr)
	if !ok || !also {
		return nil, nil
	}
	return left, right
}
