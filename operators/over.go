package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
)

// Over: window functions. Meaning: each row with columns that a function computes of
// all rows of its partition, which it is given in order; a row of weight w stands there
// w times. Ties are broken by the row's other columns in ascending order, then by its
// encoding, as in a TopK, so that the result is a function of the rows alone.
// Delta rule: each partition that changed is computed from its rows before the step and
// from those after it, and what differs is put out. State: all rows, ordered by
// partition, order, rest. Cost: a write for each changed row; for each partition that
// changed two reads of it and two computations, and both times its rows in memory.
// Pathology: a large partition that changes a little in each step; without PARTITION BY
// that is the whole collection.
//
// A row for which the function fails is left out, and the error is, with the row.

func (s Over) build(c *Circuit, n *node) error {
	in := n.ins[0].types
	if err := checkCols(s.Partition, in); err != nil {
		return err
	}
	for _, o := range s.Order {
		if err := checkCols([]int{o.Col}, in); err != nil {
			return err
		}
	}
	if err := n.expires(s.Expire, pick(in, s.Partition)); err != nil {
		return err
	}
	partition := reorder(s.Partition, s.Expire.first(len(s.Partition)))
	n.types = append(in[:len(in):len(in)], s.F.Types()...)
	l := row.NewLayout(in, sortKey(in, partition, s.Order), false)
	for shard := range c.shards {
		t := c.stores.Tree(s.State, shard)
		a := &arrangement{types: in, key: partition, rows: l, enc: layoutEncoder(l, len(partition)), tree: t, read: t}
		n.ops = append(n.ops, &overOp{n: n, a: a, f: s.F, was: newComputed(in), is: newComputed(in)})
	}
	return nil
}

type overOp struct {
	n       *node
	a       *arrangement
	f       PartitionFunc
	was, is computed // scratch
	holding bool     // partitions are put out when the input has ended
	holds   bool     // there are rows of which nothing has been put out
	batches
}

// computed is a partition as of one moment, with what the function gives for it.
type computed struct {
	rows   *row.Batch
	keys   keyArena // of the rows
	cols   []row.Column
	failed map[int]error
}

// keyArena is a list of keys.
type keyArena struct {
	data []byte
	ends []int
}

func (k *keyArena) add(key []byte) {
	k.data = append(k.data, key...)
	k.ends = append(k.ends, len(k.data))
}

func (k *keyArena) at(i int) []byte {
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.data[from:k.ends[i]]
}

func newComputed(types []row.Type) computed {
	return computed{rows: row.NewBatch(types, 0), failed: map[int]error{}}
}

func (c *computed) reset() {
	c.rows.Reset()
	c.keys.data, c.keys.ends = c.keys.data[:0], c.keys.ends[:0]
	clear(c.failed)
}

func (o *overOp) pending() bool { return o.holds && !o.holding }

// hold implements holder.
func (o *overOp) hold(on bool) { o.holding = on }

// held implements holder: the rows are in a store.
func (o *overOp) held() int64 { return 0 }

func (o *overOp) expire(hi []byte) { expireTree(o.a.tree, hi) }

func (o *overOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if _, err := o.a.apply(x, o.a.sort.sortDelta(in[0], o.a.enc)); err != nil {
		return nil, err
	}
	var err error
	switch {
	case o.holding:
		o.holds = o.holds || o.a.delta != nil
	case o.holds:
		o.holds = false
		err = o.all(x)
	default:
		err = o.changed(x)
	}
	o.a.delta = nil
	if err != nil {
		return nil, err
	}
	if o.was.rows.Bytes()+o.is.rows.Bytes() > keepBytes {
		o.was, o.is = newComputed(o.a.types), newComputed(o.a.types)
	}
	return o.take(), nil
}

// changed computes the partitions of the step's rows.
func (o *overOp) changed(x *stepCtx) error {
	d := o.a.delta
	for i := 0; i < d.len(); i = d.groupEnd(i) {
		if err := o.compute(x, before, d.prefix(i), &o.was); err != nil {
			return err
		}
		if err := o.put(x, d.prefix(i)); err != nil {
			return err
		}
	}
	return nil
}

