package bind

import (
	"math"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

func itoa(n int) string { return strconv.Itoa(n) }

// condition binds a boolean expression; what names the construct in errors.
func (b *binder) condition(s *scope, e ast.Expr, what string) (planner.Scalar, error) {
	out, err := b.expr(s, e)
	if err != nil {
		return nil, err
	}
	return b.typing.Boolean(out, what)
}

// expr binds a scalar expression. The result may hold subquery nodes, which are
// lifted out when it is put into a node.
func (b *binder) expr(s *scope, e ast.Expr) (planner.Scalar, error) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return b.columnRef(s, e)
	case *ast.ParamRef:
		return b.param(e)
	case *ast.Const:
		return b.constant(e)
	case *ast.OpExpr:
		return b.opExpr(s, e)
	case *ast.BoolExpr:
		return b.boolExpr(s, e)
	case *ast.NullTest:
		return b.nullTest(s, e)
	case *ast.BooleanTest:
		return b.booleanTest(s, e)
	case *ast.DistinctExpr:
		return b.distinctExpr(s, e)
	case *ast.BetweenExpr:
		return b.between(s, e)
	case *ast.InExpr:
		return b.in(s, e)
	case *ast.LikeExpr:
		return b.like(s, e)
	case *ast.AnyAllExpr:
		return b.anyAll(s, e)
	case *ast.SubqueryExpr:
		return b.subqueryExpr(s, e)
	case *ast.CaseExpr:
		return b.withoutSets(s, "CASE", func() (planner.Scalar, error) { return b.caseExpr(s, e) })
	case *ast.CastExpr:
		return b.cast(s, e)
	case *ast.FuncCall:
		return b.call(s, e)
	case *ast.SQLValue:
		return b.sqlValue(e)
	}
	return b.composite(s, e)
}

// composite binds the rarer forms.
func (b *binder) composite(s *scope, e ast.Expr) (planner.Scalar, error) {
	switch e := e.(type) {
	case *ast.CollateExpr:
		return b.collate(s, e)
	case *ast.CoalesceExpr:
		return b.withoutSets(s, "COALESCE", func() (planner.Scalar, error) {
			args, t, err := b.common(s, e.Args, "COALESCE")
			return &expr.Coalesce{Args: args, Typ: t, At: e.Pos()}, err
		})
	case *ast.MinMaxExpr:
		word := "LEAST"
		if e.Greatest {
			word = "GREATEST"
		}
		args, t, err := b.common(s, e.Args, word)
		if err != nil {
			return nil, err
		}
		return &expr.MinMax{Least: !e.Greatest, Args: args, Typ: t, At: e.Pos()}, nil
	case *ast.NullIfExpr:
		return b.nullIf(s, e)
	case *ast.ArrayExpr:
		return b.array(s, e)
	case *ast.SubscriptExpr:
		return b.subscript(s, e)
	case *ast.RowExpr:
		return b.rowExpr(s, e)
	case *ast.FieldExpr:
		return b.fieldExpr(s, e)
	case *ast.GroupingExpr:
		return b.grouping(s, e)
	case *ast.DefaultExpr:
		return nil, pgerr.New(pgerr.SyntaxError, "DEFAULT is not allowed in this context").At(e.Pos())
	}
	return nil, unsupported(e.Pos(), "this expression")
}

