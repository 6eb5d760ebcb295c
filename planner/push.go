package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// pusher pushes the set D of bindings down a tree.
type pusher struct {
	d      *decorrelator
	outer  []Col // the columns that the tree reads and D makes
	domain Node  // D, under the outer columns' own numbers
	// works are the recursive queries that are being pushed into, by their old
	// numbers: their working tables have bindings already.
	works map[WorkID]WorkID
	// guarded: what may fail is computed for rows of D only, whether it reads them
	// or not.
	guarded bool
	done    map[Node]pushed
}

// pushed is a tree of D x n and the columns of D in it.
type pushed struct {
	tree Node
	cols []Col
}

// binding makes D once more under new numbers.
func (p *pusher) binding() (Node, []Col) {
	items := make([]Item, len(p.outer))
	cols := make([]Col, len(p.outer))
	for i, c := range p.outer {
		cols[i] = p.d.q.NewCol(c.Name, c.Type)
		items[i] = Item{Col: cols[i], Expr: ColumnExpr(c)}
	}
	return &Project{Input: p.domain, Items: items}, cols
}

// reads reports that D must be pushed into a tree.
func (p *pusher) reads(n Node) bool {
	return p.d.outer.of(n).Meets(ColsOf(p.outer)) || p.readsWork(n) || p.guarded && MayFail(n)
}

// rename is the substitution of the outer columns by one binding's.
func (p *pusher) rename(to []Col) map[ColID]Scalar {
	by := make(map[ColID]Scalar, len(to))
	for i, c := range p.outer {
		by[c.ID] = ColumnExpr(to[i])
	}
	return by
}

// exprs replaces the outer columns in a node's own expressions.
func (p *pusher) exprs(n Node, to []Col) Node {
	e := n.Exprs()
	if len(e) == 0 {
		return n
	}
	return n.WithExprs(SubstituteAll(e, p.rename(to)))
}

// pusher prepares the bindings of the given columns of a tree. They are made from
// the smallest part of it that has the same ones: what stands above in a chain of
// scalar subqueries would double with each.
func (d *decorrelator) pusher(left Node, cols []Col) *pusher {
	need := ColsOf(cols)
	for {
		switch n := left.(type) {
		case *Project:
			passed := ColSet{}
			for _, it := range n.Items {
				if it.Passes() {
					passed.add(it.Col.ID)
				}
			}
			if need.Within(passed) {
				left = n.Input
				continue
			}
		case *Join:
			if n.Kind == JoinLeft && need.Within(ColsOf(n.Left.Columns())) {
				left = n.Left
				continue
			}
		}
		return &pusher{d: d, outer: cols, domain: &Distinct{Input: Keep(left, cols)}, done: map[Node]pushed{}}
	}
}

// push returns the tree of D x n (the columns of n beside those of D, for each
// binding in D the rows that n has under it), and the columns of D in it. What an
// inner Apply became reads its left side twice, the second time for its bindings:
// D goes into it once, and the other reader has the columns of D under other
// numbers. Were each pushed into, subqueries within subqueries would double the
// tree at each level.
func (p *pusher) push(n Node) (Node, []Col) {
	if !p.reads(n) {
		dom, cols := p.binding()
		if IsUnit(n) {
			return dom, cols
		}
		return &Join{Kind: JoinInner, Left: dom, Right: n}, cols
	}
	if len(p.works) > 0 {
		return p.pushInto(n)
	}
	if was, ok := p.done[n]; ok {
		cols := p.fresh(was.cols)
		items := make([]Item, len(cols))
		for i, c := range cols {
			items[i] = Item{Col: c, Expr: ColumnExpr(was.cols[i])}
		}
		return &Project{Input: was.tree, Items: append(items, passAll(n.Columns())...)}, cols
	}
	out, cols := p.pushInto(n)
	p.done[n] = pushed{out, cols}
	return out, cols
}

