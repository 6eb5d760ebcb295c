package operators

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// aggPlan is what the aggregates of a GroupBy share.
type aggPlan struct {
	types    []row.Type // of the results
	ordered  []valueSlot
	distinct []valueSlot
	slot     []int // by aggregate: of ordered, or of distinct
}

// valueSlot is an argument list under a filter, whose values are kept once for
// all aggregates that share it.
type valueSlot struct {
	args   []int
	filter int
	types  []row.Type
	aggs   []int
	lossy  bool
}

func planAggs(s GroupBy, in []row.Type) (*aggPlan, error) {
	p := &aggPlan{slot: make([]int, len(s.Aggs))}
	for j, a := range s.Aggs {
		if err := checkCols(a.Args, in); err != nil {
			return nil, fmt.Errorf("aggregate %d: %w", j, err)
		}
		if a.Filter >= len(in) || a.Filter >= 0 && in[a.Filter].Kind != row.Bool {
			return nil, fmt.Errorf("aggregate %d: its filter is not a bool column", j)
		}
		if a.Kind == Invertible {
			p.types = append(p.types, a.F.Type())
			if a.Distinct {
				p.slot[j] = share(&p.distinct, a, j, in)
			}
			continue
		}
		if len(a.Args) != 1 {
			return nil, fmt.Errorf("aggregate %d: min and max take one column", j)
		}
		p.types = append(p.types, in[a.Args[0]])
		p.slot[j] = share(&p.ordered, a, j, in)
	}
	if len(p.ordered) > maxSlots || len(p.distinct) > maxSlots {
		return nil, fmt.Errorf("more than %d different arguments of min, max or distinct aggregates", maxSlots)
	}
	return p, nil
}

// share finds or makes the slot of an aggregate.
func share(slots *[]valueSlot, a Agg, j int, in []row.Type) int {
	filter := max(a.Filter, -1)
	for i := range *slots {
		s := &(*slots)[i]
		if s.filter == filter && slices.Equal(s.args, a.Args) {
			s.aggs = append(s.aggs, j)
			return i
		}
	}
	s := valueSlot{args: a.Args, filter: filter, types: pick(in, a.Args), aggs: []int{j}}
	s.lossy = slices.ContainsFunc(s.types, row.KeyLossy)
	*slots = append(*slots, s)
	return len(*slots) - 1
}

// A group's value: uvarint count, then for each aggregate uvarint length and
// state. The state of min and max is their value as the ordered store's key has
// it, empty when there is none, so that only a retraction of it makes a seek.

// load makes room for one more group's states, and fills them.
func (o *groupOp) load(value []byte, ok bool) (count int64, err error) {
	if !ok {
		for j := range o.aggs {
			var s []byte // min and max have none
			if o.aggs[j].Kind == Invertible {
				s = o.bytes.grow(func(dst []byte) []byte { return o.aggs[j].F.Init(dst) })
			}
			o.states = append(o.states, s)
		}
		return 0, nil
	}
	c, n := binary.Uvarint(value)
	if n <= 0 {
		return 0, fmt.Errorf("a stored group is corrupt: %x", value)
	}
	rest := value[n:]
	for range o.aggs {
		l, n := binary.Uvarint(rest)
		if n <= 0 || l > uint64(len(rest)-n) {
			return 0, fmt.Errorf("a stored group is corrupt: %x", value)
		}
		s := rest[n : n+int(l)]
		o.states = append(o.states, o.bytes.grow(func(dst []byte) []byte { return append(dst, s...) }))
		rest = rest[n+int(l):]
	}
	if len(rest) != 0 {
		return 0, fmt.Errorf("a stored group is corrupt: %x", value)
	}
	return int64(c), nil
}

