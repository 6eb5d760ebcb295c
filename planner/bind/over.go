package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// windowOnly are the functions that have a meaning only over a window.
var windowOnly = map[string]bool{
	"row_number": true, "rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true, "ntile": true,
	"lag": true, "lead": true, "first_value": true, "last_value": true, "nth_value": true,
}

// winCollector gathers the window functions of one query level; equal ones are one.
type winCollector struct {
	defs  []*ast.WindowDef
	calls []*winCall
}

// winCall is one row_number().
type winCall struct {
	partition []planner.Scalar
	order     []planner.SortExpr
	col       planner.Col
}

func (w *winCollector) made() planner.ColSet {
	var out planner.ColSet
	for _, c := range w.calls {
		out = out.Union(planner.Cols(c.col.ID))
	}
	return out
}

// rewrite replaces the expressions of all windows.
func (w *winCollector) rewrite(f func(planner.Scalar) planner.Scalar) {
	for _, c := range w.calls {
		for i := range c.partition {
			c.partition[i] = f(c.partition[i])
		}
		for i := range c.order {
			c.order[i].Expr = f(c.order[i].Expr)
		}
	}
}

func (c *winCall) equal(o *winCall) bool {
	if len(c.partition) != len(o.partition) || len(c.order) != len(o.order) {
		return false
	}
	for i := range c.partition {
		if !expr.Equal(c.partition[i], o.partition[i]) {
			return false
		}
	}
	for i, a := range c.order {
		if b := o.order[i]; a.Desc != b.Desc || a.NullsFirst != b.NullsFirst || !expr.Equal(a.Expr, b.Expr) {
			return false
		}
	}
	return true
}

func windowNotAllowed(clause string, pos int) error {
	switch clause {
	case inAggregate:
		return pgerr.New(pgerr.GroupingError, "aggregate function calls cannot contain window function calls").At(pos)
	case inWindow:
		return pgerr.New(pgerr.WindowingError, "window function calls cannot be nested").At(pos)
	}
	return pgerr.New(pgerr.WindowingError, "window functions are not allowed in %s", clause).At(pos)
}

// inWindow is the clause of a window's own expressions.
const inWindow = "window definitions"