func (p *pusher) pushInto(n Node) (Node, []Col) {
	switch n := n.(type) {
	case *Filter:
		in, cols := p.push(n.Input)
		return p.exprs(n.WithChildren(in), cols), cols
	case *Project:
		in, cols := p.push(n.Input)
		out := p.exprs(n.WithChildren(in), cols).(*Project)
		return &Project{Input: in, Items: append(passAll(cols), out.Items...)}, cols
	case *Values:
		return p.pushValues(n)
	case *Join:
		return p.pushJoin(n)
	case *Aggregate:
		return p.pushAggregate(n)
	case *Distinct:
		in, cols := p.push(n.Input)
		return &Distinct{Input: Keep(in, append(cols[:len(cols):len(cols)], n.Columns()...))}, cols
	case *SetOp:
		return p.pushSetOp(n)
	case *TopK:
		in, cols := p.push(n.Input)
		out := *n
		out.Input, out.Partition = in, append(cols[:len(cols):len(cols)], n.Partition...)
		return &out, cols
	case *Over:
		in, cols := p.push(n.Input)
		out := *n
		out.Input, out.Partition = in, append(cols[:len(cols):len(cols)], n.Partition...)
		return &out, cols
	case *MaxOne:
		in, cols := p.push(n.Input)
		return &MaxOne{Input: in, Group: append(cols[:len(cols):len(cols)], n.Group...)}, cols
	case *TableFunc:
		in, cols := p.push(n.Input)
		return p.exprs(n.WithChildren(in), cols), cols
	case *Recursive:
		return p.pushRecursive(n)
	case *Working:
		return p.pushWorking(n)
	}
	p.d.err = pgerr.New(pgerr.InternalError, "no rule to decorrelate %s", n.Describe())
	return n, p.outer
}

func passAll(cols []Col) []Item {
	items := make([]Item, len(cols))
	for i, c := range cols {
		items[i] = Pass(c)
	}
	return items
}

// pushValues: each row is a projection of D, and the rows are added up.
func (p *pusher) pushValues(v *Values) (Node, []Col) {
	var out Node
	var bound []Col
	for _, cells := range v.Rows {
		dom, cols := p.binding()
		items := passAll(cols)
		made := make([]Col, len(v.Cols))
		for i, c := range v.Cols {
			made[i] = p.d.q.NewCol(c.Name, c.Type)
			items = append(items, Item{Col: made[i], Expr: Substitute(cells[i], p.rename(cols))})
		}
		arm := Node(&Project{Input: dom, Items: items})
		armCols := append(cols[:len(cols):len(cols)], made...)
		if out == nil {
			out, bound = arm, armCols
			continue
		}
		all := p.fresh(armCols)
		out = &SetOp{Kind: Union, All: true, Left: out, Right: arm, LeftCols: bound, RightCols: armCols, Cols: all}
		bound = all
	}
	items := passAll(bound[:len(p.outer)])
	for i, c := range v.Cols {
		items = append(items, Item{Col: c, Expr: ColumnExpr(bound[len(p.outer)+i])})
	}
	return &Project{Input: out, Items: items}, bound[:len(p.outer):len(p.outer)]
}

func (p *pusher) fresh(cols []Col) []Col {
	out := make([]Col, len(cols))
	for i, c := range cols {
		out[i] = p.d.q.NewCol(c.Name, c.Type)
	}
	return out
}

// pushJoin sends D into the sides that read it. Where both do, or where the
// right side's rows may be missing, the sides meet under the same binding.
func (p *pusher) pushJoin(j *Join) (Node, []Col) {
	if j.Kind == JoinNullAnti {
		// Under a binding the condition is no longer the whole of the join.
		on := append([]Scalar(nil), j.On...)
		for _, k := range j.Keys {
			on = append(on, &expr.Distinct{Left: ColumnExpr(k.Left), Right: ColumnExpr(k.Right), Eq: equality(k.Left.Type), Not: true, At: -1})
		}
		cond := &expr.IsTruth{Arg: expr.Conjunction(on...), Test: expr.IsFalse, Not: true, At: -1}
		j = &Join{Kind: JoinAnti, Left: j.Left, Right: j.Right, On: []Scalar{cond}}
	}
	readsLeft, readsRight := p.reads(j.Left), p.reads(j.Right)
	if j.Kind == JoinInner && !readsLeft && readsRight {
		right, cols := p.push(j.Right)
		return p.exprs(&Join{Kind: j.Kind, Left: j.Left, Right: right, Keys: j.Keys, On: j.On}, cols), cols
	}
	if j.Kind == JoinRight && !readsLeft && !ExprCols(j.On...).Meets(ColsOf(p.outer)) {
		right, cols := p.push(j.Right)
		return j.WithChildren(j.Left, right), cols
	}
	left, cols := p.push(j.Left)
	if !readsRight && j.Kind != JoinRight && j.Kind != JoinFull {
		return p.exprs(&Join{Kind: j.Kind, Left: left, Right: j.Right, Keys: j.Keys, On: j.On}, cols), cols
	}
	return p.pushBoth(j, left, cols)
}

