package bind

import (
	"math"
	"strconv"

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
