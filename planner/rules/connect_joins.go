package rules

import (
	"slices"
	"strconv"

	"github.com/tarndb/tarn/planner"
)

// ConnectJoins puts the inputs of inner joins, as FROM a, b, c lists them, into an order
// in which each has an equality with those before it, where there is such an order.
//
// Why: in FROM part, supplier, partsupp WHERE p_partkey = ps_partkey AND s_suppkey =
// ps_suppkey the first two have nothing in common, and every part would meet every
// supplier. An order that is connected already is left as it was written: who
// writes a view decides what its joins keep.
//
// Unsound across outer joins, which are inputs like tables here, and for a condition
// that can fail, which would meet other rows: a join with one is an input as well, and
// the filter's own stay above all joins.
var ConnectJoins = planner.Rule{
	Name: "ConnectJoins",
	Apply: func(_ *planner.Rewriter, n planner.Node) planner.Node {
		c := connectorOf(n, 3)
		if c == nil {
			return nil
		}
		order, crossing := c.order()
		if crossing >= c.crossing() {
			return nil
		}
		return c.rebuilt(order, n)
	},
}

// connector is the inputs of a tree of inner joins and the conditions on them.
type connector struct {
	inputs []planner.Node
	shape  string // of the tree, by the inputs' numbers
	preds  []planner.Scalar
	stay   []planner.Scalar // of the filter above: what may not move
}

// connectorOf takes a filter over inner joins apart; nil for other nodes, and for fewer
// inputs.
func connectorOf(n planner.Node, least int) *connector {
	f, ok := n.(*planner.Filter)
	if !ok {
		return nil
	}
	c := &connector{}
	c.preds, c.stay = divide(f.Preds, func(planner.Scalar) bool { return true })
	if c.shape = c.flatten(f.Input); len(c.inputs) < least {
		return nil
	}
	return c
}

// flatten adds what a tree joins, and gives its shape.
func (c *connector) flatten(n planner.Node) string {
	j, ok := n.(*planner.Join)
	if ok = ok && j.Kind == planner.JoinInner && len(j.Keys) == 0; ok {
		moving, stay := divide(j.On, func(planner.Scalar) bool { return true })
		if ok = len(stay) == 0; ok {
			c.preds = append(c.preds, moving...)
		}
	}
	if !ok {
		c.inputs = append(c.inputs, n)
		return strconv.Itoa(len(c.inputs) - 1)
	}
	left := c.flatten(j.Left)
	return joinShape(left, c.flatten(j.Right))
}

func joinShape(left, right string) string { return "(" + left + " " + right + ")" }

// rebuilt joins the inputs in an order, in place of the filter n: its conditions that
// can move meet the rows first, then those that stay.
func (c *connector) rebuilt(order []int, n planner.Node) planner.Node {
	joined := c.inputs[order[0]]
	for _, i := range order[1:] {
		joined = &planner.Join{Kind: planner.JoinInner, Left: joined, Right: c.inputs[i]}
	}
	return c.filtered(joined, n)
}

// filtered puts what the inputs were joined to in place of the filter n.
func (c *connector) filtered(joined, n planner.Node) planner.Node {
	return planner.Keep(planner.NewFilter(planner.NewFilter(joined, c.preds...), c.stay...), n.Columns())
}

// connects reports an equality between two sets of columns.
func (c *connector) connects(have, add planner.ColSet) bool {
	return slices.ContainsFunc(c.preds, func(p planner.Scalar) bool {
		l, r, _, ok := equalitySides(p)
		if !ok || !keyable(l) || !keyable(r) {
			return false
		}
		a, b := planner.ExprCols(l), planner.ExprCols(r)
		if a.Empty() || b.Empty() {
			return false
		}
		return a.Within(have) && b.Within(add) || a.Within(add) && b.Within(have)
	})
}

func (c *connector) columns(i int) planner.ColSet { return planner.ColsOf(c.inputs[i].Columns()) }

// crossing counts the inputs that have no equality with those before them.
func (c *connector) crossing() int {
	n := 0
	var have planner.ColSet
	for i := range c.inputs {
		if i > 0 && !c.connects(have, c.columns(i)) {
			n++
		}
		have = have.Union(c.columns(i))
	}
	return n
}

// order begins with the first input and goes on with the first that is connected.
func (c *connector) order() (order []int, crossing int) {
	left := make([]int, len(c.inputs))
	for i := range left {
		left[i] = i
	}
	var have planner.ColSet
	for len(left) > 0 {
		next := 0
		if len(order) > 0 {
			next = slices.IndexFunc(left, func(i int) bool { return c.connects(have, c.columns(i)) })
			if next < 0 {
				next, crossing = 0, crossing+1
			}
		}
		order, have = append(order, left[next]), have.Union(c.columns(left[next]))
		left = slices.Delete(left, next, next+1)
	}
	return order, crossing
}
