package operators

import (
	"bytes"

	"github.com/tarndb/tarn/row"
)

// Top-k. Meaning: of each partition the rows number Offset+1 to Offset+Limit, in
// the given order; a row of weight w has w numbers. Ties are broken by the rest
// of the row in ascending order, then by its encoding, so that the result is a
// function of the rows alone; LIMIT without ORDER BY is the case with no order.
// Delta rule: of each partition that changed, the window after the step minus
// the window before it. State: all rows, ordered by partition, order, rest; of
// append-only input only those up to the window's end, for no other can move up.
// Cost: a write for each changed row, of append-only input only if it comes before
// that end; for each changed partition a read of the
// window, twice if the change reaches into it. With Ties a window goes on to the last
// row that the order leaves equal to its last one, and all rows are kept. Pathology: a large offset or
// limit is read again at each change before its end. With Rank a row that moves
// takes along all behind it.

func (s TopK) build(c *Circuit, n *node) error {
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
	s.Partition = reorder(s.Partition, s.Expire.first(len(s.Partition)))
	n.types = in
	if s.Rank {
		n.types = append(in[:len(in):len(in)], row.T(row.Int8))
	}
	prunes := s.AppendOnly && s.Limit >= 0 && !s.Ties
	l := row.NewLayout(in, sortKey(in, s.Partition, s.Order), false)
	for shard := range c.shards {
		if prunes && s.Offset+s.Limit <= maxLeaders {
			n.ops = append(n.ops, s.newLeaders(c, n, shard))
			continue
		}
		t := c.stores.Tree(s.State, shard)
		a := &arrangement{types: in, key: s.Partition, rows: l, enc: layoutEncoder(l, len(s.Partition)), tree: t, read: t}
		o := &topkOp{a: a, topkOut: newTopkOut(n, s), prunes: prunes, one: row.NewBatch(in, 1)}
		if s.Ties {
			o.tied = ordering(s.Partition, s.Order)
		}
		n.ops = append(n.ops, o)
	}
	return nil
}

// sortKey is the partition, then the order, then all other columns, each once.
func sortKey(types []row.Type, partition []int, order []OrderBy) []row.KeyCol {
	var key []row.KeyCol
	used := make([]bool, len(types))
	add := func(c int, o row.Order) {
		if !used[c] {
			key = append(key, row.KeyCol{Col: c, Order: o})
		}
		used[c] = true
	}
	for _, c := range partition {
		key = append(key, row.KeyCol{Col: c})
		used[c] = true
	}
	for _, o := range order {
		add(o.Col, o.Order)
	}
	for c := range types {
		add(c, row.Order{})
	}
	return key
}

// ordering is how many columns of sortKey are the partition's and the order's.
func ordering(partition []int, order []OrderBy) int {
	cols := map[int]bool{}
	for _, c := range partition {
		cols[c] = true
	}
	for _, o := range order {
		cols[o.Col] = true
	}
	return len(cols)
}

// topkOut puts out rows that enter, leave or move in a window.
type topkOut struct {
	limit, offset int64
	rank          bool
	types         []row.Type
	batches
}

func newTopkOut(n *node, s TopK) topkOut {
	return topkOut{limit: s.Limit, offset: s.Offset, rank: s.Rank, types: n.types}
}

// span is the numbers, from from and below to, of a row in its partition, as far
// as they are in the window. The zero span is none.
type span struct{ from, to int64 }

// window is the span of a row of weight w behind at others.
func (o *topkOut) window(at, w int64) span {
	s := span{max(at, o.offset), at + w}
	if o.limit >= 0 {
		s.to = min(s.to, o.offset+o.limit)
	}
	if s.to <= s.from {
		return span{}
	}
	return s
}

// move puts out that a row's span has changed.
func (o *topkOut) move(b *row.Batch, i int, was, is span) {
	if !o.rank {
		if w := (is.to - is.from) - (was.to - was.from); w != 0 {
			o.room(o.types).AppendFrom(b, i, w)
		}
		return
	}
	for n := was.from; n < was.to; n++ {
		if n < is.from || n >= is.to {
			o.number(b, i, n, -1)
		}
	}
	for n := is.from; n < is.to; n++ {
		if n < was.from || n >= was.to {
			o.number(b, i, n, 1)
		}
	}
}

// number puts out a row with its number, which counts from 1.
func (o *topkOut) number(b *row.Batch, i int, n, w int64) {
	to := o.room(o.types)
	last := len(to.Cols) - 1
	for c := range to.Cols[:last] {
		to.Cols[c].AppendFrom(&b.Cols[c], i)
	}
	to.Cols[last].AppendInt(n + 1)
	to.Weights = append(to.Weights, w)
}

type topkOp struct {
	topkOut
	a       *arrangement
	prunes  bool   // rows behind the window are forgotten
	tied    int    // with ties: the key columns that are equal then; else 0
	was, is window // scratch
	border  []byte // likewise
	one     *row.Batch
}

// window is the entries of a partition that are put out.
type window struct {
	arena  []byte
	starts []int
	spans  []span
	full   bool   // it holds as many rows as the limit allows
	border []byte // with ties: how the keys begin that belong to a full window
}

func (w *window) reset() {
	w.arena, w.starts, w.spans, w.full = w.arena[:0], append(w.starts[:0], 0), w.spans[:0], false
	w.border = w.border[:0]
}

