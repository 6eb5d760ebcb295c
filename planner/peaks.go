package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// A relation of counts joined with the greatest count of each of its own groups:
//
//	SELECT c.* FROM counts c JOIN (SELECT w, max(n) AS most FROM counts GROUP BY w) m
//	ON c.w = m.w AND c.n >= m.most
//
// If the counts only grow, so does the greatest, and a row with less than it joins
// with nothing until it comes again with more. So the rows with the greatest count
// are all that has to be kept: OpPeaks takes the place of the groups, of the join
// and of both its arrangements, in which each change of a count would be written.
//
// Unsound where a count may fall or a row may go: another row may be the greatest
// then, which nobody has kept. So both sides are the same operator, seen through
// projections that cannot fail, and its rows grow in the sense of growth.

// growth is what is known of an operator whose rows only come, or are replaced in
// the same step by rows that agree in the columns of id and have no less in those
// of counts. Of each such pair both rows are on one shard.
type growth struct{ id, counts []bool }

// growthOf is nil where nothing is known.
func (l *lowerer) growthOf(id OpID) *growth {
	switch s := l.p.Ops[id].Spec.(type) {
	case *OpGroupBy:
		return l.groupGrowth(s)
	case *OpMap:
		g := l.growthOf(s.In)
		for _, step := range s.Steps {
			if g != nil {
				g = g.after(step)
			}
		}
		return g
	case *OpExchange:
		if g := l.growthOf(s.In); g != nil && allIn(g.id, s.Key) {
			return g
		}
	case *OpGather:
		return l.growthOf(s.In)
	}
	return nil
}

// groupGrowth: a count of rows that only come grows, and so do the sum and the
// greatest of counts that grow. A group of which any aggregate fails goes.
func (l *lowerer) groupGrowth(s *OpGroupBy) *growth {
	in := &l.p.Ops[s.In]
	var below *growth
	if !in.Props.AppendOnly {
		if below = l.growthOf(s.In); below == nil || !allIn(below.id, s.Key) {
			return nil
		}
	}
	g := &growth{id: make([]bool, len(s.Key)+len(s.Aggs)), counts: make([]bool, len(s.Key)+len(s.Aggs))}
	for i, c := range s.Key {
		if row.KeyLossy(in.Types[c]) {
			return nil
		}
		g.id[i] = true
	}
	for i, a := range s.Aggs {
		grows, fails := false, true
		if below == nil {
			grows = a.Func.Name == "count"
			fails = !grows && a.Kind != AggMin && a.Kind != AggMax
		} else if a.Filter < 0 && !a.Distinct {
			grows = a.Func.Name == "count" && len(a.Args) == 0 ||
				(a.Func == mergeCounts.Aggregate || a.Kind == AggMax) && allIn(below.counts, a.Args)
			fails = !grows
		}
		if fails {
			return nil
		}
		g.counts[len(s.Key)+i] = grows
	}
	return g
}

// after follows the columns through a step. What a step makes of columns of id
// alone is the same for both rows of a pair.
func (g *growth) after(step Step) *growth {
	switch s := step.(type) {
	case *StepFilter:
		for _, e := range s.Preds {
			if !g.fixed(e) {
				return nil
			}
		}
		return g
	case *StepProject:
		out := &growth{}
		for _, e := range s.Exprs {
			if expr.CanError(e) {
				return nil
			}
			c, ok := e.(*expr.ColRef)
			out.id = append(out.id, g.fixed(e))
			out.counts = append(out.counts, ok && g.counts[c.Index])
		}
		return out
	case *StepUnnest:
		out := &growth{append([]bool(nil), g.id...), append([]bool(nil), g.counts...)}
		for _, c := range s.Calls {
			if !c.Func.NoError || c.Func.Volatility != expr.Immutable {
				return nil
			}
			for _, e := range c.Args {
				if !g.fixed(e) {
					return nil
				}
			}
		}
		for range s.Names {
			out.id, out.counts = append(out.id, true), append(out.counts, false)
		}
		return out
	}
	return nil
}

