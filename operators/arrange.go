package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Arrange. Meaning: the identity, kept as a multiset ordered by key columns.
// Delta rule: the integral: each changed row's weight is added to its entry.
// The output is the consolidated delta. State: one entry for each different
// row, its weight in the value. Cost: sorting the delta, and a probe and a
// write for each changed row; of a set a write alone. Pathology: a key with many rows is no slower to
// change, but whoever reads it by key reads them all.
//
// A consumer runs after the arrangement in the same step, and sees it twice:
// "now", with the step's delta, and "before", without it. Before is now minus
// the delta, put together while reading, so that no second copy is kept.

// reader is what is read of a tree or of a snapshot of one.
type reader interface {
	Seek(it *storage.Iter, lo, hi []byte)
}

// arrangement is one shard of an indexed collection.
type arrangement struct {
	types []row.Type
	key   []int
	rows  *row.Layout
	enc   encodeFunc
	tree  *storage.Tree // nil: it is only read
	read  reader
	sort  sorter
	set   bool // all weights are 1
	once

	delta    *sorted // this step's change; nil: none
	emits    bool    // somebody reads the delta's batches
	wasEmpty bool    // before this step; only set when there is a delta
	it       storage.Iter
	hi       []byte // scratch: a scan's upper bound
	value    []byte // scratch
	firsts   []int32
}

func (s Arrange) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	if err := checkCols(s.Key, n.types); err != nil {
		return err
	}
	if err := n.expires(s.Expire, pick(n.types, s.Key)); err != nil {
		return err
	}
	if s.Expire != nil && s.Expire.KeyCol != 0 {
		return fmt.Errorf("its state ends by key column %d, which is not the first", s.Expire.KeyCol)
	}
	for shard := range c.shards {
		a := c.newArrangement(n, s.Key, s.State, shard)
		a.set = s.Set
		n.arr = append(n.arr, a)
		n.ops = append(n.ops, a)
	}
	return nil
}

// newArrangement makes a shard of an arrangement of the node's types.
func (c *Circuit) newArrangement(n *node, key []int, state StateID, shard int) *arrangement {
	t := c.stores.Tree(state, shard)
	l := ascending(n.types, key)
	return &arrangement{types: n.types, key: key, rows: l, enc: layoutEncoder(l, len(key)), tree: t, read: t}
}

func (a *arrangement) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if a.passing || a.collecting {
		a.arrived = in[0]
		return nil, x.tick(in[0].Rows())
	}
	return a.apply(x, a.sort.sortDelta(in[0], a.enc))
}

// apply adds a sorted delta to the tree.
func (a *arrangement) apply(x *stepCtx, d *sorted) (row.Delta, error) {
	a.delta = d
	if d == nil {
		return nil, nil
	}
	a.wasEmpty = a.tree.Empty()
	if !a.set {
		a.tree.Prefetch(d.len(), d.key)
	}
	for i := range d.len() {
		if err := a.change(d.key(i), d.weight(i)); err != nil {
			return nil, err
		}
		if err := x.tick(1); err != nil {
			return nil, err
		}
	}
	if !a.emits {
		return nil, nil
	}
	return d.delta(a.types), nil
}

// change adds to the weight of a row.
func (a *arrangement) change(key []byte, w int64) error {
	if !a.set {
		_, err := addWeight(a.tree, key, w, &a.value)
		return err
	}
	a.value = row.AppendWeight(a.value[:0], 1)
	if w == 1 && a.tree.Add(key, a.value) || w == -1 && a.tree.Remove(key) {
		return nil
	}
	return fmt.Errorf("weight %d is added to a row of a set that is there already, or is not", w)
}

// addWeight adds to the weight of a multiset's entry, deletes it at zero, and
// returns the new weight.
func addWeight(t *storage.Tree, key []byte, w int64, scratch *[]byte) (int64, error) {
	var err error
	t.Update(key, func(old []byte, found bool) ([]byte, bool) {
		if found {
			var was int64
			if was, err = readWeight(old); err != nil {
				return old, true
			}
			w += was
		}
		if w < 0 {
			err = fmt.Errorf("a row's weight falls to %d", w)
		}
		if w <= 0 {
			return nil, false
		}
		*scratch = row.AppendWeight((*scratch)[:0], w)
		return *scratch, true
	})
	return w, err
}

