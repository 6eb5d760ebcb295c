package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
	"github.com/tarndb/tarn/sql/pgerr"
)

// winCollector gathers the window functions of one query level; equal ones are one.
type winCollector struct {
	named []*winDef // of the WINDOW clause
	specs []*winSpec
	// err is the first mistake in a window's definition. PostgreSQL looks at the
	// definitions after everything else.
	err error
}

// winSpec is calls that share a partition and an order.
type winSpec struct {
	partition []planner.Scalar
	order     []planner.SortExpr
	calls     []*winCall
}

// winCall is a window function, or an aggregate over a window.
type winCall struct {
	planner.OverCall                // its arguments are bound, but not yet columns; no filter
	filter           planner.Scalar // or nil
	checked          bool           // grouping has been seen to
}

// call finds the call that makes a column; nil if none does.
func (w *winCollector) call(id planner.ColID) *winCall {
	if w == nil {
		return nil
	}
	for _, s := range w.specs {
		for _, c := range s.calls {
			if c.Col.ID == id {
				return c
			}
		}
	}
	return nil
}

func (w *winCollector) made() planner.ColSet {
	var out planner.ColSet
	for _, s := range w.specs {
		for _, c := range s.calls {
			out = out.Union(planner.Cols(c.Col.ID))
		}
	}
	return out
}

// rewrite replaces the expressions of all windows.
func (w *winCollector) rewrite(f func(planner.Scalar) planner.Scalar) {
	for _, s := range w.specs {
		for _, c := range s.calls {
			c.rewrite(f)
		}
		for i := range s.partition {
			s.partition[i] = f(s.partition[i])
		}
		for i := range s.order {
			s.order[i].Expr = f(s.order[i].Expr)
		}
	}
}

// rewrite replaces the expressions that a call computes.
func (c *winCall) rewrite(f func(planner.Scalar) planner.Scalar) {
	for i := range c.Args {
		c.Args[i] = f(c.Args[i])
	}
	if c.filter != nil {
		c.filter = f(c.filter)
	}
}

func (c *winCall) equal(o *winCall) bool {
	sameFilter := c.filter == nil && o.filter == nil || c.filter != nil && o.filter != nil && expr.Equal(c.filter, o.filter)
	if c.Window != o.Window || !sameFilter || !slices.EqualFunc(c.Args, o.Args, expr.Equal) {
		return false
	}
	if c.Agg != nil && c.Agg.Aggregate != o.Agg.Aggregate {
		return false
	}
	f, g := c.Frame, o.Frame
	return f.Mode == g.Mode && f.Start.Kind == g.Start.Kind && f.End.Kind == g.End.Kind && f.Exclude == g.Exclude &&
		slices.EqualFunc(f.Offsets(), g.Offsets(), expr.Equal)
}

// The clauses in which a window function stands wrongly, as scopes name them.
const (
	inWindow     = "window definitions"
	inWindowCall = "window function calls"
)

func windowNotAllowed(clause string, pos int) error {
	switch clause {
	case inAggregate:
		return pgerr.New(pgerr.GroupingError, "aggregate function calls cannot contain window function calls").At(pos)
	case inWindowCall:
		return pgerr.New(pgerr.WindowingError, "window function calls cannot be nested").At(pos)
	case frameClause[over.Rows], frameClause[over.Range], frameClause[over.Groups]:
		clause = inWindow
	}
	return pgerr.New(pgerr.WindowingError, "window functions are not allowed in %s", clause).At(pos)
}

// within binds what stands inside a construct that holds no window functions and no
// set-returning ones, and aggregates only if aggs says so.
func (s *scope) within(clause string, aggs bool, bind func() error) error {
	was := *s
	s.wins, s.srfs, s.clause = nil, nil, clause
	if !aggs {
		s.aggs = nil
	}
	defer func() { s.wins, s.srfs, s.aggs, s.clause = was.wins, was.srfs, was.aggs, was.clause }()
	return bind()
}

