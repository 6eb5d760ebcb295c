package operators

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
)

// aggPlan is what the aggregates of a GroupBy share.
type aggPlan struct {
	types   []row.Type      // of the results
	words   int             // of a group: its number of rows, then the states that are words
	bytes   int             // states of a group that are bytes
	at      []int           // by aggregate: where its state is, among the words or the bytes
	word    []WordAggregate // by aggregate; nil: its state is bytes
	inWords []int           // aggregates of each row whose state is words
	inBytes []int           // those whose state is bytes
	settle  []int           // those that are a Settler
	filters []int           // the columns that are filters of any

	ordered       []valueSlot // min and max
	lossyDistinct []valueSlot
	distinct      []argSet
	slot          []int // by aggregate of ordered or lossyDistinct: its slot
}

// valueSlot is an argument list under a filter, whose values are kept once for
// all aggregates that share it.
type valueSlot struct {
	args   []int
	filter int
	types  []row.Type
	aggs   []int
}

func planAggs(s GroupBy, in []row.Type) (*aggPlan, error) {
	n := len(s.Aggs)
	p := &aggPlan{words: 1, slot: make([]int, n), at: make([]int, n), word: make([]WordAggregate, n)}
	for j, a := range s.Aggs {
		if err := checkCols(a.Args, in); err != nil {
			return nil, fmt.Errorf("aggregate %d: %w", j, err)
		}
		if a.Filter >= len(in) || a.Filter >= 0 && in[a.Filter].Kind != row.Bool {
			return nil, fmt.Errorf("aggregate %d: its filter is not a bool column", j)
		}
		if a.Kind != Invertible && len(a.Args) != 1 {
			return nil, fmt.Errorf("aggregate %d: min and max take one column", j)
		}
		if a.Filter >= 0 && !slices.Contains(p.filters, a.Filter) {
			p.filters = append(p.filters, a.Filter)
		}
		p.add(a, j, in)
	}
	if len(p.ordered) > maxSlots || len(p.lossyDistinct) > maxSlots || len(p.distinct) > maxSlots {
		return nil, fmt.Errorf("more than %d different arguments of min, max or distinct aggregates", maxSlots)
	}
	return p, nil
}

// add makes a place for an aggregate's state.
func (p *aggPlan) add(a Agg, j int, in []row.Type) {
	if a.Kind != Invertible {
		p.types = append(p.types, in[a.Args[0]])
		p.slot[j] = share(&p.ordered, a, j, in)
		p.at[j] = p.bytes
		p.bytes++
		return
	}
	p.types = append(p.types, a.F.Type())
	if a.Distinct {
		if slices.ContainsFunc(pick(in, a.Args), row.KeyLossy) {
			p.slot[j] = share(&p.lossyDistinct, a, j, in)
		} else {
			p.shareSet(a, j, in)
		}
	}
	if w, ok := a.F.(WordAggregate); ok {
		p.word[j], p.at[j] = w, p.words
		p.words += w.Words()
		if !a.Distinct {
			p.inWords = append(p.inWords, j)
		}
		return
	}
	if _, ok := a.F.(Settler); ok {
		p.settle = append(p.settle, j)
	}
	p.at[j] = p.bytes
	p.bytes++
	if !a.Distinct {
		p.inBytes = append(p.inBytes, j)
	}
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
	*slots = append(*slots, s)
	return len(*slots) - 1
}

// A group's value: its words as varints, of which the first is its number of rows;
// then for each state that is bytes uvarint length and state. The state of min
// and max is their value as the ordered store's key has it, empty when there is
// none, so that only a retraction of it makes a seek.

// loadStates makes room for one more group's states, and fills them.
func (o *groupOp) loadStates(value []byte, ok bool) error {
	at := len(o.words)
	for range o.plan.words {
		o.words = append(o.words, 0)
	}
	for j := range o.aggs {
		if o.plan.word[j] != nil {
			continue
		}
		var s []byte // min and max have none
		if o.aggs[j].Kind == Invertible && !ok {
			s = o.slab.grow(func(dst []byte) []byte { return o.aggs[j].F.Init(dst) })
		}
		o.states = append(o.states, s)
		o.wasStates = append(o.wasStates, o.slab.grow(func(dst []byte) []byte { return append(dst, s...) }))
	}
	if ok {
		if err := o.decodeStates(value, o.words[at:]); err != nil {
			return err
		}
	}
	o.wasWords = append(o.wasWords, o.words[at:]...)
	return nil
}

