package operators

import (
	"context"
	"slices"

	"github.com/tarndb/tarn/row"
)

// A row of a circuit that runs once often comes to nothing: some join on its way looks
// its key up in what has ended, and it is not there. Who reads the rows can know that
// before it decodes and copies them.

// Way is what is known of the way of an input's rows through the circuit.
type Way struct {
	// Sieves: a row that is not in all of them brings nothing out.
	Sieves []row.Sieve
	// Folds says that the rows become groups before a join keeps any of them.
	Folds bool
}

// Tracer is a Transform that says where its columns come from. Of one whose rows may
// fail it says nothing: which of them it is given can be told from outside.
type Tracer interface {
	Transform
	// Origins lists, for each column, the column of the input that has the same values,
	// or -1. ok is false where rows may fail.
	Origins() (cols []int, ok bool)
}

// Way follows the rows of an input of a circuit that collects, between two steps, as far
// as they go one way.
func (c *Circuit) Way(ctx context.Context, input NodeID) (Way, error) {
	n := c.nodes[input]
	w := &wayfarer{c: c, x: &stepCtx{c: c, ctx: ctx}}
	if c.shards != 1 {
		return w.way, nil
	}
	err := w.on(n, identity(len(n.types)))
	return w.way, err
}

// wayfarer goes from node to node.
type wayfarer struct {
	c   *Circuit
	x   *stepCtx
	way Way
}

// on goes on to the only reader of a node, of whose columns cols says which of the input
// they are; -1: none.
func (w *wayfarer) on(n *node, cols []int) error {
	to, at := w.c.onlyReader(n)
	if to == nil {
		return nil
	}
	switch s := to.spec.(type) {
	case Map:
		if cols, ok := originsOf(s.F, cols); ok {
			return w.on(to, cols)
		}
	case Exchange, Gather, Broadcast, Union, Arrange:
		return w.on(to, cols)
	case GroupBy, Distinct, TopK:
		w.way.Folds = true
	case Join:
		return w.join(to, s, at, cols)
	case Semi:
		return w.semi(to, s, at, cols)
	}
	return nil
}

// onlyReader is the node that alone reads another one, and as which input.
func (c *Circuit) onlyReader(n *node) (reader *node, input int) {
	if n.isOutput || n.uses != 1 {
		return nil, 0
	}
	for _, to := range c.order {
		if at := slices.Index(to.ins, n); at >= 0 {
			return to, at
		}
	}
	return nil, 0
}

// originsOf follows columns through a transform.
func originsOf(f Transform, cols []int) ([]int, bool) {
	t, ok := f.(Tracer)
	if !ok {
		return nil, false
	}
	from, ok := t.Origins()
	if !ok {
		return nil, false
	}
	return through(cols, from), true
}

// through gives the columns behind a step that takes some of those before it, or makes
// new ones (-1).
func through(cols, from []int) []int {
	out := make([]int, len(from))
	for i, c := range from {
		if out[i] = c; c >= 0 {
			out[i] = cols[c]
		}
	}
	return out
}

func (w *wayfarer) join(n *node, s Join, at int, cols []int) error {
	j := n.ops[0].(*joinOp)
	h, outer := &j.left, s.Kind == LeftJoin
	if at == 1 {
		h, outer = &j.right, s.Kind == RightJoin
	}
	if !h.own.passing {
		return nil
	}
	if !outer && !s.NullsEqual {
		if err := w.sieve(h.own, h.other, cols); err != nil {
			return err
		}
	}
	if awaits(s) == 1-at {
		return nil // it decides which rows of the other side are unmatched, too
	}
	cols = h.columns(cols, outer)
	if s.Residual != nil {
		var ok bool
		if cols, ok = originsOf(s.Residual, cols); !ok {
			return nil
		}
	}
	return w.on(n, cols)
}

// columns follows columns of the own side through the join. What the other side has in
// its key is, where there is a match, equal to what the own side has.
func (h *half) columns(cols []int, outer bool) []int {
	out := through(cols, h.ownCols)
	for i, c := range h.otherCols {
		k := slices.Index(h.other.key, c)
		if c < 0 || k < 0 || outer || h.other.types[c].Phys() != row.PhysInt {
			continue
		}
		out[i] = cols[h.own.key[k]]
	}
	return out
}

func (w *wayfarer) semi(n *node, s Semi, at int, cols []int) error {
	o := n.ops[0].(*semiOp)
	left, right := o.presence.a, o.presence.b
	if at == 1 {
		// What the left side does not ask for need not be counted.
		if !right.passing || s.NullsEqual {
			return nil
		}
		return w.sieve(right, left, cols)
	}
	if !left.passing {
		return nil
	}
	if !s.Anti && !s.NullsEqual {
		if err := w.sieve(left, right, cols); err != nil {
			return err
		}
	}
	return w.on(n, through(cols, o.out.cols))
}

// sieve makes the keys of a side that has ended what the columns of the other's have to
// be in.
func (w *wayfarer) sieve(own, ended *arrangement, cols []int) error {
	for k, c := range own.key {
		if cols[c] < 0 || own.types[c].Phys() != row.PhysInt {
			continue
		}
		l, err := ended.lookup(w.x)
		if err != nil {
			return err
		}
		w.way.Sieves = append(w.way.Sieves, row.Sieve{Col: cols[c], Keys: l.set(ended.key[k])})
	}
	return nil
}
