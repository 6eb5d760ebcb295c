package operators

import (
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Peaks. Meaning: of the rows with equal keys those whose value is the greatest,
// all of them; none with a NULL in key or value. The input promises that no
// key's greatest value ever falls, and that a row that comes in a step and goes
// in it makes way for one of no lesser value: so it is with counts of rows of
// which none is taken back.
// Delta rule: the greatest value after a step is that of before or the greatest
// that came. Where it rose, the rows that had it go; rows with what is the
// greatest now come, or go. All others pass by: they were not put out, and never
// will be without coming again. State: of each key the value, and the rows that
// have it. Cost: a probe for each key of the step, a compare for each row; for
// each row that comes or goes an ordered write. Pathology: keys whose rows are
// all alike in the value keep them all.

func (s Peaks) build(c *Circuit, n *node) error {
	in := n.ins[0].types
	if err := checkCols(append([]int{s.Value}, s.Key...), in); err != nil {
		return err
	}
	if in[s.Value].Phys() != row.PhysInt {
		return fmt.Errorf("peaks of %s", in[s.Value].Name())
	}
	if err := n.expires(s.Expire, pick(in, s.Key)); err != nil {
		return err
	}
	n.types = in
	key := reorder(s.Key, s.Expire.first(len(s.Key)))
	for shard := range c.shards {
		o := &peaksOp{
			key: key, value: s.Value, keys: newKeySet(in, key),
			table: c.stores.Table(s.State, shard),
			a:     c.newArrangement(n, key, s.State+1, shard),
		}
		o.keys.reset()
		n.ops = append(n.ops, o)
	}
	return nil
}

// peaksOp is one shard of a Peaks.
type peaksOp struct {
	key   []int
	value int
	table *storage.Table // key -> the greatest value, a varint
	a     *arrangement   // the rows that have it

	keys    keySet
	enc     keyList
	peaks   []peak  // by key of the step
	numbers []int32 // by row of the step: its key; none: it has a NULL
	fresh   []int32
	hashes  []uint64
	buf     []byte
	out     batches
}

// peak is the greatest value of a key.
type peak struct {
	was, is  int64
	had, has bool // there was a value, and is one
}

func (o *peaksOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.keys.reset()
	o.enc.reset()
	o.peaks, o.numbers = o.peaks[:0], o.numbers[:0]
	for _, b := range in[0] {
		if err := o.see(b); err != nil {
			return nil, err
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	for k := range o.peaks {
		if err := o.rise(x, k); err != nil {
			return nil, err
		}
	}
	numbers := o.numbers
	for _, b := range in[0] {
		o.choose(b, numbers[:b.Len()])
		numbers = numbers[b.Len():]
	}
	out := o.out.take()
	_, err := o.a.step(x, []row.Delta{out})
	o.a.delta = nil
	return out, err
}

// see finds the keys of a batch's rows, and the greatest values that come.
func (o *peaksOp) see(b *row.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	at := len(o.numbers)
	for range b.Len() {
		o.numbers = append(o.numbers, 0)
	}
	numbers := o.numbers[at:]
	o.hashes = row.HashRows(b, o.key, o.hashes)
	o.fresh = o.keys.number(b, nil, o.hashes, nil, numbers, o.fresh[:0])
	if err := o.load(b); err != nil {
		return err
	}
	value := &b.Cols[o.value]
	for i, w := range b.Weights {
		if w == 0 || value.IsNull(i) || o.a.keyNull(b, i) {
			numbers[i] = none
			continue
		}
		p := &o.peaks[numbers[i]]
		if v := value.Ints[i]; w > 0 && (!p.has || v > p.is) {
			p.is, p.has = v, true
		}
	}
	return nil
}

// load reads the values of the keys that are new in the step.
func (o *peaksOp) load(b *row.Batch) error {
	first := o.enc.len()
	for _, i := range o.fresh {
		o.enc.addRow(b, o.key, int(i))
	}
	o.enc.find(o.table, first)
	for k := first; k < o.enc.len(); k++ {
		stored := o.enc.values[k]
		var p peak
		if stored != nil {
			v, n := binary.Varint(stored)
			if n != len(stored) {
				return fmt.Errorf("a stored greatest value is corrupt: %x", stored)
			}
			p = peak{was: v, is: v, had: true, has: true}
		}
		o.peaks = append(o.peaks, p)
	}
	return nil
}

// rise stores a key's value if it has risen, and takes back the rows that had the
// one before.
func (o *peaksOp) rise(x *stepCtx, k int) error {
	p := &o.peaks[k]
	if !p.has || p.had && p.is == p.was {
		return nil
	}
	key := o.enc.key(k)
	o.buf = binary.AppendVarint(o.buf[:0], p.is)
	o.table.Put(o.enc.hashes[k], key, o.buf)
	if !p.had {
		return nil
	}
	return o.a.scan(now, key, func(entry []byte, w int64) (bool, error) {
		return true, decodeEntry(o.a.rows, entry, -w, o.out.room(o.a.types))
	})
}

// choose puts out the rows whose value is the greatest. One that goes and is not
// there is of those that rise has taken back.
func (o *peaksOp) choose(b *row.Batch, numbers []int32) {
	value := &b.Cols[o.value]
	for i, k := range numbers {
		if k != none && value.Ints[i] == o.peaks[k].is {
			o.out.room(o.a.types).AppendFrom(b, i, b.Weights[i])
		}
	}
}
