package oracle

import (
	"fmt"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// pairs decides which rows of two inputs go together.
type pairs struct {
	s           *scalars
	left, right *relation
	keys        []planner.JoinKey
	l, r        []int // of the keys
	on          []planner.Scalar
}

func (e *evaluator) join(n *planner.Join, v env) (*relation, error) {
	left, err := e.node(n.Left, v)
	if err != nil {
		return nil, err
	}
	right, err := e.node(n.Right, v)
	if err != nil {
		return nil, err
	}
	p := &pairs{left: left, right: right, keys: n.Keys, on: equalitiesFirst(n.On)}
	p.s = e.scalars(n, append(left.cols[:len(left.cols):len(left.cols)], right.cols...), v)
	for _, k := range n.Keys {
		p.l, p.r = append(p.l, left.position(k.Left.ID)), append(p.r, right.position(k.Right.ID))
	}
	out := &relation{cols: n.Columns()}
	matched := make([]bool, len(right.rows))
	for _, l := range left.rows {
		hits, err := p.matches(n.Kind, l, right.rows)
		if err != nil {
			return nil, err
		}
		for _, i := range hits {
			matched[i] = true
		}
		out.rows = append(out.rows, combine(n.Kind, l, right, hits)...)
	}
	if n.Kind == planner.JoinRight || n.Kind == planner.JoinFull {
		for i, r := range right.rows {
			if !matched[i] {
				out.rows = append(out.rows, join(nulls(len(left.cols)), r))
			}
		}
	}
	return out, nil
}

// matches lists the right rows that match a left row; for the null-aware anti
// join, those that are not different for certain.
func (p *pairs) matches(kind planner.JoinKind, l row.Row, right []row.Row) ([]int, error) {
	var hits []int
	for i, r := range right {
		var ok bool
		var failed, err error
		if kind == planner.JoinNullAnti {
			ok, failed, err = p.mayEqual(l, r)
		} else {
			ok, failed, err = p.match(l, r)
		}
		if err != nil {
			return nil, err
		}
		if failed != nil {
			p.s.e.fail(failed)
		} else if ok {
			hits = append(hits, i)
		}
	}
	return hits, nil
}

func (p *pairs) match(l, r row.Row) (ok bool, failed, err error) {
	for k, key := range p.keys {
		a, b := l[p.l[k]], r[p.r[k]]
		if a.Null || b.Null {
			if !key.NullsEqual || !a.Null || !b.Null {
				return false, nil, nil
			}
			continue
		}
		if row.CompareDatums(key.Left.Type, a, b) != 0 {
			return false, nil, nil
		}
	}
	if len(p.on) == 0 {
		return true, nil, nil
	}
	return p.s.holds(p.on, join(l, r))
}

func (p *pairs) mayEqual(l, r row.Row) (ok bool, failed, err error) {
	for k, key := range p.keys {
		a, b := l[p.l[k]], r[p.r[k]]
		if !a.Null && !b.Null && row.CompareDatums(key.Left.Type, a, b) != 0 {
			return false, nil, nil
		}
	}
	no, failed, err := p.s.never(p.on, join(l, r))
	return !no, failed, err
}

// equalitiesFirst puts what compares two columns before what may fail: the
// order that every way to carry out a join has.
func equalitiesFirst(on []planner.Scalar) []planner.Scalar {
	var equal, rest []planner.Scalar
	for _, c := range on {
		for _, p := range expr.Conjuncts(c) {
			op, l, r, ok := expr.AsComparison(p)
			if ok && op.Comparison == fn.Eq && isColumn(l) && isColumn(r) {
				equal = append(equal, p)
			} else {
				rest = append(rest, p)
			}
		}
	}
	return append(equal, rest...)
}

func isColumn(x planner.Scalar) bool {
	_, ok := planner.AsColumn(x)
	return ok
}

// combine is what a left row with its matches puts out.
func combine(kind planner.JoinKind, l row.Row, right *relation, hits []int) []row.Row {
	switch kind {
	case planner.JoinSemi:
		if len(hits) > 0 {
			return []row.Row{l}
		}
		return nil
	case planner.JoinAnti, planner.JoinNullAnti:
		if len(hits) == 0 {
			return []row.Row{l}
		}
		return nil
	}
	var out []row.Row
	for _, i := range hits {
		out = append(out, join(l, right.rows[i]))
	}
	if len(hits) == 0 && (kind == planner.JoinLeft || kind == planner.JoinFull) {
		out = append(out, join(l, nulls(len(right.cols))))
	}
	return out
}

func nulls(n int) row.Row {
	out := make(row.Row, n)
	for i := range out {
		out[i] = row.NullDatum
	}
	return out
}

func (e *evaluator) apply(n *planner.Apply, v env) (*relation, error) {
	if n.Kind == planner.JoinRight || n.Kind == planner.JoinFull {
		return nil, fmt.Errorf("oracle: a dependent %s join", n.Kind)
	}
	left, err := e.node(n.Left, v)
	if err != nil {
		return nil, err
	}
	reads := planner.OuterCols(n.Right).Intersect(planner.ColsOf(left.cols)).IDs()
	if len(reads) > 0 {
		e.dependent = true
	} else if len(n.When) > 0 {
		e.dependent = true
	} else if _, err := e.right(n, nil, v); err != nil {
		// What depends on no row is part of the query even where there is none.
		return nil, err
	}
	out := &relation{cols: n.Columns()}
	for _, l := range left.rows {
		right, err := e.reached(n, reads, v.with(left.cols, l), left.cols, l)
		if err != nil {
			return nil, err
		}
		p := &pairs{left: left, right: right, on: equalitiesFirst(n.On)}
		p.s = e.scalars(n, append(left.cols[:len(left.cols):len(left.cols)], right.cols...), v)
		hits, err := p.matches(n.Kind, l, right.rows)
		if err != nil {
			return nil, err
		}
		out.rows = append(out.rows, combine(n.Kind, l, right, hits)...)
	}
	return out, nil
}

// reached is the right side for a left row; of no rows where it is not to be
// evaluated. A condition that fails does so again where the value is needed.
func (e *evaluator) reached(n *planner.Apply, reads []planner.ColID, v env, cols []planner.Col, l row.Row) (*relation, error) {
	if len(n.When) > 0 {
		s := e.scalars(n, cols, env{cols: v.cols[len(cols):], row: v.row[len(cols):]})
		ok, failed, err := s.holds(n.When, l)
		if err != nil || failed != nil || !ok {
			return &relation{cols: n.Right.Columns()}, err
		}
	}
	return e.right(n, reads, v)
}

// right evaluates an Apply's right side once for all left rows that look alike to
// it: it depends on nothing else, and its failures count once.
func (e *evaluator) right(n *planner.Apply, reads []planner.ColID, v env) (*relation, error) {
	all := append(reads[:len(reads):len(reads)], planner.OuterCols(n.Right).Minus(planner.Cols(reads...)).IDs()...)
	var key []byte
	for _, id := range all {
		at := positionOf(v.cols, id)
		if at < 0 {
			return nil, fmt.Errorf("oracle: a subquery reads column #%d, which nothing around it makes", id)
		}
		key = row.AppendValueDatum(key, v.cols[at].Type, v.row[at])
	}
	known := e.applied[n]
	if known == nil {
		known = map[string]*relation{}
		e.applied[n] = known
	}
	if r := known[string(key)]; r != nil {
		return r, nil
	}
	// The rows around it may have columns of their own in another order where
	// the same subquery stands twice; programs are kept by node, so that the
	// environment is cut to what is read.
	cut := env{}
	for _, id := range all {
		at := positionOf(v.cols, id)
		cut.cols, cut.row = append(cut.cols, v.cols[at]), append(cut.row, v.row[at])
	}
	r, err := e.node(n.Right, cut)
	if err == nil {
		known[string(key)] = r
	}
	return r, err
}

func (e *evaluator) maxOne(n *planner.MaxOne, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	by, err := in.positions(n.Group)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: in.cols}
	for _, g := range groups(in, by) {
		if len(g.rows) > 1 {
			e.fail(pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression"))
			continue
		}
		out.rows = append(out.rows, g.rows...)
	}
	return out, nil
}
