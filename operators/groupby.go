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
// Delta rule: a group that changed retracts its old row and adds its new one,
// if they differ. An invertible aggregate adds the row, weight times, to its
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
	for shard := range c.shards {
		o := &groupOp{
			n: n, key: s.Key, keyTypes: pick(in, s.Key), aggs: s.Aggs, plan: plan, types: n.types,
			table: c.stores.Table(s.State, shard),
			dist:  newValueSet(plan.distinct, c, s.State+2, shard),
			order: c.stores.Tree(s.State+3, shard),
			// The group of all rows is shard 0's.
			global: len(s.Key) == 0 && shard == 0,
		}
		o.began = !o.global || n.opt.Hydrated
		for _, t := range o.keyTypes {
			o.lossy = o.lossy || row.KeyLossy(t)
		}
		if o.lossy {
			o.forms = c.stores.Tree(s.State+1, shard)
			o.formRows = ascending(o.keyTypes, identity(len(s.Key)))
			o.keyRow = row.NewBatch(o.keyTypes, 1)
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
	aggs     []Agg
	plan     *aggPlan
	types    []row.Type
	lossy    bool
	global   bool // this shard has the group that is always there
	began    bool // that group's row has been put out

	table    *storage.Table
	forms    *storage.Tree // group key, faithful key -> weight; if lossy
	formRows *row.Layout
	keyRow   *row.Batch // scratch
	dist     *valueSet
	order    *storage.Tree // slot, group key, value -> weight

	// The groups that the step has touched.
	keys     keyIndex
	counts   []int64
	states   [][]byte // by group, then by aggregate
	stored   []bool   // the table has the group
	oldRow   []int32  // its row in old; -1: none
	oldErr   []error
	old      *row.Batch
	args     [][]*row.Column // by aggregate: of the batch at hand
	formDiff changes
	ordDiff  changes
	ordGroup []int32 // by change of ordDiff: the group
	buf      []byte
	value    []byte
	bytes    slab
}

// none marks a group that had no row.
const none = -1

func (o *groupOp) pending() bool { return !o.began }

func (o *groupOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.reset()
	if o.global {
		if _, err := o.touch(nil); err != nil {
			return nil, err
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
	var out batches
	for g := range o.counts {
		if err := o.finish(x, g, &out); err != nil {
			return nil, err
		}
		if err := x.tick(1); err != nil {
			return nil, err
		}
	}
	o.began = true
	return out.delta, nil
}

func (o *groupOp) reset() {
	o.keys.reset()
	clear(o.states)
	clear(o.oldErr)
	o.counts, o.states, o.stored = o.counts[:0], o.states[:0], o.stored[:0]
	o.oldRow, o.oldErr = o.oldRow[:0], o.oldErr[:0]
	o.old = row.NewBatch(o.types, 0)
	o.bytes.reset()
}

// batch adds the rows of a batch to their groups.
func (o *groupOp) batch(x *stepCtx, b *row.Batch) error {
	o.args = o.args[:0]
	for _, a := range o.aggs {
		cols := make([]*row.Column, len(a.Args))
		for i, c := range a.Args {
			cols[i] = &b.Cols[c]
		}
		o.args = append(o.args, cols)
	}
	for i, w := range b.Weights {
		if w == 0 {
			continue
		}
		o.buf = o.buf[:0]
		for _, c := range o.key {
			o.buf = row.AppendKey(o.buf, &b.Cols[c], i)
		}
		g, err := o.touch(o.buf)
		if err != nil {
			return err
		}
		if err := o.update(g, b, i, w); err != nil {
			x.report(o.n, b, i, err, w)
			continue
		}
		o.counts[g] += w
		o.note(g, b, i, w)
	}
	return x.tick(b.Len())
}

// touch finds a group's place among those of the step, and loads it when it is
// touched for the first time, with the row that it had.
func (o *groupOp) touch(key []byte) (int, error) {
	hash := storage.Hash(key)
	g, fresh := o.keys.find(hash, key)
	if !fresh {
		return g, nil
	}
	value, ok := o.table.Get(hash, key)
	count, err := o.load(value, ok)
	if err != nil {
		return g, err
	}
	o.counts = append(o.counts, count)
	o.stored = append(o.stored, ok)
	o.oldRow = append(o.oldRow, none)
	o.oldErr = append(o.oldErr, nil)
	if count > 0 || len(key) == 0 && o.global && o.began {
		at := o.old.Len()
		ok, err := o.result(g, o.old, -1)
		if err != nil {
			return g, err
		}
		if ok {
			o.oldRow[g] = int32(at)
		}
	}
	return g, nil
}

// update adds a row to its group's invertible aggregates: to all or to none.
func (o *groupOp) update(g int, b *row.Batch, i int, w int64) error {
	for j := range o.aggs {
		a := &o.aggs[j]
		if a.Kind != Invertible || a.Distinct || !passesFilter(a.Filter, b, i) {
			continue
		}
		if err := o.add(g, j, o.args[j], i, w); err != nil {
			for k := range j {
				u := &o.aggs[k]
				if u.Kind == Invertible && !u.Distinct && passesFilter(u.Filter, b, i) {
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

func (o *groupOp) add(g, j int, args []*row.Column, i int, w int64) error {
	at := g*len(o.aggs) + j
	s, err := o.aggs[j].F.Update(o.states[at], args, i, w)
	if err == nil {
		o.states[at] = s
	}
	return err
}

// note writes down what a row changes in the stores beside the groups' table.
func (o *groupOp) note(g int, b *row.Batch, i int, w int64) {
	key := o.keys.key(g)
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
		o.buf = append(append(o.buf[:0], byte(s)), key...)
		o.buf = appendExactKey(o.buf, col, i)
		o.ordDiff.add(o.buf, w)
		o.ordGroup = append(o.ordGroup, int32(g))
	}
	for s := range o.plan.distinct {
		slot := &o.plan.distinct[s]
		if passesFilter(slot.filter, b, i) {
			o.dist.note(g, s, key, b, i, w)
		}
	}
}

// passesFilter is FILTER (WHERE ...): NULL does not pass.
func passesFilter(filter int, b *row.Batch, i int) bool {
	return filter < 0 || !b.Cols[filter].IsNull(i) && b.Cols[filter].Ints[i] != 0
}

// finish puts out what changed in a group, and stores it.
func (o *groupOp) finish(x *stepCtx, g int, out *batches) error {
	key := o.keys.key(g)
	if o.counts[g] < 0 {
		return fmt.Errorf("a group's number of rows falls to %d", o.counts[g])
	}
	wasErr := o.oldErr[g]
	o.oldErr[g] = nil
	if o.counts[g] > 0 || o.global {
		to := out.room(o.types)
		at := to.Len()
		ok, err := o.result(g, to, 1)
		if err != nil {
			return err
		}
		if ok && o.oldRow[g] >= 0 && row.EqualRow(to, at, o.old, int(o.oldRow[g])) {
			truncate(to, at)
			o.oldRow[g] = none
		}
	}
	if r := o.oldRow[g]; r >= 0 {
		out.room(o.types).AppendFrom(o.old, int(r), -1)
	}
	if err := o.reportChange(x, key, wasErr, o.oldErr[g]); err != nil {
		return err
	}
	hash := o.keys.hashes[g]
	if o.counts[g] == 0 {
		if o.stored[g] {
			o.table.Delete(hash, key)
		}
		return nil
	}
	o.value = o.save(o.value[:0], g)
	o.table.Put(hash, key, o.value)
	return nil
}

// reportChange reports that a group's result began or ended to be an error.
func (o *groupOp) reportChange(x *stepCtx, key []byte, was, is error) error {
	if was == nil && is == nil || was != nil && is != nil && was.Error() == is.Error() {
		return nil
	}
	b := row.NewBatch(o.keyTypes, 1)
	if _, err := o.canonicalKey(key, b.Cols); err != nil {
		return err
	}
	b.Weights = append(b.Weights, 1)
	if was != nil {
		x.report(o.n, b, 0, was, -1)
	}
	if is != nil {
		x.report(o.n, b, 0, is, 1)
	}
	return nil
}

// truncate cuts a batch to n rows.
func truncate(b *row.Batch, n int) {
	for c := range b.Cols {
		if b.Cols[c].Len() > n {
			b.Cols[c].Truncate(n)
		}
	}
	b.Weights = b.Weights[:n]
}

// maxSlots is how many different (column, filter) pairs of one kind fit a byte.
const maxSlots = math.MaxUint8
