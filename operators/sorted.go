package operators

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/tarndb/tarn/row"
)

// encodeFunc appends the bytes that identify row i of b, and returns how many
// of them are the key by which rows are grouped. Equal rows, and only they,
// have equal bytes.
type encodeFunc func(dst []byte, b *row.Batch, i int) (key []byte, prefix int)

// sorted is a consolidated delta in the order of its encoded rows: unique rows
// with weights that are not zero. The rows stay in the batches that they came
// in. It is read-only once made, and lasts until its sorter's next step.
type sorted struct {
	arena    []byte
	starts   []int // by row of the input; one more at the end
	prefixes []uint32
	batch    []*row.Batch
	index    []int32

	rows    []int32 // the delta's rows, in order, as rows of the input
	weights []int64 // theirs, added up
	in      row.Delta
	all     int // rows of the input
}

func (d *sorted) len() int {
	if d == nil {
		return 0
	}
	return len(d.rows)
}

// at is row i's place in the batches. Its weight there is not the delta's.
func (d *sorted) at(i int) (*row.Batch, int) {
	r := d.rows[i]
	return d.batch[r], int(d.index[r])
}

func (d *sorted) weight(i int) int64 { return d.weights[i] }

func (d *sorted) key(i int) []byte { return d.raw(d.rows[i]) }

func (d *sorted) raw(r int32) []byte { return d.arena[d.starts[r]:d.starts[r+1]] }

func (d *sorted) prefix(i int) []byte {
	r := d.rows[i]
	return d.arena[d.starts[r] : d.starts[r]+int(d.prefixes[r])]
}

// add appends an input row with its bytes, which encode appends.
func (d *sorted) add(b *row.Batch, i int, encode encodeFunc) {
	prefix := 0
	d.arena, prefix = encode(d.arena, b, i)
	d.starts = append(d.starts, len(d.arena))
	d.prefixes = append(d.prefixes, uint32(prefix))
	d.batch = append(d.batch, b)
	d.index = append(d.index, int32(i))
}

// place makes the last input row the last of the delta.
func (d *sorted) place(weight int64) {
	d.rows = append(d.rows, int32(len(d.index)-1))
	d.weights = append(d.weights, weight)
}

// delta is the rows in batches, in no order.
func (d *sorted) delta(types []row.Type) row.Delta {
	if d == nil {
		return nil
	}
	if len(d.rows) == d.all {
		return d.in
	}
	var out batches
	for i, r := range d.rows {
		out.room(types).AppendFrom(d.batch[r], int(d.index[r]), d.weights[i])
	}
	return out.delta
}

// groupEnd is the end of the rows that share row i's prefix.
func (d *sorted) groupEnd(i int) int {
	p := d.prefix(i)
	for i++; i < len(d.rows) && bytes.Equal(d.prefix(i), p); i++ {
	}
	return i
}

// group finds the rows with a prefix; lo == hi if there are none.
func (d *sorted) group(prefix []byte) (lo, hi int) {
	n := d.len()
	lo = sort.Search(n, func(i int) bool { return bytes.Compare(d.prefix(i), prefix) >= 0 })
	if lo == n || !bytes.Equal(d.prefix(lo), prefix) {
		return lo, lo
	}
	return lo, d.groupEnd(lo)
}

// keepBytes bounds the scratch memory that an operator keeps from step to step:
// one large step must not cost memory for ever.
const keepBytes = 4 << 20

// sorter makes sorted deltas, each in the memory of the one before.
type sorter struct {
	d       sorted
	entries []sortEntry
	other   []sortEntry
}

// sortDelta consolidates a delta; nil if nothing is left of it.
func (s *sorter) sortDelta(in row.Delta, encode encodeFunc) *sorted {
	s.byKey(in, encode)
	s.merge()
	if len(s.d.rows) == 0 {
		return nil
	}
	return &s.d
}

// byKey encodes all rows and sorts the entries, equal ones as they came, without
// adding them up.
func (s *sorter) byKey(in row.Delta, encode encodeFunc) {
	s.load(in, encode)
	s.entries, s.other = sortByKey(s.entries, s.other, s.d.raw)
}

// runEnd is the end of the entries with the bytes of entry i.
func (s *sorter) runEnd(i int) int {
	e := s.entries[i]
	for i++; i < len(s.entries) && s.entries[i].head == e.head && bytes.Equal(s.d.raw(s.entries[i].row), s.d.raw(e.row)); i++ {
	}
	return i
}

