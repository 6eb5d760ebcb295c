package planner

import (
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// join lowers a join. Operators know equality of keys; a residual condition they
// know only of an inner join. The other kinds are made of an inner join and the
// rows that it left unmatched.
func (l *lowerer) join(n *Join) stream {
	n = l.eventKeyFirst(n)
	left, right := l.node(n.Left), l.node(n.Right)
	if l.err != nil {
		return stream{cols: n.Columns()}
	}
	if n.Kind == JoinNullAnti && (len(n.On) > 0 || len(n.Keys) != 1) {
		return l.antiByCondition(n)
	}
	if len(n.On) == 0 {
		return l.plainJoin(n, left, right)
	}
	switch n.Kind {
	case JoinInner:
		return l.plainJoin(n, left, right)
	case JoinSemi, JoinAnti:
		matched := l.matched(n, n.Left, left, right)
		return l.semi(n.Kind, left, matched, n)
	}
	return l.outerByParts(n, left, right)
}

// antiByCondition is NOT IN over several columns, or over a comparison that is no
// key: the rows for which the condition is false for all right rows.
func (l *lowerer) antiByCondition(n *Join) stream {
	on := append([]Scalar(nil), n.On...)
	for _, k := range n.Keys {
		on = append(on, &expr.Call{Func: equality(k.Left.Type), Args: []Scalar{ColumnExpr(k.Left), ColumnExpr(k.Right)}, Typ: row.T(row.Bool), At: -1})
	}
	cond := &expr.IsTruth{Arg: expr.Conjunction(on...), Test: expr.IsFalse, Not: true, At: -1}
	return l.join(&Join{Kind: JoinAnti, Left: n.Left, Right: n.Right, On: []Scalar{cond}})
}

// plainJoin is a join on keys alone; an inner one may have a residual.
func (l *lowerer) plainJoin(n *Join, left, right stream) stream {
	lk, rk := l.joinKeys(n, left, right)
	if n.Kind.OneSided() {
		return l.semiOn(n, left, right, lk, rk)
	}
	ofLeft, ofRight := func(k JoinKey) Col { return k.Left }, func(k JoinKey) Col { return k.Right }
	if s, ok := l.peaks(n, n.Left, left, right, ofLeft, ofRight); ok {
		return s
	}
	if s, ok := l.peaks(n, n.Right, right, left, ofRight, ofLeft); ok {
		return s
	}
	left = l.contenders(n, left, n.Left, n.Right, ofLeft, ofRight)
	right = l.contenders(n, right, n.Right, n.Left, ofRight, ofLeft)
	left, right = l.spread(n.Kind, left, right, lk, rk)
	part := l.part(left)
	lx, rx := l.expireJoin(n)
	la, ra := l.arrange(left, lk, lx), l.arrange(right, rk, rx)
	cols := append(append([]Col(nil), left.cols...), right.cols...)
	if part.Kind == PartHash && (n.Kind == JoinRight || n.Kind == JoinFull) {
		part = Part{} // rows without a left side are not where their NULLs would be
	}
	spec := &OpJoin{Kind: n.Kind, Left: la, Right: ra, NullsEqual: n.NullsEqual()}
	spec.Residual = l.exprs(n.On, stream{cols: cols})
	if len(n.On) == 0 {
		spec.Residual = nil
	}
	return l.emit(spec, cols, l.propsOf(n, cols), part)
}

func (l *lowerer) joinKeys(n *Join, left, right stream) (lk, rk []int) {
	for _, k := range n.Keys {
		lk = append(lk, l.positions(left, []Col{k.Left})...)
		rk = append(rk, l.positions(right, []Col{k.Right})...)
	}
	return lk, rk
}

// spread puts equal keys on one shard. Without keys every row meets every row:
// the right side goes to all shards if the join is inner, else both to one.
func (l *lowerer) spread(kind JoinKind, left, right stream, lk, rk []int) (stream, stream) {
	if len(lk) > 0 {
		if l.part(left).Kind == PartGathered && l.part(right).Kind == PartGathered {
			return left, right
		}
		return l.exchangeExactly(left, lk), l.exchangeExactly(right, rk)
	}
	if kind != JoinInner || l.part(left).Kind == PartGathered {
		return l.gather(left), l.gather(right)
	}
	return left, l.broadcast(right)
}

func (l *lowerer) broadcast(in stream) stream {
	if l.err != nil {
		return in
	}
	return l.emit(&OpBroadcast{In: in.op}, in.cols, l.rowProps(in), Part{Kind: PartBroadcast})
}

func (l *lowerer) arrange(in stream, key []int, ends *Expire) OpID {
	if l.err != nil {
		return 0
	}
	spec, props := &OpArrange{In: in.op, Key: key}, l.rowProps(in)
	if props.Expire = ends; ends != nil {
		spec.Ends = fmt.Sprintf("%d %d %s", ends.Rel, ends.KeyCol, ends.text())
	}
	return l.emit(spec, in.cols, props, l.part(in)).op
}

// semiOn is a semi or anti join on the join's keys.
func (l *lowerer) semiOn(n *Join, left, right stream, lk, rk []int) stream {
	if n.Kind == JoinNullAnti {
		right = l.broadcast(right)
	} else {
		left, right = l.spread(JoinSemi, left, right, lk, rk)
	}
	spec := &OpSemi{Kind: n.Kind, Left: l.arrange(left, lk, nil), Right: l.arrange(right, rk, nil), NullsEqual: n.NullsEqual()}
	return l.emit(spec, left.cols, l.propsOf(n, left.cols), l.part(left))
}

// matched are the rows of one side, each once, that the inner join of n with its
// residual pairs with any row of the other.
func (l *lowerer) matched(n *Join, side Node, left, right stream) stream {
	inner := &Join{Kind: JoinInner, Left: n.Left, Right: n.Right, Keys: n.Keys, On: n.On}
	j := l.plainJoin(inner, left, right)
	in := l.project(j, l.identity(side), nil)
	in = l.exchange(in, allPositions(len(in.cols)))
	return l.emit(&OpDistinct{In: in.op}, in.cols, Props{Keys: [][]int{allPositions(len(in.cols))}}, l.part(in))
}

// identity are columns that tell a side's different rows apart: a unique key, or
// all of them (rows alike in all have the same matches).
func (l *lowerer) identity(side Node) []Col {
	cols := side.Columns()
	best := ColsOf(cols)
	for _, k := range Keys(side) {
		if k.Len() < best.Len() && !k.Empty() {
			best = k
		}
	}
	var out []Col
	seen := ColSet{}
	for _, c := range cols {
		if best.Has(c.ID) && !seen.Has(c.ID) {
			seen.add(c.ID)
			out = append(out, c)
		}
	}
	return out
}

// semi keeps the rows of a side that are, or are not, among the matched.
func (l *lowerer) semi(kind JoinKind, side, matched stream, n Node) stream {
	key := l.positions(side, matched.cols)
	mk := allPositions(len(key))
	if len(key) == 0 {
		side, matched = l.gather(side), l.gather(matched)
	} else {
		side, matched = l.exchangeExactly(side, key), l.exchangeExactly(matched, mk)
	}
	spec := &OpSemi{Kind: kind, Left: l.arrange(side, key, nil), Right: l.arrange(matched, mk, nil), NullsEqual: true}
	return l.emit(spec, side.cols, l.propsOf(n, side.cols), l.part(side))
}

// outerByParts is an outer join with a residual: the inner join, and the rows of
// the kept sides that it left unmatched, filled up with NULLs.
func (l *lowerer) outerByParts(n *Join, left, right stream) stream {
	inner := &Join{Kind: JoinInner, Left: n.Left, Right: n.Right, Keys: n.Keys, On: n.On}
	cols := n.Columns()
	in := []OpID{l.project(l.plainJoin(inner, left, right), cols, nil).op}
	if n.Kind == JoinLeft || n.Kind == JoinFull {
		rest := l.semi(JoinAnti, left, l.matched(n, n.Left, left, right), n.Left)
		in = append(in, l.filledUp(rest, cols).op)
	}
	if n.Kind == JoinRight || n.Kind == JoinFull {
		rest := l.semi(JoinAnti, right, l.matched(n, n.Right, left, right), n.Right)
		in = append(in, l.filledUp(rest, cols).op)
	}
	return l.emit(&OpUnion{In: in}, cols, l.propsOf(n, cols), Part{})
}

// filledUp computes the given columns, those that the stream lacks as NULL.
func (l *lowerer) filledUp(in stream, cols []Col) stream {
	step := &StepProject{}
	for _, c := range cols {
		step.Names = append(step.Names, c.Name)
		if p := in.at(c.ID); p >= 0 {
			step.Exprs = append(step.Exprs, &expr.ColRef{Index: p, Typ: c.Type, Name: c.Name, At: -1})
		} else {
			step.Exprs = append(step.Exprs, expr.NullConst(c.Type))
		}
	}
	return l.step(in, step, cols, Props{}, Part{})
}
