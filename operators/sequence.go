package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/ordered"
	"github.com/tarndb/tarn/storage"
)

// Sequence. Meaning: the identity, kept in the order in which rows came: each has
// an entry of its own, under the next number of its shard.
// Delta rule: the identity. State: an entry for each row of the delta, its weight
// in the value. Cost: a copy of the row to the end of the tree; no exchange, no
// sort, no probe, and what commits write lies behind all that they wrote before,
// so that compaction need not merge it. Pathology: nothing can be found by its
// values, so that no row can be taken back.

func (s Sequence) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	rows := row.NewLayout(n.types, nil, true)
	for shard := range c.shards {
		n.ops = append(n.ops, &sequenceOp{rows: rows, tree: c.stores.Tree(s.State, shard), next: -1})
	}
	return nil
}

type sequenceOp struct {
	rows  *row.Layout
	tree  *storage.Tree
	next  int64 // -1: not read from the tree yet
	key   []byte
	value []byte
}

func (o *sequenceOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if in[0].Rows() == 0 {
		return in[0], nil
	}
	if o.next < 0 {
		if err := o.resume(); err != nil {
			return nil, err
		}
	}
	for _, b := range in[0] {
		for i, w := range b.Weights {
			if w == 0 {
				continue
			}
			if w < 0 {
				return nil, fmt.Errorf("operators: a row was taken back from a collection that is append-only")
			}
			o.key = ordered.AppendInt(o.key[:0], o.next)
			o.value = row.AppendWeight(o.rows.EncodeRest(o.value[:0], b, i), w)
			o.tree.Set(o.key, o.value)
			o.next++
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	return in[0], nil
}

// resume finds the number after the last that the tree has.
func (o *sequenceOp) resume() error {
	o.next = 0
	var it storage.Iter
	o.tree.SeekReverse(&it, nil, nil)
	defer it.Close()
	if !it.Next() {
		return nil
	}
	last, n, ok := ordered.Int(it.Key(), 0)
	if !ok || n != len(it.Key()) {
		return fmt.Errorf("operators: entry %x has no number", it.Key())
	}
	o.next = last + 1
	return nil
}
