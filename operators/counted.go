package operators

import (
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// countedOp is what distinct and the set operations share: of each different
// row (by SQL's "="), its count on each side decides how often it is put out.
//
// Rows that are equal but print differently (1.0 and 1.00) are one row here;
// the least of those on the left, by their encodings, stands for all of them.
// So that this does not depend on which came first, columns that can have such
// values keep the rows themselves, in an ordered store, instead of counts.
type countedOp struct {
	times func(l, r int64) int64
	out   rowsOut

	table *storage.Table    // exact: encoded row -> counts
	sides [2]*arrangement   // otherwise: the rows
	exact bool              // no column's key is lossy
	enc   encodeFunc        // of a whole row
	types []row.Type        // of both sides
	sort  [2]sorter         //
	value []byte            // scratch
	keys  keyList           // of the step
	best  [2]representative // scratch: before, now
}

// representative is the row that stands for its equals, with their number.
type representative struct {
	key   []byte
	count int64
}

// buildCounted makes the operator on every shard. It owns the table state and
// the trees state+1 and state+2.
func buildCounted(c *Circuit, n *node, state StateID, ends *Expiry, times func(l, r int64) int64) {
	n.types = n.ins[0].types
	all := ends.first(len(n.types))
	l := ascending(n.types, all)
	exact := true
	for _, t := range n.types {
		exact = exact && !row.KeyLossy(t)
	}
	for shard := range c.shards {
		o := &countedOp{times: times, types: n.types, exact: exact, enc: layoutEncoder(l, len(all))}
		o.out = rowsOut{types: n.types, cols: identity(len(all))}
		if exact {
			o.table = c.stores.Table(state, shard)
		} else {
			for i := range n.ins {
				o.sides[i] = c.newArrangement(n, all, state+1+StateID(i), shard)
			}
		}
		n.ops = append(n.ops, o)
	}
}

func (o *countedOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	var d [2]*sorted
	for i := range in {
		d[i] = o.sort[i].sortDelta(in[i], o.enc)
		if !o.exact {
			if _, err := o.sides[i].apply(x, d[i]); err != nil {
				return nil, err
			}
		}
	}
	if o.exact {
		o.prefetch(d)
	}
	n := 0
	err := mergeGroups(d[0], d[1], func(key []byte, llo, lhi, rlo, rhi int) error {
		if err := x.tick(1); err != nil {
			return err
		}
		if o.exact {
			n++
			return o.count(n-1, d, llo, lhi, rlo, rhi)
		}
		return o.compare(key)
	})
	if err != nil {
		return nil, err
	}
	for _, side := range o.sides {
		if side != nil {
			side.delta = nil
		}
	}
	return o.out.take(), nil
}

// prefetch looks up all exact rows of the step together.
func (o *countedOp) prefetch(d [2]*sorted) {
	o.keys.reset()
	// The visitor gives no error, so there is none.
	_ = mergeGroups(d[0], d[1], func(key []byte, _, _, _, _ int) error {
		o.keys.add(func(dst []byte) []byte { return append(dst, key...) })
		return nil
	})
	o.keys.find(o.table, 0)
}

// count changes the counts of the step's n-th exact row. Each side has at most
// one row of a key.
func (o *countedOp) count(n int, d [2]*sorted, llo, lhi, rlo, rhi int) error {
	hash, key, stored := o.keys.hashes[n], o.keys.key(n), o.keys.values[n]
	l, r, err := readCounts(stored, stored != nil)
	if err != nil {
		return err
	}
	was := o.times(l, r)
	var b *row.Batch
	var i int
	if lhi > llo {
		b, i = d[0].at(llo)
		l += d[0].weight(llo)
	}
	if rhi > rlo {
		b, i = d[1].at(rlo)
		r += d[1].weight(rlo)
	}
	switch {
	case l < 0 || r < 0:
		return fmt.Errorf("a row's weight falls to %d", min(l, r))
	case l == 0 && r == 0:
		o.table.Delete(hash, key)
	default:
		o.value = binary.AppendUvarint(binary.AppendUvarint(o.value[:0], uint64(l)), uint64(r))
		o.table.Put(hash, key, o.value)
	}
	if w := o.times(l, r) - was; w != 0 {
		o.out.add(b, i, w)
	}
	return nil
}

func readCounts(value []byte, ok bool) (l, r int64, err error) {
	if !ok {
		return 0, 0, nil
	}
	a, n := binary.Uvarint(value)
	if n > 0 {
		b, m := binary.Uvarint(value[n:])
		if m > 0 && n+m == len(value) {
			return int64(a), int64(b), nil
		}
	}
	return 0, 0, fmt.Errorf("stored counts are corrupt: %x", value)
}

// compare puts out the difference that the step made to one class of equal rows.
func (o *countedOp) compare(prefix []byte) error {
	var times [2]int64
	for _, as := range []view{before, now} {
		at := 0
		if as == now {
			at = 1
		}
		l := &o.best[at]
		if err := o.class(o.sides[0], as, prefix, l); err != nil {
			return err
		}
		var r representative
		if o.sides[1] != nil {
			if err := o.class(o.sides[1], as, prefix, &r); err != nil {
				return err
			}
		}
		times[at] = o.times(l.count, r.count)
	}
	if string(o.best[0].key) == string(o.best[1].key) {
		return o.put(o.best[1].key, times[1]-times[0])
	}
	if err := o.put(o.best[0].key, -times[0]); err != nil {
		return err
	}
	return o.put(o.best[1].key, times[1])
}

func (o *countedOp) class(a *arrangement, as view, prefix []byte, into *representative) error {
	into.key, into.count = into.key[:0], 0
	return a.scan(as, prefix, func(key []byte, w int64) (bool, error) {
		if into.count == 0 {
			into.key = append(into.key, key...)
		}
		into.count += w
		return true, nil
	})
}

func (o *countedOp) put(key []byte, w int64) error {
	if w == 0 {
		return nil
	}
	return decodeEntry(o.sides[0].rows, key, w, o.out.room(o.types))
}