// fixed reports an expression that cannot fail and reads columns of id alone.
func (g *growth) fixed(e expr.Expr) bool {
	ok := !expr.CanError(e) && expr.VolatilityOf(e) < expr.Volatile
	expr.Walk(e, func(x expr.Expr) bool {
		if c, is := x.(*expr.ColRef); is {
			ok = ok && g.id[c.Index]
		}
		return ok
	})
	return ok
}

func allIn(set []bool, cols []int) bool {
	for _, c := range cols {
		if !set[c] {
			return false
		}
	}
	return true
}

// origin is where a column comes from: it is followed through projections that
// neither drop a row nor fail on one.
type origin struct {
	op  OpID
	col int
}

func (l *lowerer) originOf(o origin) (origin, bool) {
	for {
		switch s := l.p.Ops[o.op].Spec.(type) {
		case *OpMap:
			for i := len(s.Steps) - 1; i >= 0; i-- {
				p, ok := s.Steps[i].(*StepProject)
				if !ok || o.col < 0 {
					return o, false
				}
				for _, e := range p.Exprs {
					if expr.CanError(e) {
						return o, false
					}
				}
				c, ok := p.Exprs[o.col].(*expr.ColRef)
				if !ok {
					return o, false
				}
				o.col = c.Index
			}
			o.op = s.In
		case *OpExchange:
			o.op = s.In
		case *OpGather:
			o.op = s.In
		default:
			return o, true
		}
	}
}

// climb is a join of counts with the greatest of them.
type climb struct {
	l            *lowerer
	rows, groups stream
	group        *OpGroupBy
	groupOp      OpID
	self, other  func(JoinKey) Col

	key    []int        // by the group's key column: the column of rows; -1: not yet known
	value  int          // the column of rows that is the count; -1: not yet known
	same   map[int]int  // by column of groups: the column of rows that it equals
	most   map[int]bool // columns of groups that are the greatest count
	rest   []Scalar     // conditions beside
	greats bool         // only rows with the greatest count join
}

// peaks lowers a join to OpPeaks where it can. side and groups are the nodes of
// rows and of the other stream.
func (l *lowerer) peaks(j *Join, side Node, rows, groups stream, self, other func(JoinKey) Col) (stream, bool) {
	if l.err != nil || j.Kind != JoinInner || j.NullsEqual() {
		return stream{}, false
	}
	c := &climb{l: l, rows: rows, groups: groups, self: self, other: other, value: -1, same: map[int]int{}, most: map[int]bool{}}
	if !c.findGroups() || !c.findKeys(j) || !c.findValue() || !c.readConditions(j) {
		return stream{}, false
	}
	props := l.rowProps(rows)
	props.AppendOnly = false
	var by []Col
	for _, p := range c.key {
		by = append(by, rows.cols[p])
	}
	props.Expire = l.expireBy(l.eventsOf(side), by)
	out := rows
	if spread := l.exchange(rows, c.key); spread.op != rows.op {
		out = l.emit(&OpPeaks{In: rows.op, Key: c.key, Value: c.value, Local: true}, rows.cols, props, l.part(rows))
		out = l.exchange(out, c.key)
	}
	out = l.emit(&OpPeaks{In: out.op, Key: c.key, Value: c.value}, rows.cols, props, l.part(out))
	var items []Item
	for i, col := range groups.cols {
		items = append(items, Item{Col: col, Expr: ColumnExpr(rows.cols[c.same[i]])})
	}
	out = l.project(out, rows.cols, items)
	if l.err != nil {
		return out, true
	}
	l.p.Ops[out.op].Props = l.propsOf(j, out.cols) // the columns of both sides make keys
	if len(c.rest) == 0 {
		return out, true
	}
	return l.step(out, &StepFilter{Preds: l.exprs(c.rest, out)}, out.cols, l.rowProps(out), l.part(out)), true
}

