package operators

import (
	"slices"

	"github.com/tarndb/tarn/row"
)

// A circuit that runs once is fed one input after the other, and told when each has
// ended. Its joins are hash joins then: a side that is only looked up collects its rows
// as they come until it has ended, becomes a lookup, and the other side's rows pass it.
// Where both sides have rows before either has ended, they are ordinary arrangements.
// Operators that would put out a row and take it back in a later step hold it until
// their input has ended.

// holder is an operator that can put out nothing until it is let go. Then it is a
// starter with something pending.
type holder interface {
	hold(on bool)
	// held is about how many bytes wait.
	held() int64
}

// once is what an arrangement of such a circuit has besides its tree, or instead.
type once struct {
	collecting bool      // its rows wait as they came until somebody looks for one
	collected  row.Delta // those of the steps before
	held       int64     // bytes of collected
	arrived    row.Delta // those of this step, if it collects or passes
	passing    bool      // its rows go by: nobody looks for them later
	table      *lookup
}

// Collect says, before the first step, that the circuit runs once and that its inputs
// will end.
func (c *Circuit) Collect() {
	for _, n := range c.order {
		n.hold(true)
		if _, ok := n.spec.(Arrange); !ok || n.expiry != nil || n.isOutput || !c.everyReader(n, (*node).looksUp) {
			continue
		}
		for _, a := range n.arr {
			a.collecting = true
		}
	}
}

// Held is about how many bytes the circuit holds besides its stores: what operators
// hold for the end of their inputs, which Release moves to the stores, and the rows of
// arrangements.
func (c *Circuit) Held() (ends, rows int64) {
	for _, n := range c.order {
		for _, op := range n.ops {
			if h, ok := op.(holder); ok {
				ends += h.held()
			}
		}
		for _, a := range n.arr {
			rows += a.held
			if a.table != nil {
				rows += a.table.bytes()
			}
			if a.table != nil && !a.collecting {
				rows += a.table.rows.Bytes()
			}
		}
	}
	return ends, rows
}

// End says that an input will not change any more. A row that comes later, and is only
// looked for by rows of ended inputs, need not be kept: where the small inputs of a
// query end first, its joins keep the small sides. It is called between two steps; the
// next one, which is to come before more rows, puts out what was held for the end, and
// then End is called again, without an input: until nothing is Pending.
func (c *Circuit) End(ids ...NodeID) {
	for _, id := range ids {
		c.nodes[id].ended = true
	}
	for _, n := range c.order {
		if !n.isInput {
			n.ended = n.hasEnded()
		}
	}
	for _, n := range c.order {
		if _, ok := n.spec.(Arrange); ok && !n.ended && !n.isOutput && c.everyReader(n, (*node).passes) {
			for _, a := range n.arr {
				a.passing = true
			}
		}
	}
}

// Release puts an end to holding, whether inputs have ended or not.
func (c *Circuit) Release() {
	for _, n := range c.order {
		n.hold(false)
	}
}

// Pending reports that a step would put something out though no input changes.
func (c *Circuit) Pending() bool {
	return slices.ContainsFunc(c.order, func(n *node) bool {
		for shard := range n.ops {
			if n.hasPending(shard) {
				return true
			}
		}
		return false
	})
}

func (n *node) hold(on bool) {
	for _, op := range n.ops {
		if h, ok := op.(holder); ok {
			h.hold(on)
		}
	}
}

// hasEnded: a node changes no more when its inputs do not, and it has put out what it
// has without any.
func (n *node) hasEnded() bool {
	for _, in := range n.ins {
		if !in.ended {
			return false
		}
	}
	n.hold(false)
	for shard := range n.ops {
		if n.hasPending(shard) {
			return false
		}
	}
	return true
}

// everyReader reports that a node has readers, and what holds for each input of theirs
// that it is.
func (c *Circuit) everyReader(a *node, holds func(n *node, input int) bool) bool {
	for _, n := range c.order {
		for i, in := range n.ins {
			if in == a && !holds(n, i) {
				return false
			}
		}
	}
	return a.uses > 0
}

