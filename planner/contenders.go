package planner

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// A relation joined with the greatest value of each of its own groups:
//
//	SELECT b.* FROM bid b JOIN
//	  (SELECT max(price) AS most, window_end FROM TUMBLE(bid, at, '10 seconds') GROUP BY window_end) m
//	ON b.price = m.most AND b.at BETWEEN m.window_end - '10 seconds' AND m.window_end
//
// If the condition pairs a row with its own group only, a row that another of its
// group outdoes joins with nothing, and never will, because rows only come. Such
// rows need not be kept: OpContenders drops those that it knows of in front of the
// join's arrangement, which would otherwise keep every row for ever.
//
// Unsound where rows are taken back: an outdone row may become the greatest again.
// Unsound where the groups see fewer rows than the join: what outdoes a row must
// be in the group's extreme. So the groups read the relation unfiltered, and compute
// nothing that may fail (a row that fails is left out of its group), while the side
// of the join may be filtered as it likes.

// contention is what decides which rows of a side can join.
type contention struct {
	rel   *Relation
	rows  map[ColID]int // the side's columns that are attributes of rel
	group map[ColID]Scalar
	// value is the side's column that equals an extreme, and min which one it is.
	value Col
	min   bool
	// by are the attributes and windows by which the groups are made.
	by []Scalar
}

// contenders drops rows of a side of an inner join that the other side, groups of
// the same relation, can never join with. self is the column of a key that is the
// side's, other the other's.
func (l *lowerer) contenders(j *Join, in stream, side, groups Node, self, other func(JoinKey) Col) stream {
	if l.err != nil || j.Kind != JoinInner || j.NullsEqual() {
		return in
	}
	c := &contention{}
	agg := c.readGroups(groups)
	if agg == nil || !c.readSide(side) || !c.findValue(j, agg, self, other) {
		return in
	}
	var items []Item
	for _, e := range c.by {
		key := c.keyOf(j, e, self, other)
		if key == nil || key.Type().Phys() != row.PhysInt {
			return in
		}
		items = append(items, Item{Col: l.q.NewCol("key", key.Type()), Expr: key})
	}
	wide := l.project(in, in.cols, items)
	if l.err != nil {
		return in
	}
	spec := &OpContenders{In: wide.op, Value: wide.at(c.value.ID), Min: c.min}
	for i := range items {
		spec.Key = append(spec.Key, len(in.cols)+i)
	}
	out := l.emit(spec, wide.cols, l.rowProps(wide), l.part(wide))
	return l.project(out, in.cols, nil)
}

// readGroups finds the aggregate over the bare relation, and what its columns are
// over the relation's attributes.
func (c *contention) readGroups(n Node) *Aggregate {
	above := map[ColID]Scalar{} // what a projection above makes of the group's columns
	for {
		switch x := n.(type) {
		case *Filter:
			n = x.Input // fewer groups join with fewer rows
			continue
		case *Project:
			if len(above) > 0 {
				return nil
			}
			for _, it := range x.Items {
				above[it.Col.ID] = it.Expr
			}
			n = x.Input
			continue
		case *Aggregate:
			below := c.readRelation(x.Input)
			if below == nil || slices.ContainsFunc(x.Exprs(), expr.CanError) {
				return nil
			}
			c.group = map[ColID]Scalar{}
			for _, g := range x.Group {
				c.by = append(c.by, below[g.ID])
				c.group[g.ID] = below[g.ID]
			}
			for id, e := range above {
				c.group[id] = Substitute(e, c.group)
			}
			return x.WithExprs(SubstituteAll(x.Exprs(), below)).(*Aggregate)
		}
		return nil
	}
}

// readRelation is the columns of a projection of a scan, over the attributes: the
// column numbers of the expressions are attributes, less than 0.
func (c *contention) readRelation(n Node) map[ColID]Scalar {
	p, _ := n.(*Project)
	if p != nil {
		n = p.Input
	}
	s, ok := n.(*Scan)
	if !ok || !s.Rel.AppendOnly {
		return nil
	}
	c.rel = s.Rel
	attrs := map[ColID]Scalar{}
	for i, col := range s.Cols {
		attrs[col.ID] = &expr.ColRef{Index: attrIndex(s.Attrs[i]), Typ: col.Type, Name: col.Name, At: -1}
	}
	if p == nil {
		return attrs
	}
	out := map[ColID]Scalar{}
	for _, it := range p.Items {
		if expr.CanError(it.Expr) {
			return nil
		}
		out[it.Col.ID] = Substitute(it.Expr, attrs)
	}
	return out
}

// attrIndex numbers attributes so that they are not taken for columns.
func attrIndex(attr int) int { return -1 - attr }

func asAttr(e Scalar) (int, bool) {
	if e == nil {
		return 0, false
	}
	id, ok := AsColumn(e)
	return -1 - int(id), ok && id < 0
}

