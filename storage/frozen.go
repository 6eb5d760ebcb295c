package storage

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"runtime"
	"slices"
)

// A rowWriter takes the rows of a commit: keys ascending within a store.
type rowWriter func(key, value []byte, tomb bool) error

// keyRange is the keys in [lo, hi); a nil hi is unbounded.
type keyRange struct{ lo, hi []byte }

// frozenTable is the rows of a table that changed; they are not changed in
// place before the commit is settled, so the committer reads them in peace.
type frozenTable struct {
	owner  *Table
	chunks []frozenChunk
	rows   int64
	size   int64
	ranges []keyRange // deleted before the rows were written
	retire []uint32   // hashes of tombstones, filled by write
}

// frozenChunk is a chunk as it was: the bytes of rows that were changed since
// are still there, those of the others are not to be looked at.
type frozenChunk struct {
	buf   []byte
	dirty []uint64
}

// freeze returns what changed in generations not on disk; nil if nothing did.
// It costs a few nanoseconds for each chunk with changes.
func (t *Table) freeze() *frozenTable {
	if t.dirtyRows == 0 && len(t.ranges) == 0 {
		return nil
	}
	a := &t.arena
	f := &frozenTable{owner: t, rows: t.dirtyRows, size: t.dirtyBytes, ranges: t.ranges}
	f.chunks = make([]frozenChunk, 0, len(a.touched))
	for _, i := range a.touched {
		c := &a.chunks[i]
		if c.dirty == nil {
			continue // gone, or seen
		}
		a.bytes -= int64(8 * len(c.dirty))
		f.chunks = append(f.chunks, frozenChunk{c.buf, c.dirty})
		c.dirty = nil
	}
	a.touched = nil
	t.frozenBytes += t.dirtyBytes
	t.dirtyRows, t.dirtyBytes, t.ranges = 0, 0, nil
	return f
}

// each calls fn with each row, in the order in which they lie in memory.
func (f *frozenTable) each(fn func(ref uint32, row []byte)) {
	for i := range f.chunks {
		c := &f.chunks[i]
		runtime.Gosched()
		for w, m := range c.dirty {
			for ; m != 0; m &= m - 1 {
				o := uint32(w*64 + bits.TrailingZeros64(m))
				fn(uint32(i)<<16|o, c.buf[int(o)*blockUnit:])
			}
		}
	}
}

func (f *frozenTable) row(ref uint32) []byte {
	return f.chunks[ref>>16].buf[int(ref&0xffff)*blockUnit:]
}

func (f *frozenTable) key(ref uint32) []byte {
	b := f.row(ref)
	k, v, _ := rowBounds(b)
	return b[k:v]
}

func (f *frozenTable) write(w rowWriter) error {
	f.retire = nil
	skip := f.commonPrefix()
	rows := make([]keyed, 0, f.rows)
	f.each(func(ref uint32, b []byte) {
		k, v, _ := rowBounds(b)
		key := b[k:v]
		if rowHeader(b).tomb() {
			f.retire = append(f.retire, spread(Hash(key)))
		}
		rows = append(rows, keyed{keyHead(key, skip), ref})
	})
	f.sort(rows)
	for _, r := range rows {
		b := f.row(r.ref)
		k, v, end := rowBounds(b)
		if err := w(b[k:v], b[v:end], rowHeader(b).tomb()); err != nil {
			return err
		}
	}
	return nil
}

// commonPrefix returns how many bytes all keys begin with: they tell nothing
// about the order.
func (f *frozenTable) commonPrefix() int {
	var first []byte
	n := -1
	f.each(func(_ uint32, b []byte) {
		k, v, _ := rowBounds(b)
		if n < 0 {
			first, n = b[k:v], v-k
			return
		}
		key := b[k:min(v, k+n)]
		if len(key) == n && bytes.Equal(key, first[:n]) {
			return
		}
		i := 0
		for i < len(key) && key[i] == first[i] {
			i++
		}
		n = i
	})
	return max(n, 0)
}

// keyed is a row to be sorted: some bytes of its key, and where it is.
type keyed struct {
	head uint64
	ref  uint32
}

// keyHead orders as the eight bytes of a key after skip do, or less finely.
func keyHead(key []byte, skip int) uint64 {
	key = key[min(skip, len(key)):]
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// comparedRows is up to how many rows with equal heads are sorted by comparing keys.
const comparedRows = 8

// sort brings rows into the order of their keys: by radix on the heads, then, within
// equal heads, on those of what the keys have not in common. A key is where no cache
// has it, so that each is looked at a few times and not at each comparison.
func (f *frozenTable) sort(rows []keyed) {
	rows = radixSort(rows)
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].head == rows[i].head {
			j++
		}
		switch n := j - i; {
		case n == 1:
		case n <= comparedRows || n == len(rows):
			slices.SortFunc(rows[i:j], func(a, b keyed) int { return bytes.Compare(f.key(a.ref), f.key(b.ref)) })
		default:
			f.sortRun(rows[i:j])
		}
		i = j
	}
}

// sortRun sorts rows whose keys begin alike.
func (f *frozenTable) sortRun(rows []keyed) {
	first := f.key(rows[0].ref)
	skip := len(first)
	for _, r := range rows[1:] {
		skip = commonLen(first[:skip], f.key(r.ref))
	}
	for i := range rows {
		rows[i].head = keyHead(f.key(rows[i].ref), skip)
	}
	f.sort(rows)
}

// radixSort orders by head, and returns rows.
func radixSort(rows []keyed) []keyed {
	if len(rows) < 256 {
		slices.SortFunc(rows, func(a, b keyed) int {
			if a.head < b.head {
				return -1
			}
			if a.head > b.head {
				return 1
			}
			return 0
		})
		return rows
	}
	const digit = 11
	all, any := ^uint64(0), uint64(0)
	for _, r := range rows {
		all &= r.head
		any |= r.head
	}
	from, to := rows, make([]keyed, len(rows))
	for shift := 0; shift < 64; shift += digit {
		if (any&^all)>>shift&(1<<digit-1) == 0 {
			continue // the same in all rows
		}
		runtime.Gosched()
		var at [1 << digit]uint32
		for _, r := range from {
			at[r.head>>shift&(1<<digit-1)]++
		}
		sum := uint32(0)
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, r := range from {
			p := &at[r.head>>shift&(1<<digit-1)]
			to[*p] = r
			*p++
		}
		from, to = to, from
	}
	if &from[0] != &rows[0] {
		copy(rows, from)
	}
	return rows
}

// restore makes the rows of a failed commit count as changed again. Those that
// were replaced meanwhile are in limbo already.
func (f *frozenTable) restore() {
	t := f.owner
	t.arena.held, t.frozenBytes = 0, 0
	t.ranges = append(f.ranges, t.ranges...)
	f.each(func(_ uint32, was []byte) {
		k, v, _ := rowBounds(was)
		s, pos, row := t.find(spread(Hash(was[k:v])), was[k:v])
		if row == nil || rowHeader(row) != rowHeader(was) {
			return
		}
		setRowHeader(row, makeHeader(t.cur, rowHeader(row)&flagTomb|flagBase))
		t.noteDirty(uint32(s.slots[pos]), rowEnd(row))
	})
}

// settle hands what a commit has made superfluous to the table.
func (f *frozenTable) settle() {
	t := f.owner
	t.arena.held, t.frozenBytes = 0, 0
	if len(f.retire) > 0 {
		t.retired.push(f.retire)
	}
}