// looksUp reports that the node needs an input that is an arrangement only for rows of
// the other one: what comes to it alone brings nothing out, or waits.
func (n *node) looksUp(input int) bool {
	if awaits(n.spec) == input {
		return n.mayWait(input)
	}
	switch s := n.spec.(type) {
	case Join:
		return s.Kind == InnerJoin || s.Kind == LeftJoin && input == 1 || s.Kind == RightJoin && input == 0
	case Semi:
		return input == 1
	}
	return false
}

// passes reports that the node needs the rows of an input that is an arrangement only
// when they come, because the other will not change.
func (n *node) passes(input int) bool {
	other := func() bool { return n.ins[1-input].ended && n.ins[1-input].arr[0].size() <= mostLooked }
	if awaits(n.spec) == 1-input {
		return other() && n.marks(1-input)
	}
	switch s := n.spec.(type) {
	case Join:
		left, right := s.Kind == InnerJoin || s.Kind == LeftJoin, s.Kind == InnerJoin || s.Kind == RightJoin
		return (input == 0 && left || input == 1 && right) && other()
	case Semi:
		return input == 0 && other()
	}
	return false
}

// size is about the bytes of an arrangement's rows.
func (a *arrangement) size() int64 { return a.tree.Bytes() + a.held }

// changed counts the rows that came in this step.
func (a *arrangement) changed() int { return a.delta.len() + a.arrived.Rows() }

// endStep forgets the step's change.
func (a *arrangement) endStep() {
	if a.collecting && !a.passing && len(a.arrived) > 0 {
		a.collected = append(a.collected, a.arrived...)
		a.held += a.arrived.Bytes()
	}
	a.delta, a.arrived = nil, nil
}

// settleBoth puts the rows of two arrangements that are about to look into each other
// into their trees, unless one of them has never had a row.
func settleBoth(x *stepCtx, a, b *arrangement) error {
	if !a.collecting && !b.collecting || a.untouched() || b.untouched() {
		return nil
	}
	return settle(x, a, b)
}

func settle(x *stepCtx, a, b *arrangement) error {
	if err := a.settle(x); err != nil {
		return err
	}
	return b.settle(x)
}

func (a *arrangement) untouched() bool {
	return a.changed() == 0 && len(a.collected) == 0 && a.tree.Empty()
}

// settle makes an arrangement that collects one that has got all of its rows in this
// step: nothing was made of them before.
func (a *arrangement) settle(x *stepCtx) error {
	if !a.collecting {
		return nil
	}
	rows := append(a.collected, a.arrived...)
	a.collecting, a.collected, a.arrived, a.held = false, nil, nil, 0
	_, err := a.apply(x, a.sort.sortDelta(rows, a.enc))
	return err
}

// lookup is the arrangement's, which has ended.
func (a *arrangement) lookup(x *stepCtx) (*lookup, error) {
	if a.table != nil {
		return a.table, nil
	}
	if slices.ContainsFunc(a.collected, takesBack) {
		if err := a.settle(x); err != nil {
			return nil, err
		}
	}
	if a.collecting {
		rows := a.collected.InOne(a.types)
		t, err := newLookup(x, rows, a.key)
		if err != nil {
			return nil, err
		}
		a.table, a.collected, a.held = t, row.Delta{rows}, rows.Bytes()
		return t, nil
	}
	rows := row.NewBatch(a.types, a.tree.Len())
	err := a.scan(now, nil, func(key []byte, w int64) (bool, error) {
		if err := decodeEntry(a.rows, key, w, rows); err != nil {
			return false, err
		}
		return true, x.tick(1)
	})
	if err == nil {
		a.table, err = newLookup(x, rows, a.key)
	}
	return a.table, err
}

// takesBack reports weights that are not positive: rows may not count, then, though
// they are there.
func takesBack(b *row.Batch) bool {
	return slices.ContainsFunc(b.Weights, func(w int64) bool { return w <= 0 })
}
