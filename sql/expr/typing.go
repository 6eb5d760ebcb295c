package expr

import (
	"sort"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/builtin"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// The words of package fn that binders need.
type (
	Resolution  = fn.Resolution
	CastContext = fn.CastContext
	Path        = fn.Path

	Aggregate     = fn.Aggregate
	AggResolution = fn.AggResolution
	Accumulator   = fn.Accumulator
)

// Where a conversion is asked for.
const (
	Implicit   = fn.Implicit
	Assignment = fn.Assignment
	Explicit   = fn.Explicit
)

// Registry is the catalog of all functions, operators and casts.
func Registry() *fn.Registry { return builtin.Registry() }

// ResolveOperator picks an operator by PostgreSQL's rules; a prefix operator has
// one argument. Untyped literals have type row.Unknown.
func ResolveOperator(name string, args ...row.Type) (Resolution, error) {
	return Registry().Operator(name, args...)
}

// ResolveFunction picks a function, table functions included.
func ResolveFunction(schema, name string, args []row.Type) (Resolution, error) {
	return Registry().Function(schema, name, args)
}

// ResolveAggregate picks an aggregate; count(*) has no arguments.
func ResolveAggregate(schema, name string, args []row.Type) (AggResolution, error) {
	return Registry().Aggregate(schema, name, args)
}

// ResolveWindow picks a window function; an aggregate over a window is not one.
func ResolveWindow(schema, name string, args []row.Type) (Resolution, error) {
	return Registry().WindowFunction(schema, name, args)
}

// FindCast finds how a value of one type becomes another, modifiers aside.
func FindCast(from, to row.Type, ctx CastContext) (Path, bool) {
	return Registry().FindCast(from, to, ctx)
}

// SelectCommonType is the type to which the branches of a construct are brought;
// what names it in the error: "CASE", "UNION", "VALUES", ...
func SelectCommonType(what string, types []row.Type) (row.Type, error) {
	return Registry().CommonType(what, types)
}

// Typing builds typed expressions as PostgreSQL's analyzer does: it picks
// functions, inserts casts, and turns untyped literals and parameters into what
// their context asks for. Literals are read with Ctx's zone and clock, so a
// literal 'now' is the moment of binding. Errors carry the position pos.
type Typing struct {
	Ctx *Context
}

func at(err error, pos int) error {
	if e, ok := pgerr.As(err); ok {
		if _, has := e.Offset(); !has {
			return e.At(pos)
		}
	}
	return err
}

func types(args []Expr) []row.Type {
	out := make([]row.Type, len(args))
	for i, a := range args {
		out[i] = a.Type()
	}
	return out
}

// Operator applies an infix operator to two operands or a prefix operator to one.
func (t Typing) Operator(pos int, name string, args ...Expr) (Expr, error) {
	r, err := ResolveOperator(name, types(args)...)
	if err != nil {
		return nil, at(err, pos)
	}
	return t.apply(pos, r, args)
}

// Function calls a function; for a table function the node's Func has Set. A
// type's name with one argument is a cast, where no function has that name.
func (t Typing) Function(pos int, schema, name string, args []Expr) (Expr, error) {
	r, err := ResolveFunction(schema, name, types(args))
	if err != nil {
		if e, failed := t.castByName(pos, schema, name, args); e != nil || failed != nil {
			return e, failed
		}
		if pgerr.Code(err) == pgerr.DatatypeMismatch {
			return nil, err // PostgreSQL says it without a place
		}
		return nil, at(err, pos)
	}
	return t.apply(pos, r, args)
}

// Variadic calls a function with an array for its repeated arguments.
func (t Typing) Variadic(pos int, schema, name string, args []Expr) (Expr, error) {
	last := args[len(args)-1]
	if !last.Type().Is(row.Array) && Registry().TakesAnyArray(name, len(args)) {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "VARIADIC argument must be an array").At(last.Pos())
	}
	r, err := Registry().VariadicFunction(schema, name, types(args))
	if err != nil {
		return nil, at(err, pos)
	}
	return t.apply(pos, r, args)
}

// castByName is a cast that is written as a call. Literals are read; a record is no
// text that way.
func (t Typing) castByName(pos int, schema, name string, args []Expr) (Expr, error) {
	if len(args) != 1 || schema != "" && schema != "pg_catalog" || args[0].Type().Is(row.Record) {
		return nil, nil
	}
	for _, k := range row.Kinds() {
		if to := row.T(k); to.Name() == name && k != row.Unknown {
			e, err := t.Cast(pos, args[0], to)
			if err != nil && args[0].Type().Kind != row.Unknown {
				return nil, nil
			}
			return e, err
		}
	}
	return nil, nil
}

func (t Typing) apply(pos int, r Resolution, args []Expr) (Expr, error) {
	if err := r.CheckElements(); err != nil {
		return nil, err
	}
	out := make([]Expr, len(args))
	for i, a := range args {
		var err error
		if out[i], err = t.Coerce(a, r.Args[i], Implicit); err != nil {
			return nil, err
		}
	}
	return &Call{Func: r.Func, Args: out, Typ: r.Result, At: pos}, nil
}

// Cast is an explicit cast.
func (t Typing) Cast(pos int, e Expr, to row.Type) (Expr, error) {
	out, err := t.coerce(pos, e, to, Explicit)
	if c, ok := out.(*Cast); ok && c != e {
		c.At = pos
	}
	return out, err
}