// windowCall binds a call with OVER: row_number, which numbers the rows of each
// partition. What stands in its place is the column with the numbers.
func (b *binder) windowCall(s *scope, e *ast.FuncCall, schema, name string) (planner.Scalar, error) {
	if s.wins == nil {
		return nil, windowNotAllowed(s.clause, e.Pos())
	}
	if schema != "" && schema != "pg_catalog" {
		return nil, pgerr.New(pgerr.UndefinedFunction, "function %s.%s does not exist", schema, name).At(e.Pos())
	}
	if err := b.checkWindowCall(e, name); err != nil {
		return nil, err
	}
	w, err := b.windowDef(s, e.Over)
	if err != nil {
		return nil, err
	}
	for _, have := range s.wins.calls {
		if have.equal(w) {
			w = have
		}
	}
	if w.col.ID == 0 {
		w.col = b.newCol(name, name, row.T(row.Int8))
		s.wins.calls = append(s.wins.calls, w)
	}
	ref := planner.ColumnExpr(w.col).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

func (b *binder) checkWindowCall(e *ast.FuncCall, name string) error {
	switch {
	case isAggregate("", name):
		return unsupported(e.Pos(), "an aggregate with OVER").
			WithHint("Join the rows with the aggregate of their group.")
	case !windowOnly[name]:
		return pgerr.New(pgerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name).At(e.Pos())
	case name != "row_number":
		return unsupported(e.Pos(), "the window function "+name).WithHint("row_number() is the window function that there is.")
	case e.Distinct:
		return pgerr.New(pgerr.FeatureNotSupported, "DISTINCT is not implemented for window functions").At(e.Pos())
	case e.Filter != nil:
		return pgerr.New(pgerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions").At(e.Pos())
	case len(e.Args) > 0 || e.Star || len(e.OrderBy) > 0:
		return pgerr.New(pgerr.UndefinedFunction, "function %s with arguments does not exist", name).
			WithHint("row_number() has no arguments.").At(e.Pos())
	}
	return nil
}

// windowDef binds a window; row_number is the same under every frame.
func (b *binder) windowDef(s *scope, d *ast.WindowDef) (*winCall, error) {
	d, err := s.wins.resolve(d, 0)
	if err != nil {
		return nil, err
	}
	wins, srfs, clause := s.wins, s.srfs, s.clause
	s.wins, s.srfs, s.clause = nil, nil, inWindow
	defer func() { s.wins, s.srfs, s.clause = wins, srfs, clause }()
	w := &winCall{}
	if w.partition, err = b.exprs(s, d.PartitionBy); err != nil {
		return nil, err
	}
	for i, p := range w.partition {
		if w.partition[i], err = b.known(p); err != nil {
			return nil, err
		}
		if p.Type().Is(row.JSON) {
			return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", p.Type()).At(p.Pos())
		}
	}
	for _, o := range d.OrderBy {
		var by planner.SortExpr
		if by.Desc, by.NullsFirst, err = sortOptions(o); err != nil {
			return nil, err
		}
		if by.Expr, err = b.expr(s, o.Expr); err != nil {
			return nil, err
		}
		if by.Expr, err = b.known(by.Expr); err != nil {
			return nil, err
		}
		if err := orderable(by.Expr.Type(), o.Expr.Pos()); err != nil {
			return nil, err
		}
		w.order = append(w.order, by)
	}
	return w, nil
}

// resolve follows the names of windows: OVER w is the window itself, OVER (w ...)
// takes over its partition, and its order if it has none of its own.
func (w *winCollector) resolve(d *ast.WindowDef, depth int) (*ast.WindowDef, error) {
	name := d.RefName
	if name == "" && depth == 0 {
		name = d.Name
	}
	if name == "" {
		return d, nil
	}
	for _, def := range w.defs {
		if def.Name != name {
			continue
		}
		if def == d || depth > len(w.defs) {
			break
		}
		base, err := w.resolve(def, depth+1)
		if err != nil || d.RefName == "" {
			return base, err
		}
		return extendWindow(base, d)
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "window \"%s\" does not exist", name).At(d.Pos())
}

func extendWindow(base, d *ast.WindowDef) (*ast.WindowDef, error) {
	switch {
	case len(d.PartitionBy) > 0:
		return nil, pgerr.New(pgerr.WindowingError, "cannot override PARTITION BY clause of window \"%s\"", d.RefName).At(d.Pos())
	case len(d.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, pgerr.New(pgerr.WindowingError, "cannot override ORDER BY clause of window \"%s\"", d.RefName).At(d.Pos())
	}
	out := *d
	out.PartitionBy = base.PartitionBy
	if len(out.OrderBy) == 0 {
		out.OrderBy = base.OrderBy
	}
	return &out, nil
}

// numberRows puts the window functions above what is there. Ties are broken by
// the rows, so that a column which the query does not read would decide between
// rows that look alike, and would have to be kept: such columns are dropped first.
func (c *coreBinder) numberRows() {
	if len(c.wins.calls) == 0 {
		return
	}
	b := c.b
	c.dropUnread()
	for _, w := range c.wins.calls {
		exprs := append([]planner.Scalar(nil), w.partition...)
		for _, o := range w.order {
			exprs = append(exprs, o.Expr)
		}
		in, exprs := b.lift(c.node, exprs)
		cols, items := make([]planner.Col, len(exprs)), []planner.Item(nil)
		have := planner.ColsOf(in.Columns())
		for i, e := range exprs {
			if id, ok := planner.AsColumn(e); ok && have.Has(id) {
				cols[i] = planner.Col{ID: id, Name: e.(*expr.ColRef).Name, Type: e.Type()}
				continue
			}
			cols[i] = b.newCol(groupName(e), groupName(e), e.Type())
			items = append(items, planner.Item{Col: cols[i], Expr: e})
		}
		k := &planner.TopK{Input: planner.Extend(in, items...), Partition: cols[:len(w.partition)], Rank: w.col}
		for i, o := range w.order {
			k.Order = append(k.Order, planner.Sort{Col: cols[len(w.partition)+i], Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		c.node = k
	}
}

// dropUnread keeps of the rows what the targets and the windows read.
func (c *coreBinder) dropUnread() {
	var list []planner.Scalar
	for _, t := range c.targets {
		list = append(list, t.expr)
	}
	for _, s := range c.s.srfs.calls {
		list = append(list, s.Args...)
	}
	c.wins.rewrite(func(e planner.Scalar) planner.Scalar {
		list = append(list, e)
		return e
	})
	var read planner.ColSet
	for _, e := range list {
		if hasSubquery(e) {
			return
		}
		read = read.Union(planner.ExprCols(e))
	}
	var keep []planner.Col
	for _, col := range c.node.Columns() {
		if read.Has(col.ID) {
			keep = append(keep, col)
		}
	}
	c.node = planner.Keep(c.node, keep)
}
