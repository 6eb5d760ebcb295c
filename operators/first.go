package operators

import (
	"bytes"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// First. Meaning: top-k with a limit of 1, over rows that only come, kept by its
// partition: what Single over TopK keeps.
// Delta rule: of each key, the better of the row that was there and the best that
// came. State: the answer itself, an entry a key. Cost: a row is compared with the
// best of its key; a key of the step costs a probe, and a write if its row changed.
// The delta is made if somebody reads it. Pathology: none of its own.

func (s First) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	if err := checkCols(s.Key, n.types); err != nil {
		return err
	}
	var cols []int
	order := s.Order
	s.Order = nil
	for _, o := range order {
		if err := checkCols([]int{o.Col}, n.types); err != nil {
			return err
		}
		if !slices.Contains(cols, o.Col) {
			cols, s.Order = append(cols, o.Col), append(s.Order, o)
		}
	}
	rows := single(n.types, s.Key)
	for shard := range c.shards {
		n.ops = append(n.ops, &firstOp{
			n: n, spec: s, types: n.types, rows: rows, ranks: rows.Decoder(cols), tree: c.stores.Tree(s.State, shard),
			ties: row.NewLayout(n.types, sortKey(n.types, s.Key, s.Order), false),
			keys: newKeySet(n.types, s.Key),
			rank: row.NewBatch(pick(n.types, cols), 1), one: row.NewBatch(n.types, 1),
		})
	}
	return nil
}

type firstOp struct {
	n     *node
	spec  First
	types []row.Type
	rows  *row.Layout
	ranks *row.Decoder // of the order columns
	ties  *row.Layout  // says which of two rows of a key with equal order is first
	tree  *storage.Tree

	keys    keySet // of the step
	best    []firstRow
	encoded keyList
	entries []sortEntry
	other   []sortEntry
	hashes  []uint64
	numbers []int32
	fresh   []int32
	order   slab

	changed []firstChange // in the step
	were    []byte        // the values that they had, if the delta is read
	emits   bool          // the step's delta is read

	buf       []byte
	tie       [2][]byte
	rank, one *row.Batch
}

// firstRow is the best of a key's rows in a step.
type firstRow struct {
	b     *row.Batch
	at    int32
	order []byte
}

// firstChange is a key, by its number, with a new row. The old row's value is
// were[from:to]; there was none if from is negative.
type firstChange struct {
	key      int32
	from, to int
}

