package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// aggCollector gathers the aggregate calls of one query level; equal calls are one.
type aggCollector struct {
	aggs      []planner.Agg
	byText    map[string]planner.Col
	sets      []*orderedSet
	groupings []groupingCall
}

func (a *aggCollector) empty() bool {
	return len(a.aggs) == 0 && len(a.sets) == 0 && len(a.groupings) == 0
}

// made are the columns that stand in the places of the calls.
func (a *aggCollector) made() planner.ColSet {
	var out planner.ColSet
	for _, g := range a.aggs {
		out = out.Union(planner.Cols(g.Col.ID))
	}
	for _, o := range a.sets {
		out = out.Union(planner.Cols(o.col.ID))
	}
	for _, g := range a.groupings {
		out = out.Union(planner.Cols(g.col.ID))
	}
	return out
}

func (a *aggCollector) add(b *binder, g planner.Agg) planner.Col {
	key := g.Text(&planner.Values{})
	if c, ok := a.byText[key]; ok {
		return c
	}
	if a.byText == nil {
		a.byText = map[string]planner.Col{}
	}
	a.byText[key] = g.Col
	a.aggs = append(a.aggs, g)
	return g.Col
}

func (c *coreBinder) bindGroupBy() error {
	c.s.clause = "GROUP BY"
	aggs := c.s.aggs
	c.s.aggs, c.s.wins = nil, nil
	defer func() { c.s.aggs, c.s.wins = aggs, c.wins }()
	for _, e := range c.sel.GroupBy {
		sets, err := c.groupItem(e)
		if err != nil {
			return err
		}
		c.groupItems = append(c.groupItems, sets)
	}
	return nil
}

// groupExprs adds to a set a grouping expression, or those of a list in parentheses.
func (c *coreBinder) groupExprs(set groupSet, e ast.Expr) (groupSet, error) {
	if list, ok := e.(*ast.RowExpr); ok && !list.Explicit {
		for _, x := range list.Elems {
			var err error
			if set, err = c.groupExprs(set, x); err != nil {
				return nil, err
			}
		}
		return set, nil
	}
	bound, target, err := c.groupExpr(e)
	if err != nil {
		return nil, err
	}
	if !bound.Type().Comparable() {
		return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", bound.Type()).At(e.Pos())
	}
	at := slices.IndexFunc(c.group, func(g planner.Scalar) bool { return expr.Equal(g, bound) })
	if at < 0 {
		at = len(c.group)
		c.group = append(c.group, bound)
	}
	if target >= 0 {
		c.targets[target].group = at + 1
	}
	return set.union(groupSet{at}), nil
}

