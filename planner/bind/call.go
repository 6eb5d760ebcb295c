package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
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

func (b *binder) onlyForAggregates(e *ast.FuncCall, name string) error {
	word := ""
	switch {
	case e.Star:
		word = name + "(*)"
	case e.Distinct:
		word = "DISTINCT"
	case len(e.OrderBy) > 0:
		word = "ORDER BY"
	case e.Filter != nil:
		word = "FILTER"
	default:
		return nil
	}
	return pgerr.New(pgerr.WrongObjectType, "%s specified, but %s is not an aggregate function", word, name).At(e.Pos())
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

// aggCall binds an aggregate. It belongs to the innermost query that makes a
// column of its arguments, or to this one if they read none.
func (b *binder) aggCall(s *scope, e *ast.FuncCall, name string) (planner.Scalar, error) {
	inner := s.inAggregate()
	if len(e.Args) == 0 && !e.Star && name == "count" {
		return nil, pgerr.New(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name).At(e.Pos())
	}
	args, err := b.callArgs(inner, e)
	if err != nil {
		return nil, err
	}
	g := planner.Agg{Distinct: e.Distinct}
	if g.Func, g.Args, err = b.resolveAggregate(e, name, args); err != nil {
		return nil, err
	}
	if g.Filter, err = b.aggFilter(inner, e); err != nil {
		return nil, err
	}
	if g.Order, err = b.aggOrder(inner, e, g.Args); err != nil {
		return nil, err
	}
	if g.Func.Kind != fn.Ordered {
		g.Order = nil // the value is the same in every order
	}
	owner := aggOwner(s, planner.ExprCols((&planner.Aggregate{Aggs: []planner.Agg{g}}).Exprs()...))
	if owner.aggs == nil {
		return nil, aggNotAllowed(owner.clause, e.Pos())
	}
	if owner.recursive {
		return nil, pgerr.New(pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(e.Pos())
	}
	g.Col = b.newCol(name, name, g.Func.Type)
	ref := planner.ColumnExpr(owner.aggs.add(b, g)).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

func (b *binder) aggFilter(inner *scope, e *ast.FuncCall) (planner.Scalar, error) {
	if e.Filter == nil {
		return nil, nil
	}
	inner.clause = "FILTER"
	return b.condition(inner, e.Filter, "FILTER")
}

// inAggregate is the clause of an aggregate's arguments.
const inAggregate = "aggregate function calls"

// inAggregate is the scope of an aggregate's arguments.
func (s *scope) inAggregate() *scope {
	return &scope{parent: s.parent, ctes: s.ctes, table: s.table, items: s.items, clause: inAggregate}
}

func aggNotAllowed(clause string, pos int) error {
	if clause == inAggregate {
		return pgerr.New(pgerr.GroupingError, "aggregate function calls cannot be nested").At(pos)
	}
	return notAllowed("aggregate functions", clause, pos)
}

func notAllowed(what, clause string, pos int) error {
	if clause == "" {
		clause = "FROM clause of their own query level"
	}
	return pgerr.New(pgerr.GroupingError, "%s are not allowed in %s", what, clause).At(pos)
}

func (b *binder) resolveAggregate(e *ast.FuncCall, name string, args []planner.Scalar) (*planner.AggFunc, []planner.Scalar, error) {
	f, err := resolveAgg(e, name, typesOf(args))
	if err != nil {
		return nil, nil, err
	}
	if f.Kind == fn.OrderedSet {
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name).At(e.Pos())
	}
	for i := range args {
		if args[i], err = b.typing.Coerce(args[i], f.Args[i], expr.Implicit); err != nil {
			return nil, nil, err
		}
		if e.Distinct && !args[i].Type().Comparable() {
			return nil, nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", args[i].Type()).At(args[i].Pos())
		}
	}
	return f, args, nil
}

// resolveAgg picks an aggregate. An error about polymorphic types has no place, as in
// PostgreSQL.
func resolveAgg(e *ast.FuncCall, name string, types []row.Type) (*planner.AggFunc, error) {
	f, err := planner.ResolveAgg(name, types)
	if pe, ok := pgerr.As(err); ok && pgerr.Code(err) != pgerr.DatatypeMismatch {
		return nil, misplacedOrder(pe.At(e.Pos()), e)
	}
	return f, err
}

func (b *binder) aggOrder(s *scope, e *ast.FuncCall, args []planner.Scalar) ([]planner.SortExpr, error) {
	var out []planner.SortExpr
	for _, o := range e.OrderBy {
		desc, nullsFirst, err := sortOptions(o)
		if err != nil {
			return nil, err
		}
		by, err := b.expr(s, o.Expr)
		if err != nil {
			return nil, err
		}
		if by, err = b.known(by); err != nil {
			return nil, err
		}
		if err := orderable(by.Type(), o.Expr.Pos()); err != nil {
			return nil, err
		}
		if e.Distinct {
			listed := false
			for _, a := range args {
				listed = listed || expr.Equal(a, by)
			}
			if !listed {
				return nil, pgerr.New(pgerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(o.Expr.Pos())
			}
		}
		out = append(out, planner.SortExpr{Expr: by, Desc: desc, NullsFirst: nullsFirst})
	}
	return out, nil
}

// aggOwner finds the query level whose columns an aggregate reads.
func aggOwner(s *scope, reads planner.ColSet) *scope {
	if reads.Empty() {
		return s
	}
	for at := s; at != nil; at = at.parent {
		for _, it := range at.items {
			for _, c := range it.Cols {
				if reads.Has(c.Col.ID) {
					return at
				}
			}
		}
	}
	return s
}

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

func (b *binder) array(s *scope, e *ast.ArrayExpr) (planner.Scalar, error) {
	if len(e.Elems) == 0 {
		return nil, pgerr.New(pgerr.IndeterminateDatatype, "cannot determine type of empty array").
			WithHint("Explicitly cast to the desired type, for example ARRAY[]::integer[].").At(e.Pos())
	}
	args, t, err := b.common(s, e.Elems, "ARRAY")
	if err != nil {
		return nil, err
	}
	return b.makeArray(args, t, e.Pos())
}

func (b *binder) makeArray(args []planner.Scalar, t row.Type, pos int) (planner.Scalar, error) {
	switch {
	case t.Is(row.Array):
		return &expr.ArrayExpr{Elems: args, Typ: t, Nested: true, At: pos}, nil
	case t.Is(row.Record):
		return nil, unsupported(pos, "an array of rows")
	}
	return &expr.ArrayExpr{Elems: args, Typ: t.ArrayType(), At: pos}, nil
}

// typedArray is ARRAY[...]::t[]: the elements are cast one by one.
func (b *binder) typedArray(s *scope, e *ast.ArrayExpr, t row.Type) (planner.Scalar, error) {
	out := &expr.ArrayExpr{Typ: t, At: e.Pos()}
	for _, x := range e.Elems {
		var el planner.Scalar
		var err error
		if inner, ok := x.(*ast.ArrayExpr); ok {
			out.Nested = true
			el, err = b.typedArray(s, inner, t)
		} else if el, err = b.expr(s, x); err == nil {
			to := t.ElemType()
			if el.Type().Is(row.Array) {
				out.Nested, to = true, t
			}
			el, err = b.typing.Cast(x.Pos(), el, to)
		}
		if err != nil {
			return nil, err
		}
		out.Elems = append(out.Elems, el)
	}
	return out, nil
}

func (b *binder) subscript(s *scope, e *ast.SubscriptExpr) (planner.Scalar, error) {
	arg, err := b.expr(s, e.Arg)
	if err != nil {
		return nil, err
	}
	t := arg.Type()
	out := &expr.Subscript{Arg: arg, At: e.Pos()}
	switch {
	case t.Is(row.Array):
		out.Typ = t.ElemType()
	case t.Is(row.JSONB):
		path, _, err := b.jsonSubscripts(s, e.Subscripts)
		if err != nil {
			return nil, err
		}
		steps := &expr.ArrayExpr{Elems: path, Typ: row.ArrayOf(row.Text), At: -1}
		return b.typing.Operator(e.Pos(), "#>", arg, steps)
	case t.Is(row.Int2Vector):
		out.Typ = row.T(row.Int2)
	case t.Is(row.OIDVector):
		out.Typ = row.T(row.OID)
	default:
		return nil, pgerr.New(pgerr.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", t.Base()).At(startOf(e.Arg))
	}
	sliced := false
	for _, sub := range e.Subscripts {
		sliced = sliced || sub.Slice
	}
	for _, sub := range e.Subscripts {
		up, err := b.bound(s, sub.Index)
		if err != nil {
			return nil, err
		}
		out.Index = append(out.Index, up)
		if !sliced {
			continue
		}
		low, err := b.bound(s, sub.Low)
		if err != nil {
			return nil, err
		}
		if !sub.Slice {
			low = &expr.Const{Datum: row.IntDatum(1), Typ: row.T(row.Int4), At: -1}
		}
		out.Lower = append(out.Lower, low)
	}
	if sliced {
		out.Typ = t
	}
	return out, nil
}

// jsonSubscripts are the subscripts of a jsonb as texts: keys, and numbers of elements.
// number says that the first one is of these.
func (b *binder) jsonSubscripts(s *scope, subs []ast.Subscript) (path []planner.Scalar, number bool, err error) {
	text := row.T(row.Text)
	for i, sub := range subs {
		if sub.Slice {
			at := sub.Index
			if at == nil {
				at = sub.Low
			}
			pos := ast.NoPos
			if at != nil {
				pos = at.Pos()
			}
			return nil, false, pgerr.New(pgerr.DatatypeMismatch, "jsonb subscript does not support slices").At(pos)
		}
		e, err := b.expr(s, sub.Index)
		if err != nil {
			return nil, false, err
		}
		from := e.Type()
		_, isInt := expr.FindCast(from, row.T(row.Int4), expr.Implicit)
		_, isText := expr.FindCast(from, text, expr.Implicit)
		isInt, isText = isInt || from.Is(row.Int4), isText || from.Is(row.Text)
		if from.Kind != row.Unknown && isInt == isText {
			which := "either integer or text"
			if isInt {
				which = "only one type, integer or text"
			}
			return nil, false, pgerr.New(pgerr.DatatypeMismatch, "subscript type %s is not supported", from.Base()).
				WithHint("jsonb subscript must be coercible to %s.", which).At(e.Pos())
		}
		number = number || i == 0 && isInt && from.Kind != row.Unknown
		if e, err = b.typing.Cast(e.Pos(), e, text); err != nil {
			return nil, false, err
		}
		path = append(path, e)
	}
	return path, number, nil
}

func (b *binder) bound(s *scope, e ast.Expr) (planner.Scalar, error) {
	if e == nil {
		return nil, nil
	}
	out, err := b.expr(s, e)
	if err != nil {
		return nil, err
	}
	out, err = b.typing.Coerce(out, row.T(row.Int4), expr.Assignment)
	if pgerr.Code(err) == pgerr.CannotCoerce {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "array subscript must have type integer").At(e.Pos())
	}
	return out, err
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
	}[e.Name])
	if to.Kind == row.Unknown {
		return nil, unsupported(e.Pos(), e.Name)
	}
	if e.Precision >= 0 {
		to = to.WithTypmod(int32(min(e.Precision, maxTimePrecision)))
	}
	now, err := b.typing.Function(e.Pos(), "pg_catalog", "now", nil)
	if err != nil || now.Type() == to {
		return now, err
	}
	return b.typing.Cast(e.Pos(), now, to)
}

func isAggregate(schema, name string) bool {
	return (schema == "" || schema == "pg_catalog") && expr.Registry().HasAggregate(name)
}
