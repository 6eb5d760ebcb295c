package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// query binds a query of any form. outer is the scope around it, ctes the WITH
// queries in sight. With final, literals that nothing typed become text; an arm
// of a set operation leaves that to the other arm.
func (b *binder) query(sel *ast.Select, outer *scope, ctes *cteEnv, final bool) (*bound, error) {
	ctes, err := b.withQueries(sel.With, outer, ctes)
	if err != nil {
		return nil, err
	}
	return b.body(sel, outer, ctes, final)
}

// body binds a query without its WITH clause.
func (b *binder) body(sel *ast.Select, outer *scope, ctes *cteEnv, final bool) (*bound, error) {
	if len(sel.Locking) > 0 && sel.Op != ast.NoSetOp {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "%s is not allowed with UNION/INTERSECT/EXCEPT", lockWords(sel.Locking[0]))
	}
	if sel.EmitOnWindowClose {
		return nil, unsupported(sel.Pos(), "EMIT ON WINDOW CLOSE")
	}
	switch {
	case sel.Op != ast.NoSetOp:
		return b.setOp(sel, outer, ctes)
	case sel.Values != nil && len(sel.Locking) > 0:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "%s cannot be applied to VALUES", lockWords(sel.Locking[0]))
	case sel.Values != nil:
		return b.values(sel, outer, ctes, final)
	}
	return b.selectCore(sel, outer, ctes, final)
}

// target is a bound item of a select list.
type target struct {
	name string
	expr planner.Scalar
	rel  *planner.Relation // origin of a plain column
	attr int
	col  planner.Col // once projected
	// group is 1 more than the number of the grouping expression that is this target.
	group int
}

// coreBinder is the state of binding one SELECT.
type coreBinder struct {
	b       *binder
	s       *scope
	sel     *ast.Select
	node    planner.Node
	targets []target
	visible int // the first targets are the result; the others only sort
	group   []planner.Scalar
	// groupItems are the items of GROUP BY, each with the sets that it lists.
	groupItems [][]groupSet
	having     planner.Scalar
	order      []orderItem
	on         []int // DISTINCT ON: indexes of targets
	aggs       *aggCollector
	wins       *winCollector
	locks      []lockedTable
}

func (b *binder) selectCore(sel *ast.Select, outer *scope, ctes *cteEnv, final bool) (*bound, error) {
	s := level(outer, ctes)
	n, err := b.from(s, sel.From)
	if err != nil {
		return nil, err
	}
	if sel.Where != nil {
		s.clause = "WHERE"
		cond, err := b.condition(s, sel.Where, "WHERE")
		if err != nil {
			return nil, err
		}
		n = b.filter(n, expr.Conjuncts(cond))
	}
	c := &coreBinder{b: b, s: s, sel: sel, node: n}
	steps := []func() error{
		func() error { s.clause = "SELECT"; return c.bindTargets(final) },
		c.bindGroupBy, c.bindHaving, c.bindOrderBy, c.bindDistinctOn, c.bindLocking,
	}
	s.aggs, s.srfs, s.wins = &aggCollector{}, &srfCollector{}, &winCollector{}
	c.aggs, c.wins = s.aggs, s.wins
	b.bindWindows(s, sel.Windows)
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if c.wins.err != nil {
		return nil, c.wins.err
	}
	if err := c.aggregate(); err != nil {
		return nil, err
	}
	c.computeWindows()
	c.project()
	c.markLocks()
	return c.finish()
}

func (c *coreBinder) bindTargets(final bool) error {
	for _, t := range c.sel.Targets {
		if ref, ok := t.Expr.(*ast.ColumnRef); ok && ref.Star {
			if err := c.star(ref); err != nil {
				return err
			}
			continue
		}
		if f, ok := t.Expr.(*ast.FieldExpr); ok && f.Star {
			if err := c.expandTarget(f); err != nil {
				return err
			}
			continue
		}
		e, err := c.b.expr(c.s, t.Expr)
		if err != nil {
			return err
		}
		if final {
			if e, err = c.b.known(e); err != nil {
				return err
			}
		}
		tg := target{name: t.Name, expr: e}
		if sub, ok := e.(*subquery); ok && t.Alias == "" && sub.kind == scalarSubquery {
			tg.name = sub.name
		}
		if tg.name == "" {
			tg.name = "?column?"
		}
		tg.rel, tg.attr = c.b.originOf(c.s, t.Expr, e)
		c.targets = append(c.targets, tg)
	}
	c.visible = len(c.targets)
	return nil
}

// originOf tells the relation's column that an expression merely names.
func (b *binder) originOf(s *scope, e ast.Expr, bound planner.Scalar) (*planner.Relation, int) {
	id, ok := planner.AsColumn(bound)
	ref, isRef := e.(*ast.ColumnRef)
	if !ok || !isRef {
		return nil, 0
	}
	name := ref.Names[len(ref.Names)-1]
	for ; s != nil; s = s.parent {
		for _, it := range s.items {
			for _, c := range it.Cols {
				if c.Col.ID == id && c.Name == name {
					return c.Rel, c.Attr
				}
			}
		}
	}
	return nil, 0
}

