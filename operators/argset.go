package operators

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// valueSets count, for the distinct aggregates of a GroupBy, each different
// argument list of each group, and tell the aggregates when one comes or goes.
// All aggregates over the same arguments share one entry for each list, with a
// counter for each of their filters: a row costs one probe, however many of them
// there are.
//
// An entry: group key, set, arguments' keys -> a varint for each filter, the
// number of rows that pass it; of append-only input, where nobody asks how
// often a list came, one uvarint of bits instead, and lists of one integer in
// blocks: see valueblocks.go. Lists that are equal but print differently are kept
// elsewhere: see valueset.go.
type valueSets struct {
	sets       []*setState
	table      *storage.Table
	appendOnly bool
	lossy      *valueSet
	blocks     *valueBlocks // nil: of no set yet
	enc        keyList      // of the set at hand
	value      []byte
}

// argSet is an argument list with the filters under which it is counted.
type argSet struct {
	args    []int
	filters []int
	aggs    [][]int // by filter
}

// maxSetFilters is how many filters fit into a word of bits.
const maxSetFilters = 63

// shareSet finds or makes the set and the filter of an aggregate.
func (p *aggPlan) shareSet(a Agg, j int, in []row.Type) {
	filter := max(a.Filter, -1)
	for i := range p.distinct {
		s := &p.distinct[i]
		if !slices.Equal(s.args, a.Args) {
			continue
		}
		if f := slices.Index(s.filters, filter); f >= 0 {
			s.aggs[f] = append(s.aggs[f], j)
			return
		}
		if len(s.filters) < maxSetFilters {
			s.filters = append(s.filters, filter)
			s.aggs = append(s.aggs, []int{j})
			return
		}
	}
	p.distinct = append(p.distinct, argSet{args: a.Args, filters: []int{filter}, aggs: [][]int{{j}}})
}

// setState is a set's changes in one step.
type setState struct {
	argSet
	id     byte
	keys   keySet     // of (group, list)
	lists  *row.Batch // by key: the arguments
	cols   []*row.Column
	group  []int32 // by key
	deltas []int64 // by key, then by filter
	signs  []int64 // by filter, then by key: that a list comes or goes

	hashes  []uint64 // scratch, by row of a batch
	sel     []int32
	numbers []int32
	fresh   []int32
	passing [][]int64
}

// newValueSets makes the sets; they own the table state and the tree state+2.
func newValueSets(p *aggPlan, keyTypes []row.Type, c *Circuit, state StateID, shard int, appendOnly bool) *valueSets {
	v := &valueSets{appendOnly: appendOnly, lossy: newValueSet(p.lossyDistinct, keyTypes, c, state, shard)}
	if len(p.distinct) > 0 {
		v.table = c.stores.Table(state, shard)
	}
	for i, s := range p.distinct {
		v.sets = append(v.sets, &setState{argSet: s, id: byte(i)})
	}
	return v
}

// prepare makes what depends on the types of the input's columns.
func (s *setState) prepare(b *row.Batch) {
	if s.lists != nil {
		return
	}
	types := make([]row.Type, len(s.args))
	for k, c := range s.args {
		types[k] = b.Cols[c].Type
	}
	s.keys = newKeySet(b.Types(), s.args)
	s.keys.reset()
	s.lists = row.NewBatch(types, 0)
	for k := range s.lists.Cols {
		s.cols = append(s.cols, &s.lists.Cols[k])
	}
	s.passing = make([][]int64, len(s.filters))
}

// note counts the lists of the rows at hand.
func (v *valueSets) note(o *groupOp) {
	for _, s := range v.sets {
		s.note(o)
	}
}

func (s *setState) note(o *groupOp) {
	b := o.at.b
	s.prepare(b)
	var any bool
	s.sel = s.sel[:0]
	for f, filter := range s.filters {
		s.passing[f] = o.passing(filter)
		any = any || filter < 0
	}
	for i := range b.Weights {
		if any && o.at.weights[i] != 0 || !any && s.passes(i) {
			s.sel = append(s.sel, int32(i))
		}
	}
	s.hashes = row.HashRows(b, s.args, s.hashes)
	for _, i := range s.sel {
		s.hashes[i] = withGroup(s.hashes[i], o.at.groups[i])
	}
	s.numbers = grown(s.numbers, b.Len())
	s.fresh = s.keys.number(b, s.sel, s.hashes, o.at.groups, s.numbers, s.fresh[:0])
	for k, c := range s.args {
		s.lists.Cols[k].AppendGather(&b.Cols[c], s.fresh)
	}
	for _, i := range s.fresh {
		s.group = append(s.group, o.at.groups[i])
	}
	n := len(s.filters)
	for range s.fresh {
		for range n {
			s.deltas = append(s.deltas, 0)
		}
	}
	for f, w := range s.passing {
		for _, i := range s.sel {
			s.deltas[int(s.numbers[i])*n+f] += w[i]
		}
	}
}

