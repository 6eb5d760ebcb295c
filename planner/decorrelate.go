package planner

import "github.com/tarndb/tarn/sql/expr"

// Decorrelate removes every Apply from the query (T. Neumann, A. Kemper:
// Unnesting Arbitrary Queries, BTW 2015).
//
// An Apply whose right side reads nothing of the left is a join. One whose right
// side can hand its correlated predicates up is a join on them. For any other,
// the right side is evaluated for each different binding of the columns that it
// reads: a set D of bindings, made from the left side, is pushed down the right
// side until nothing reads the outer columns, and the result is joined back to
// the left on them.
func Decorrelate(q *Query) error {
	d := &decorrelator{q: q, outer: outerSets{}}
	root := d.node(q.Root)
	if d.err != nil {
		return d.err
	}
	q.Root = root
	return nil
}

type decorrelator struct {
	q     *Query
	outer outerSets
	err   error
}

// node works from the leaves up, so that below an Apply there is no other. What
// an inner one reads of further out is still outer in the joins it became.
func (d *decorrelator) node(n Node) Node {
	return Rewrite(n, func(n Node) Node {
		a, ok := n.(*Apply)
		if !ok || d.err != nil {
			return n
		}
		return d.apply(a)
	})
}

func (d *decorrelator) apply(a *Apply) Node {
	if len(a.When) > 0 {
		return d.guarded(a)
	}
	outer := d.outer.of(a.Right).Intersect(ColsOf(a.Left.Columns()))
	if outer.Empty() {
		return &Join{Kind: a.Kind, Left: a.Left, Right: a.Right, On: a.On}
	}
	if a.Kind == JoinNullAnti {
		// NOT IN over a correlated subquery: no row for which the comparison is
		// true or unknown.
		cond := &expr.IsTruth{Arg: expr.Conjunction(a.On...), Test: expr.IsFalse, Not: true, At: -1}
		a = &Apply{Kind: JoinAnti, Left: a.Left, Right: a.Right, On: []Scalar{cond}}
	}
	if n := d.hoist(a); n != nil {
		return n
	}
	if n := d.scalarAggregate(a, outer); n != nil {
		return n
	}
	if right, preds, ok := d.pull(a.Right, outer); ok {
		j := &Join{Kind: a.Kind, Left: a.Left, Right: right, On: append(preds, a.On...)}
		return Keep(j, a.Columns())
	}
	return d.dependent(a, outer)
}

// hoist takes what computes columns off the right side of an inner Apply and puts
// it above: what it reads is all there. It returns nil where that does not apply.
func (d *decorrelator) hoist(a *Apply) Node {
	if a.Kind != JoinInner {
		return nil
	}
	var out Node
	switch r := a.Right.(type) {
	case *Project:
		in := d.apply(&Apply{Kind: JoinInner, Left: a.Left, Right: r.Input})
		out = &Project{Input: in, Items: append(passAll(a.Left.Columns()), r.Items...)}
	case *TableFunc:
		in := a.Left
		if !IsUnit(r.Input) {
			in = d.apply(&Apply{Kind: JoinInner, Left: a.Left, Right: r.Input})
		}
		out = r.WithChildren(in)
	default:
		return nil
	}
	return Keep(NewFilter(out, a.On...), a.Columns())
}

// dependent joins the left side with D x right.
func (d *decorrelator) dependent(a *Apply, outer ColSet) Node {
	var cols []Col
	for _, c := range a.Left.Columns() {
		if outer.Has(c.ID) {
			cols = append(cols, c)
		}
	}
	p := d.pusher(a.Left, cols)
	right, bound := p.push(a.Right)
	j := &Join{Kind: a.Kind, Left: a.Left, Right: right, On: a.On}
	for i, c := range cols {
		j.Keys = append(j.Keys, JoinKey{Left: c, Right: bound[i], NullsEqual: true})
	}
	return Keep(j, a.Columns())
}