// findGroups finds the operator that makes the groups.
func (c *climb) findGroups() bool {
	for i := range c.groups.cols {
		o, ok := c.l.originOf(origin{c.groups.op, i})
		g, is := c.l.p.Ops[o.op].Spec.(*OpGroupBy)
		if !ok || !is || len(g.Key) == 0 || i > 0 && o.op != c.groupOp {
			return false
		}
		c.group, c.groupOp = g, o.op
	}
	if c.group == nil {
		return false
	}
	for _, p := range c.group.Key {
		if row.KeyLossy(c.l.p.Ops[c.group.In].Types[p]) {
			return false
		}
		c.key = append(c.key, -1)
	}
	return true
}

// groupCol is a column of groups as one of the operator that makes them.
func (c *climb) groupCol(i int) int {
	o, _ := c.l.originOf(origin{c.groups.op, i})
	return o.col
}

// findKeys matches the join's keys with the group's: they equate columns that are
// the same column.
func (c *climb) findKeys(j *Join) bool {
	for _, k := range j.Keys {
		mine, its := c.rows.at(c.self(k).ID), c.groups.at(c.other(k).ID)
		if mine < 0 || its < 0 {
			return false
		}
		if g := c.groupCol(its); g < len(c.key) {
			if !c.sameOrigin(mine, c.group.Key[g]) {
				return false
			}
			c.key[g] = mine
			continue
		}
		if !c.isMost(its, mine) {
			return false
		}
		c.greats = true
	}
	for _, p := range c.key {
		if p < 0 {
			return false
		}
	}
	return true
}

// sameOrigin reports that a column of rows is one of what the groups read.
func (c *climb) sameOrigin(mine, read int) bool {
	a, ok1 := c.l.originOf(origin{c.rows.op, mine})
	b, ok2 := c.l.originOf(origin{c.group.In, read})
	return ok1 && ok2 && a == b
}

// isMost reports that a column of groups is the greatest value of one of rows,
// and notes it.
func (c *climb) isMost(its, mine int) bool {
	g := c.groupCol(its) - len(c.key)
	if g < 0 || c.value >= 0 && c.value != mine {
		return false
	}
	a := c.group.Aggs[g]
	if a.Kind != AggMax || a.Filter >= 0 || !c.sameOrigin(mine, a.Args[0]) {
		return false
	}
	c.value, c.same[its], c.most[its] = mine, mine, true
	return true
}

// findValue says which columns of rows the columns of groups equal, and that the
// rows grow.
func (c *climb) findValue() bool {
	for i, col := range c.groups.cols {
		g := c.groupCol(i)
		switch {
		case g < len(c.key):
			c.same[i] = c.key[g]
		case c.most[i]:
		default:
			found := false
			for mine := range c.rows.cols {
				if found = c.isMost(i, mine); found {
					break
				}
			}
			if !found {
				return false
			}
		}
		if c.rows.cols[c.same[i]].Type != col.Type {
			return false
		}
	}
	if c.value < 0 {
		return false
	}
	value, ok := c.l.originOf(origin{c.rows.op, c.value})
	grows := c.l.growthOf(value.op)
	if !ok || grows == nil || !grows.counts[value.col] {
		return false
	}
	for _, p := range c.key {
		if key, _ := c.l.originOf(origin{c.rows.op, p}); key.op != value.op || !grows.id[key.col] {
			return false
		}
	}
	return true
}

// readConditions looks for the one by which only the greatest join.
func (c *climb) readConditions(j *Join) bool {
	for _, on := range j.On {
		if c.isGreatest(on) {
			c.greats = true
			continue
		}
		if expr.CanError(on) || expr.VolatilityOf(on) >= expr.Volatile {
			return false
		}
		c.rest = append(c.rest, on)
	}
	return c.greats
}

func (c *climb) isGreatest(on Scalar) bool {
	op, left, right, ok := expr.AsComparison(on)
	if !ok {
		return false
	}
	cmp := op.Comparison
	l, ok1 := AsColumn(left)
	r, ok2 := AsColumn(right)
	if !ok1 || !ok2 {
		return false
	}
	if c.rows.at(l) != c.value {
		l, r, cmp = r, l, cmp.Commuted()
	}
	return c.rows.at(l) == c.value && c.most[c.groups.at(r)] && (cmp == fn.Ge || cmp == fn.Eq)
}
