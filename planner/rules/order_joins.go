package rules

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// OrderJoins puts the inputs of inner joins into an order for a query that runs once:
// it begins with an input that no other looks up by its key, as a table of facts, goes
// on with those that are looked up by a key of theirs, the most filtered ones first,
// and takes what multiplies rows last. Of an input that is looked up from another one
// than the first, and that leaves rows out, the two are joined by themselves: orders
// with the customers of one country, before the lines look the orders up.
//
// Why: each join then drops rows, and none makes more of them, before the next. Of
// what is looked up only the filtered rows are kept, and the first input's rows, of
// which there are the most, are dropped by what other rows lead to, too.
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
		o := newOrderer(c)
		o.gather()
		joined, shape := o.spine()
		if shape == c.shape {
			return nil
		}
		return c.filtered(joined, n)
	},
}

// orderer makes trees of a connector's inputs, each named by its root: what is looked
// up from another input than the first hangs below that one.
type orderer struct {
	*connector
	all     []int // every input
	below   [][]int
	filters []int // of the trees
}

func newOrderer(c *connector) *orderer {
	o := &orderer{connector: c, below: make([][]int, len(c.inputs))}
	for i := range c.inputs {
		o.all = append(o.all, i)
		o.filters = append(o.filters, c.filters(i))
	}
	return o
}

// gather hangs inputs that leave rows out below those that they are looked up from.
func (o *orderer) gather() {
	order := o.order(o.all)
	for at := len(order) - 1; at > 0; at-- {
		i := order[at]
		if o.filters[i] == 0 || o.byKey(o.columns(order[0]), i) {
			continue
		}
		from := slices.IndexFunc(order[1:at], func(k int) bool { return o.byKey(o.columns(k), i) })
		if from < 0 {
			continue
		}
		root := order[1+from]
		o.below[root] = append(o.below[root], i)
		o.filters[root] += o.filters[i]
	}
}

// spine joins the trees that hang below no other, in their order.
func (o *orderer) spine() (joined planner.Node, shape string) {
	order := o.order(slices.DeleteFunc(slices.Clone(o.all), func(i int) bool {
		return slices.ContainsFunc(o.below, func(list []int) bool { return slices.Contains(list, i) })
	}))
	joined, shape = o.tree(order[0])
	for _, i := range order[1:] {
		right, s := o.tree(i)
		joined, shape = &planner.Join{Kind: planner.JoinInner, Left: joined, Right: right}, joinShape(shape, s)
	}
	return joined, shape
}

// tree joins an input with what hangs below it, the most filtered first.
func (o *orderer) tree(i int) (joined planner.Node, shape string) {
	joined, shape = o.inputs[i], strconv.Itoa(i)
	below := slices.SortedStableFunc(slices.Values(o.below[i]), func(x, y int) int {
		return cmp.Or(cmp.Compare(o.filters[y], o.filters[x]), cmp.Compare(x, y))
	})
	for _, k := range below {
		right, s := o.tree(k)
		joined, shape = &planner.Join{Kind: planner.JoinInner, Left: joined, Right: right}, joinShape(shape, s)
	}
	return joined, shape
}

// treeColumns are those of a tree.
func (o *orderer) treeColumns(i int) planner.ColSet {
	cols := o.columns(i)
	for _, k := range o.below[i] {
		cols = cols.Union(o.treeColumns(k))
	}
	return cols
}

// order sorts trees into the order that OrderJoins is for.
func (o *orderer) order(left []int) []int {
	left = slices.Clone(left)
	first := max(0, slices.IndexFunc(left, func(i int) bool { return !o.lookedUp(i) }))
	order, have := []int{left[first]}, o.treeColumns(left[first])
	for left = slices.Delete(left, first, first+1); len(left) > 0; {
		best, bestRank := 0, -1
		for at, i := range left {
			if rank := o.rank(have, i); rank > bestRank {
				best, bestRank = at, rank
			}
		}
		order, have = append(order, left[best]), have.Union(o.treeColumns(left[best]))
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

func (o *orderer) rank(have planner.ColSet, i int) int {
	rank := min(o.filters[i], mostFilters)
	switch {
	case o.byKey(have, i):
		return rank + rankLookup
	case o.connects(have, o.treeColumns(i)):
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