// star expands * and t.*.
func (c *coreBinder) star(ref *ast.ColumnRef) error {
	add := func(it *nsItem) {
		for _, col := range it.Cols {
			if !col.Hidden {
				e := planner.ColumnExpr(col.Col).(*expr.ColRef)
				e.At = ref.Pos()
				c.targets = append(c.targets, target{name: col.Name, expr: e, rel: col.Rel, attr: col.Attr})
			}
		}
	}
	if len(ref.Names) == 0 {
		if len(c.sel.From) == 0 {
			return pgerr.New(pgerr.SyntaxError, "SELECT * with no tables specified is not valid").At(ref.Pos())
		}
		for _, it := range c.s.items {
			if it.colsVisible {
				add(it)
			}
		}
		return nil
	}
	it, err := c.b.starItem(c.s, ref)
	if err != nil {
		return err
	}
	add(it)
	return nil
}

// starItem finds the item of t.* or schema.t.*.
func (b *binder) starItem(s *scope, ref *ast.ColumnRef) (*nsItem, error) {
	schema, name := "", ref.Names[len(ref.Names)-1]
	if len(ref.Names) > 1 {
		schema = ref.Names[len(ref.Names)-2]
	}
	it, _, err := b.itemByName(s, schema, name, ref.Pos())
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, b.missingTable(s, schema, name, ref.Pos())
	}
	return it, nil
}

func (c *coreBinder) bindHaving() error {
	if c.sel.Having == nil {
		return nil
	}
	c.s.clause = "HAVING"
	srfs := c.s.srfs
	c.s.srfs, c.s.wins = nil, nil
	defer func() { c.s.srfs, c.s.wins = srfs, c.wins }()
	var err error
	c.having, err = c.b.condition(c.s, c.sel.Having, "HAVING")
	return err
}

// project computes the targets above the set-returning functions.
func (c *coreBinder) project() {
	b := c.b
	c.spread()
	exprs := make([]planner.Scalar, len(c.targets))
	for i, t := range c.targets {
		exprs[i] = t.expr
	}
	in, exprs := b.lift(c.node, exprs)
	var items []planner.Item
	made := map[string]planner.Col{}
	local := planner.ColsOf(in.Columns())
	for i := range c.targets {
		t, e := &c.targets[i], exprs[i]
		key := e.Type().String() + " " + e.String()
		if col, ok := made[key]; ok && expr.VolatilityOf(e) != expr.Volatile {
			t.col = col
			continue
		}
		if id, ok := planner.AsColumn(e); ok && local.Has(id) {
			t.col = planner.Col{ID: id, Name: t.name, Type: e.Type()}
			if i >= c.visible {
				t.col.Name = e.(*expr.ColRef).Name
			}
		} else {
			t.col = b.newCol(t.name, t.name, e.Type())
			b.keepFields(t.col, t.expr)
		}
		made[key] = t.col
		items = append(items, planner.Item{Col: t.col, Expr: e})
	}
	c.node = &planner.Project{Input: in, Items: items}
}

// finish puts DISTINCT and LIMIT above the projection.
func (c *coreBinder) finish() (*bound, error) {
	out := &bound{}
	for _, t := range c.targets[:c.visible] {
		out.cols = append(out.cols, nsColumn{Name: t.name, Col: t.col, Rel: t.rel, Attr: t.attr})
		// Around this query a key implies nothing: PostgreSQL sees that only in a table.
		delete(c.b.origin, t.col.ID)
	}
	for _, o := range c.order {
		out.order = append(out.order, planner.Sort{Col: c.targets[o.target].col, Desc: o.desc, NullsFirst: o.nullsFirst})
	}
	switch {
	case len(c.on) > 0:
		var by []planner.Col
		for _, i := range c.on {
			by = append(by, c.targets[i].col)
		}
		c.node = &planner.TopK{Input: c.node, Partition: by, Order: out.order, Limit: intConst(1)}
	case c.sel.Distinct:
		c.node = &planner.Distinct{Input: c.node}
	}
	out.node = c.node
	return c.b.limit(out, c.sel, c.s)
}

func intConst(v int64) planner.Scalar {
	return &expr.Const{Datum: row.IntDatum(v), Typ: row.T(row.Int8), At: -1}
}

// filter keeps the rows for which the predicates hold; those with subqueries
// come after the others, which are cheaper and leave fewer rows to them.
func (b *binder) filter(n planner.Node, preds []planner.Scalar) planner.Node {
	var plain, sub []planner.Scalar
	for _, p := range preds {
		switch {
		case planner.IsTrue(p):
		case hasSubquery(p):
			sub = append(sub, p)
		default:
			plain = append(plain, p)
		}
	}
	cols := n.Columns()
	n = planner.NewFilter(n, plain...)
	for _, p := range sub {
		if out := b.liftConjunct(n, p); out != nil {
			n = out
			continue
		}
		in, lifted := b.lift(n, []planner.Scalar{p})
		n = planner.Keep(planner.NewFilter(in, lifted...), cols)
	}
	return n
}
