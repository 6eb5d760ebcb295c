package planner

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// aggregate computes arguments and filters below a GroupBy. An argument that is
// just a column, or that two calls share, is not computed twice.
func (l *lowerer) aggregate(n *Aggregate) stream {
	n = l.eventColFirst(n)
	in := l.node(n.Input)
	c := &argCollector{l: l, in: in}
	c.cols = append(c.cols, n.Group...)
	spec := &OpGroupBy{Key: allPositions(len(n.Group))}
	for _, g := range n.Aggs {
		a := OpAgg{Func: g.Func.Aggregate, ArgTypes: g.Func.Args, Type: g.Func.Type, Filter: -1, Distinct: g.Distinct, Kind: aggKind(g.Func)}
		// min and max are the same over each different value.
		if a.Kind == AggMin || a.Kind == AggMax {
			a.Distinct = false
		}
		for _, e := range g.Args {
			a.Args = append(a.Args, c.add(guarded(e, g.Filter)))
		}
		if g.Filter != nil {
			a.Filter = c.add(g.Filter)
		}
		for _, o := range g.Order {
			a.Order = append(a.Order, PosSort{Col: c.add(guarded(o.Expr, g.Filter)), Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		spec.Aggs = append(spec.Aggs, a)
	}
	args := l.project(in, c.cols, c.items)
	if l.err != nil {
		return stream{cols: n.Columns()}
	}
	args = l.exchange(args, spec.Key)
	spec.In = args.op
	cols := n.Columns()
	props := l.propsOf(n, cols)
	props.Expire = l.expireBy(l.eventsOf(n.Input), n.Group)
	return l.emit(spec, cols, props, l.part(args))
}

// guarded computes an argument that may fail only where the call's filter is
// true, since a row that the filter keeps out cannot fail in PostgreSQL either.
func guarded(arg, filter Scalar) Scalar {
	if filter == nil || !expr.CanError(arg) {
		return arg
	}
	return &expr.Case{Whens: []expr.When{{Cond: filter, Then: arg}}, Typ: arg.Type(), At: arg.Pos()}
}

func aggKind(f *AggFunc) AggKind {
	return map[fn.AggKind]AggKind{fn.Invertible: AggInvertible, fn.Min: AggMin, fn.Max: AggMax, fn.Ordered: AggOrdered}[f.Kind]
}

// argCollector gathers the columns that a GroupBy reads.
type argCollector struct {
	l     *lowerer
	in    stream
	cols  []Col  // handed on
	items []Item // computed, behind them
	names []string
}

func (c *argCollector) add(e Scalar) int {
	name := "#" + e.String()
	for i, have := range c.names {
		if have == name {
			return len(c.cols) + i
		}
	}
	if id, ok := AsColumn(e); ok && len(c.items) == 0 {
		for i, col := range c.cols {
			if col.ID == id {
				return i
			}
		}
	}
	label := "arg"
	if ref, ok := e.(*expr.ColRef); ok {
		label = ref.Name
	}
	c.items = append(c.items, Item{Col: c.l.q.NewCol(label, e.Type()), Expr: e})
	c.names = append(c.names, name)
	return len(c.cols) + len(c.items) - 1
}

func (l *lowerer) setOp(n *SetOp) stream {
	arm := func(in Node, cols []Col) stream {
		s := l.pickColumns(l.node(in), cols)
		s.cols = n.Cols
		return s
	}
	left, right := arm(n.Left, n.LeftCols), arm(n.Right, n.RightCols)
	if l.err != nil {
		return left
	}
	props := l.propsOf(n, n.Cols)
	if n.Kind == Union {
		u := l.emit(&OpUnion{In: l.arms(n, left, right)}, n.Cols, Props{AppendOnly: props.AppendOnly}, l.unionPart(left, right))
		if n.All {
			return u
		}
		u = l.exchange(u, allPositions(len(n.Cols)))
		return l.emit(&OpDistinct{In: u.op}, n.Cols, props, l.part(u))
	}
	all := allPositions(len(n.Cols))
	if len(all) == 0 {
		left, right = l.gather(left), l.gather(right)
	} else {
		left, right = l.exchangeExactly(left, all), l.exchangeExactly(right, all)
	}
	return l.emit(&OpSetOp{Kind: n.Kind, All: n.All, Left: left.op, Right: right.op}, n.Cols, props, l.part(left))
}

// arms flattens UNION ALL over UNION ALL: one sum of many.
func (l *lowerer) arms(n *SetOp, left, right stream) []OpID {
	var out []OpID
	for i, s := range []stream{left, right} {
		child, ok := n.Children()[i].(*SetOp)
		u, isUnion := l.p.Ops[s.op].Spec.(*OpUnion)
		if ok && child.All && child.Kind == Union && isUnion && u.Negate == nil {
			out = append(out, u.In...)
			continue
		}
		out = append(out, s.op)
	}
	return out
}

func (l *lowerer) unionPart(left, right stream) Part {
	if l.part(left).Kind == PartGathered && l.part(right).Kind == PartGathered {
		return Part{Kind: PartGathered}
	}
	return Part{}
}

// pickColumns is project for a list that may name a column twice.
func (l *lowerer) pickColumns(in stream, cols []Col) stream {
	seen := ColSet{}
	twice := false
	for _, c := range cols {
		twice = twice || seen.Has(c.ID)
		seen.add(c.ID)
	}
	if !twice {
		return l.project(in, cols, nil)
	}
	step := &StepProject{}
	for i, p := range l.positions(in, cols) {
		step.Exprs = append(step.Exprs, &expr.ColRef{Index: p, Typ: cols[i].Type, Name: cols[i].Name, At: -1})
		step.Names = append(step.Names, cols[i].Name)
	}
	return l.step(in, step, cols, Props{}, Part{})
}

func (l *lowerer) topK(n *TopK) stream {
	// Ties are broken by the rows, so the columns stand in the node's order.
	in := l.project(l.node(n.Input), n.Input.Columns(), nil)
	spec := &OpTopK{Rank: n.Rank.ID != 0, Ties: n.Ties, Limit: l.constLimit(n.Limit, "LIMIT", -1), Offset: l.constLimit(n.Offset, "OFFSET", 0)}
	if l.err != nil {
		return in
	}
	// In the order of a key, so that the rows of a view that has it need not move again.
	partition := slices.Clone(n.Partition)
	slices.SortFunc(partition, func(a, b Col) int { return l.positions(in, []Col{a})[0] - l.positions(in, []Col{b})[0] })
	spec.Partition = l.positions(in, partition)
	for _, o := range n.Order {
		spec.Order = append(spec.Order, PosSort{Col: l.positions(in, []Col{o.Col})[0], Desc: o.Desc, NullsFirst: o.NullsFirst})
	}
	if spec.Limit < 0 && spec.Offset == 0 && !spec.Rank {
		return in
	}
	in = l.exchange(in, spec.Partition)
	spec.In = in.op
	cols := n.Columns()
	props := l.propsOf(n, cols)
	props.Expire = l.expireBy(l.eventsOf(n.Input), partition)
	return l.emit(spec, cols, props, l.part(in))
}

// maxOne counts the rows of each group. Where there is one, the greatest value of
// each column is the column's value; where there are more, the check fails.
func (l *lowerer) maxOne(n *MaxOne) stream {
	in := l.node(n.Input)
	group := ColsOf(n.Group)
	var rest []Col
	for _, c := range n.Columns() {
		if !group.Has(c.ID) {
			rest = append(rest, c)
		}
	}
	in = l.project(in, append(n.Group[:len(n.Group):len(n.Group)], rest...), nil)
	if l.err != nil {
		return in
	}
	key := allPositions(len(n.Group))
	in = l.exchange(in, key)
	spec := &OpGroupBy{In: in.op, Key: key}
	max := MustAgg("max", row.T(row.Text))
	for i, c := range rest {
		spec.Aggs = append(spec.Aggs, OpAgg{
			Kind: AggMax, Func: max.Aggregate, ArgTypes: []row.Type{c.Type}, Type: c.Type, Args: []int{len(key) + i}, Filter: -1,
		})
	}
	count := MustAgg("count")
	spec.Aggs = append(spec.Aggs, OpAgg{Func: count.Aggregate, Type: count.Type, Filter: -1})
	rows := l.q.NewCol("rows", count.Type)
	cols := append(append(n.Group[:len(n.Group):len(n.Group)], rest...), rows)
	out := l.emit(spec, cols, Props{Keys: [][]int{key}}, l.part(in))
	check := &expr.Call{Func: atMostOne, Args: []Scalar{ColumnExpr(rows)}, Typ: row.T(row.Bool), At: -1}
	out = l.step(out, &StepFilter{Preds: l.exprs([]Scalar{check}, out)}, cols, Props{Keys: [][]int{key}}, l.part(out))
	return l.project(out, cols[:len(cols)-1], nil)
}