// windowCall binds a call with OVER. What stands in its place is the column with its
// values.
func (b *binder) windowCall(s *scope, e *ast.FuncCall, schema, name string) (planner.Scalar, error) {
	if s.wins == nil {
		return nil, windowNotAllowed(s.clause, e.Pos())
	}
	call := &winCall{}
	err := s.within(inWindowCall, true, func() (err error) {
		call.Args, err = b.callArgs(s, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.Filter != nil {
		err := s.within("FILTER", false, func() (err error) {
			call.filter, err = b.condition(s, e.Filter, "FILTER")
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	t, err := b.resolveWindowCall(e, schema, name, call)
	if err != nil {
		return nil, err
	}
	d, err := b.windowOf(s, e.Over)
	if err != nil {
		return nil, err
	}
	call.Frame = over.Default
	if call.Agg != nil || over.ReadsFrame(name) {
		call.Frame = d.frame
	}
	call = s.wins.add(d, call)
	if call.Col.ID == 0 {
		call.Col = b.newCol(name, name, t)
	}
	ref := planner.ColumnExpr(call.Col).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

// add finds the call that does the same, or keeps this one.
func (w *winCollector) add(d *winDef, c *winCall) *winCall {
	var spec *winSpec
	for _, s := range w.specs {
		if d.sorts(s) {
			spec = s
		}
	}
	if spec == nil {
		spec = &winSpec{partition: slices.Clone(d.partition), order: slices.Clone(d.order)}
		w.specs = append(w.specs, spec)
	}
	for _, have := range spec.calls {
		if have.equal(c) {
			return have
		}
	}
	spec.calls = append(spec.calls, c)
	return c
}

// resolveWindowCall picks the function, brings the arguments to its types, and tells
// the type of its result.
func (b *binder) resolveWindowCall(e *ast.FuncCall, schema, name string, call *winCall) (t row.Type, err error) {
	isWindow := (schema == "" || schema == "pg_catalog") && expr.Registry().HasWindow(name)
	switch {
	case e.Variadic:
		return t, unsupported(e.Pos(), "VARIADIC")
	case rankSets[name] && len(call.Args) > 0:
		return t, withinGroupRequired(e, name)
	case isAggregate(schema, name):
		if err := b.resolveWindowAggregate(e, name, call); err != nil {
			return t, err
		}
		return call.Agg.Type, checkWindowCall(e, true)
	case isWindow:
		r, err := b.resolveWindow(e, schema, name, call.Args)
		if err != nil {
			return t, err
		}
		call.Window = r.Func
		return r.Result, checkWindowCall(e, false)
	}
	if _, err := b.typing.Function(e.Pos(), schema, name, call.Args); err != nil {
		return t, err
	}
	return t, pgerr.New(pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name).At(e.Pos())
}

func withinGroupRequired(e *ast.FuncCall, name string) error {
	return pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name).At(e.Pos())
}

func (b *binder) resolveWindowAggregate(e *ast.FuncCall, name string, call *winCall) (err error) {
	if len(e.Args) == 0 && !e.Star && name == "count" {
		return pgerr.New(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name).At(e.Pos())
	}
	call.Agg, call.Args, err = b.resolveAggregate(e, name, call.Args)
	return err
}

// resolveWindow picks a window function and brings arguments to its types, in place.
func (b *binder) resolveWindow(e *ast.FuncCall, schema, name string, args []planner.Scalar) (expr.Resolution, error) {
	r, err := expr.ResolveWindow(schema, name, typesOf(args))
	if err != nil {
		if pe, ok := pgerr.As(err); ok && pe.Code != pgerr.DatatypeMismatch {
			return r, pe.At(e.Pos())
		}
		return r, err
	}
	for i := range args {
		if args[i], err = b.typing.Coerce(args[i], r.Args[i], expr.Implicit); err != nil {
			return r, err
		}
	}
	return r, nil
}

// checkWindowCall refuses what SQL has for aggregates and PostgreSQL not over windows.
func checkWindowCall(e *ast.FuncCall, aggregate bool) error {
	what := ""
	switch {
	case e.Distinct:
		what = "DISTINCT is not implemented for window functions"
	case len(e.OrderBy) > 0:
		what = "aggregate ORDER BY is not implemented for window functions"
	case e.Filter != nil && !aggregate:
		what = "FILTER is not implemented for non-aggregate window functions"
	default:
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "%s", what).At(e.Pos())
}

// bareWindow is the mistake of a window function without OVER.
func (b *binder) bareWindow(s *scope, e *ast.FuncCall, schema, name string) error {
	args, err := b.callArgs(s, e)
	if err != nil {
		return err
	}
	if rankSets[name] && len(args) > 0 {
		return withinGroupRequired(e, name)
	}
	if _, err := expr.ResolveWindow(schema, name, typesOf(args)); err != nil {
		if pe, ok := pgerr.As(err); ok && pe.Code != pgerr.DatatypeMismatch {
			return pe.At(e.Pos())
		}
	}
	return pgerr.New(pgerr.WrongObjectType, "window function %s requires an OVER clause", name).At(e.Pos())
}
