package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// aggCollector gathers the aggregate calls of one query level; equal calls are one.
type aggCollector struct {
	aggs   []planner.Agg
	byText map[string]planner.Col
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

// srfCollector gathers the set-returning calls of a select list.
type srfCollector struct{ calls []planner.TableCall }

func (c *coreBinder) bindGroupBy() error {
	c.s.clause = "GROUP BY"
	aggs, srfs := c.s.aggs, c.s.srfs
	c.s.aggs, c.s.srfs, c.s.wins = nil, nil, nil
	defer func() { c.s.aggs, c.s.srfs, c.s.wins = aggs, srfs, c.wins }()
	for _, e := range c.sel.GroupBy {
		if err := c.groupItem(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *coreBinder) groupItem(e ast.Expr) error {
	switch e := e.(type) {
	case *ast.GroupingSet:
		if e.Kind == ast.EmptySet {
			return nil
		}
		return unsupported(e.Pos(), [...]string{ast.Rollup: "ROLLUP", ast.Cube: "CUBE", ast.GroupingSets: "GROUPING SETS"}[e.Kind])
	case *ast.RowExpr:
		if !e.Explicit {
			for _, x := range e.Elems {
				if err := c.groupItem(x); err != nil {
					return err
				}
			}
			return nil
		}
	}
	bound, err := c.groupExpr(e)
	if err != nil {
		return err
	}
	if bound.Type().Is(row.JSON) {
		return pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", bound.Type()).At(e.Pos())
	}
	for _, g := range c.group {
		if expr.Equal(g, bound) {
			return nil
		}
	}
	c.group = append(c.group, bound)
	return nil
}

// groupExpr: a bare name is a column of the input, then an output column; a bare
// number is a position.
func (c *coreBinder) groupExpr(e ast.Expr) (planner.Scalar, error) {
	at := -1
	switch e := e.(type) {
	case *ast.ColumnRef:
		if len(e.Names) != 1 || e.Star {
			break
		}
		found, level, err := c.b.columnByName(c.s, e.Names[0], e.Pos())
		if err != nil {
			return nil, err
		}
		if found == nil || level != c.s {
			if at, err = c.byOutputName(e, "GROUP BY"); err != nil {
				return nil, err
			}
		}
	case *ast.Const:
		var err error
		if at, err = c.byPosition(e, "GROUP BY"); err != nil {
			return nil, err
		}
	}
	if at < 0 {
		bound, err := c.b.expr(c.s, e)
		if err != nil {
			return nil, err
		}
		return c.b.known(bound)
	}
	t := c.targets[at].expr
	made := planner.ColSet{}
	for _, a := range c.collectedAggs() {
		made = made.Union(planner.Cols(a.Col.ID))
	}
	if planner.ExprCols(t).Meets(made) {
		return nil, pgerr.New(pgerr.GroupingError, "aggregate functions are not allowed in GROUP BY").At(t.Pos())
	}
	if planner.ExprCols(t).Meets(c.wins.made()) {
		return nil, windowNotAllowed("GROUP BY", t.Pos())
	}
	return t, nil
}

// collectedAggs are the aggregates of the targets, also while GROUP BY, where
// they are not allowed, is bound.
func (c *coreBinder) collectedAggs() []planner.Agg {
	if c.aggs == nil {
		return nil
	}
	return c.aggs.aggs
}

// aggregate puts the Aggregate between the input and the targets, and makes the
// targets read its columns.
func (c *coreBinder) aggregate() error {
	aggs := c.s.aggs.aggs
	if len(aggs) == 0 && len(c.sel.GroupBy) == 0 && c.having == nil {
		return nil
	}
	b := c.b
	g := &grouper{c: c, local: planner.ColsOf(c.node.Columns()), groups: map[string]planner.Col{}}
	agg := &planner.Aggregate{Aggs: aggs}
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
		agg.Group = append(agg.Group, col)
	}
	agg.Input = planner.Extend(in, items...)
	g.agg = agg
	if exprs := agg.Exprs(); len(exprs) > 0 {
		lifted, e := b.lift(agg.Input, exprs)
		agg.Input = lifted
		g.agg = agg.WithExprs(e).(*planner.Aggregate)
		g.agg.Input = lifted
	}
	for i := range c.targets {
		c.targets[i].expr = g.rewrite(c.targets[i].expr, false)
	}
	for i := range c.s.srfs.calls {
		for k, e := range c.s.srfs.calls[i].Args {
			c.s.srfs.calls[i].Args[k] = g.rewrite(e, false)
		}
	}
	c.wins.rewrite(func(e planner.Scalar) planner.Scalar { return g.rewrite(e, false) })
	if c.having != nil {
		c.having = g.rewrite(c.having, false)
	}
	if g.err != nil {
		return g.err
	}
	c.node = g.agg
	if c.having != nil {
		c.node = b.filter(g.agg, expr.Conjuncts(c.having))
	}
	return nil
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
	name := g.c.b.names[id]
	if inSubquery {
		g.err = pgerr.New(pgerr.GroupingError, "subquery uses ungrouped column \"%s\" from outer query", name).At(ref.Pos())
		return
	}
	g.err = pgerr.New(pgerr.GroupingError, "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function", name).At(ref.Pos())
}

func (g *grouper) keyGrouped(s *planner.Scan) bool {
	if s.Rel.Kind != planner.KindTable || len(s.Rel.Keys) == 0 {
		return false
	}
	for _, attr := range s.Rel.Keys[0] {
		if !g.grouped.Has(s.Cols[attr].ID) {
			return false
		}
	}
	return true
}