// prefetch reads ahead what is about to be scanned of the keys of a delta.
func (a *arrangement) prefetch(d *sorted) {
	if a.tree == nil || d == nil {
		return
	}
	a.firsts = a.firsts[:0]
	for i := 0; i < d.len(); i = d.groupEnd(i) {
		a.firsts = append(a.firsts, int32(i))
	}
	a.tree.PrefetchPrefixes(len(a.firsts), func(i int) []byte { return d.prefix(int(a.firsts[i])) })
}

// view says as of when an arrangement is read.
type view uint8

const (
	now view = iota
	before
)

// scanFunc is given an entry's key and its weight, which in a view of before is
// not the stored one. It returns false to end the scan.
type scanFunc func(key []byte, weight int64) (bool, error)

// scan reads the rows with a prefix (nil: all), in the order of their keys.
func (a *arrangement) scan(as view, prefix []byte, fn scanFunc) error {
	var hi []byte
	if prefix != nil {
		a.hi = prefixEnd(a.hi, prefix)
		if hi = a.hi; len(hi) == 0 {
			hi = nil
		}
	}
	it := &a.it
	a.read.Seek(it, prefix, hi)
	defer it.Close()
	if as == now || a.delta == nil {
		return scanNow(it, fn)
	}
	lo, end := 0, a.delta.len()
	if prefix != nil {
		lo, end = a.delta.group(prefix)
	}
	return a.scanBefore(it, lo, end, fn)
}

func scanNow(it *storage.Iter, fn scanFunc) error {
	for it.Next() {
		w, err := readWeight(it.Value())
		if err != nil {
			return err
		}
		if more, err := fn(it.Key(), w); err != nil || !more {
			return err
		}
	}
	return nil
}

// scanBefore merges the tree with the delta's rows lo..end taken back.
func (a *arrangement) scanBefore(it *storage.Iter, lo, end int, fn scanFunc) error {
	inTree := it.Next()
	for inTree || lo < end {
		c := 1
		if inTree {
			c = -1
			if lo < end {
				c = bytes.Compare(it.Key(), a.delta.key(lo))
			}
		}
		var key []byte
		var w int64
		if c <= 0 {
			var err error
			if w, err = readWeight(it.Value()); err != nil {
				return err
			}
			key = it.Key()
		}
		if c >= 0 {
			key = a.delta.key(lo)
			w -= a.delta.weight(lo)
			lo++
		}
		if w != 0 {
			if more, err := fn(key, w); err != nil || !more {
				return err
			}
		}
		if c <= 0 {
			inTree = it.Next()
		}
	}
	return nil
}

// has reports whether any row has the prefix (nil: any row at all).
func (a *arrangement) has(as view, prefix []byte) (bool, error) {
	found := false
	err := a.scan(as, prefix, func([]byte, int64) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// keyNull reports whether a key column of row i of b is NULL.
func (a *arrangement) keyNull(b *row.Batch, i int) bool {
	for _, c := range a.key {
		if b.Cols[c].IsNull(i) {
			return true
		}
	}
	return false
}

func (s Import) build(c *Circuit, n *node) error {
	n.types = s.Types
	if err := checkCols(s.Key, n.types); err != nil {
		return err
	}
	if len(s.Trees) != c.shards {
		return fmt.Errorf("%d trees for %d shards", len(s.Trees), c.shards)
	}
	rows := ascending(n.types, s.Key)
	for _, t := range s.Trees {
		a := &arrangement{types: n.types, key: s.Key, rows: rows, read: t}
		n.arr = append(n.arr, a)
		n.ops = append(n.ops, &importOp{a: a, done: n.opt.Hydrated})
	}
	return nil
}

// importOp emits the content of an arrangement that it does not maintain.
type importOp struct {
	a    *arrangement
	done bool
}

func (o *importOp) pending() bool { return !o.done }

func (o *importOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	o.done = true
	d := &sorted{starts: []int{0}}
	var out batches
	err := o.a.scan(now, nil, func(key []byte, w int64) (bool, error) {
		cur := out.room(o.a.types)
		if err := decodeEntry(o.a.rows, key, w, cur); err != nil {
			return false, err
		}
		prefix, err := o.a.rows.KeyLen(key)
		if err != nil {
			return false, err
		}
		d.add(cur, cur.Len()-1, func(dst []byte, _ *row.Batch, _ int) ([]byte, int) { return append(dst, key...), prefix })
		d.place(w)
		return true, x.tick(1)
	})
	if err != nil || d.len() == 0 {
		return nil, err
	}
	o.a.delta, o.a.wasEmpty = d, true
	return out.delta, nil
}