// ties reports a key that belongs to a full window by its order alone.
func (w *window) ties(key []byte) bool { return len(w.border) > 0 && bytes.HasPrefix(key, w.border) }

func (w *window) key(i int) []byte { return w.arena[w.starts[i]:w.starts[i+1]] }

func (o *topkOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	sorted := o.a.sort.sortDelta(in[0], o.a.enc)
	if o.prunes && sorted != nil {
		if err := o.cut(x, sorted); err != nil {
			return nil, err
		}
	}
	if _, err := o.a.apply(x, sorted); err != nil {
		return nil, err
	}
	d := o.a.delta
	for i := 0; i < d.len(); {
		first := i
		i = d.groupEnd(i)
		if err := o.partition(x, d.prefix(first), d.key(first)); err != nil {
			return nil, err
		}
		if o.prunes {
			if err := o.prune(x, d.prefix(first)); err != nil {
				return nil, err
			}
		}
	}
	o.a.delta = nil
	return o.take(), nil
}

// partition puts out the change of one partition's window; first is the first
// key that changed.
func (o *topkOp) partition(x *stepCtx, prefix, first []byte) error {
	if err := o.read(x, before, prefix, &o.was); err != nil {
		return err
	}
	if n := len(o.was.spans); o.was.full && (n == 0 || bytes.Compare(first, o.was.key(n-1)) > 0 && !o.was.ties(first)) {
		return nil // everything that changed comes after the window
	}
	if err := o.read(x, now, prefix, &o.is); err != nil {
		return err
	}
	i, j := 0, 0
	for i < len(o.was.spans) || j < len(o.is.spans) {
		c := 0
		switch {
		case i == len(o.was.spans):
			c = 1
		case j == len(o.is.spans):
			c = -1
		default:
			c = bytes.Compare(o.was.key(i), o.is.key(j))
		}
		var had, has span
		var key []byte
		if c <= 0 {
			key, had = o.was.key(i), o.was.spans[i]
			i++
		}
		if c >= 0 {
			key, has = o.is.key(j), o.is.spans[j]
			j++
		}
		if had == has {
			continue
		}
		o.one.Reset()
		if err := decodeEntry(o.a.rows, key, 1, o.one); err != nil {
			return err
		}
		o.move(o.one, 0, had, has)
	}
	return nil
}

// cut leaves out the rows that come behind a window that is full already: as rows
// only come, they are never in it. Else each would be looked for, on disk as well,
// written, and pruned.
func (o *topkOp) cut(x *stepCtx, d *sorted) error {
	o.a.delta = nil // the tree is as of before the step
	kept := 0
	for i := 0; i < d.len(); {
		end := d.groupEnd(i)
		last, err := o.last(x, d.prefix(i))
		if err != nil {
			return err
		}
		for ; i < end && (last == nil || bytes.Compare(d.key(i), last) < 0); i++ {
			d.rows[kept], d.weights[kept] = d.rows[i], d.weights[i]
			kept++
		}
		i = end
	}
	d.rows, d.weights = d.rows[:kept], d.weights[:kept]
	return nil
}

// last is the last row of a partition's window, nil while there is room behind it;
// empty if it has no rows at all. It is valid until the next call.
func (o *topkOp) last(x *stepCtx, prefix []byte) ([]byte, error) {
	room, full := o.offset+o.limit, false
	if room == 0 {
		return []byte{}, nil
	}
	o.border = o.border[:0]
	err := o.a.scan(now, prefix, func(key []byte, w int64) (bool, error) {
		if room -= w; room <= 0 {
			full, o.border = true, append(o.border, key...)
		}
		return !full, x.tick(1)
	})
	if err != nil || !full {
		return nil, err
	}
	return o.border, nil
}

// prune forgets the rows of a partition that stand behind its window.
func (o *topkOp) prune(x *stepCtx, prefix []byte) error {
	keep := o.offset + o.limit
	var behind [][]byte
	err := o.a.scan(now, prefix, func(key []byte, w int64) (bool, error) {
		if keep <= 0 {
			behind = append(behind, bytes.Clone(key))
		}
		keep -= w
		return true, x.tick(1)
	})
	for _, key := range behind {
		o.a.tree.Delete(key)
	}
	return err
}

// read fills a window.
func (o *topkOp) read(x *stepCtx, as view, prefix []byte, into *window) error {
	into.reset()
	if o.limit == 0 {
		into.full = true
		return nil
	}
	at := int64(0)
	return o.a.scan(as, prefix, func(key []byte, w int64) (bool, error) {
		s := o.window(at, w)
		if o.tied > 0 {
			if into.full && !into.ties(key) {
				return false, nil
			}
			s = span{max(at, o.offset), max(at+w, o.offset)}
		}
		if s.to > s.from {
			into.arena = append(into.arena, key...)
			into.starts = append(into.starts, len(into.arena))
			into.spans = append(into.spans, s)
		}
		at += w
		was := into.full
		into.full = o.limit >= 0 && at >= o.offset+o.limit
		if o.tied == 0 {
			return !into.full, x.tick(1)
		}
		if into.full && !was {
			n, err := o.a.rows.PrefixLen(key, o.tied)
			if err != nil {
				return false, err
			}
			into.border = append(into.border, key[:n]...)
		}
		return true, x.tick(1)
	})
}
