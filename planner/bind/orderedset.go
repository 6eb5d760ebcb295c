package bind

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/agg"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Ordered-set aggregates. Those that pick from the values (percentile_cont,
// percentile_disc, mode) are a function, above the grouping, of their direct
// arguments and the sorted list of the values, which is an aggregate. Those that
// place a row that is not there (rank and its kin) are counts of the rows that come
// before it, which need no list.

// rankSets are the latter: aggregates of the names of window functions.
var rankSets = map[string]bool{"rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true}

// orderedSet is a call with WITHIN GROUP. What stands in its place is a column above
// the grouping.
type orderedSet struct {
	col    planner.Col
	text   string // equal for equal calls
	direct []planner.Scalar

	final  *fn.Function // of the direct arguments and values
	values planner.Col
	typ    row.Type

	rank   string // or a rank: of the direct arguments among the rows
	rows   []planner.SortExpr
	filter planner.Scalar // nil: all rows
}

// withinGroup binds a call with WITHIN GROUP.
func (b *binder) withinGroup(s *scope, e *ast.FuncCall, schema, name string) (planner.Scalar, error) {
	inner := s.inAggregate()
	direct, err := b.callArgs(inner, e)
	if err != nil {
		return nil, err
	}
	rows, err := b.sortRows(inner, e.OrderBy)
	if err != nil {
		return nil, err
	}
	o := &orderedSet{direct: direct, rows: rows}
	isRank := rankSets[name] && (schema == "" || schema == "pg_catalog")
	switch {
	case !isRank:
		err = b.resolveSet(e, o, schema, name)
	case e.Over == nil:
		err = b.resolveRank(e, o, name)
	}
	if err != nil {
		return nil, err
	}
	if e.Over != nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name).At(e.Pos())
	}
	for i, r := range o.rows {
		if err := orderable(r.Expr.Type(), e.OrderBy[i].Expr.Pos()); err != nil {
			return nil, err
		}
	}
	if o.filter, err = b.aggFilter(inner, e); err != nil {
		return nil, err
	}
	owner := aggOwner(s, planner.ExprCols(o.reads()...))
	if owner.aggs == nil {
		return nil, aggNotAllowed(owner.clause, e.Pos())
	}
	ref := planner.ColumnExpr(owner.aggs.addSet(b, o, name)).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

// sortRows binds ORDER BY items, and leaves literals untyped.
func (b *binder) sortRows(s *scope, items []*ast.SortBy) ([]planner.SortExpr, error) {
	var out []planner.SortExpr
	for _, o := range items {
		desc, nullsFirst, err := sortOptions(o)
		if err != nil {
			return nil, err
		}
		by, err := b.expr(s, o.Expr)
		if err != nil {
			return nil, err
		}
		out = append(out, planner.SortExpr{Expr: by, Desc: desc, NullsFirst: nullsFirst})
	}
	return out, nil
}

// args are the direct arguments, then those of ORDER BY.
func (o *orderedSet) args() []planner.Scalar {
	out := slices.Clone(o.direct)
	for _, r := range o.rows {
		out = append(out, r.Expr)
	}
	return out
}

// reads is what decides to which query the call belongs.
func (o *orderedSet) reads() []planner.Scalar {
	out := o.args()[len(o.direct):]
	if o.filter != nil {
		out = append(out, o.filter)
	}
	return out
}

func typesOf(list []planner.Scalar) []row.Type {
	out := make([]row.Type, len(list))
	for i, e := range list {
		out[i] = e.Type()
	}
	return out
}

// noSuchSet is the error of a call whose arguments are divided in the wrong way.
func noSuchSet(e *ast.FuncCall, name string, args []planner.Scalar) *pgerr.Error {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = fn.TypeName(a.Type().Base())
	}
	return pgerr.New(pgerr.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(names, ", ")).At(e.Pos())
}

