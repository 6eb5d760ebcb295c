package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// computeWindows puts the window functions above what is there. Ties are broken by
// the rows, so that a column which the query does not read would decide between
// rows that look alike, and would have to be kept: such columns are dropped first.
//
// Windows that only number come last: a filter on the number then stands on it, and
// can keep rows from being numbered at all.
func (c *coreBinder) computeWindows() {
	if len(c.wins.specs) == 0 {
		return
	}
	c.dropUnread()
	for _, s := range c.wins.specs {
		if !s.onlyNumbers() {
			c.over(s)
		}
	}
	for _, s := range c.wins.specs {
		if s.onlyNumbers() {
			c.number(s)
		}
	}
}

func (s *winSpec) onlyNumbers() bool {
	for _, call := range s.calls {
		if call.Window == nil || call.Window.Name != "row_number" {
			return false
		}
	}
	return true
}

// number is row_number(): the calls of a spec are equal, and so one.
func (c *coreBinder) number(s *winSpec) {
	cols := c.columns(s.keys())
	k := &planner.TopK{Input: c.node, Partition: cols[:len(s.partition)], Rank: s.calls[0].Col}
	k.Order = s.sorts(cols[len(s.partition):])
	c.node = k
}

func (c *coreBinder) over(s *winSpec) {
	exprs := s.keys()
	for _, call := range s.calls {
		for _, a := range call.Args {
			if !isConstant(a) {
				exprs = append(exprs, guarded(a, call.filter))
			}
		}
		if call.filter != nil {
			exprs = append(exprs, call.filter)
		}
	}
	cols := c.columns(exprs)
	o := &planner.Over{Input: c.node, Partition: cols[:len(s.partition):len(s.partition)]}
	cols = cols[len(s.partition):]
	o.Order, cols = s.sorts(cols), cols[len(s.order):]
	for _, call := range s.calls {
		out := call.OverCall
		out.Args = nil
		for _, a := range call.Args {
			if !isConstant(a) {
				a, cols = planner.ColumnExpr(cols[0]), cols[1:]
			}
			out.Args = append(out.Args, a)
		}
		if call.filter != nil {
			out.Filter, cols = cols[0], cols[1:]
		}
		o.Calls = append(o.Calls, out)
	}
	c.node = o
}

// isConstant reports an argument that need not be a column of the rows.
func isConstant(e planner.Scalar) bool {
	return planner.ExprCols(e).Empty() && !hasSubquery(e) && expr.VolatilityOf(e) == expr.Immutable
}

// guarded computes an argument that may fail only where the call's filter is true,
// since a row that the filter keeps out cannot fail in PostgreSQL either.
func guarded(arg, filter planner.Scalar) planner.Scalar {
	if filter == nil || !expr.CanError(arg) && !hasSubquery(arg) {
		return arg
	}
	return &expr.Case{Whens: []expr.When{{Cond: filter, Then: arg}}, Typ: arg.Type(), At: arg.Pos()}
}

// keys are the expressions of the partition and the order.
func (s *winSpec) keys() []planner.Scalar {
	out := append([]planner.Scalar(nil), s.partition...)
	for _, o := range s.order {
		out = append(out, o.Expr)
	}
	return out
}

// sorts orders by the first of the columns.
func (s *winSpec) sorts(cols []planner.Col) []planner.Sort {
	var out []planner.Sort
	for i, o := range s.order {
		out = append(out, planner.Sort{Col: cols[i], Desc: o.Desc, NullsFirst: o.NullsFirst})
	}
	return out
}

// columns makes columns of expressions, each different one once.
func (c *coreBinder) columns(exprs []planner.Scalar) []planner.Col {
	in, exprs := c.b.lift(c.node, exprs)
	cols, items := make([]planner.Col, len(exprs)), []planner.Item(nil)
	have := planner.ColsOf(in.Columns())
	made := map[string]planner.Col{}
	for i, e := range exprs {
		if id, ok := planner.AsColumn(e); ok && have.Has(id) {
			cols[i] = planner.Col{ID: id, Name: e.(*expr.ColRef).Name, Type: e.Type()}
			continue
		}
		col, ok := made[exprKey(e)]
		if !ok || expr.VolatilityOf(e) == expr.Volatile {
			col = c.b.newCol(groupName(e), groupName(e), e.Type())
			made[exprKey(e)] = col
			items = append(items, planner.Item{Col: col, Expr: e})
		}
		cols[i] = col
	}
	c.node = planner.Extend(in, items...)
	return cols
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
