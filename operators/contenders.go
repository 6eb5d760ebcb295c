package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
)

// Contenders. Meaning: some of the input's rows, among them all whose value is the
// greatest (or least) of the rows with their key: of the others it keeps those of
// which it does not know better. What reads it must give the same for any such
// choice: a join with the group's extreme does, because rows only come, and so a
// row that was outdone stays outdone.
// Delta rule: rows pass unless a greater value of their key was seen. State: what
// was seen, which is only a help: it may be forgotten at any time, is not stored,
// and each shard has its own. Cost: a hash and a compare for each row. Pathology:
// more keys at a time than slots push each other out, and then all rows pass.

func (s Contenders) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	cols := append([]int{s.Value}, s.Key...)
	if err := checkCols(cols, n.types); err != nil {
		return err
	}
	for _, t := range pick(n.types, cols) {
		if t.Phys() != row.PhysInt {
			return fmt.Errorf("contenders by %s", t.Name())
		}
	}
	for range c.shards {
		n.ops = append(n.ops, &contendersOp{spec: s, stride: len(s.Key) + 2})
	}
	return nil
}

// contenderSlots is how many keys a shard remembers; a power of two.
const contenderSlots = 1 << 10

type contendersOp struct {
	spec   Contenders
	stride int
	// seen is the slots: whether there is a key, the best value, the key.
	seen   []int64
	hashes []uint64
	at     []int32 // by row: its slot; -1: it passes
	sel    []int32
}

func (o *contendersOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if o.seen == nil {
		o.seen = make([]int64, contenderSlots*o.stride)
	}
	// All rows are seen before the first is judged: then few pass that another of
	// the same step outdoes.
	o.at = o.at[:0]
	for _, b := range in[0] {
		if err := o.see(b); err != nil {
			return nil, err
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	var out row.Delta
	at := o.at
	for _, b := range in[0] {
		o.sel = o.choose(b, at[:b.Len()], o.sel[:0])
		at = at[b.Len():]
		switch len(o.sel) {
		case 0:
		case b.Len():
			out = append(out, b)
		default:
			out = append(out, b.Gather(o.sel))
		}
	}
	return out, nil
}

// see remembers the values of a batch.
func (o *contendersOp) see(b *row.Batch) error {
	o.hashes = row.HashRows(b, o.spec.Key, o.hashes)
	value := &b.Cols[o.spec.Value]
	for i, w := range b.Weights {
		if w < 0 {
			return fmt.Errorf("operators: a row was taken back from a collection that is append-only")
		}
		if w == 0 || value.IsNull(i) || o.nullKey(b, i) {
			o.at = append(o.at, -1)
			continue
		}
		slot := int32(o.hashes[i] & (contenderSlots - 1))
		o.at = append(o.at, slot)
		s, v := o.slot(slot), value.Ints[i]
		switch {
		case !o.holds(s, b, i):
			s[0], s[1] = 1, v
			for k, c := range o.spec.Key {
				s[2+k] = b.Cols[c].Ints[i]
			}
		case o.better(v, s[1]):
			s[1] = v
		}
	}
	return nil
}

func (o *contendersOp) choose(b *row.Batch, at, sel []int32) []int32 {
	value := &b.Cols[o.spec.Value]
	for i, slot := range at {
		if slot >= 0 {
			// Another key may have taken the slot.
			if s := o.slot(slot); o.better(s[1], value.Ints[i]) && o.holds(s, b, i) {
				continue
			}
		}
		sel = append(sel, int32(i))
	}
	return sel
}

func (o *contendersOp) slot(i int32) []int64 { return o.seen[int(i)*o.stride:][:o.stride] }

func (o *contendersOp) holds(slot []int64, b *row.Batch, i int) bool {
	if slot[0] == 0 {
		return false
	}
	for k, c := range o.spec.Key {
		if slot[2+k] != b.Cols[c].Ints[i] {
			return false
		}
	}
	return true
}

func (o *contendersOp) nullKey(b *row.Batch, i int) bool {
	for _, c := range o.spec.Key {
		if b.Cols[c].IsNull(i) {
			return true
		}
	}
	return false
}

func (o *contendersOp) better(a, b int64) bool { return a != b && (a > b) != o.spec.Min }