func (o *firstOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.forget()
	o.emits = o.n.uses > 0 || o.n.isOutput && !x.c.unread
	for _, b := range in[0] {
		if err := o.batch(b); err != nil {
			return nil, err
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	key := func(r int32) []byte { return o.encoded.key(int(r)) }
	o.entries = o.entries[:0]
	for k := range o.best {
		o.entries = append(o.entries, sortEntry{keyHead(o.encoded.key(k)), int32(k)})
	}
	o.entries, o.other = sortByKey(o.entries, o.other, key)
	o.tree.Prefetch(len(o.entries), func(i int) []byte { return key(o.entries[i].row) })
	for _, e := range o.entries {
		if err := o.settle(e.row); err != nil {
			return nil, err
		}
	}
	if !o.emits {
		return nil, nil
	}
	return o.delta()
}

// batch finds the best row of each key.
func (o *firstOp) batch(b *row.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	o.hashes = row.HashRows(b, o.spec.Key, o.hashes)
	o.numbers = grown(o.numbers, b.Len())
	o.fresh = o.keys.number(b, nil, o.hashes, nil, o.numbers, o.fresh[:0])
	for _, i := range o.fresh {
		o.encoded.add(func(dst []byte) []byte { return o.rows.EncodeKey(dst, b, int(i)) })
		o.best = append(o.best, firstRow{})
	}
	for i, w := range b.Weights {
		if w < 0 {
			return errTakenBack
		}
		if w > 0 {
			o.contend(&o.best[o.numbers[i]], b, i)
		}
	}
	return nil
}

// contend lets a row take the place of a key's best if it is better.
func (o *firstOp) contend(best *firstRow, b *row.Batch, i int) {
	o.buf = o.orderOf(o.buf[:0], b, i, func(k int) int { return o.spec.Order[k].Col })
	if best.b != nil {
		c := bytes.Compare(o.buf, best.order)
		if c > 0 || c == 0 && o.compare(b, i, best.b, int(best.at)) >= 0 {
			return
		}
	}
	best.b, best.at = b, int32(i)
	if len(best.order) == len(o.buf) {
		copy(best.order, o.buf)
		return
	}
	best.order = o.order.grow(func(dst []byte) []byte { return append(dst, o.buf...) })
}

// orderOf appends what a row sorts by in its key; col is the place of the k-th
// order column in the batch.
func (o *firstOp) orderOf(dst []byte, b *row.Batch, i int, col func(k int) int) []byte {
	for k, by := range o.spec.Order {
		dst = row.AppendKeyOrder(dst, &b.Cols[col(k)], i, by.Order)
	}
	return dst
}

// compare orders two rows that the order columns do not tell apart.
func (o *firstOp) compare(a *row.Batch, i int, b *row.Batch, j int) int {
	o.tie[0], _ = o.ties.Encode(o.tie[0][:0], nil, a, i)
	o.tie[1], _ = o.ties.Encode(o.tie[1][:0], nil, b, j)
	return bytes.Compare(o.tie[0], o.tie[1])
}

// settle stores a key's best row of the step, if it is better than the stored one.
func (o *firstOp) settle(k int32) error {
	best := &o.best[k]
	if best.b == nil {
		return nil
	}
	key := o.encoded.key(int(k))
	change := firstChange{key: k, from: none}
	if old, found := o.tree.Get(key); found {
		better, err := o.better(best, key, old)
		if err != nil || !better {
			return err
		}
		change.from = len(o.were)
		if o.emits {
			o.were = append(o.were, old...)
		}
		change.to = len(o.were)
	}
	o.buf = o.rows.EncodeRest(o.buf[:0], best.b, int(best.at))
	o.tree.Set(key, o.buf)
	o.changed = append(o.changed, change)
	return nil
}

// better reports that a row comes before the stored one of its key.
func (o *firstOp) better(r *firstRow, key, value []byte) (bool, error) {
	o.rank.Reset()
	if err := o.ranks.Decode(key, value, o.rank); err != nil {
		return false, err
	}
	o.buf = o.orderOf(o.buf[:0], o.rank, 0, func(k int) int { return k })
	if c := bytes.Compare(r.order, o.buf); c != 0 {
		return c < 0, nil
	}
	o.one.Reset()
	if err := o.rows.Decode(key, value, o.one); err != nil {
		return false, err
	}
	return o.compare(r.b, int(r.at), o.one, 0) < 0, nil
}

// delta makes the step's delta.
func (o *firstOp) delta() (row.Delta, error) {
	var out batches
	for _, c := range o.changed {
		if c.from >= 0 {
			to := out.room(o.types)
			if err := o.rows.Decode(o.encoded.key(int(c.key)), o.were[c.from:c.to], to); err != nil {
				return nil, err
			}
			to.Weights[to.Len()-1] = -1
		}
		r := &o.best[c.key]
		out.room(o.types).AppendFrom(r.b, int(r.at), 1)
	}
	return out.delta, nil
}

func (o *firstOp) changes() int { return len(o.changed) }

// forget lets go of the last step.
func (o *firstOp) forget() {
	o.keys.reset()
	o.encoded.reset()
	o.order.reset()
	clear(o.best)
	o.best, o.changed = o.best[:0], o.changed[:0]
	if o.were = o.were[:0]; cap(o.were) > keepBytes {
		o.were = nil
	}
}
