package operators

import (
	"bytes"
	"encoding/binary"

	"github.com/tarndb/tarn/row"
)

// keySet numbers the different keys of one step, in the order in which they
// come: an open-addressing table over the hash column of a key, thrown away
// after the step. Keys of integers are compared as they lie in their columns;
// others are encoded, each row's, in a form that is quick to make and that only
// this step sees. It holds no pointers but its slices.
//
// A key may have one more part that is no column: a number that the caller has
// for each row, such as that of the group which a value belongs to.
type keySet struct {
	cols   []int
	fixed  bool // all columns are integers: keys are words
	width  int  // words of a key: the columns, then nulls and the caller's part
	slots  []uint64
	mask   uint64
	hashes []uint64 // by key

	words  []int64 // if fixed
	arena  []byte  // otherwise
	starts []int
	buf    []byte
	key    []int64
}

// maxFixed is how many columns a key of words has at most: their NULLs and the
// caller's part share a word.
const maxFixed = 31

func newKeySet(types []row.Type, cols []int) keySet {
	k := keySet{cols: cols, fixed: len(cols) <= maxFixed, width: len(cols) + 1}
	for _, c := range cols {
		k.fixed = k.fixed && types[c].Phys() == row.PhysInt
	}
	k.key = make([]int64, k.width)
	return k
}

// keepKeys bounds the table that is kept from step to step.
const keepKeys = 1 << 18

// reset forgets the keys and keeps the memory, unless it is much.
func (k *keySet) reset() {
	if len(k.slots) > keepKeys || cap(k.arena) > keepBytes {
		*k = keySet{cols: k.cols, fixed: k.fixed, width: k.width, key: k.key}
	}
	switch {
	case len(k.hashes) == 0:
	case len(k.hashes) < len(k.slots)/16:
		for _, h := range k.hashes {
			k.clearRun(h)
		}
	default:
		clear(k.slots)
	}
	k.hashes, k.words, k.arena = k.hashes[:0], k.words[:0], k.arena[:0]
	k.starts = append(k.starts[:0], 0)
}

// clearRun empties the slots from a hash's own to the next empty one. The slots of
// its keys that stand behind a gap made so are those of other keys' runs.
func (k *keySet) clearRun(h uint64) {
	for s := h & k.mask; k.slots[s] != 0; s = (s + 1) & k.mask {
		k.slots[s] = 0
	}
}

func (k *keySet) len() int { return len(k.hashes) }

// number gives rows of b their keys' numbers, in into[i] for row i: the rows that
// sel lists, all if it is nil. hashes are those of the rows' keys, part the
// caller's part of them (nil: none). Rows whose keys are new are appended to
// fresh, in the order of the new numbers.
func (k *keySet) number(b *row.Batch, sel []int32, hashes []uint64, part, into, fresh []int32) []int32 {
	rows := b.Len()
	if sel != nil {
		rows = len(sel)
	}
	k.reserve(rows)
	if len(k.cols) == 1 && k.fixed && sel == nil && part == nil && !b.Cols[k.cols[0]].HasNulls() {
		return k.numberInts(b.Cols[k.cols[0]].Ints, hashes, into, fresh)
	}
	for j := range rows {
		i := j
		if sel != nil {
			i = int(sel[j])
		}
		more := int64(0)
		if part != nil {
			more = int64(part[i])
		}
		n, isNew := k.find(b, i, hashes[i], more)
		into[i] = n
		if isNew {
			fresh = append(fresh, int32(i))
		}
	}
	return fresh
}

// numberInts is number for the most common key: one integer, never NULL.
func (k *keySet) numberInts(keys []int64, hashes []uint64, into, fresh []int32) []int32 {
	for i, v := range keys {
		h := hashes[i]
		tag := h &^ (1<<32 - 1)
		s := h & k.mask
		for {
			slot := k.slots[s]
			if slot == 0 {
				n := len(k.hashes)
				k.slots[s] = tag | uint64(n+1)
				k.hashes = append(k.hashes, h)
				k.words = append(k.words, v, 0)
				into[i] = int32(n)
				fresh = append(fresh, int32(i))
				break
			}
			n := int(uint32(slot)) - 1
			if slot&^(1<<32-1) == tag && k.words[2*n] == v && k.words[2*n+1] == 0 {
				into[i] = int32(n)
				break
			}
			s = (s + 1) & k.mask
		}
	}
	return fresh
}

// find is one key's number.
func (k *keySet) find(b *row.Batch, i int, h uint64, more int64) (n int32, fresh bool) {
	if k.fixed {
		k.wordsOf(b, i, more)
	} else {
		k.encode(b, i, more)
	}
	tag := h &^ (1<<32 - 1)
	s := h & k.mask
	for ; k.slots[s] != 0; s = (s + 1) & k.mask {
		slot := k.slots[s]
		if slot&^(1<<32-1) != tag {
			continue
		}
		n := int(uint32(slot)) - 1
		if k.fixed && equalWords(k.words[n*k.width:(n+1)*k.width], k.key) ||
			!k.fixed && bytes.Equal(k.arena[k.starts[n]:k.starts[n+1]], k.buf) {
			return int32(n), false
		}
	}
	n = int32(len(k.hashes))
	k.slots[s] = tag | uint64(n+1)
	k.hashes = append(k.hashes, h)
	if k.fixed {
		k.words = append(k.words, k.key...)
	} else {
		k.arena = append(k.arena, k.buf...)
		k.starts = append(k.starts, len(k.arena))
	}
	return n, true
}

func equalWords(a, b []int64) bool {
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
}

func (k *keySet) wordsOf(b *row.Batch, i int, more int64) {
	for j, c := range k.cols {
		col := &b.Cols[c]
		k.key[j] = col.Ints[i]
		if len(col.Nulls) > 0 && col.IsNull(i) {
			more |= 1 << (32 + j)
		}
	}
	k.key[len(k.cols)] = more
}

// encode puts a key's bytes into buf: equal for equal keys, and only for them.
func (k *keySet) encode(b *row.Batch, i int, more int64) {
	k.buf = binary.LittleEndian.AppendUint32(k.buf[:0], uint32(more))
	for _, c := range k.cols {
		col := &b.Cols[c]
		switch {
		case col.IsNull(i):
			k.buf = append(k.buf, 0)
		case col.Type.Phys() == row.PhysInt:
			k.buf = binary.LittleEndian.AppendUint64(append(k.buf, 1), uint64(col.Ints[i]))
		case plainBytes(col.Type):
			v := col.Data[col.Offs[i]:col.Offs[i+1]]
			k.buf = append(binary.AppendUvarint(k.buf, uint64(len(v))+1), v...)
		default:
			k.buf = row.AppendKey(append(k.buf, 1), col, i)
		}
	}
}

// plainBytes reports a type whose values are equal if their bytes are, and only then.
func plainBytes(t row.Type) bool {
	switch t.Kind {
	case row.Text, row.Varchar, row.Bytea, row.UUID, row.Name:
		return true
	}
	return false
}

// reserve makes room for n more keys.
func (k *keySet) reserve(n int) {
	need := len(k.hashes) + n
	if 2*need <= len(k.slots) {
		return
	}
	size := max(64, len(k.slots))
	for size < 2*need {
		size *= 2
	}
	k.slots = make([]uint64, size)
	k.mask = uint64(size - 1)
	for i, h := range k.hashes {
		s := h & k.mask
		for k.slots[s] != 0 {
			s = (s + 1) & k.mask
		}
		k.slots[s] = h&^(1<<32-1) | uint64(i+1)
	}
}