// withGroup is the hash of a group's value.
func withGroup(hash uint64, group int32) uint64 {
	hash = (hash ^ uint64(group)*0x9e3779b97f4a7c15) * 0xe7037ed1a0b428db
	return hash ^ hash>>29
}

func (s *setState) passes(i int) bool {
	for _, w := range s.passing {
		if w[i] != 0 {
			return true
		}
	}
	return false
}

// apply counts the step's changes and updates the groups' states.
func (v *valueSets) apply(x *stepCtx, o *groupOp) error {
	if err := v.lossy.apply(x, o); err != nil {
		return err
	}
	for _, s := range v.sets {
		if s.keys.len() == 0 {
			continue
		}
		if err := v.count(s, o); err != nil {
			return err
		}
		if err := s.tell(x, o); err != nil {
			return err
		}
		if err := x.tick(s.keys.len()); err != nil {
			return err
		}
		s.keys.reset()
		s.lists.Reset()
		s.group, s.deltas = s.group[:0], s.deltas[:0]
	}
	return nil
}

// count changes the entries, and notes which lists come and go.
func (v *valueSets) count(s *setState, o *groupOp) error {
	n, keys := len(s.filters), s.keys.len()
	s.signs = grown(s.signs, n*keys)
	clear(s.signs)
	if v.appendOnly && s.keys.fixed && len(s.args) == 1 {
		if v.blocks == nil {
			v.blocks = newValueBlocks()
		}
		return v.markBlocks(s, o)
	}
	v.enc.reset()
	for e := range keys {
		v.enc.add(func(dst []byte) []byte {
			dst = append(append(dst, o.enc.key(int(s.group[e]))...), s.id)
			for _, c := range s.cols {
				dst = row.AppendKey(dst, c, e)
			}
			return dst
		})
	}
	v.enc.find(v.table, 0)
	for e := range keys {
		deltas := s.deltas[e*n : (e+1)*n]
		if allZero(deltas) {
			continue
		}
		var err error
		if v.appendOnly {
			err = v.mark(s, e, deltas)
		} else {
			err = v.add(s, e, deltas)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func allZero(words []int64) bool {
	for _, w := range words {
		if w != 0 {
			return false
		}
	}
	return true
}

// mark sets the bits of an entry of append-only input.
func (v *valueSets) mark(s *setState, e int, deltas []int64) error {
	was, stored := uint64(0), v.enc.values[e]
	if len(stored) > 0 {
		n := 0
		if was, n = binary.Uvarint(stored); n != len(stored) {
			return fmt.Errorf("a stored set of bits is corrupt: %x", stored)
		}
	}
	is := was
	for f, d := range deltas {
		if d > 0 {
			is |= 1 << f
		}
		if d < 0 {
			return fmt.Errorf("a row was taken back from a collection that is append-only")
		}
	}
	if is == was {
		return nil
	}
	for f := range deltas {
		s.signs[f*s.keys.len()+e] = int64((is &^ was) >> f & 1)
	}
	v.value = binary.AppendUvarint(v.value[:0], is)
	v.table.Put(v.enc.hashes[e], v.enc.key(e), v.value)
	return nil
}

// add adds to the counters of an entry.
func (v *valueSets) add(s *setState, e int, deltas []int64) error {
	stored := v.enc.values[e]
	had := stored != nil
	v.value = v.value[:0]
	any := int64(0)
	for f, d := range deltas {
		was, n := int64(0), 0
		if had {
			if was, n = binary.Varint(stored); n <= 0 {
				return fmt.Errorf("a stored count is corrupt")
			}
			stored = stored[n:]
		}
		is := was + d
		if is < 0 {
			return fmt.Errorf("a distinct value's count falls to %d", is)
		}
		any |= is
		v.value = binary.AppendVarint(v.value, is)
		switch {
		case was == 0 && is > 0:
			s.signs[f*s.keys.len()+e] = 1
		case was > 0 && is == 0:
			s.signs[f*s.keys.len()+e] = -1
		}
	}
	if any == 0 {
		v.table.Delete(v.enc.hashes[e], v.enc.key(e))
	} else {
		v.table.Put(v.enc.hashes[e], v.enc.key(e), v.value)
	}
	return nil
}

// tell adds the lists that came to the aggregates, and takes those that went.
func (s *setState) tell(x *stepCtx, o *groupOp) error {
	keys := s.keys.len()
	for f, aggs := range s.aggs {
		signs := s.signs[f*keys : (f+1)*keys]
		for _, j := range aggs {
			if w := o.plan.word[j]; w != nil {
				if err := w.AddRows(o.words[o.plan.at[j]:], o.plan.words, s.group, s.cols, signs); err != nil {
					return err
				}
				continue
			}
			for e, sign := range signs {
				if sign == 0 {
					continue
				}
				if err := o.add(int(s.group[e]), j, s.cols, e, sign); err != nil {
					x.reportRow(o.n, s.lists.Types(), cloneRow(s.lists.Row(e)), err, sign)
				}
			}
		}
	}
	return nil
}