// all computes every partition, none of which has been put out.
func (o *overOp) all(x *stepCtx) error {
	o.was.reset()
	types := pick(o.a.types, o.a.key)
	var prefixes keyArena
	err := o.a.scan(now, nil, func(key []byte, _ int64) (bool, error) {
		rest, err := skipKeys(key, types)
		if err != nil {
			return false, err
		}
		prefix := key[:len(key)-len(rest)]
		if n := len(prefixes.ends); n == 0 || !bytes.Equal(prefixes.at(n-1), prefix) {
			prefixes.add(prefix)
		}
		return true, x.tick(1)
	})
	for i := 0; i < len(prefixes.ends) && err == nil; i++ {
		err = o.put(x, prefixes.at(i))
	}
	return err
}

// put computes a partition as it is now, and puts out how it differs from was.
func (o *overOp) put(x *stepCtx, prefix []byte) error {
	if err := o.compute(x, now, prefix, &o.is); err != nil {
		return err
	}
	o.report(x, &o.was, -1)
	o.report(x, &o.is, 1)
	o.diff()
	return nil
}

// compute reads a partition and computes it.
func (o *overOp) compute(x *stepCtx, as view, prefix []byte, c *computed) error {
	c.reset()
	err := o.a.scan(as, prefix, func(key []byte, w int64) (bool, error) {
		for range w {
			if err := decodeEntry(o.a.rows, key, 1, c.rows); err != nil {
				return false, err
			}
			c.keys.add(key)
		}
		return true, x.tick(int(w))
	})
	if err != nil || c.rows.Len() == 0 {
		return err
	}
	if c.cols, err = o.f.Apply(c.rows, func(i int, err error) { c.failed[i] = err }, x.tick); err != nil {
		return err
	}
	for k := range c.cols {
		if c.cols[k].Len() != c.rows.Len() {
			return fmt.Errorf("column %d has %d values for %d rows", k, c.cols[k].Len(), c.rows.Len())
		}
	}
	return nil
}

// report reports the rows that failed.
func (o *overOp) report(x *stepCtx, c *computed, weight int64) {
	for i := range c.rows.Len() {
		if err := c.failed[i]; err != nil {
			x.report(o.n, c.rows, i, err, weight)
		}
	}
}

// diff puts out what the partition has lost and gained. Both moments have their rows
// in the same order, and equal rows are taken in the order of their numbers.
func (o *overOp) diff() {
	i, j := 0, 0
	for i < o.was.rows.Len() || j < o.is.rows.Len() {
		c := 0
		switch {
		case i == o.was.rows.Len():
			c = 1
		case j == o.is.rows.Len():
			c = -1
		default:
			c = bytes.Compare(o.was.keys.at(i), o.is.keys.at(j))
		}
		if c != 0 || !o.equal(i, j) {
			if c <= 0 {
				o.emit(&o.was, i, -1)
			}
			if c >= 0 {
				o.emit(&o.is, j, 1)
			}
		}
		if c <= 0 {
			i++
		}
		if c >= 0 {
			j++
		}
	}
}

// equal reports that a row that was and is there has the values that it had.
func (o *overOp) equal(i, j int) bool {
	if o.was.failed[i] != nil || o.is.failed[j] != nil {
		return false
	}
	was, is := &row.Batch{Cols: o.was.cols}, &row.Batch{Cols: o.is.cols}
	return row.EqualRow(was, i, is, j)
}

func (o *overOp) emit(c *computed, i int, w int64) {
	if c.failed[i] != nil {
		return
	}
	to := o.room(o.n.types)
	last := len(c.rows.Cols)
	for k := range c.rows.Cols {
		to.Cols[k].AppendFrom(&c.rows.Cols[k], i)
	}
	for k := range c.cols {
		to.Cols[last+k].AppendFrom(&c.cols[k], i)
	}
	to.Weights = append(to.Weights, w)
}