// decodeStates reads a group's value into its words and its last states.
func (o *groupOp) decodeStates(value []byte, words []int64) error {
	rest := value
	for k := range words {
		if len(rest) > 0 && rest[0] < 0x80 {
			words[k] = int64(rest[0]>>1) ^ -int64(rest[0]&1)
			rest = rest[1:]
			continue
		}
		w, n := binary.Varint(rest)
		if n <= 0 {
			return fmt.Errorf("a stored group is corrupt: %x", value)
		}
		words[k] = w
		rest = rest[n:]
	}
	first := len(o.states) - o.plan.bytes
	for k := range o.plan.bytes {
		l, n := binary.Uvarint(rest)
		if n <= 0 || l > uint64(len(rest)-n) {
			return fmt.Errorf("a stored group is corrupt: %x", value)
		}
		s := rest[n : n+int(l)]
		o.states[first+k] = o.slab.grow(func(dst []byte) []byte { return append(dst, s...) })
		o.wasStates[first+k] = o.slab.grow(func(dst []byte) []byte { return append(dst, s...) })
		rest = rest[n+int(l):]
	}
	if len(rest) != 0 {
		return fmt.Errorf("a stored group is corrupt: %x", value)
	}
	return nil
}

// save is the group's value.
func (o *groupOp) save(dst []byte, g int) []byte {
	for _, w := range o.words[g*o.plan.words : (g+1)*o.plan.words] {
		dst = binary.AppendVarint(dst, w)
	}
	for _, s := range o.states[g*o.plan.bytes : (g+1)*o.plan.bytes] {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

// form appends the form of its key that stands for a group: of those that it has
// the least. A group that is not there gets NULLs.
func (o *groupOp) form(g int, there bool, into *row.Batch) error {
	into.Weights = append(into.Weights, 1)
	if !there {
		for c := range into.Cols {
			into.Cols[c].AppendNull()
		}
		return nil
	}
	key := o.enc.key(g)
	o.value = prefixEnd(o.value, key)
	it := &o.formsAt
	o.forms.Seek(it, key, o.value)
	defer it.Close()
	if !it.Next() {
		return fmt.Errorf("a group has no form of its key")
	}
	into.Weights = into.Weights[:len(into.Weights)-1]
	return o.formRows.Decode(it.Key(), nil, into)
}

// canonicalKey appends what the key codec holds of a group's key.
func (o *groupOp) canonicalKey(key []byte, into []row.Column) (rest []byte, err error) {
	for _, c := range o.keyOrder {
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
	o.ordDiff.prefetch(o.order)
	err := o.ordDiff.each(func(first int32, key []byte, w int64) error {
		left, err := addWeight(o.order, key, w, &o.value)
		if err != nil {
			return err
		}
		g := int(o.ordGroup[first])
		at := len(o.enc.key(g))
		value := key[at+1:]
		for _, j := range o.plan.ordered[key[at]].aggs {
			s := &o.states[g*o.plan.bytes+o.plan.at[j]]
			switch {
			case w > 0 && beyond(o.aggs[j].Kind, value, *s):
				*s = o.slab.grow(func(dst []byte) []byte { return append(dst, value...) })
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
	o.buf = append(append(o.buf[:0], o.enc.key(g)...), byte(o.plan.slot[j]))
	o.value = prefixEnd(o.value, o.buf)
	it := &o.orderAt
	if o.aggs[j].Kind == Min {
		o.order.Seek(it, o.buf, o.value)
	} else {
		o.order.SeekReverse(it, o.buf, o.value)
	}
	defer it.Close()
	s := &o.states[g*o.plan.bytes+o.plan.at[j]]
	*s = nil
	if it.Next() {
		value := it.Key()[len(o.buf):]
		*s = o.slab.grow(func(dst []byte) []byte { return append(dst, value...) })
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