// resolveSet finds the aggregate that picks from the values.
func (b *binder) resolveSet(e *ast.FuncCall, o *orderedSet, schema, name string) error {
	args := o.args()
	if !isAggregate(schema, name) {
		if expr.Registry().HasWindow(name) {
			return noSuchSet(e, name, args).
				WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
		}
		if _, err := b.typing.Function(e.Pos(), schema, name, args); err != nil {
			return err
		}
		return pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP specified, but %s is not an aggregate function", name).At(e.Pos())
	}
	f, err := resolveAgg(e, name, typesOf(args))
	if err != nil {
		return err
	}
	switch {
	case f.Kind != fn.OrderedSet:
		return pgerr.New(pgerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name).At(e.Pos())
	case f.Direct != len(o.direct):
		text := "There is an ordered-set aggregate %s, but it requires %d direct arguments, not %d."
		if f.Direct == 1 {
			text = "There is an ordered-set aggregate %s, but it requires %d direct argument, not %d."
		}
		return noSuchSet(e, name, args).WithHint(text, name, f.Direct, len(o.direct))
	}
	for i := range args {
		if args[i], err = b.typing.Coerce(args[i], f.Args[i], expr.Implicit); err != nil {
			return err
		}
	}
	o.direct, o.rows[0].Expr = args[:f.Direct], args[f.Direct]
	if t := args[f.Direct].Type(); t.Is(row.Array) || t.Is(row.Record) {
		return unsupported(e.Pos(), name+" of "+t.String())
	}
	o.final, o.typ = f.Final, f.Type
	return nil
}

// resolveRank brings each direct argument and what it is compared with to one type.
func (b *binder) resolveRank(e *ast.FuncCall, o *orderedSet, name string) error {
	if len(o.direct) != len(o.rows) {
		return noSuchSet(e, name, o.args()).
			WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).",
				name, len(o.direct), len(o.rows))
	}
	o.rank, o.typ = name, row.T(row.Int8)
	if name == "percent_rank" || name == "cume_dist" {
		o.typ = row.T(row.Float8)
	}
	for i := range o.rows {
		pair, t, err := b.typing.Common("WITHIN GROUP", []planner.Scalar{o.rows[i].Expr, o.direct[i]})
		if err != nil {
			return err
		}
		for k := range pair {
			if pair[k], err = b.typing.Coerce(pair[k], t.Base(), expr.Implicit); err != nil {
				return err
			}
		}
		o.rows[i].Expr, o.direct[i] = pair[0], pair[1]
	}
	return nil
}

// addSet is add for an ordered set, with the aggregate of the values where it needs
// one.
func (a *aggCollector) addSet(b *binder, o *orderedSet, name string) planner.Col {
	if o.final != nil {
		x := o.rows[0].Expr
		list := x.Type().Base().ArrayType()
		o.values = a.add(b, planner.Agg{
			Col:  b.newCol("sorted", "sorted", list),
			Func: &planner.AggFunc{Aggregate: agg.Sorted, Args: []row.Type{x.Type()}, Type: list},
			Args: []planner.Scalar{x}, Order: o.rows, Filter: o.filter,
		})
	}
	// The text of a call that there is not: all that makes two of them differ.
	same := planner.Agg{Func: &planner.AggFunc{Aggregate: &fn.Aggregate{Function: fn.Function{Name: name}}}, Args: o.direct, Order: o.rows, Filter: o.filter}
	o.text = same.Text(&planner.Values{})
	for _, have := range a.sets {
		if have.text == o.text && have.typ == o.typ {
			return have.col
		}
	}
	o.col = b.newCol(name, name, o.typ)
	a.sets = append(a.sets, o)
	return o.col
}

// setItem is the value of an ordered set above the grouping; the counts that it
// needs become aggregates. The direct arguments are what they are for the group.
func (g *grouper) setItem(o *orderedSet) planner.Item {
	direct := make([]planner.Scalar, len(o.direct))
	g.direct = true
	for i, e := range o.direct {
		direct[i] = g.rewrite(e, false)
	}
	g.direct = false
	if o.final != nil {
		args := append(direct, planner.ColumnExpr(o.values))
		return planner.Item{Col: o.col, Expr: &expr.Call{Func: o.final, Args: args, Typ: o.typ, At: -1}}
	}
	r := &rankCounts{g: g, o: o, direct: direct}
	for _, s := range o.rows {
		s.Expr = g.move(s.Expr)
		r.rows = append(r.rows, s)
	}
	if o.filter != nil {
		r.filter = g.move(o.filter)
	}
	value, err := r.value()
	if err != nil && g.err == nil {
		g.err = err
	}
	return planner.Item{Col: o.col, Expr: value}
}

// rankCounts makes the aggregates behind a rank.
type rankCounts struct {
	g      *grouper
	o      *orderedSet
	direct []planner.Scalar
	rows   []planner.SortExpr
	filter planner.Scalar
}

