package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// call binds a function call: an aggregate, a set-returning or a plain function.
func (b *binder) call(s *scope, e *ast.FuncCall) (planner.Scalar, error) {
	name := e.Names[len(e.Names)-1]
	schema := ""
	if len(e.Names) > 1 {
		schema = e.Names[len(e.Names)-2]
	}
	e, names, err := withoutNames(e)
	if err != nil {
		return nil, err
	}
	if names != nil {
		if e.Over != nil || e.Variadic || isAggregate(schema, name) {
			return nil, unsupported(e.Pos(), "named notation of arguments here")
		}
	}
	switch {
	case e.WithinGroup:
		return b.withinGroup(s, e, schema, name)
	case e.Over != nil:
		return b.windowCall(s, e, schema, name)
	case isAggregate(schema, name):
		if e.Variadic {
			return nil, unsupported(e.Pos(), "VARIADIC in an aggregate")
		}
		return b.aggCall(s, e, name)
	}
	if (schema == "" || schema == "pg_catalog") && expr.Registry().HasWindow(name) {
		return nil, b.bareWindow(s, e, schema, name)
	}
	args, err := b.callArgs(s, e)
	if err == nil && names != nil {
		args, err = placeArgs(e.Pos(), schema, name, args, names)
	}
	if err != nil {
		return nil, err
	}
	if name == "pg_typeof" && len(args) == 1 && args[0].Type().Kind == row.Unknown {
		if _, literal := planner.AsConst(args[0]); literal {
			return &expr.Const{Datum: row.IntDatum(int64(row.T(row.Unknown).OID())), Typ: row.T(row.Regtype), At: e.Pos()}, nil
		}
	}
	if name == "pg_collation_for" && len(args) == 1 {
		return collationOf(e, args[0])
	}
	out, err := b.catalogCall(e.Pos(), schema, name, args)
	switch {
	case out != nil || err != nil:
	case e.Variadic:
		out, err = b.typing.Variadic(e.Pos(), schema, name, args)
	default:
		out, err = b.typing.Function(e.Pos(), schema, name, args)
		if pgerr.Code(err) == pgerr.UndefinedFunction {
			out, err = b.castByName(e, args, err)
		}
	}
	if err != nil {
		if field := b.projection(schema, name, args); field != nil {
			return field, nil
		}
		if pgerr.Code(err) == pgerr.UndefinedFunction {
			if missing := b.knownSchema(schema, e.Pos()); missing != nil {
				return nil, missing
			}
		}
		return nil, misplacedOrder(err, e)
	}
	if err := b.onlyForAggregates(e, name); err != nil {
		return nil, err
	}
	if c, ok := out.(*expr.Call); ok && c.Func.Set {
		return b.setReturning(s, c)
	}
	return out, nil
}

// projection is name(row), another way to write row.name; nil if it is not that.
func (b *binder) projection(schema, name string, args []planner.Scalar) planner.Scalar {
	if schema != "" || len(args) != 1 {
		return nil
	}
	for i, f := range b.fieldsOf(args[0]) {
		if f.name == name {
			return b.selectField(args[0], i, f, args[0].Pos())
		}
	}
	return nil
}

// misplacedOrder gives the hint for agg(x ORDER BY y, z) where agg(x, z ORDER BY y)
// was meant.
func misplacedOrder(err error, e *ast.FuncCall) error {
	if pe, ok := pgerr.As(err); ok && len(e.OrderBy) > 1 && !e.WithinGroup && pgerr.Code(err) == pgerr.UndefinedFunction {
		return pe.WithHint("No aggregate function matches the given name and argument types. Perhaps you misplaced ORDER BY; ORDER BY must appear after all regular arguments of the aggregate.")
	}
	return err
}

// callArgs binds arguments. Whole rows and t.* inside an argument list are
// expanded where PostgreSQL would.
func (b *binder) callArgs(s *scope, e *ast.FuncCall) ([]planner.Scalar, error) {
	var out []planner.Scalar
	for _, a := range e.Args {
		if ref, ok := a.(*ast.ColumnRef); ok && ref.Star && len(ref.Names) > 0 {
			it, err := b.starItem(s, ref)
			if err != nil {
				return nil, err
			}
			out = append(out, wholeRow(it, ref.Pos()))
			continue
		}
		arg, err := b.expr(s, a)
		if err != nil {
			return nil, err
		}
		out = append(out, arg)
	}
	return out, nil
}

// sqlValue binds CURRENT_TIMESTAMP and its kin.
func (b *binder) sqlValue(e *ast.SQLValue) (planner.Scalar, error) {
	fn := map[string]string{
		"current_user": "current_user", "current_role": "current_user", "user": "current_user", "session_user": "session_user",
		"current_catalog": "current_database", "current_schema": "current_schema",
	}[e.Name]
	if fn != "" {
		return b.typing.Function(e.Pos(), "pg_catalog", fn, nil)
	}
	to := row.T(map[string]row.Kind{
		"current_date": row.Date, "current_timestamp": row.Timestamptz, "localtimestamp": row.Timestamp, "localtime": row.Time,
		"current_time": row.Timetz,
	}[e.Name])
	if e.Precision >= 0 {
		to = to.WithTypmod(int32(min(e.Precision, maxTimePrecision)))
	}
	now, err := b.typing.Function(e.Pos(), "pg_catalog", "now", nil)
	if err != nil || now.Type() == to {
		return now, err
	}
	return b.typing.Cast(e.Pos(), now, to)
}
