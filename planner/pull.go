package planner

// pull takes the predicates that read outer columns out of a tree: the tree is
// the same as a filter by them over the tree returned. It reports false when
// outer columns are read elsewhere, or where a predicate cannot pass.
func (d *decorrelator) pull(n Node, outer ColSet) (Node, []Scalar, bool) {
	if !d.outer.of(n).Meets(outer) {
		return n, nil, true
	}
	switch n := n.(type) {
	case *Filter:
		in, preds, ok := d.pull(n.Input, outer)
		if !ok {
			return nil, nil, false
		}
		var keep []Scalar
		for _, p := range n.Preds {
			if ExprCols(p).Meets(outer) {
				preds = append(preds, p)
			} else {
				keep = append(keep, p)
			}
		}
		return NewFilter(in, keep...), preds, true
	case *Project:
		return d.pullProject(n, outer)
	case *Join:
		return d.pullJoin(n, outer)
	case *MaxOne:
		return d.pullMaxOne(n, outer)
	case *Distinct:
		return d.pullDistinct(n, outer)
	}
	return nil, nil, false
}

// pullDistinct: rows are alike under a binding if they are alike beside the
// columns that the predicates hold equal to it.
func (d *decorrelator) pullDistinct(n *Distinct, outer ColSet) (Node, []Scalar, bool) {
	in, preds, ok := d.pull(n.Input, outer)
	if !ok {
		return nil, nil, false
	}
	if _, _, ok := equalities(preds, outer); !ok {
		return nil, nil, false
	}
	return &Distinct{Input: in}, preds, true
}

// equalities reads predicates as "column = something of the outer row", each of
// one type and each column once; false if one is something else.
func equalities(preds []Scalar, outer ColSet) (cols []ColID, values []Scalar, ok bool) {
	var seen ColSet
	for _, p := range preds {
		l, r, is := AsEquality(p)
		if !is || l.Type().Base() != r.Type().Base() {
			return nil, nil, false
		}
		if !ExprCols(r).Within(outer) {
			l, r = r, l
		}
		id, isCol := AsColumn(l)
		if !isCol || outer.Has(id) || seen.Has(id) || !ExprCols(r).Within(outer) {
			return nil, nil, false
		}
		seen.add(id)
		cols, values = append(cols, id), append(values, r)
	}
	return cols, values, true
}

// pullProject hands on the columns that the predicates need as well.
func (d *decorrelator) pullProject(p *Project, outer ColSet) (Node, []Scalar, bool) {
	if ExprCols(p.Exprs()...).Meets(outer) {
		return nil, nil, false
	}
	in, preds, ok := d.pull(p.Input, outer)
	if !ok {
		return nil, nil, false
	}
	items := append([]Item(nil), p.Items...)
	have := ColsOf(p.Columns())
	need := ExprCols(preds...)
	for _, c := range in.Columns() {
		if need.Has(c.ID) && !have.Has(c.ID) {
			items = append(items, Pass(c))
		}
	}
	return &Project{Input: in, Items: items}, preds, true
}

// pullJoin passes predicates of an inner join's both sides, and of the left side
// of a join that keeps or drops left rows as they are.
func (d *decorrelator) pullJoin(j *Join, outer ColSet) (Node, []Scalar, bool) {
	left, preds, ok := d.pull(j.Left, outer)
	if !ok {
		return nil, nil, false
	}
	if j.Kind == JoinInner {
		right, more, ok := d.pull(j.Right, outer)
		if !ok {
			return nil, nil, false
		}
		preds = append(preds, more...)
		var keep []Scalar
		for _, p := range j.On {
			if ExprCols(p).Meets(outer) {
				preds = append(preds, p)
			} else {
				keep = append(keep, p)
			}
		}
		return &Join{Kind: j.Kind, Left: left, Right: right, Keys: j.Keys, On: keep}, preds, true
	}
	if j.Kind == JoinRight || j.Kind == JoinFull || d.outer.of(j.Right).Meets(outer) || ExprCols(j.On...).Meets(outer) {
		return nil, nil, false
	}
	return &Join{Kind: j.Kind, Left: left, Right: j.Right, Keys: j.Keys, On: j.On}, preds, true
}

// pullMaxOne: the check can go when the predicates fix a unique key, since then
// each outer row meets one row at most.
func (d *decorrelator) pullMaxOne(m *MaxOne, outer ColSet) (Node, []Scalar, bool) {
	if len(m.Group) > 0 {
		return nil, nil, false
	}
	in, preds, ok := d.pull(m.Input, outer)
	if !ok {
		return nil, nil, false
	}
	var fixed ColSet
	for _, p := range preds {
		if l, r, is := AsEquality(p); is {
			for _, pair := range [2][2]Scalar{{l, r}, {r, l}} {
				if id, is := AsColumn(pair[0]); is && ExprCols(pair[1]).Within(outer) {
					fixed.add(id)
				}
			}
		}
	}
	if !HasKey(in, fixed) {
		return nil, nil, false
	}
	return in, preds, true
}