func (r *rankCounts) value() (planner.Scalar, error) {
	one := intConst(1)
	if r.o.rank == "cume_dist" {
		upTo, err := r.before(true)
		if err != nil {
			return nil, err
		}
		return r.ratio(r.count(upTo, false), one, r.count(nil, false), one)
	}
	before, err := r.before(false)
	if err != nil {
		return nil, err
	}
	n := r.count(before, r.o.rank == "dense_rank")
	if r.o.rank != "percent_rank" {
		return r.g.c.b.typing.Operator(-1, "+", n, one)
	}
	all := r.count(nil, false)
	share, err := r.ratio(n, intConst(0), all, intConst(0))
	if err != nil {
		return nil, err
	}
	none, err := r.g.c.b.typing.Operator(-1, "=", all, intConst(0))
	zero := &expr.Const{Datum: row.FloatDatum(0), Typ: row.T(row.Float8), At: -1}
	return &expr.Case{Whens: []expr.When{{Cond: none, Then: zero}}, Else: share, Typ: row.T(row.Float8), At: -1}, err
}

// ratio is (a + addA) / (b + addB) of floats.
func (r *rankCounts) ratio(a, addA, b, addB planner.Scalar) (planner.Scalar, error) {
	t := r.g.c.b.typing
	var parts [2]planner.Scalar
	for i, p := range [][2]planner.Scalar{{a, addA}, {b, addB}} {
		sum, err := t.Operator(-1, "+", p[0], p[1])
		if err != nil {
			return nil, err
		}
		if parts[i], err = t.Coerce(sum, row.T(row.Float8), expr.Implicit); err != nil {
			return nil, err
		}
	}
	return t.Operator(-1, "/", parts[0], parts[1])
}

// count is an aggregate: the number of rows for which a condition holds, or of
// different ones.
func (r *rankCounts) count(cond planner.Scalar, different bool) planner.Scalar {
	call := planner.Agg{Func: planner.MustAgg("count"), Filter: r.g.counting(r.filter)}
	if different {
		var args []planner.Scalar
		for _, s := range r.rows {
			args = append(args, s.Expr)
		}
		call.Func = &planner.AggFunc{Aggregate: agg.CountLists, Args: typesOf(args), Type: row.T(row.Int8)}
		call.Args, call.Distinct = args, true
	}
	if cond != nil {
		if call.Filter != nil {
			cond = expr.Conjunction(append(expr.Conjuncts(call.Filter), cond)...)
		}
		call.Filter = cond
	}
	call.Col = r.g.c.b.newCol(r.o.rank, r.o.rank, row.T(row.Int8))
	r.g.agg.Aggs = append(r.g.agg.Aggs, call)
	return planner.ColumnExpr(call.Col)
}

// before tells that a row comes before the direct arguments; or that it is equal to
// them, too.
func (r *rankCounts) before(orEqual bool) (planner.Scalar, error) {
	b := r.g.c.b
	var out planner.Scalar // of the columns behind i; nil at first
	for i := len(r.rows) - 1; i >= 0; i-- {
		s, d := r.rows[i], r.direct[i]
		op := "<"
		if s.Desc {
			op = ">"
		}
		less, err := b.typing.Operator(-1, op, s.Expr, d)
		if err != nil {
			return nil, err
		}
		eq, args, err := b.equality(-1, s.Expr, d)
		if err != nil {
			return nil, err
		}
		isNull := func(e planner.Scalar, not bool) planner.Scalar { return &expr.IsNull{Arg: e, Not: not, At: -1} }
		// A NULL among the arguments: the other rows are before it, or none is.
		first := &expr.Case{Typ: row.T(row.Bool), At: -1, Else: less, Whens: []expr.When{
			{Cond: isNull(d, false), Then: expr.Conjunction(expr.BoolConst(!s.NullsFirst), isNull(s.Expr, true))},
			{Cond: isNull(s.Expr, false), Then: expr.BoolConst(s.NullsFirst)},
		}}
		same := &expr.Distinct{Left: args[0], Right: args[1], Eq: eq, Not: true, At: -1}
		switch {
		case out != nil:
			out = expr.Disjunction(first, expr.Conjunction(same, out))
		case orEqual:
			out = expr.Disjunction(first, same)
		default:
			out = first
		}
	}
	return out, nil
}