// readSide follows the side's columns to the relation's attributes.
func (c *contention) readSide(n Node) bool {
	switch n := n.(type) {
	case *Filter:
		return c.readSide(n.Input)
	case *Project:
		if !c.readSide(n.Input) {
			return false
		}
		out := map[ColID]int{}
		for _, it := range n.Items {
			if id, ok := AsColumn(it.Expr); ok {
				if a, ok := c.rows[id]; ok {
					out[it.Col.ID] = a
				}
			}
		}
		c.rows = out
		return true
	case *Scan:
		c.rows = map[ColID]int{}
		for i, col := range n.Cols {
			c.rows[col.ID] = n.Attrs[i]
		}
		return n.Rel.ID == c.rel.ID
	}
	return false
}

// findValue looks for a key that equals an attribute and its extreme.
func (c *contention) findValue(j *Join, agg *Aggregate, self, other func(JoinKey) Col) bool {
	extremes := map[ColID]Agg{}
	for _, g := range agg.Aggs {
		if g.Filter == nil && (g.Func.Kind == fn.Max || g.Func.Kind == fn.Min) && len(g.Args) == 1 {
			extremes[g.Col.ID] = g
		}
	}
	for _, k := range j.Keys {
		id := other(k).ID
		if e, ok := c.group[id]; ok {
			id, _ = AsColumn(e)
		}
		g, ok := extremes[id]
		if !ok || self(k).Type.Phys() != row.PhysInt {
			continue
		}
		attr, isAttr := asAttr(g.Args[0])
		if mine, ok := c.rows[self(k).ID]; ok && isAttr && mine == attr {
			c.value, c.min = self(k), g.Func.Kind == fn.Min
			return true
		}
	}
	return false
}

// keyOf is what makes the groups, over the side's columns: an attribute that the
// join equates, or a window in which the condition holds the row. nil for others.
func (c *contention) keyOf(j *Join, e Scalar, self, other func(JoinKey) Col) Scalar {
	if attr, ok := asAttr(e); ok {
		for _, k := range j.Keys {
			its, isAttr := asAttr(c.group[other(k).ID])
			if mine, ok := c.rows[self(k).ID]; ok && mine == attr && isAttr && its == attr {
				return ColumnExpr(self(k))
			}
		}
		return nil
	}
	w, attr, ok := asTumble(e)
	if !ok {
		return nil
	}
	var at Scalar
	low, high := false, false
	for _, on := range j.On {
		op, l, r, ok := expr.AsComparison(on)
		if !ok {
			continue
		}
		cmp := op.Comparison
		id, isCol := AsColumn(l)
		if mine, ok := c.rows[id]; !isCol || !ok || mine != attr {
			l, r, cmp = r, l, cmp.Commuted()
			id, isCol = AsColumn(l)
			if mine, ok := c.rows[id]; !isCol || !ok || mine != attr {
				continue
			}
		}
		past, ok := sinceStart(Substitute(r, c.group), e)
		if !ok || l.Type().Base() != r.Type().Base() {
			continue
		}
		low = low || (cmp == fn.Ge || cmp == fn.Gt) && past >= 0
		high = high || (cmp == fn.Le || cmp == fn.Lt) && past <= w.Size
		at = l
	}
	if !low || !high {
		return nil
	}
	// What stands where two windows meet may be in the bounds of both, and so may
	// infinity, where windows begin and end there: such rows have no key and stay.
	start := w.Start(at)
	return &expr.Case{
		Whens: []expr.When{{Cond: &expr.Call{Func: equality(at.Type()), Args: []Scalar{at, start}, Typ: row.T(row.Bool), At: -1}, Then: expr.NullConst(start.Type())}},
		Else:  start, Typ: start.Type(), At: -1,
	}
}

// asTumble takes the beginning of an attribute's window apart.
func asTumble(e Scalar) (w Windowing, attr int, ok bool) {
	c, is := e.(*expr.Call)
	if !is || c.Func != timestampWindows.start && c.Func != timestamptzWindows.start {
		return w, 0, false
	}
	slide, ok1 := constInt(c.Args[1])
	offset, ok2 := constInt(c.Args[2])
	attr, ok3 := asAttr(c.Args[0])
	return Windowing{Slide: slide, Size: slide, Offset: offset}, attr, ok1 && ok2 && ok3
}

// sinceStart tells by how much a bound is after the beginning of the window.
func sinceStart(e, start Scalar) (int64, bool) {
	if e.String() == start.String() {
		return 0, true
	}
	c, ok := e.(*expr.Call)
	if !ok || len(c.Args) != 2 {
		return 0, false
	}
	past, ok := sinceStart(c.Args[0], start)
	if !ok {
		return 0, false
	}
	if c.Func == timestampWindows.end || c.Func == timestamptzWindows.end {
		size, ok := constInt(c.Args[1])
		return past + size, ok
	}
	d, ok := AsConst(c.Args[1])
	if !ok || d.Null || !c.Func.Operator || !c.Args[1].Type().Is(row.Interval) {
		return 0, false
	}
	// Months and days are not always as long.
	v := datetime.DecodeInterval(d.B)
	if v.Months != 0 || v.Days != 0 {
		return 0, false
	}
	switch c.Func.Name {
	case "+":
		return past + v.Micros, true
	case "-":
		return past - v.Micros, true
	}
	return 0, false
}
