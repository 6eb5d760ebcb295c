package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// ExtractJoinKeys makes keys of a join's conditions: of an equality between an
// expression of the left side and one of the right, and, in an outer join, of a
// condition on the kept side alone, which becomes a key that is true where the
// condition is, against the constant true.
//
// Why: keys are what operators find matches by; without one every row meets
// every row.
//
// Unsound for an equality of two types, whose values are keyed differently, and
// for an expression that can fail, which the join might never have evaluated.
// "=" and IS NOT DISTINCT FROM do not mix in one join: an "=" beside keys that
// treat NULLs as equal becomes such a key too, and NULLs are kept out of a side
// whose unmatched rows do not show.
var ExtractJoinKeys = planner.Rule{
	Name: "ExtractJoinKeys",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		j, ok := n.(*planner.Join)
		if !ok || len(j.On) == 0 || j.Kind == planner.JoinNullAnti && len(j.On) > 1 {
			return nil
		}
		x := &extractor{r: r, join: j, left: &side{node: j.Left}, right: &side{node: j.Right}, keys: j.Keys}
		for _, p := range j.On {
			if !x.take(p) {
				x.on = append(x.on, p)
			}
		}
		if len(x.keys) == len(j.Keys) {
			return nil
		}
		out := &planner.Join{Kind: j.Kind, Left: x.left.build(), Right: x.right.build(), Keys: x.keys, On: x.on}
		return planner.Keep(out, n.Columns())
	},
}

type extractor struct {
	r           *planner.Rewriter
	join        *planner.Join
	left, right *side
	keys        []planner.JoinKey
	on          []planner.Scalar
}

// side is an input of the join with what the keys add to it.
type side struct {
	node    planner.Node
	items   []planner.Item
	notNull []planner.Scalar
}

func (s *side) build() planner.Node {
	return planner.NewFilter(planner.Extend(s.node, s.items...), s.notNull...)
}

func (s *side) reads(e planner.Scalar) bool {
	c := planner.ExprCols(e)
	return !c.Empty() && c.Within(planner.ColsOf(s.node.Columns()))
}

// column is the column that holds an expression over the side.
func (s *side) column(r *planner.Rewriter, e planner.Scalar) planner.Col {
	for _, c := range s.node.Columns() {
		if id, ok := planner.AsColumn(e); ok && id == c.ID {
			return c
		}
	}
	c := r.NewCol("key", e.Type())
	s.items = append(s.items, planner.Item{Col: c, Expr: e})
	return c
}

// take makes a key of a condition, if it can.
func (x *extractor) take(p planner.Scalar) bool {
	l, r, nulls, ok := equalitySides(p)
	if !ok {
		return x.takeOneSided(p)
	}
	if x.left.reads(r) && x.right.reads(l) {
		l, r = r, l
	}
	if !x.left.reads(l) || !x.right.reads(r) || !keyable(l) || !keyable(r) || l.Type().Base() != r.Type().Base() {
		return x.takeOneSided(p)
	}
	if len(x.keys) > 0 && x.keys[0].NullsEqual != nulls {
		if nulls || !x.keepNullsOut(l, r) {
			return false
		}
		nulls = true
	}
	x.keys = append(x.keys, planner.JoinKey{Left: x.left.column(x.r, l), Right: x.right.column(x.r, r), NullsEqual: nulls})
	return true
}

// keyable: a key is evaluated on every row of its side.
func keyable(e planner.Scalar) bool {
	return mayMove(e) && !e.Type().Is(row.Record) && e.Type().Comparable()
}

func equalitySides(p planner.Scalar) (l, r planner.Scalar, nulls, ok bool) {
	if d, is := p.(*expr.Distinct); is && d.Not && d.Eq.Comparison == fn.Eq {
		return d.Left, d.Right, true, true
	}
	op, l, r, is := expr.AsComparison(p)
	if !is || op.Comparison != fn.Eq {
		return nil, nil, false, false
	}
	return l, r, false, true
}

// keepNullsOut filters the side whose unmatched rows do not show.
func (x *extractor) keepNullsOut(l, r planner.Scalar) bool {
	s, e := x.right, r
	switch x.join.Kind {
	case planner.JoinFull, planner.JoinNullAnti:
		return false
	case planner.JoinRight:
		s, e = x.left, l
	}
	c := planner.ColumnExpr(s.column(x.r, e))
	s.notNull = append(s.notNull, &expr.IsNull{Arg: c, Not: true, At: -1})
	return true
}

// takeOneSided is for the conditions that PushJoinFilter must leave.
func (x *extractor) takeOneSided(p planner.Scalar) bool {
	switch x.join.Kind {
	case planner.JoinLeft, planner.JoinRight, planner.JoinFull, planner.JoinAnti:
	default:
		return false
	}
	if !keyable(p) {
		return false
	}
	test := &expr.IsTruth{Arg: p, Test: expr.IsTrue, At: -1}
	one := planner.Scalar(expr.BoolConst(true))
	var l, r planner.Col
	switch {
	case x.left.reads(p):
		l, r = x.left.column(x.r, test), x.right.column(x.r, one)
	case x.right.reads(p):
		l, r = x.left.column(x.r, one), x.right.column(x.r, test)
	default:
		return false
	}
	nulls := len(x.keys) > 0 && x.keys[0].NullsEqual
	x.keys = append(x.keys, planner.JoinKey{Left: l, Right: r, NullsEqual: nulls})
	return true
}
