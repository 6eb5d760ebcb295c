package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// lift takes the subqueries out of expressions: each becomes an Apply over n, and
// its place in the expression a read of the column that the Apply adds. Where the
// expression is not always evaluated to the end, the Apply knows for which rows it is.
func (b *binder) lift(n planner.Node, exprs []planner.Scalar) (planner.Node, []planner.Scalar) {
	l := &lifter{b: b, node: n, done: map[string][]lifted{}}
	out := make([]planner.Scalar, len(exprs))
	for i, e := range exprs {
		out[i] = l.expr(e, nil)
	}
	return l.node, out
}

type lifter struct {
	b    *binder
	node planner.Node
	done map[string][]lifted // by the subquery's identity
}

// lifted is the value of a subquery for the rows that meet the conditions.
type lifted struct {
	value planner.Scalar
	when  []planner.Scalar
}

// expr lifts out of an expression that is reached when all conditions are true.
func (l *lifter) expr(e planner.Scalar, when []planner.Scalar) planner.Scalar {
	if !hasSubquery(e) {
		return e
	}
	switch e := e.(type) {
	case *subquery:
		return l.subquery(e, when)
	case *expr.Case:
		return l.caseExpr(e, when)
	case *expr.Coalesce:
		return e.WithChildren(l.inTurn(e.Args, when, func(x planner.Scalar) planner.Scalar {
			return &expr.IsNull{Arg: x, At: -1}
		}))
	case *expr.Logic:
		decides := expr.IsFalse
		if e.Or {
			decides = expr.IsTrue
		}
		return e.WithChildren(l.inTurn(e.Args, when, func(x planner.Scalar) planner.Scalar {
			return &expr.IsTruth{Arg: x, Test: decides, Not: true, At: -1}
		}))
	}
	children := slices.Clone(e.Children())
	for i, c := range children {
		children[i] = l.expr(c, when)
	}
	return e.WithChildren(children)
}

// inTurn is for operands of which each is reached only if goOn holds for those
// before it.
func (l *lifter) inTurn(args, when []planner.Scalar, goOn func(planner.Scalar) planner.Scalar) []planner.Scalar {
	out := make([]planner.Scalar, len(args))
	for i, a := range args {
		out[i] = l.expr(a, when)
		when = and(when, goOn(out[i]))
	}
	return out
}

func and(when []planner.Scalar, more planner.Scalar) []planner.Scalar {
	return append(when[:len(when):len(when)], more)
}

func (l *lifter) caseExpr(e *expr.Case, when []planner.Scalar) planner.Scalar {
	out := *e
	out.Whens = make([]expr.When, len(e.Whens))
	for i, w := range e.Whens {
		cond := l.expr(w.Cond, when)
		out.Whens[i] = expr.When{Cond: cond, Then: l.expr(w.Then, and(when, cond))}
		when = and(when, &expr.IsTruth{Arg: cond, Test: expr.IsTrue, Not: true, At: -1})
	}
	if e.Else != nil {
		out.Else = l.expr(e.Else, when)
	}
	return &out
}

// subquery lifts one. A subquery that stands in two places, as the operand of BETWEEN
// does, is lifted once, unless the second place is reached by more rows.
func (l *lifter) subquery(sub *subquery, when []planner.Scalar) planner.Scalar {
	for _, d := range l.done[sub.id] {
		if len(d.when) <= len(when) && slices.Equal(d.when, when[:len(d.when)]) {
			return d.value
		}
	}
	if sub.cond != nil && hasSubquery(sub.cond) {
		c := *sub
		c.cond = l.expr(sub.cond, when)
		sub = &c
	}
	var v planner.Scalar
	l.node, v = l.b.liftOne(l.node, sub, when)
	l.done[sub.id] = append(l.done[sub.id], lifted{v, when})
	return v
}
