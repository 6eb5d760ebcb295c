package operators

import (
	"bytes"
	"slices"

	"github.com/tarndb/tarn/row"
)

// lookup is an arrangement that has ended, as joins with rows that pass read it: its
// rows in columns, found by the hashes of their keys. A batch of rows is looked up and
// put out column by column, and nothing is sorted or encoded.
type lookup struct {
	rows *row.Batch
	key  []int
	// Open addressing by the key's hash; a key's number and one, 0 for none.
	slots []uint32
	mask  uint64
	// Where keys have several rows; nil: each has one, of its own number.
	firsts []int32 // by key number: its first row
	order  []int32 // the rows, key by key
	starts []int32 // by key number: where its rows begin in order; one more at the end

	sets map[int]*row.IntSet // of columns of the rows

	a, b []byte // scratch: two keys
}

// mostLooked bounds the bytes of an arrangement that becomes a lookup: a column's
// offsets are of 32 bits.
const mostLooked = 1 << 30

// newLookup is over rows with positive weights.
func newLookup(x *stepCtx, rows *row.Batch, key []int) (*lookup, error) {
	l := &lookup{rows: rows, key: key, sets: map[int]*row.IntSet{}}
	hashes := row.HashRows(rows, key, nil)
	l.reserve(len(hashes))
	numbers := make([]int32, len(hashes))
	for i, h := range hashes {
		n, s := l.find(rows, key, i, h)
		if n == absent {
			n = int32(len(l.firsts))
			l.firsts = append(l.firsts, int32(i))
			l.slots[s] = uint32(n) + 1
		}
		numbers[i] = n
		if err := x.tick(1); err != nil {
			return nil, err
		}
	}
	l.group(numbers, hashes)
	return l, nil
}

// group puts the rows of a key side by side, unless each has a key of its own.
func (l *lookup) group(numbers []int32, hashes []uint64) {
	if len(l.firsts) == len(numbers) {
		l.firsts = nil
		return
	}
	if 8*len(l.firsts) < len(l.slots) {
		l.reserve(len(l.firsts))
		for n, i := range l.firsts {
			_, s := l.find(l.rows, l.key, int(i), hashes[i])
			l.slots[s] = uint32(n) + 1
		}
	}
	l.starts = make([]int32, len(l.firsts)+1)
	for _, n := range numbers {
		l.starts[n+1]++
	}
	for n := range l.firsts {
		l.starts[n+1] += l.starts[n]
	}
	l.order = make([]int32, len(numbers))
	next := slices.Clone(l.starts)
	for i, n := range numbers {
		l.order[next[n]] = int32(i)
		next[n]++
	}
}

// keys is how many there are: their numbers are less.
func (l *lookup) keys() int {
	if l.order == nil {
		return l.rows.Len()
	}
	return len(l.firsts)
}

// set is the values of a PhysInt column of the rows.
func (l *lookup) set(col int) *row.IntSet {
	if l.sets[col] == nil {
		l.sets[col] = row.NewIntSet(&l.rows.Cols[col])
	}
	return l.sets[col]
}

// reserve makes an empty table for n keys.
func (l *lookup) reserve(n int) {
	size := 16
	for size < n+n/2 {
		size *= 2
	}
	l.slots, l.mask = make([]uint32, size), uint64(size-1)
}

// bytes is about what the lookup takes besides its rows.
func (l *lookup) bytes() int64 {
	n := 4 * int64(len(l.slots)+len(l.firsts)+len(l.order)+len(l.starts))
	for _, s := range l.sets {
		n += s.Bytes()
	}
	return n
}

// find is the number of a key, which is row i of b by its columns; absent: it is not
// there, and s is its slot.
func (l *lookup) find(b *row.Batch, key []int, i int, hash uint64) (number int32, s uint64) {
	for s = hash & l.mask; l.slots[s] != 0; s = (s + 1) & l.mask {
		n := int32(l.slots[s] - 1)
		if l.sameKey(b, key, i, l.first(n)) {
			return n, s
		}
	}
	return absent, s
}

// first is a row with the key of a number.
func (l *lookup) first(number int32) int {
	if l.firsts == nil {
		return int(number)
	}
	return int(l.firsts[number])
}

func (l *lookup) sameKey(b *row.Batch, key []int, i, j int) bool {
	for k, c := range key {
		x, y := &b.Cols[c], &l.rows.Cols[l.key[k]]
		if n := x.IsNull(i); n || y.IsNull(j) {
			if n && y.IsNull(j) {
				continue
			}
			return false
		}
		switch {
		case x.Type.Phys() == row.PhysInt:
			if x.Ints[i] != y.Ints[j] {
				return false
			}
		case plainBytes(x.Type) && plainBytes(y.Type):
			if !bytes.Equal(x.Bytes(i), y.Bytes(j)) {
				return false
			}
		default:
			l.a, l.b = row.AppendKey(l.a[:0], x, i), row.AppendKey(l.b[:0], y, j)
			if !bytes.Equal(l.a, l.b) {
				return false
			}
		}
	}
	return true
}

// look finds the numbers of keys that are rows of another batch, by columns of its own.
func (l *lookup) look(b *row.Batch, key []int, hashes []uint64, into []int32) {
	if len(key) == 1 {
		x, y := &b.Cols[key[0]], &l.rows.Cols[l.key[0]]
		if x.Type.Phys() == row.PhysInt && !x.HasNulls() && !y.HasNulls() {
			l.lookInts(x.Ints, y.Ints, hashes, into)
			return
		}
	}
	for i, h := range hashes {
		into[i], _ = l.find(b, key, i, h)
	}
}