// Coerce brings e to a type, as far as the context allows: 42846 if it does not.
func (t Typing) Coerce(e Expr, to row.Type, ctx CastContext) (Expr, error) {
	return t.coerce(e.Pos(), e, to, ctx)
}

func (t Typing) coerce(pos int, e Expr, to row.Type, ctx CastContext) (Expr, error) {
	from := e.Type()
	if from.Kind == row.Unknown {
		return t.fromUnknown(e, to, ctx)
	}
	if from == to || to.Mod == 0 && from.Base() == to {
		return e, nil
	}
	path, ok := FindCast(from, to, ctx)
	if !ok {
		return nil, pgerr.New(pgerr.CannotCoerce, "cannot cast type %s to %s", fn.TypeName(from), fn.TypeName(to)).At(pos)
	}
	return &Cast{Arg: e, Func: path.Func, To: to, Explicit: ctx == Explicit, At: e.Pos()}, nil
}

// fromUnknown gives a literal or a parameter the type that its context asks for.
func (t Typing) fromUnknown(e Expr, to row.Type, ctx CastContext) (Expr, error) {
	if to.Kind == row.Unknown {
		return e, nil
	}
	switch e := e.(type) {
	case *Const:
		if e.Datum.Null {
			return &Const{Datum: row.NullDatum, Typ: to, At: e.At}, nil
		}
		if needsCatalog(to) && (t.Ctx == nil || t.Ctx.System == nil) {
			break
		}
		d, err := t.literal(e, to, ctx)
		if err != nil {
			return nil, err
		}
		return &Const{Datum: d, Typ: to, At: e.At}, nil
	case *Param:
		return t.declare(e, to)
	}
	return &Cast{Arg: e, Func: Registry().TextIn(row.T(row.Unknown), to.Base()), To: to, Explicit: ctx == Explicit, At: e.Pos()}, nil
}

func needsCatalog(t row.Type) bool {
	switch t.Kind {
	case row.Regclass, row.Regtype, row.Regproc, row.Regnamespace:
		return true
	}
	return false
}

// literal evaluates the conversion of an untyped literal.
func (t Typing) literal(e *Const, to row.Type, ctx CastContext) (row.Datum, error) {
	if to.Kind == row.Interval && to.Mod != 0 {
		// The fields say what a bare number counts: INTERVAL '1' MINUTE.
		d, err := fn.ParseText(t.Ctx, to, string(e.Datum.B))
		return d, at(fn.Visible(err), e.At)
	}
	cast := &Cast{
		Arg: e, To: to, Explicit: ctx == Explicit, At: e.At,
		Func: Registry().TextIn(row.T(row.Unknown), to.Base()),
	}
	if to.Mod == 0 || to.Is(row.Array) {
		d, err := EvalConst(cast, t.Ctx)
		return d, at(err, e.At)
	}
	// What is wrong with the text is said of the literal; that it does not fit the
	// modifier is found later, and without a place.
	cast.To = to.Base()
	d, err := EvalConst(cast, t.Ctx)
	if err != nil {
		return d, at(err, e.At)
	}
	path, _ := FindCast(to.Base(), to, Explicit)
	return EvalConst(&Cast{Arg: &Const{Datum: d, Typ: to.Base(), At: -1}, To: to, Func: path.Func, Explicit: ctx == Explicit, At: -1}, t.Ctx)
}

// declare gives a parameter its type where that is still open; elsewhere the
// parameter keeps the type that its first use gave it.
func (t Typing) declare(p *Param, to row.Type) (Expr, error) {
	to = to.Base()
	if p.Decl == nil {
		return &Param{N: p.N, Typ: to, At: p.At}, nil
	}
	for len(p.Decl.Types) < p.N {
		p.Decl.Types = append(p.Decl.Types, row.Type{})
	}
	p.Decl.Types[p.N-1] = to
	return &Param{N: p.N, Typ: to, Decl: p.Decl, At: p.At}, nil
}

// Boolean brings a condition to boolean; what is the construct that asks: "WHERE",
// "AND", "CASE/WHEN", ...
func (t Typing) Boolean(e Expr, what string) (Expr, error) {
	if from := e.Type(); from.Kind != row.Unknown && from.Kind != row.Bool {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type boolean, not type %s", what, fn.TypeName(from)).At(e.Pos())
	}
	return t.Coerce(e, boolType, Implicit)
}

// Common brings expressions to their common type.
func (t Typing) Common(what string, exprs []Expr) ([]Expr, row.Type, error) {
	common, err := commonType(what, exprs)
	if err != nil {
		return nil, common, err
	}
	out := make([]Expr, len(exprs))
	for i, e := range exprs {
		if out[i], err = t.Coerce(e, common, Implicit); err != nil {
			if pgerr.Code(err) != pgerr.CannotCoerce {
				return nil, common, err
			}
			return nil, common, pgerr.New(pgerr.CannotCoerce, "%s could not convert type %s to %s", what, fn.TypeName(e.Type()), fn.TypeName(common)).At(e.Pos())
		}
	}
	return out, common, nil
}

// commonType blames the first expression that does not go with those before it.
func commonType(what string, exprs []Expr) (row.Type, error) {
	ts := types(exprs)
	t, err := SelectCommonType(what, ts)
	if err == nil {
		return t, nil
	}
	first := sort.Search(len(ts)-1, func(i int) bool {
		_, err := SelectCommonType(what, ts[:i+1])
		return err != nil
	})
	return row.Type{}, at(err, exprs[first].Pos())
}