func (b *binder) exprs(s *scope, list []ast.Expr) ([]planner.Scalar, error) {
	out := make([]planner.Scalar, len(list))
	for i, e := range list {
		var err error
		if out[i], err = b.expr(s, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (b *binder) common(s *scope, list []ast.Expr, what string) ([]planner.Scalar, row.Type, error) {
	args, err := b.exprs(s, list)
	if err != nil {
		return nil, row.Type{}, err
	}
	return b.typing.Common(what, args)
}

func (b *binder) columnRef(s *scope, e *ast.ColumnRef) (planner.Scalar, error) {
	if e.Star {
		return nil, pgerr.New(pgerr.SyntaxError, "row expansion via \"*\" is not supported here").At(e.Pos())
	}
	name := e.Names[len(e.Names)-1]
	if len(e.Names) == 1 {
		c, _, err := b.columnByName(s, name, e.Pos())
		if err != nil {
			return nil, err
		}
		if c != nil {
			return columnAt(c, e.Pos()), nil
		}
		it, _, err := b.itemByName(s, "", name, e.Pos())
		if err != nil {
			return nil, err
		}
		if it != nil && it.Record {
			return wholeRow(it, e.Pos()), nil
		}
		return nil, b.missingColumn(s, "", name, e.Pos())
	}
	schema, table := "", e.Names[len(e.Names)-2]
	if len(e.Names) > 2 {
		schema = e.Names[len(e.Names)-3]
	}
	switch all := strings.Join(e.Names, "."); {
	case len(e.Names) > 4:
		return nil, tooManyNames(all, e.Pos())
	case len(e.Names) == 4 && e.Names[0] != b.opts.Database:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: %s", all).At(e.Pos())
	}
	it, _, err := b.itemByName(s, schema, table, e.Pos())
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, b.missingTable(s, schema, table, e.Pos())
	}
	switch c, n := it.column(name); {
	case n > 1:
		return nil, pgerr.New(pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(e.Pos())
	case n == 1:
		return columnAt(c, e.Pos()), nil
	}
	return nil, b.missingColumn(s, table, name, e.Pos())
}

func tooManyNames(all string, pos int) error {
	return pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", all).At(pos)
}

func columnAt(c *nsColumn, pos int) planner.Scalar {
	return &expr.ColRef{Index: int(c.Col.ID), Typ: c.Col.Type, Name: c.Name, At: pos}
}

func (b *binder) param(e *ast.ParamRef) (planner.Scalar, error) {
	if e.Number < 1 || e.Number > math.MaxUint16 {
		return nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", e.Number).At(e.Pos())
	}
	for len(b.params.Types) < e.Number {
		b.params.Types = append(b.params.Types, row.Type{})
	}
	return &expr.Param{N: e.Number, Typ: b.params.Types[e.Number-1], Decl: b.params, At: e.Pos()}, nil
}

func (b *binder) constant(e *ast.Const) (planner.Scalar, error) {
	out := &expr.Const{At: e.Pos()}
	switch e.Kind {
	case ast.ConstNull:
		out.Datum = row.NullDatum
	case ast.ConstBool:
		out.Datum, out.Typ = row.BoolDatum(e.Bool), row.T(row.Bool)
	case ast.ConstInt:
		out.Datum, out.Typ = row.IntDatum(e.Int), row.T(row.Int8)
		if e.Int >= math.MinInt32 && e.Int <= math.MaxInt32 {
			out.Typ = row.T(row.Int4)
		}
	case ast.ConstString:
		out.Datum = row.StringDatum(e.Text)
	case ast.ConstNumeric:
		text := &expr.Const{Datum: row.StringDatum(e.Text), At: e.Pos()}
		return b.typing.Coerce(text, row.T(row.Numeric), expr.Implicit)
	case ast.ConstBit:
		text := &expr.Const{Datum: row.StringDatum(e.Text), At: e.Pos()}
		return b.typing.Coerce(text, row.T(row.Bit), expr.Implicit)
	}
	return out, nil
}

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

func (b *binder) boolExpr(s *scope, e *ast.BoolExpr) (planner.Scalar, error) {
	word := [...]string{ast.And: "AND", ast.Or: "OR", ast.Not: "NOT"}[e.Op]
	args := make([]planner.Scalar, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = b.condition(s, a, word); err != nil {
			return nil, err
		}
	}
	if e.Op == ast.Not {
		return &expr.Not{Arg: args[0], At: e.Pos()}, nil
	}
	return &expr.Logic{Or: e.Op == ast.Or, Args: args, At: e.Pos()}, nil
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

func (b *binder) cast(s *scope, e *ast.CastExpr) (planner.Scalar, error) {
	t, err := b.typeNamed(e.Type)
	if err != nil {
		if rel := b.rowType(e.Type); rel != nil {
			return b.castRow(s, e, rel)
		}
		return nil, err
	}
	// ARRAY[]::t[] takes its element type from the cast.
	if arr, ok := e.Arg.(*ast.ArrayExpr); ok && t.Is(row.Array) {
		return b.typedArray(s, arr, t)
	}
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	if t.Is(row.Array) {
		arg = asArray(arg)
	}
	return b.typing.Cast(e.Pos(), arg, t)
}

// collate accepts the collations that order as the database does.
func (b *binder) collate(s *scope, e *ast.CollateExpr) (planner.Scalar, error) {
	switch name := e.Names[len(e.Names)-1]; name {
	case "default", "C", "POSIX", "ucs_basic":
	default:
		return nil, pgerr.New(pgerr.UndefinedObject, "collation \"%s\" for encoding \"UTF8\" does not exist", name).At(e.Pos())
	}
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	if arg, err = b.known(arg); err != nil {
		return nil, err
	}
	if t := arg.Type(); !t.Kind.IsString() && !(t.Is(row.Array) && t.Elem.IsString()) {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "collations are not supported by type %s", t.Base()).At(e.Pos())
	}
	return arg, nil
}

// collationOf is COLLATION FOR: the collation that an expression says, or that of its
// type; NULL for a literal that has no type yet.
func collationOf(e *ast.FuncCall, arg planner.Scalar) (planner.Scalar, error) {
	text := row.T(row.Text)
	t := arg.Type()
	said, explicit := e.Args[0].(*ast.CollateExpr)
	switch {
	case explicit:
		return &expr.Const{Datum: row.StringDatum("\"" + said.Names[len(said.Names)-1] + "\""), Typ: text, At: e.Pos()}, nil
	case t.Kind == row.Unknown:
		return expr.NullConst(text), nil
	case t.Kind.IsString() || t.Is(row.Array) && t.Elem.IsString():
		name := "\"default\""
		if t.Is(row.Name) {
			name = "\"C\""
		}
		return &expr.Const{Datum: row.StringDatum(name), Typ: text, At: e.Pos()}, nil
	}
	return nil, pgerr.New(pgerr.DatatypeMismatch, "collations are not supported by type %s", t.Base())
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