// lookInts is look for the most common key: one integer, never NULL.
func (l *lookup) lookInts(keys, rows []int64, hashes []uint64, into []int32) {
	for i, h := range hashes {
		into[i] = absent
		for s := h & l.mask; l.slots[s] != 0; s = (s + 1) & l.mask {
			n := int32(l.slots[s] - 1)
			if rows[l.first(n)] == keys[i] {
				into[i] = n
				break
			}
		}
	}
}

// span is where a key's rows are: in order, or themselves.
func (l *lookup) span(number int32) (from, to int32) {
	if l.order == nil {
		return number, number + 1
	}
	return l.starts[number], l.starts[number+1]
}

func (l *lookup) row(at int32) int32 {
	if l.order == nil {
		return at
	}
	return l.order[at]
}

// hasNull reports that a row's key, of one column, is NULL.
func (l *lookup) hasNull() bool {
	c := &l.rows.Cols[l.key[0]]
	return c.HasNulls() && slices.ContainsFunc(identity(l.rows.Len()), c.IsNull)
}

// passed is the scratch of looking rows up that pass.
type passed struct {
	hashes  []uint64
	numbers []int32 // by row: its key's; absent: it has no match
	own     []int32
	match   []int32
}

// find numbers the keys of a batch's rows. A key with a NULL is found only if nulls
// are equal.
func (p *passed) find(l *lookup, b *row.Batch, key []int, nullsEqual bool) {
	p.hashes = row.HashRows(b, key, p.hashes)
	p.numbers = slices.Grow(p.numbers[:0], b.Len())[:b.Len()]
	l.look(b, key, p.hashes, p.numbers)
	if nullsEqual {
		return
	}
	for _, k := range key {
		c := &b.Cols[k]
		if !c.HasNulls() {
			continue
		}
		for i := range p.numbers {
			if c.IsNull(i) {
				p.numbers[i] = absent
			}
		}
	}
}

// pass is the own side's rows that go by, joined with the other side, which has ended;
// outer adds the rows without a match, with NULLs. What is matched is counted, if there
// is who asks.
func (h *half) pass(x *stepCtx, outer bool, counts *marked) (row.Delta, error) {
	l, err := h.other.lookup(x)
	if err != nil {
		return nil, err
	}
	var out row.Delta
	for _, b := range h.own.arrived {
		h.passed.find(l, b, h.own.key, h.nullsEqual)
		if counts != nil {
			counts.count(h.passed.numbers, b.Weights)
		}
		if out, err = h.pairs(x, l, b, out); err != nil {
			return nil, err
		}
		if outer {
			out = h.alone(b, out)
		}
	}
	return out, nil
}

// pairs appends the pairs of a batch whose keys were found.
func (h *half) pairs(x *stepCtx, l *lookup, b *row.Batch, out row.Delta) (row.Delta, error) {
	p := &h.passed
	p.own, p.match = p.own[:0], p.match[:0]
	flush := func() error {
		if len(p.own) == 0 {
			return nil
		}
		out = append(out, h.gather(l, b))
		n := len(p.own)
		p.own, p.match = p.own[:0], p.match[:0]
		return x.tick(n)
	}
	for i, n := range p.numbers {
		if n == absent {
			continue
		}
		for at, end := l.span(n); at < end; at++ {
			p.own, p.match = append(p.own, int32(i)), append(p.match, l.row(at))
			if len(p.own) < row.BatchRows {
				continue
			}
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return out, flush()
}

// gather is a batch of the pairs in own and match.
func (h *half) gather(l *lookup, b *row.Batch) *row.Batch {
	p := &h.passed
	each := l.order == nil && len(p.own) == b.Len() // every row has one match
	o := &row.Batch{Cols: make([]row.Column, len(h.types)), Weights: make([]int64, len(p.own))}
	for c := range o.Cols {
		switch own := h.ownCols[c]; {
		case own >= 0 && each:
			o.Cols[c] = b.Cols[own]
		case own >= 0:
			o.Cols[c] = b.Cols[own].Gather(p.own)
		default:
			o.Cols[c] = l.rows.Cols[h.otherCols[c]].Gather(p.match)
		}
	}
	for k, i := range p.own {
		o.Weights[k] = b.Weights[i] * l.rows.Weights[p.match[k]]
	}
	return o
}

// alone appends the rows of a batch whose keys were not found, with NULLs.
func (h *half) alone(b *row.Batch, out row.Delta) row.Delta {
	p := &h.passed
	p.own = p.own[:0]
	for i, n := range p.numbers {
		if n == absent {
			p.own = append(p.own, int32(i))
		}
	}
	if len(p.own) == 0 {
		return out
	}
	return append(out, h.withNulls(b, p.own))
}

// aloneOf are rows of the own side's lookup, with NULLs.
func (h *half) aloneOf(l *lookup, rows []int32) *row.Batch { return h.withNulls(l.rows, rows) }

// withNulls are rows of the own side without a match.
func (h *half) withNulls(b *row.Batch, rows []int32) *row.Batch {
	o := &row.Batch{Cols: make([]row.Column, len(h.types)), Weights: make([]int64, len(rows))}
	for c, t := range h.types {
		if own := h.ownCols[c]; own >= 0 {
			o.Cols[c] = b.Cols[own].Gather(rows)
		} else {
			o.Cols[c] = nullColumn(t, len(rows))
		}
	}
	for k, i := range rows {
		o.Weights[k] = b.Weights[i]
	}
	return o
}

func nullColumn(t row.Type, n int) row.Column {
	c := row.NewColumn(t, n)
	for range n {
		c.AppendNull()
	}
	return c
}