// groupExpr: a bare name is a column of the input, then an output column, whose number
// is returned; a bare number is a position.
func (c *coreBinder) groupExpr(e ast.Expr) (bound planner.Scalar, at int, err error) {
	at = -1
	switch e := e.(type) {
	case *ast.ColumnRef:
		if len(e.Names) != 1 || e.Star {
			break
		}
		found, level, err := c.b.columnByName(c.s, e.Names[0], e.Pos())
		if err != nil {
			return nil, at, err
		}
		if found == nil || level != c.s {
			if at, err = c.byOutputName(e, "GROUP BY"); err != nil {
				return nil, at, err
			}
		}
	case *ast.Const:
		if at, err = c.byPosition(e, "GROUP BY"); err != nil {
			return nil, at, err
		}
	}
	if at < 0 {
		if bound, err = c.b.expr(c.s, e); err != nil {
			return nil, at, err
		}
		bound, err = c.b.known(bound)
		return bound, at, err
	}
	t := c.targets[at].expr
	if planner.ExprCols(t).Meets(c.aggs.made()) {
		return nil, at, pgerr.New(pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY").At(t.Pos())
	}
	if planner.ExprCols(t).Meets(c.wins.made()) {
		return nil, at, windowNotAllowed("GROUP BY", t.Pos())
	}
	return t, at, nil
}

// aggregate puts the Aggregate between the input and the targets, and makes the
// targets read its columns.
func (c *coreBinder) aggregate() error {
	calls := c.s.aggs
	if calls.empty() && len(c.sel.GroupBy) == 0 && c.having == nil {
		return nil
	}
	sets, err := c.groupingSets()
	if err != nil {
		return err
	}
	g := c.newGrouper(sets, calls.aggs)
	above, err := g.groupingItems(calls.groupings)
	if err != nil {
		return err
	}
	for _, o := range calls.sets {
		above = append(above, g.setItem(o))
	}
	if exprs := g.agg.Exprs(); len(exprs) > 0 {
		lifted, e := c.b.lift(g.agg.Input, exprs)
		g.agg.Input = lifted
		g.agg = g.agg.WithExprs(e).(*planner.Aggregate)
	}
	g.rewriteAll()
	if g.err != nil {
		return g.err
	}
	c.node = c.b.extend(g.agg, above)
	if c.having != nil {
		c.node = c.b.filter(c.node, expr.Conjuncts(c.having))
	}
	return nil
}

// newGrouper makes the grouping, and its aggregates but for those of ordered sets.
func (c *coreBinder) newGrouper(sets []groupSet, aggs []planner.Agg) *grouper {
	b := c.b
	c.spreadGroups()
	g := &grouper{c: c, local: planner.ColsOf(c.node.Columns()), groups: map[string]planner.Col{}, sets: sets}
	g.agg = &planner.Aggregate{Aggs: slices.Clone(aggs)}
	in, groups := b.lift(c.node, c.group)
	var items []planner.Item
	have := planner.ColsOf(in.Columns())
	for i, e := range groups {
		col := planner.Col{Type: e.Type()}
		if id, ok := planner.AsColumn(e); ok && have.Has(id) {
			col.ID, col.Name = id, e.(*expr.ColRef).Name
		} else {
			col = b.newCol(groupName(e), groupName(e), e.Type())
			items = append(items, planner.Item{Col: col, Expr: e})
		}
		g.groups[exprKey(c.group[i])] = col
		g.grouped = g.grouped.Union(planner.Cols(col.ID))
		g.agg.Group = append(g.agg.Group, col)
	}
	g.agg.Input = planner.Extend(in, items...)
	if len(sets) > 1 {
		g.expandSets()
		g.moveAggs()
	}
	return g
}

// rewriteAll makes what stands above the Aggregate read its columns.
func (g *grouper) rewriteAll() {
	c := g.c
	for i := range c.targets {
		t := &c.targets[i]
		// A constant is not told apart from others like it, but for the target that
		// GROUP BY names.
		if _, isConst := t.expr.(*expr.Const); isConst && t.group > 0 && len(g.sets) > 1 {
			t.expr = planner.ColumnExpr(g.groups[exprKey(t.expr)])
			continue
		}
		t.expr = g.rewrite(t.expr, false)
	}
	for i := range c.s.srfs.calls {
		for k, e := range c.s.srfs.calls[i].Args {
			c.s.srfs.calls[i].Args[k] = g.rewrite(e, false)
		}
	}
	g.windows()
	if c.having != nil {
		c.having = g.rewrite(c.having, false)
	}
}

// extend adds columns whose expressions may have subqueries.
func (b *binder) extend(n planner.Node, items []planner.Item) planner.Node {
	exprs := make([]planner.Scalar, len(items))
	for i, it := range items {
		exprs[i] = it.Expr
	}
	n, exprs = b.lift(n, exprs)
	for i := range items {
		items[i].Expr = exprs[i]
	}
	return planner.Extend(n, items...)
}

// groupName names a computed group column for EXPLAIN.
func groupName(e planner.Scalar) string {
	switch e := e.(type) {
	case *expr.Call:
		if !e.Func.Operator {
			return e.Func.Name
		}
	case *expr.ColRef:
		return e.Name
	}
	return "group"
}

func exprKey(e planner.Scalar) string { return e.Type().String() + " " + e.String() }

// grouper makes expressions above an Aggregate read its columns, and finds those
// that read what grouping has taken away.
type grouper struct {
	c       *coreBinder
	agg     *planner.Aggregate
	local   planner.ColSet // the columns of the input
	grouped planner.ColSet
	groups  map[string]planner.Col
	err     error
	// direct says that what is rewritten are direct arguments of an ordered set.
	direct bool

	sets   []groupSet
	set    planner.Col // the number of the set; its ID is 0 where there is only one
	counts planner.Scalar
	moved  map[planner.ColID]planner.Scalar // by column of the input: of the rows for the sets; nil: itself
}

func (g *grouper) rewrite(e planner.Scalar, inSubquery bool) planner.Scalar {
	if _, isConst := e.(*expr.Const); !isConst {
		if col, ok := g.groups[exprKey(e)]; ok {
			ref := planner.ColumnExpr(col).(*expr.ColRef)
			ref.At = e.Pos()
			return ref
		}
	}
	if ref, ok := e.(*expr.ColRef); ok {
		if call := g.c.wins.call(planner.ColID(ref.Index)); call != nil {
			g.window(call)
			return e
		}
		g.check(ref, inSubquery)
		return e
	}
	if sub, ok := e.(*subquery); ok {
		return sub.mapOuter(func(e planner.Scalar) planner.Scalar { return g.rewrite(e, true) }, func(e planner.Scalar) planner.Scalar { return g.rewrite(e, inSubquery) })
	}
	children := e.Children()
	if len(children) == 0 {
		return e
	}
	out := make([]planner.Scalar, len(children))
	for i, c := range children {
		out[i] = g.rewrite(c, inSubquery)
	}
	return e.WithChildren(out)
}

// window sees to a window function where it stands, as to any expression there.
func (g *grouper) window(c *winCall) {
	if !c.checked {
		c.checked = true
		c.rewrite(func(e planner.Scalar) planner.Scalar { return g.rewrite(e, false) })
	}
}

// windows sees to the windows themselves.
func (g *grouper) windows() {
	for _, s := range g.c.wins.specs {
		for _, c := range s.calls {
			g.window(c)
		}
		for i := range s.partition {
			s.partition[i] = g.rewrite(s.partition[i], false)
		}
		for i := range s.order {
			s.order[i].Expr = g.rewrite(s.order[i].Expr, false)
		}
	}
}

// check lets a column pass that is grouped, that is not of this level, or that a
// grouped primary key determines.
func (g *grouper) check(ref *expr.ColRef, inSubquery bool) {
	id := planner.ColID(ref.Index)
	if !g.local.Has(id) || g.grouped.Has(id) || g.err != nil {
		return
	}
	if scan := g.c.b.origin[id]; scan != nil && g.keyGrouped(scan) {
		g.grouped = g.grouped.Union(planner.Cols(id))
		g.agg.Group = append(g.agg.Group, planner.Col{ID: id, Name: ref.Name, Type: ref.Typ})
		return
	}
	text := "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function"
	if inSubquery {
		text = "subquery uses ungrouped column \"%s\" from outer query"
	}
	err := pgerr.New(pgerr.GroupingError, text, g.c.b.names[id]).At(ref.Pos())
	if g.direct {
		err = err.WithDetail("Direct arguments of an ordered-set aggregate must use only grouped columns.")
	}
	g.err = err
}

func (g *grouper) keyGrouped(s *planner.Scan) bool {
	if !s.Rel.Primary {
		return false
	}
	for _, attr := range s.Rel.Keys[0] {
		if !g.grouped.Has(s.Cols[attr].ID) {
			return false
		}
	}
	return true
}
