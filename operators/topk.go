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
// Cost: a write for each changed row; for each changed partition a read of the
// window, twice if the change reaches into it. Pathology: a large offset or
// limit is read again at each change before its end.

func (s TopK) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	if err := checkCols(s.Partition, n.types); err != nil {
		return err
	}
	for _, o := range s.Order {
		if err := checkCols([]int{o.Col}, n.types); err != nil {
			return err
		}
	}
	l := row.NewLayout(n.types, sortKey(n.types, s.Partition, s.Order), false)
	for shard := range c.shards {
		t := c.stores.Tree(s.State, shard)
		a := &arrangement{types: n.types, key: s.Partition, rows: l, enc: layoutEncoder(l, len(s.Partition)), tree: t, read: t}
		o := &topkOp{a: a, limit: s.Limit, offset: s.Offset, out: rowsOut{types: n.types}}
		o.prunes = s.AppendOnly && s.Limit >= 0
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

type topkOp struct {
	a             *arrangement
	limit, offset int64
	prunes        bool // rows behind the window are forgotten
	out           rowsOut
	was, is       window // scratch
}

// window is the entries of a partition that are put out.
type window struct {
	arena   []byte
	starts  []int
	weights []int64
	full    bool // it holds as many rows as the limit allows
}

func (w *window) reset() {
	w.arena, w.starts, w.weights, w.full = w.arena[:0], append(w.starts[:0], 0), w.weights[:0], false
}

func (w *window) key(i int) []byte { return w.arena[w.starts[i]:w.starts[i+1]] }

func (o *topkOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	if _, err := o.a.apply(x, o.a.sort.sortDelta(o.a.types, in[0], o.a.enc)); err != nil {
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
	return o.out.take(), nil
}

// partition puts out the change of one partition's window; first is the first
// key that changed.
func (o *topkOp) partition(x *stepCtx, prefix, first []byte) error {
	if err := o.read(x, before, prefix, &o.was); err != nil {
		return err
	}
	if n := len(o.was.weights); o.was.full && (n == 0 || bytes.Compare(first, o.was.key(n-1)) > 0) {
		return nil // everything that changed comes after the window
	}
	if err := o.read(x, now, prefix, &o.is); err != nil {
		return err
	}
	i, j := 0, 0
	for i < len(o.was.weights) || j < len(o.is.weights) {
		c := 0
		switch {
		case i == len(o.was.weights):
			c = 1
		case j == len(o.is.weights):
			c = -1
		default:
			c = bytes.Compare(o.was.key(i), o.is.key(j))
		}
		var w int64
		var key []byte
		if c <= 0 {
			key = o.was.key(i)
			w -= o.was.weights[i]
			i++
		}
		if c >= 0 {
			key = o.is.key(j)
			w += o.is.weights[j]
			j++
		}
		if w == 0 {
			continue
		}
		if err := decodeEntry(o.a.rows, key, w, o.out.room(o.out.types)); err != nil {
			return err
		}
	}
	return nil
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
	skip, room := o.offset, o.limit
	if room == 0 {
		into.full = true
		return nil
	}
	return o.a.scan(as, prefix, func(key []byte, w int64) (bool, error) {
		s := min(skip, w)
		skip -= s
		w -= s
		if room >= 0 {
			w = min(w, room)
			room -= w
		}
		if w > 0 {
			into.arena = append(into.arena, key...)
			into.starts = append(into.starts, len(into.arena))
			into.weights = append(into.weights, w)
		}
		into.full = room == 0
		return room != 0, x.tick(1)
	})
}