func (p *pusher) pushBoth(j *Join, left Node, cols []Col) (Node, []Col) {
	right, rcols := p.push(j.Right)
	out := p.exprs(&Join{Kind: j.Kind, Left: left, Right: right, On: j.On}, cols).(*Join)
	for i := range cols {
		out.Keys = append(out.Keys, JoinKey{Left: cols[i], Right: rcols[i], NullsEqual: true})
	}
	for _, k := range j.Keys {
		if k.NullsEqual {
			out.Keys = append(out.Keys, k)
			continue
		}
		eq := &expr.Call{Func: equality(k.Left.Type), Args: []Scalar{ColumnExpr(k.Left), ColumnExpr(k.Right)}, Typ: row.T(row.Bool), At: -1}
		out.On = append([]Scalar{eq}, out.On...)
	}
	switch j.Kind {
	case JoinRight:
		return out, rcols
	case JoinFull:
		// Of the two bindings one may be of a row that is not there.
		both := make([]Col, len(cols))
		items := passAll(j.Columns())
		present := p.d.q.NewCol("present", row.T(row.Bool))
		out.Left = Extend(out.Left, Item{Col: present, Expr: expr.BoolConst(true)})
		for i := range cols {
			both[i] = p.d.q.NewCol(cols[i].Name, cols[i].Type)
			pick := &expr.Case{
				Whens: []expr.When{{Cond: &expr.IsNull{Arg: ColumnExpr(present), At: -1}, Then: ColumnExpr(rcols[i])}},
				Else:  ColumnExpr(cols[i]), Typ: cols[i].Type, At: -1,
			}
			items = append(items, Item{Col: both[i], Expr: pick})
		}
		return &Project{Input: out, Items: items}, both
	}
	return out, cols
}

// pushAggregate groups by the binding too. An aggregate without groups has a row
// under every binding, so that D itself says which rows there are; where the
// group is missing, its value is that of no rows.
func (p *pusher) pushAggregate(a *Aggregate) (Node, []Col) {
	in, cols := p.push(a.Input)
	agg := p.exprs(&Aggregate{Input: in, Group: append(cols[:len(cols):len(cols)], a.Group...), Aggs: a.Aggs}, cols).(*Aggregate)
	if len(a.Group) > 0 {
		return agg, cols
	}
	dom, bound := p.binding()
	j := &Join{Kind: JoinLeft, Left: dom}
	for i := range bound {
		j.Keys = append(j.Keys, JoinKey{Left: bound[i], Right: cols[i], NullsEqual: true})
	}
	items := passAll(bound)
	aggs := append([]Agg(nil), agg.Aggs...)
	for i, g := range aggs {
		if !g.Func.zeroOnEmpty() {
			items = append(items, Pass(g.Col))
			continue
		}
		aggs[i].Col = p.d.q.NewCol(g.Col.Name, g.Col.Type)
		items = append(items, Item{Col: g.Col, Expr: zeroIfNull(aggs[i].Col)})
	}
	j.Right = &Aggregate{Input: agg.Input, Group: agg.Group, Aggs: aggs}
	return &Project{Input: j, Items: items}, bound
}

func (p *pusher) pushSetOp(s *SetOp) (Node, []Col) {
	left, lcols := p.push(s.Left)
	right, rcols := p.push(s.Right)
	cols := p.fresh(lcols)
	out := *s
	out.Left, out.Right = left, right
	out.LeftCols = append(lcols[:len(lcols):len(lcols)], s.LeftCols...)
	out.RightCols = append(rcols[:len(rcols):len(rcols)], s.RightCols...)
	out.Cols = append(cols[:len(cols):len(cols)], s.Cols...)
	return &out, cols
}
