package rules

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// OrderJoins puts the inputs of inner joins into an order for a query that runs once:
// it begins with an input that no other looks up by its key, as a table of facts, goes
// on with those that are looked up by a key of theirs, the most filtered ones first,
// and takes what multiplies rows last.
//
// Why: each join then drops rows, and none makes more of them, before the next. Of
// what is looked up only the filtered rows are kept.
//
// It knows no sizes: it goes by keys and by what filters look like, so that a plan
// does not change with the rows. It is not for views: what a view's joins keep is
// decided by who writes it. Unsound where ConnectJoins is.
var OrderJoins = planner.Rule{
	Name: "OrderJoins",
	Apply: func(_ *planner.Rewriter, n planner.Node) planner.Node {
		c := connectorOf(n, 3)
		if c == nil {
			return nil
		}
		order := c.lookupOrder()
		if slices.IsSorted(order) {
			return nil
		}
		return c.rebuilt(order, n)
	},
}

// lookupOrder is the order that OrderJoins is for.
func (c *connector) lookupOrder() []int {
	left := make([]int, len(c.inputs))
	for i := range left {
		left[i] = i
	}
	first := max(0, slices.IndexFunc(left, func(i int) bool { return !c.lookedUp(i) }))
	order, have := []int{first}, c.columns(first)
	for left = slices.Delete(left, first, first+1); len(left) > 0; {
		best, bestRank := 0, -1
		for at, i := range left {
			if rank := c.rank(have, i); rank > bestRank {
				best, bestRank = at, rank
			}
		}
		order, have = append(order, left[best]), have.Union(c.columns(left[best]))
		left = slices.Delete(left, best, best+1)
	}
	return order
}

// lookedUp reports that some other input is equal to a key of this one.
func (c *connector) lookedUp(i int) bool {
	for k := range c.inputs {
		if k != i && c.byKey(c.columns(k), i) {
			return true
		}
	}
	return false
}

// byKey reports that what is there holds a key of an input equal to something.
func (c *connector) byKey(have planner.ColSet, i int) bool {
	own := c.columns(i)
	var equal []planner.ColID
	for _, p := range c.preds {
		l, r, _, ok := equalitySides(p)
		if !ok || !keyable(l) || !keyable(r) {
			continue
		}
		for _, side := range [2][2]planner.Scalar{{l, r}, {r, l}} {
			id, isCol := planner.AsColumn(side[0])
			if other := planner.ExprCols(side[1]); isCol && own.Has(id) && !other.Empty() && other.Within(have) {
				equal = append(equal, id)
			}
		}
	}
	return len(equal) > 0 && planner.HasKey(c.inputs[i], planner.Cols(equal...))
}

// The least ranks of what is looked up by its key, and of what is connected at all;
// filters, of which only so many count, add to both.
const (
	rankLookup    = 200
	rankConnected = 100
	mostFilters   = 99
)

func (c *connector) rank(have planner.ColSet, i int) int {
	rank := min(c.filters(i), mostFilters)
	switch {
	case c.byKey(have, i):
		return rank + rankLookup
	case c.connects(have, c.columns(i)):
		return rank + rankConnected
	}
	return rank
}

// How much is likely to be left out of an input by a condition on it alone.
const (
	leavesOut     = 1
	leavesOutMany = 3 // alternatives that each ask for one value
	leavesOutMost = 4 // one value
)

// filters says how much is likely to be left out of an input.
func (c *connector) filters(i int) int {
	own, preds, n := c.columns(i), c.preds, 0
	if f, ok := c.inputs[i].(*planner.Filter); ok {
		preds = slices.Concat(preds, f.Preds)
	}
	for _, p := range preds {
		if cols := planner.ExprCols(p); cols.Empty() || !cols.Within(own) {
			continue
		}
		switch or, ok := p.(*expr.Logic); {
		case asksForValue(p):
			n += leavesOutMost
		case ok && or.Or && !slices.ContainsFunc(or.Args, func(a planner.Scalar) bool { return !slices.ContainsFunc(expr.Conjuncts(a), asksForValue) }):
			n += leavesOutMany
		default:
			n += leavesOut
		}
	}
	return n
}

// asksForValue reports an equality with a constant.
func asksForValue(p planner.Scalar) bool {
	_, l, r, ok := expr.AsComparison(p)
	if !ok || !expr.IsConst(l) && !expr.IsConst(r) {
		return false
	}
	_, _, _, equal := equalitySides(p)
	return equal
}
