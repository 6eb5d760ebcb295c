package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Grouping sets. A query with several of them is one with a single set, over more
// rows: each row comes once for each set, with the set's number, and is grouped by
// that number and by the grouping expressions, of which those that are not the
// set's are NULL. The group of an empty set is there without rows, too: for that a
// constant row is added, which counts in no aggregate.
//
// What the query reads above the grouping are the expressions with the NULLs; what
// its aggregates read are those without. An expression in all sets needs none.

// PostgreSQL's limits.
const (
	maxGroupingSets = 4096
	maxCube         = 12
	maxGroupingArgs = 31
)

// groupSet lists grouping expressions by their numbers in coreBinder.group.
type groupSet []int

func (s groupSet) union(o groupSet) groupSet {
	out := append(slices.Clone(s), o...)
	slices.Sort(out)
	return slices.Compact(out)
}

// groupItem binds an item of GROUP BY: the sets that it lists.
func (c *coreBinder) groupItem(e ast.Expr) ([]groupSet, error) {
	g, ok := e.(*ast.GroupingSet)
	if !ok {
		set, err := c.groupExprs(nil, e)
		return []groupSet{set}, err
	}
	if g.Kind == ast.EmptySet {
		return []groupSet{nil}, nil
	}
	var lists [][]groupSet
	for _, x := range g.Items {
		sets, err := c.groupItem(x)
		if err != nil {
			return nil, err
		}
		lists = append(lists, sets)
	}
	switch {
	case g.Kind == ast.GroupingSets:
		return slices.Concat(lists...), nil
	case g.Kind == ast.Rollup:
		return rollup(lists), nil
	case len(lists) > maxCube:
		return nil, pgerr.New(pgerr.TooManyColumns, "CUBE is limited to %d elements", maxCube).At(g.Pos())
	}
	return cube(lists), nil
}

// rollup is the sets of the first elements, of all of them down to none.
func rollup(elems [][]groupSet) []groupSet {
	out := []groupSet{nil}
	for _, e := range elems {
		out = append(out, out[len(out)-1].union(e[0]))
	}
	slices.Reverse(out)
	return out
}

// cube is the sets of some of the elements.
func cube(elems [][]groupSet) []groupSet {
	out := []groupSet{nil}
	for _, e := range slices.Backward(elems) {
		for _, s := range out {
			out = append(out, e[0].union(s))
		}
	}
	slices.Reverse(out)
	return out
}

