package operators

import (
	"fmt"
	"math"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Group by. Meaning: one row for each group of rows with equal keys (NULLs are
// equal): the key, then the aggregates over the group's rows. With no key
// columns there is one group, which is there even without rows.
// Delta rule: a group whose states changed retracts its old row and adds its new
// one. An invertible aggregate adds the row, weight times, to its
// state; min and max keep their values in order; a distinct aggregate counts
// its argument lists, and hears of one when its count leaves or returns to zero.
// State: for each group its number of rows and its aggregates' states in one
// value, of min and max their value; an ordered entry for each different value under min and max; a counter
// for each different argument list under distinct.
// Cost: for each changed group a probe and a write, and a seek if its min or max
// was retracted; for each changed row an update; for each changed value an ordered write
// or a probe. Pathology: min and max keep all values.
//
// Where a key's columns are lossy (1.0 and 1.00), the least of the group's forms
// stands for it, so the different forms are counted, too.
//
// A group whose result is an error is not there, and the error is, with the
// group's key as its row. A row on which an update fails counts nowhere.

func (s GroupBy) build(c *Circuit, n *node) error {
	in := n.ins[0].types
	if err := checkCols(s.Key, in); err != nil {
		return err
	}
	plan, err := planAggs(s, in)
	if err != nil {
		return err
	}
	n.types = append(pick(in, s.Key), plan.types...)
	if err := n.expires(s.Expire, pick(in, s.Key)); err != nil {
		return err
	}
	stored := s.Expire.first(len(s.Key))
	for shard := range c.shards {
		o := &groupOp{
			n: n, key: s.Key, keyTypes: pick(in, s.Key), aggs: s.Aggs, plan: plan, types: n.types,
			table: c.stores.Table(s.State, shard),
			order: c.stores.Tree(s.State+3, shard),
			keys:  newKeySet(in, s.Key), keyOrder: stored,
			// The group of all rows is shard 0's.
			global: len(s.Key) == 0 && shard == 0,
		}
		o.dist = newValueSets(plan, pick(o.keyTypes, stored), c, s.State+2, shard, s.AppendOnly)
		o.began = !o.global || n.opt.Hydrated
		for _, a := range s.Aggs {
			o.args = append(o.args, make([]*row.Column, len(a.Args)))
		}
		for _, col := range plan.filters {
			o.filters = append(o.filters, filterWeights{col: col})
		}
		o.keyRows = row.NewBatch(o.keyTypes, 0)
		for _, t := range o.keyTypes {
			o.lossy = o.lossy || row.KeyLossy(t)
		}
		if o.lossy {
			o.forms = c.stores.Tree(s.State+1, shard)
			o.formRows = ascending(o.keyTypes, stored)
			o.wasForms = row.NewBatch(o.keyTypes, 0)
			o.isForms = row.NewBatch(o.keyTypes, 0)
		}
		n.ops = append(n.ops, o)
	}
	return nil
}

// groupOp is one shard of a GroupBy.
type groupOp struct {
	n        *node
	key      []int
	keyTypes []row.Type
	keyOrder []int // in which the key's columns are stored
	aggs     []Agg
	plan     *aggPlan
	types    []row.Type
	lossy    bool
	global   bool // this shard has the group that is always there
	began    bool // that group's row has been put out
	holding  bool // groups are put out when the input has ended
	holds    bool // there are groups of steps before

	table    *storage.Table
	forms    *storage.Tree // group key, faithful key -> weight; if lossy
	formRows *row.Layout
	dist     *valueSets
	order    *storage.Tree // group key, slot, value -> weight

	// The groups that the step has touched, by number. Their states before the
	// step are kept beside those now, so that the old row can be made again.
	keys      keySet
	enc       keyList    // their keys, encoded as the stores have them
	keyRows   *row.Batch // their keys' columns; no weights
	words     []int64    // plan.words each: the number of rows, then states
	wasWords  []int64
	states    [][]byte // plan.bytes each: the other states
	wasStates [][]byte
	stored    []bool     // the table has the group
	wasForms  *row.Batch // if lossy: the form that stood for the group, if it was there
	isForms   *row.Batch
	slab      slab

	at       groupRows       // the batch at hand
	args     [][]*row.Column // by aggregate: of the batch at hand
	filters  []filterWeights // of the batch at hand
	out      groupOut
	formDiff changes
	ordDiff  changes
	ordGroup []int32 // by change of ordDiff: the group
	buf      []byte
	value    []byte
	formsAt  storage.Iter
	orderAt  storage.Iter
}

// groupRows are the rows of a batch with their groups.
type groupRows struct {
	b       *row.Batch
	hashes  []uint64
	groups  []int32
	fresh   []int32
	weights []int64 // b's, with zero for rows that count nowhere
	own     []int64 // the memory of weights, when they are not b's
}

func (o *groupOp) pending() bool { return !o.holding && (o.holds || !o.began) }

// hold implements holder.
func (o *groupOp) hold(on bool) { o.holding = on }

// held implements holder.
func (o *groupOp) held() int64 {
	if !o.holds {
		return 0
	}
	words := len(o.words) + len(o.wasWords) + len(o.keys.words) + 4*o.enc.len() + 6*len(o.states)
	return int64(8*words+len(o.keys.arena)+len(o.enc.keys.Buf)) + o.keyRows.Bytes() + o.slab.bytes
}

func (o *groupOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if !o.holds {
		o.reset()
		if o.global {
			if err := o.loadGlobal(); err != nil {
				return nil, err
			}
		}
	}
	for _, b := range in[0] {
		if err := o.batch(x, b); err != nil {
			return nil, err
		}
	}
	if err := o.formDiff.apply(o.forms); err != nil {
		return nil, err
	}
	if err := o.applyOrder(x); err != nil {
		return nil, err
	}
	if err := o.dist.apply(x, o); err != nil {
		return nil, err
	}
	if o.holds = o.holding; o.holds {
		return nil, nil
	}
	out, err := o.finish(x)
	o.began = true
	return out, err
}

func (o *groupOp) reset() {
	o.keys.reset()
	o.enc.reset()
	o.keyRows.Reset()
	if o.lossy {
		o.wasForms.Reset()
	}
	clear(o.states)
	clear(o.wasStates)
	o.words, o.wasWords = o.words[:0], o.wasWords[:0]
	o.states, o.wasStates = o.states[:0], o.wasStates[:0]
	o.stored = o.stored[:0]
	o.slab.reset()
}

// batch adds the rows of a batch to their groups.
func (o *groupOp) batch(x *stepCtx, b *row.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if err := o.number(b); err != nil {
		return err
	}
	for j := range o.aggs {
		for k, c := range o.aggs[j].Args {
			o.args[j][k] = &b.Cols[c]
		}
	}
	if len(o.plan.inBytes) > 0 {
		if err := o.updateBytes(x); err != nil {
			return err
		}
	}
	width := o.plan.words
	for i, w := range o.at.weights {
		o.words[int(o.at.groups[i])*width] += w
	}
	for _, j := range o.plan.inWords {
		a := &o.aggs[j]
		if err := o.plan.word[j].AddRows(o.words[o.plan.at[j]:], width, o.at.groups, o.args[j], o.passing(a.Filter)); err != nil {
			return err
		}
	}
	if o.lossy || len(o.plan.ordered) > 0 || len(o.plan.lossyDistinct) > 0 {
		for i, w := range o.at.weights {
			if w != 0 {
				o.note(int(o.at.groups[i]), b, i, w)
			}
		}
	}
	o.dist.note(o)
	return x.tick(b.Len())
}

// number finds the groups of a batch's rows, and loads those that the step
// touches for the first time.
func (o *groupOp) number(b *row.Batch) error {
	n := b.Len()
	at := &o.at
	at.b, at.weights = b, b.Weights
	for f := range o.filters {
		o.filters[f].ready = false
	}
	at.groups = grown(at.groups, n)
	if o.global {
		clear(at.groups)
		return nil
	}
	at.hashes = row.HashRows(b, o.key, at.hashes)
	at.fresh = o.keys.number(b, nil, at.hashes, nil, at.groups, at.fresh[:0])
	for c, from := range o.key {
		o.keyRows.Cols[c].AppendGather(&b.Cols[from], at.fresh)
	}
	return o.load(len(at.fresh))
}

// grown is s with n elements, which are undefined.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// loadGlobal makes the group of all rows the step's group 0.
func (o *groupOp) loadGlobal() error { return o.load(1) }

// load reads the states of the last n groups.
func (o *groupOp) load(n int) error {
	first := o.enc.len()
	for g := first; g < first+n; g++ {
		o.enc.addRow(o.keyRows, o.keyOrder, g)
	}
	o.enc.find(o.table, first)
	for g := first; g < first+n; g++ {
		value := o.enc.values[g]
		ok := value != nil
		if err := o.loadStates(value, ok); err != nil {
			return err
		}
		o.stored = append(o.stored, ok)
		if !o.lossy {
			continue
		}
		if err := o.form(g, ok, o.wasForms); err != nil {
			return err
		}
	}
	return nil
}

// updateBytes adds the rows to the states that are bytes, to all or to none. Rows
// on which that fails count nowhere.
func (o *groupOp) updateBytes(x *stepCtx) error {
	for i, w := range o.at.weights {
		if w == 0 {
			continue
		}
		if err := o.update(int(o.at.groups[i]), o.at.b, i, w); err != nil {
			x.report(o.n, o.at.b, i, err, w)
			o.at.drop(i)
		}
	}
	return nil
}

// drop makes a row count nowhere.
func (r *groupRows) drop(i int) {
	if &r.weights[0] == &r.b.Weights[0] {
		r.own = append(r.own[:0], r.b.Weights...)
		r.weights = r.own
	}
	r.weights[i] = 0
}

// update adds a row to its group's states that are bytes.
func (o *groupOp) update(g int, b *row.Batch, i int, w int64) error {
	for p, j := range o.plan.inBytes {
		if !passesFilter(o.aggs[j].Filter, b, i) {
			continue
		}
		if err := o.add(g, j, o.args[j], i, w); err != nil {
			for _, k := range o.plan.inBytes[:p] {
				if passesFilter(o.aggs[k].Filter, b, i) {
					if undo := o.add(g, k, o.args[k], i, -w); undo != nil {
						return fmt.Errorf("aggregate %d cannot take back what it took: %w", k, undo)
					}
				}
			}
			return err
		}
	}
	return nil
}

// add adds a row to a state that is bytes.
func (o *groupOp) add(g, j int, args []*row.Column, i int, w int64) error {
	at := g*o.plan.bytes + o.plan.at[j]
	s, err := o.aggs[j].F.Update(o.states[at], args, i, w)
	if err == nil {
		o.states[at] = s
	}
	return err
}

// filterWeights are the weights of a batch's rows, zero where a filter is not true.
type filterWeights struct {
	col     int
	ready   bool
	weights []int64
}

// passing are the weights of the rows at hand, zero where the filter is not true.
func (o *groupOp) passing(filter int) []int64 {
	if filter < 0 {
		return o.at.weights
	}
	at := 0
	for o.filters[at].col != filter {
		at++
	}
	f := &o.filters[at]
	if f.ready {
		return f.weights
	}
	f.ready = true
	f.weights = grown(f.weights, len(o.at.weights))
	col := &o.at.b.Cols[filter]
	for i, v := range col.Ints {
		f.weights[i] = o.at.weights[i] & -(v & 1)
	}
	if col.HasNulls() {
		for i := range f.weights {
			if col.IsNull(i) {
				f.weights[i] = 0
			}
		}
	}
	return f.weights
}

// passesFilter is FILTER (WHERE ...): NULL does not pass.
func passesFilter(filter int, b *row.Batch, i int) bool {
	return filter < 0 || !b.Cols[filter].IsNull(i) && b.Cols[filter].Ints[i] != 0
}

// note writes down what a row changes in the ordered stores.
func (o *groupOp) note(g int, b *row.Batch, i int, w int64) {
	key := o.enc.key(g)
	if o.lossy {
		o.buf = append(o.buf[:0], key...)
		for _, c := range o.key {
			if row.KeyLossy(b.Cols[c].Type) {
				o.buf = row.AppendValue(o.buf, &b.Cols[c], i)
			}
		}
		o.formDiff.add(o.buf, w)
	}
	for s := range o.plan.ordered {
		slot := &o.plan.ordered[s]
		col := &b.Cols[slot.args[0]]
		if col.IsNull(i) || !passesFilter(slot.filter, b, i) {
			continue
		}
		o.buf = append(append(o.buf[:0], key...), byte(s))
		o.buf = appendExactKey(o.buf, col, i)
		o.ordDiff.add(o.buf, w)
		o.ordGroup = append(o.ordGroup, int32(g))
	}
	for s := range o.plan.lossyDistinct {
		if passesFilter(o.plan.lossyDistinct[s].filter, b, i) {
			o.dist.lossy.note(g, s, key, b, i, w)
		}
	}
}

// maxSlots is how many different (column, filter) pairs of one kind fit a byte.
const maxSlots = math.MaxUint8
