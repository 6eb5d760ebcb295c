package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Upsert. Meaning: of a sequence of keyed rows, the last row of each key, if it
// is not a tombstone. Not a function of a Z-set: the order of the input's rows
// counts, and they have weight 1. Delta rule: of the rows of a key in a step
// only the last matters; what was stored under the key goes, it comes. State:
// an arrangement by key, with at most one row for each. Cost: a probe and a
// write for each key that the step names. Pathology: none.

func (s Upsert) build(c *Circuit, n *node) error {
	in := n.ins[0].types
	if err := checkCols(s.Key, in); err != nil {
		return err
	}
	if s.Tombstone >= len(in) || s.Tombstone >= 0 && in[s.Tombstone].Kind != row.Bool {
		return fmt.Errorf("tombstone column %d is not a bool", s.Tombstone)
	}
	var cols []int
	key := make([]int, len(s.Key))
	for col := range in {
		if col == s.Tombstone {
			continue
		}
		for i, k := range s.Key {
			if k == col {
				key[i] = len(cols)
			}
		}
		cols = append(cols, col)
	}
	n.types = pick(in, cols)
	for shard := range c.shards {
		a := c.newArrangement(n, key, s.State, shard)
		n.arr = append(n.arr, a)
		n.ops = append(n.ops, &upsertOp{a: a, cols: cols, key: s.Key, tombstone: s.Tombstone})
	}
	return nil
}

type upsertOp struct {
	a         *arrangement
	cols      []int // of the input, without the tombstone
	key       []int // of the input
	tombstone int

	keys keyIndex
	last []rowRef // by key: the step's last row
	buf  []byte
}

type rowRef struct {
	b *row.Batch
	i int
}

func (o *upsertOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.keys.reset()
	o.last = o.last[:0]
	for _, b := range in[0] {
		for i, w := range b.Weights {
			if w <= 0 {
				return nil, fmt.Errorf("an upsert of weight %d", w)
			}
			o.buf = o.buf[:0]
			for _, c := range o.key {
				o.buf = row.AppendKey(o.buf, &b.Cols[c], i)
			}
			k, fresh := o.keys.find(storage.Hash(o.buf), o.buf)
			if fresh {
				o.last = append(o.last, rowRef{})
			}
			o.last[k] = rowRef{b, i}
		}
	}
	out := rowsOut{types: o.a.types, cols: o.cols}
	for k, r := range o.last {
		if err := o.replace(x, o.keys.key(k), r, &out); err != nil {
			return nil, err
		}
	}
	clear(o.last)
	return o.a.apply(x, o.a.sort.sortDelta(out.take(), o.a.enc))
}

// replace retracts what is stored under the key and adds the new row.
func (o *upsertOp) replace(x *stepCtx, key []byte, r rowRef, out *rowsOut) error {
	o.a.delta = nil
	err := o.a.scan(now, key, func(key []byte, w int64) (bool, error) {
		return true, decodeEntry(o.a.rows, key, -w, out.room(out.types))
	})
	if err != nil {
		return err
	}
	if o.tombstone < 0 || r.b.Cols[o.tombstone].IsNull(r.i) || r.b.Cols[o.tombstone].Ints[r.i] == 0 {
		out.add(r.b, r.i, 1)
	}
	return x.tick(1)
}