// groupingSets is the product of the items of GROUP BY: one set where there are no
// others.
func (c *coreBinder) groupingSets() ([]groupSet, error) {
	out := []groupSet{nil}
	for _, sets := range c.groupItems {
		if len(out)*len(sets) > maxGroupingSets {
			err := pgerr.New(pgerr.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
			if len(c.group) == 0 {
				return nil, err.At(c.sel.GroupBy[0].Pos())
			}
			return nil, err
		}
		var product []groupSet
		for _, a := range out {
			for _, b := range sets {
				product = append(product, a.union(b))
			}
		}
		out = product
	}
	if c.sel.GroupDistinct {
		slices.SortStableFunc(out, slices.Compare[groupSet])
		out = slices.CompactFunc(out, slices.Equal[groupSet])
	}
	return out, nil
}

// expandSets makes the rows for the sets, and puts NULLs into the grouping columns.
func (g *grouper) expandSets() {
	b, agg, sets := g.c.b, g.agg, g.sets
	g.set = b.newCol("set", "set", row.T(row.Int4))
	in := planner.Repeat(agg.Input, len(sets), g.set)
	if empty := setsWhere(sets, func(s groupSet) bool { return len(s) == 0 }); len(empty) > 0 {
		in = g.withEmptySets(in, empty)
	}
	group, grouped := []planner.Col{g.set}, planner.Cols(g.set.ID)
	var items []planner.Item
	for i, col := range agg.Group {
		has := setsWhere(sets, func(s groupSet) bool { return slices.Contains(s, i) })
		if len(has) < len(sets) {
			null := b.newCol(col.Name, b.names[col.ID], col.Type)
			value := planner.Substitute(planner.ColumnExpr(col), g.moved)
			items = append(items, planner.Item{Col: null, Expr: &expr.Case{
				Whens: []expr.When{{Cond: g.setIn(has), Then: value}}, Typ: col.Type, At: -1,
			}})
			col = null
		}
		g.groups[exprKey(g.c.group[i])] = col
		if !grouped.Has(col.ID) {
			group = append(group, col)
			grouped = grouped.Union(planner.Cols(col.ID))
		}
	}
	g.grouped = grouped
	agg.Group, agg.Input = group, planner.Extend(in, items...)
}

// setsWhere lists the numbers of some of the sets.
func setsWhere(sets []groupSet, ok func(groupSet) bool) []int {
	var out []int
	for i, s := range sets {
		if ok(s) {
			out = append(out, i)
		}
	}
	return out
}

// withEmptySets adds a row for each empty set. All columns of the sum are new ones.
func (g *grouper) withEmptySets(in planner.Node, empty []int) planner.Node {
	b := g.c.b
	in = planner.Extend(in, planner.Item{Col: b.newCol("counts", "counts", row.T(row.Bool)), Expr: expr.BoolConst(true)})
	left := in.Columns()
	fill := &planner.Values{}
	for range empty {
		fill.Rows = append(fill.Rows, nil)
	}
	var cols []planner.Col
	g.moved = map[planner.ColID]planner.Scalar{}
	for _, l := range left {
		r, col := b.newCol(l.Name, b.names[l.ID], l.Type), b.newCol(l.Name, b.names[l.ID], l.Type)
		fill.Cols, cols = append(fill.Cols, r), append(cols, col)
		g.moved[l.ID] = planner.ColumnExpr(col)
		for k, set := range empty {
			var cell planner.Scalar = expr.NullConst(l.Type)
			if l.ID == g.set.ID {
				cell = intConst4(set)
			}
			fill.Rows[k] = append(fill.Rows[k], cell)
		}
	}
	last := len(left) - 1
	for k := range fill.Rows {
		fill.Rows[k][last] = expr.BoolConst(false)
	}
	g.counts = planner.ColumnExpr(cols[last])
	for i, l := range left {
		if l.ID == g.set.ID {
			g.set = cols[i]
		}
	}
	return &planner.SetOp{Kind: planner.Union, All: true, Left: in, Right: fill, LeftCols: left, RightCols: fill.Cols, Cols: cols}
}

func intConst4(v int) planner.Scalar {
	return &expr.Const{Datum: row.IntDatum(int64(v)), Typ: row.T(row.Int4), At: -1}
}

// setIn tests the number of the set.
func (g *grouper) setIn(sets []int) planner.Scalar {
	list := make([]planner.Scalar, len(sets))
	for i, s := range sets {
		list[i] = intConst4(s)
	}
	set := planner.ColumnExpr(g.set)
	eq, args, err := g.c.b.equality(-1, set, list[0])
	if err != nil {
		g.err = err
	}
	if len(list) == 1 {
		return &expr.Call{Func: eq, Args: args, Typ: row.T(row.Bool), At: -1}
	}
	return &expr.InList{Arg: set, List: list, Eq: eq, At: -1}
}

// moveAggs makes the aggregates read the rows that expandSets made, and not count
// those of the empty sets.
func (g *grouper) moveAggs() {
	if g.counts == nil {
		return
	}
	g.agg = g.agg.WithExprs(g.moveAll(g.agg.Exprs())).(*planner.Aggregate)
	for i := range g.agg.Aggs {
		g.agg.Aggs[i].Filter = g.counting(g.agg.Aggs[i].Filter)
	}
}

// counting is a filter that keeps out the rows of the empty sets as well.
func (g *grouper) counting(filter planner.Scalar) planner.Scalar {
	switch {
	case g.counts == nil:
		return filter
	case filter == nil:
		return g.counts
	}
	return expr.Conjunction(append([]planner.Scalar{g.counts}, expr.Conjuncts(filter)...)...)
}

func (g *grouper) moveAll(list []planner.Scalar) []planner.Scalar {
	out := make([]planner.Scalar, len(list))
	for i, e := range list {
		out[i] = g.move(e)
	}
	return out
}

// move is Substitute by the columns of the sum, into subqueries as well.
func (g *grouper) move(e planner.Scalar) planner.Scalar {
	if g.moved == nil {
		return e
	}
	return expr.Rewrite(e, func(e planner.Scalar) planner.Scalar {
		if sub, ok := e.(*subquery); ok {
			return sub.mapOuter(g.move, g.move)
		}
		if id, ok := planner.AsColumn(e); ok {
			if to := g.moved[id]; to != nil {
				return to
			}
		}
		return e
	})
}

// groupingCall is one GROUPING(...).
type groupingCall struct {
	args []planner.Scalar
	col  planner.Col
}

// grouping binds GROUPING: what stands in its place is a column above the grouping.
// Like an aggregate it belongs to the innermost query that makes a column of its
// arguments.
func (b *binder) grouping(s *scope, e *ast.GroupingExpr) (planner.Scalar, error) {
	if len(e.Args) > maxGroupingArgs {
		return nil, pgerr.New(pgerr.TooManyArguments, "GROUPING must have fewer than %d arguments", maxGroupingArgs+1).At(e.Pos())
	}
	inner := s.inAggregate()
	call := groupingCall{}
	for _, a := range e.Args {
		arg, err := b.expr(inner, a)
		if err != nil {
			return nil, err
		}
		call.args = append(call.args, arg)
	}
	owner := aggOwner(s, planner.ExprCols(call.args...))
	if owner.aggs == nil {
		if owner.clause == inAggregate {
			return nil, aggNotAllowed(owner.clause, e.Pos())
		}
		return nil, notAllowed("grouping operations", owner.clause, e.Pos())
	}
	call.col = b.newCol("grouping", "grouping", row.T(row.Int4))
	for _, have := range owner.aggs.groupings {
		if slices.EqualFunc(have.args, call.args, expr.Equal) {
			call = have
		}
	}
	if !slices.ContainsFunc(owner.aggs.groupings, func(have groupingCall) bool { return have.col.ID == call.col.ID }) {
		owner.aggs.groupings = append(owner.aggs.groupings, call)
	}
	ref := planner.ColumnExpr(call.col).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

// groupingItems computes GROUPING above the grouping: a bit for each argument, the
// last the lowest, that is set where the group's set has it not.
func (g *grouper) groupingItems(calls []groupingCall) ([]planner.Item, error) {
	var out []planner.Item
	for _, call := range calls {
		masks := make([]int, len(g.sets))
		for _, arg := range call.args {
			at := slices.IndexFunc(g.c.group, func(e planner.Scalar) bool { return expr.Equal(e, arg) })
			if at < 0 {
				return nil, pgerr.New(pgerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level").At(arg.Pos())
			}
			for i, set := range g.sets {
				masks[i] <<= 1
				if !slices.Contains(set, at) {
					masks[i]++
				}
			}
		}
		out = append(out, planner.Item{Col: call.col, Expr: g.maskOf(masks)})
	}
	return out, nil
}

// maskOf picks a number by the set.
func (g *grouper) maskOf(masks []int) planner.Scalar {
	if g.set.ID == 0 {
		return intConst4(0)
	}
	pick := &expr.Case{Typ: row.T(row.Int4), At: -1}
	done := map[int]bool{}
	for _, m := range masks {
		if done[m] {
			continue
		}
		done[m] = true
		var sets []int
		for i, other := range masks {
			if other == m {
				sets = append(sets, i)
			}
		}
		pick.Whens = append(pick.Whens, expr.When{Cond: g.setIn(sets), Then: intConst4(m)})
	}
	return pick
}