// save is the group's value.
func (o *groupOp) save(dst []byte, g int) []byte {
	dst = binary.AppendUvarint(dst, uint64(o.counts[g]))
	for _, s := range o.states[g*len(o.aggs) : (g+1)*len(o.aggs)] {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// result appends a group's row, from what is stored and loaded at this moment.
// It reports whether there is one; if an aggregate fails, there is none, and
// the error is the group's.
func (o *groupOp) result(g int, to *row.Batch, w int64) (bool, error) {
	at := to.Len()
	key := o.keys.key(g)
	if err := o.keyColumns(key, to.Cols[:len(o.key)]); err != nil {
		return false, err
	}
	for j := range o.aggs {
		col := &to.Cols[len(o.key)+j]
		var err error
		if a := &o.aggs[j]; a.Kind == Invertible {
			if err := a.F.Result(o.states[g*len(o.aggs)+j], col); err != nil {
				o.oldErr[g] = err
				truncate(to, at)
				return false, nil
			}
		} else {
			err = decodeExactKey(o.states[g*len(o.aggs)+j], col)
		}
		if err != nil {
			return false, err
		}
		if col.Len() != at+1 {
			return false, fmt.Errorf("aggregate %d appended %d values", j, col.Len()-at)
		}
	}
	to.Weights = append(to.Weights, w)
	return true, nil
}

// keyColumns appends the group's key: of its forms the least.
func (o *groupOp) keyColumns(key []byte, into []row.Column) error {
	if !o.lossy {
		_, err := o.canonicalKey(key, into)
		return err
	}
	o.value = prefixEnd(o.value, key)
	it := o.forms.Scan(key, o.value)
	defer it.Close()
	if !it.Next() {
		return fmt.Errorf("a group has no form of its key")
	}
	o.keyRow.Reset()
	if err := o.formRows.Decode(it.Key(), nil, o.keyRow); err != nil {
		return err
	}
	for c := range into {
		into[c].AppendFrom(&o.keyRow.Cols[c], 0)
	}
	return nil
}

// canonicalKey appends what the key codec holds of a group's key.
func (o *groupOp) canonicalKey(key []byte, into []row.Column) (rest []byte, err error) {
	for c := range into {
		if key, err = row.DecodeKey(key, &into[c], row.Order{}); err != nil {
			return nil, err
		}
	}
	return key, nil
}

// applyOrder adds the step's changes to the ordered values, and moves the states
// of min and max.
func (o *groupOp) applyOrder(x *stepCtx) error {
	type lost struct {
		g, j int
	}
	var seek []lost
	err := o.ordDiff.each(func(first int32, key []byte, w int64) error {
		left, err := addWeight(o.order, key, w, &o.value)
		if err != nil {
			return err
		}
		g := int(o.ordGroup[first])
		value := key[1+len(o.keys.key(g)):]
		for _, j := range o.plan.ordered[key[0]].aggs {
			s := &o.states[g*len(o.aggs)+j]
			switch {
			case w > 0 && beyond(o.aggs[j].Kind, value, *s):
				*s = o.bytes.grow(func(dst []byte) []byte { return append(dst, value...) })
			case left == 0 && bytes.Equal(value, *s):
				seek = append(seek, lost{g, j})
			}
		}
		return x.tick(1)
	})
	if err != nil {
		return err
	}
	o.ordGroup = o.ordGroup[:0]
	for _, l := range seek {
		o.seekExtreme(l.g, l.j)
	}
	return nil
}

// beyond reports that a value takes the place of the extreme, if any.
func beyond(kind AggKind, value, extreme []byte) bool {
	if len(extreme) == 0 {
		return true
	}
	c := bytes.Compare(value, extreme)
	return kind == Min && c < 0 || kind == Max && c > 0
}

// seekExtreme sets an aggregate's state to the first or the last of its values.
func (o *groupOp) seekExtreme(g, j int) {
	o.buf = append(append(o.buf[:0], byte(o.plan.slot[j])), o.keys.key(g)...)
	o.value = prefixEnd(o.value, o.buf)
	var it *storage.Iter
	if o.aggs[j].Kind == Min {
		it = o.order.Scan(o.buf, o.value)
	} else {
		it = o.order.ScanReverse(o.buf, o.value)
	}
	defer it.Close()
	s := &o.states[g*len(o.aggs)+j]
	*s = nil
	if it.Next() {
		value := it.Key()[len(o.buf):]
		*s = o.bytes.grow(func(dst []byte) []byte { return append(dst, value...) })
	}
}

// appendExactKey appends a value's key, and the value itself where the key does
// not hold all of it.
func appendExactKey(dst []byte, c *row.Column, i int) []byte {
	dst = row.AppendKey(dst, c, i)
	if row.KeyLossy(c.Type) {
		dst = row.AppendValue(dst, c, i)
	}
	return dst
}

// decodeExactKey appends what appendExactKey encoded; NULL for nothing.
func decodeExactKey(src []byte, into *row.Column) error {
	if len(src) == 0 {
		into.AppendNull()
		return nil
	}
	if !row.KeyLossy(into.Type) {
		_, err := row.DecodeKey(src, into, row.Order{})
		return err
	}
	rest, err := row.SkipKey(src, into.Type, row.Order{})
	if err == nil {
		_, err = row.DecodeValue(rest, into)
	}
	return err
}

// slab hands out small byte slices of one step. A slice that outgrows its place
// is copied elsewhere by append; its neighbours never notice.
type slab struct{ chunk []byte }

const slabBytes = 1 << 16

func (s *slab) reset() { s.chunk = nil }

func (s *slab) grow(fill func(dst []byte) []byte) []byte {
	if cap(s.chunk)-len(s.chunk) < 64 {
		s.chunk = make([]byte, 0, slabBytes)
	}
	at := len(s.chunk)
	room := s.chunk[at:at:cap(s.chunk)]
	got := fill(room)
	if cap(got) == cap(room) {
		s.chunk = s.chunk[:at+len(got)]
	}
	return got[:len(got):len(got)]
}

// changes are weights to be added to a tree's entries at the end of a step, so
// that weights that pass below zero within the step do no harm, and writes come
// in order.
type changes struct {
	arena   []byte
	starts  []int
	weights []int64
	entries []sortEntry
	scratch []byte
}

func (c *changes) add(key []byte, w int64) {
	if len(c.starts) == 0 {
		c.starts = append(c.starts, 0)
	}
	c.entries = append(c.entries, sortEntry{keyHead(key), int32(len(c.weights))})
	c.arena = append(c.arena, key...)
	c.starts = append(c.starts, len(c.arena))
	c.weights = append(c.weights, w)
}

func (c *changes) key(i int32) []byte { return c.arena[c.starts[i]:c.starts[i+1]] }

// each calls fn with each different key, in order, its first entry and its net
// weight, and forgets the changes.
func (c *changes) each(fn func(first int32, key []byte, w int64) error) error {
	slices.SortFunc(c.entries, func(a, b sortEntry) int {
		if a.head != b.head {
			if a.head < b.head {
				return -1
			}
			return 1
		}
		if d := bytes.Compare(c.key(a.row), c.key(b.row)); d != 0 {
			return d
		}
		return int(a.row - b.row)
	})
	for i := 0; i < len(c.entries); {
		first := c.entries[i].row
		key := c.key(first)
		w := c.weights[first]
		for i++; i < len(c.entries) && bytes.Equal(c.key(c.entries[i].row), key); i++ {
			w += c.weights[c.entries[i].row]
		}
		if w == 0 {
			continue
		}
		if err := fn(first, key, w); err != nil {
			return err
		}
	}
	if cap(c.arena) > keepBytes {
		*c = changes{}
	}
	c.arena, c.starts, c.weights, c.entries = c.arena[:0], c.starts[:0], c.weights[:0], c.entries[:0]
	return nil
}

// apply adds the changes to a multiset.
func (c *changes) apply(t *storage.Tree) error {
	return c.each(func(_ int32, key []byte, w int64) error {
		_, err := addWeight(t, key, w, &c.scratch)
		return err
	})
}