// load encodes all rows.
func (s *sorter) load(in row.Delta, encode encodeFunc) {
	if cap(s.d.arena) > keepBytes {
		*s = sorter{}
	}
	d := &s.d
	d.reset()
	s.entries = s.entries[:0]
	d.in = in
	for _, b := range in {
		d.all += b.Len()
		for i, w := range b.Weights {
			if w == 0 {
				continue
			}
			start := len(d.arena)
			s.entries = append(s.entries, sortEntry{0, int32(len(d.index))})
			d.add(b, i, encode)
			s.entries[len(s.entries)-1].head = keyHead(d.arena[start:])
		}
	}
}

func (d *sorted) reset() {
	d.arena, d.starts, d.prefixes = d.arena[:0], append(d.starts[:0], 0), d.prefixes[:0]
	clear(d.batch) // do not keep the last step's batches alive
	d.batch, d.index, d.rows, d.weights = d.batch[:0], d.index[:0], d.rows[:0], d.weights[:0]
	d.in, d.all = nil, 0
}

// merge adds up equal neighbours.
func (s *sorter) merge() {
	d := &s.d
	for i := 0; i < len(s.entries); {
		e, end := s.entries[i], s.runEnd(i)
		w := int64(0)
		for ; i < end; i++ {
			same := s.entries[i].row
			w += d.batch[same].Weights[d.index[same]]
		}
		if w != 0 {
			d.rows = append(d.rows, e.row)
			d.weights = append(d.weights, w)
		}
	}
}

// sortEntry is a row to be sorted, with the first bytes of its key at hand,
// which settle most comparisons without a cache miss.
type sortEntry struct {
	head uint64
	row  int32
}

func keyHead(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var h [8]byte
	copy(h[:], key)
	return binary.BigEndian.Uint64(h[:])
}

// radixMin is where counting by bytes begins to be cheaper than comparing.
const radixMin = 256

// radixDepth is how far into the keys heads are taken: what they share beyond that
// is compared.
const radixDepth = 64

// sortByKey sorts entries by their keys, and equal ones by their rows: by the
// heads first, a byte a pass from the lowest, without the bytes that all share;
// then what they leave by the heads of what follows. Entries of equal keys, and
// perhaps others, are left with equal heads. It returns the sorted slice and the
// spare one.
func sortByKey(entries, spare []sortEntry, key func(r int32) []byte) (sorted, other []sortEntry) {
	return sortFrom(entries, spare, key, 0)
}

// sortFrom is sortByKey for keys that share their first bytes; the heads are taken
// behind them.
func sortFrom(entries, spare []sortEntry, key func(r int32) []byte, shared int) (sorted, other []sortEntry) {
	byKey := func(a, b sortEntry) int {
		if a.head != b.head {
			if a.head < b.head {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(key(a.row), key(b.row)); c != 0 {
			return c
		}
		return int(a.row - b.row)
	}
	if len(entries) < radixMin || shared >= radixDepth {
		slices.SortFunc(entries, byKey)
		return entries, spare
	}
	entries, spare = radixSort(entries, grown(spare, len(entries)))
	for i := 0; i < len(entries); {
		end := i + 1
		for end < len(entries) && entries[end].head == entries[i].head {
			end++
		}
		if end-i >= radixMin {
			sortRun(entries[i:end], spare[i:end], key, shared+8)
		} else if end-i > 1 {
			slices.SortFunc(entries[i:end], byKey)
		}
		i = end
	}
	return entries, spare
}

// sortRun sorts entries in place whose keys share their first bytes.
func sortRun(run, spare []sortEntry, key func(r int32) []byte, shared int) {
	for i, e := range run {
		rest := key(e.row)
		run[i].head = keyHead(rest[min(shared, len(rest)):])
	}
	if s, _ := sortFrom(run, spare, key, shared); &s[0] != &run[0] {
		copy(run, s)
	}
}

func radixSort(from, to []sortEntry) (sorted, other []sortEntry) {
	var differ uint64
	for i := range from {
		differ |= from[i].head ^ from[0].head
	}
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var next [256]int32
		for i := range from {
			next[uint8(from[i].head>>shift)]++
		}
		at := int32(0)
		for c, n := range next {
			next[c] = at
			at += n
		}
		for _, e := range from {
			c := uint8(e.head >> shift)
			to[next[c]] = e
			next[c]++
		}
		from, to = to, from
	}
	return from, to
}
