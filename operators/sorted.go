package operators

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"

	"github.com/tarndb/tarn/row"
)

// chunkRows bounds the batches of a sorted delta, because a column cannot hold
// more than 4 GiB.
const chunkRows = 1 << 14

// encodeFunc appends the bytes that identify row i of b, and returns how many
// of them are the key by which rows are grouped. Equal rows, and only they,
// have equal bytes.
type encodeFunc func(dst []byte, b *row.Batch, i int) (key []byte, prefix int)

// sorted is a consolidated delta in the order of its encoded rows: unique rows
// with weights that are not zero. It is read-only once made.
type sorted struct {
	chunks   row.Delta // all but the last have chunkRows rows
	arena    []byte
	starts   []int // of row i's bytes in arena; one more at the end
	prefixes []uint32
}

func (d *sorted) len() int {
	if d == nil {
		return 0
	}
	return len(d.prefixes)
}

// at is row i's place in the batches.
func (d *sorted) at(i int) (*row.Batch, int) { return d.chunks[i/chunkRows], i % chunkRows }

func (d *sorted) weight(i int) int64 { return d.chunks[i/chunkRows].Weights[i%chunkRows] }

func (d *sorted) key(i int) []byte { return d.arena[d.starts[i]:d.starts[i+1]] }

func (d *sorted) prefix(i int) []byte {
	return d.arena[d.starts[i] : d.starts[i]+int(d.prefixes[i])]
}

// groupEnd is the end of the rows that share row i's prefix.
func (d *sorted) groupEnd(i int) int {
	p := d.prefix(i)
	for i++; i < len(d.prefixes) && bytes.Equal(d.prefix(i), p); i++ {
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

// sortEntry is a row to be sorted, with the first bytes of its key at hand,
// which settle most comparisons without a cache miss.
type sortEntry struct {
	head uint64
	row  int32
}

// keepBytes bounds the scratch memory that an operator keeps from step to step:
// one large step must not cost memory for ever.
const keepBytes = 4 << 20

// sorter holds the scratch memory of sortDelta.
type sorter struct {
	arena    []byte
	starts   []int
	prefixes []uint32
	batch    []*row.Batch
	index    []int32
	entries  []sortEntry
}

// sortDelta consolidates a delta; nil if nothing is left of it.
func (s *sorter) sortDelta(types []row.Type, in row.Delta, encode encodeFunc) *sorted {
	s.load(in, encode)
	if len(s.entries) == 0 {
		return nil
	}
	slices.SortFunc(s.entries, func(a, b sortEntry) int {
		if a.head != b.head {
			if a.head < b.head {
				return -1
			}
			return 1
		}
		return bytes.Compare(s.key(a.row), s.key(b.row))
	})
	return s.merge(types)
}

// load encodes all rows.
func (s *sorter) load(in row.Delta, encode encodeFunc) {
	s.arena, s.starts, s.prefixes = s.arena[:0], append(s.starts[:0], 0), s.prefixes[:0]
	s.batch, s.index, s.entries = s.batch[:0], s.index[:0], s.entries[:0]
	for _, b := range in {
		for i := range b.Weights {
			if b.Weights[i] == 0 {
				continue
			}
			start, prefix := len(s.arena), 0
			s.arena, prefix = encode(s.arena, b, i)
			s.entries = append(s.entries, sortEntry{keyHead(s.arena[start:]), int32(len(s.index))})
			s.starts = append(s.starts, len(s.arena))
			s.prefixes = append(s.prefixes, uint32(prefix))
			s.batch = append(s.batch, b)
			s.index = append(s.index, int32(i))
		}
	}
}

func keyHead(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var h [8]byte
	copy(h[:], key)
	return binary.BigEndian.Uint64(h[:])
}

func (s *sorter) key(i int32) []byte { return s.arena[s.starts[i]:s.starts[i+1]] }

// merge adds up equal neighbours and copies what is left.
func (s *sorter) merge(types []row.Type) *sorted {
	d := &sorted{starts: make([]int, 1, len(s.entries)+1), prefixes: make([]uint32, 0, len(s.entries))}
	d.arena = make([]byte, 0, len(s.arena))
	var cur *row.Batch
	for i := 0; i < len(s.entries); {
		r := s.entries[i].row
		key := s.key(r)
		w := s.batch[r].Weights[s.index[r]]
		for i++; i < len(s.entries) && bytes.Equal(s.key(s.entries[i].row), key); i++ {
			same := s.entries[i].row
			w += s.batch[same].Weights[s.index[same]]
		}
		if w == 0 {
			continue
		}
		if cur == nil || cur.Len() == chunkRows {
			cur = row.NewBatch(types, min(chunkRows, len(s.entries)-len(d.prefixes)))
			d.chunks = append(d.chunks, cur)
		}
		cur.AppendFrom(s.batch[r], int(s.index[r]), w)
		d.arena = append(d.arena, key...)
		d.starts = append(d.starts, len(d.arena))
		d.prefixes = append(d.prefixes, s.prefixes[r])
	}
	clear(s.batch) // do not keep the input's batches alive
	if cap(s.arena) > keepBytes {
		*s = sorter{}
	}
	if len(d.prefixes) == 0 {
		return nil
	}
	return d
}
