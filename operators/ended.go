package operators

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row"
)

// End says that an input will not change any more. A row that comes later, and is only
// looked for by rows of ended inputs, need not be kept: where the small inputs of a
// query end first, its joins are hash joins that keep the small sides. It is called
// between two steps.
func (c *Circuit) End(id NodeID) {
	c.nodes[id].ended = true
	for _, n := range c.order {
		if !n.isInput {
			n.ended = n.hasEnded()
		}
	}
	for _, n := range c.order {
		if _, ok := n.spec.(Arrange); ok && !n.ended && !c.looksInto(n) {
			for _, a := range n.arr {
				a.pass()
			}
		}
	}
}

// hasEnded: a node changes no more when its inputs do not, and it has put out what it
// has without any.
func (n *node) hasEnded() bool {
	for shard := range n.ops {
		if n.hasPending(shard) {
			return false
		}
	}
	for _, in := range n.ins {
		if !in.ended {
			return false
		}
	}
	return true
}

// looksInto reports that some node may look for rows that the arrangement has had, or
// wants its deltas as such.
func (c *Circuit) looksInto(a *node) bool {
	if a.isOutput {
		return true
	}
	for _, n := range c.order {
		for i, in := range n.ins {
			if in == a && !n.passes(i) {
				return true
			}
		}
	}
	return false
}

// passes reports that the node needs the rows of an input that is an arrangement only
// when they come, because the other will not change.
func (n *node) passes(input int) bool {
	switch s := n.spec.(type) {
	case Join:
		left, right := s.Kind == InnerJoin || s.Kind == LeftJoin, s.Kind == InnerJoin || s.Kind == RightJoin
		return n.ins[1-input].ended && (input == 0 && left || input == 1 && right)
	case Semi:
		return input == 0 && n.ins[1].ended
	}
	return false
}

// pass lets an arrangement keep nothing from here on. Its deltas are in the order of
// their keys, and no rows of them are added up: each has its number behind the key.
func (a *arrangement) pass() {
	if a.passing {
		return
	}
	a.passing = true
	rows := uint32(0)
	a.enc = func(dst []byte, b *row.Batch, i int) ([]byte, int) {
		start := len(dst)
		for _, c := range a.key {
			dst = row.AppendKey(dst, &b.Cols[c], i)
		}
		prefix := len(dst) - start
		rows++
		return binary.BigEndian.AppendUint32(dst, rows), prefix
	}
}
