package storage

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// header is the word in front of every row in memory: the generation of its
// last change and three flags. 29 bits of generations last 17 years at a commit
// a second, and each Open starts again at one.
type header uint32

const (
	// flagTomb marks a deleted row that must be deleted on disk too.
	flagTomb header = 1 << iota
	// flagBase says that an older version may be on disk or in a frozen
	// generation. Being wrong in this direction only costs a tombstone.
	flagBase
	// flagVoid marks a row of a Table that no slot points to any more, but
	// which the list of dirty rows still names.
	flagVoid

	// flagOpen says of a row of a Tree that disk may have rows between it and
	// the next row, or the end of its page, that memory does not know.
	flagOpen = flagVoid

	genShift = 3
)

func makeHeader(gen uint32, flags header) header { return header(gen)<<genShift | flags }

func (h header) gen() uint32 { return uint32(h >> genShift) }
func (h header) tomb() bool  { return h&flagTomb != 0 }
func (h header) free() bool  { return h&flagFree != 0 }

// absent reports whether a tombstone says no more than that disk was asked, and
// has no such row.
func (h header) absent() bool { return h == flagTomb }

// base reports whether a version older than generation cur may exist outside
// this row: then deleting the row needs a tombstone.
func (h header) base(cur uint32) bool {
	return h&flagBase != 0 || h.gen() < cur && !h.absent()
}

// Hash is the hash of keys that Tables use.
func Hash(key []byte) uint64 { return xxhash.Sum64(key) }

// A row is [header, 4 bytes LE][key length, uvarint][value length, uvarint]
// [key][value], in arenas and in pages.

func uvarintLen(n int) int {
	l := 1
	for n >= 0x80 {
		n >>= 7
		l++
	}
	return l
}

func rowLen(klen, vlen int) int {
	return 4 + uvarintLen(klen) + uvarintLen(vlen) + klen + vlen
}

func appendRow(b []byte, h header, key, value []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(h))
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = binary.AppendUvarint(b, uint64(len(value)))
	b = append(b, key...)
	return append(b, value...)
}

func rowHeader(b []byte) header { return header(binary.LittleEndian.Uint32(b)) }

func setRowHeader(b []byte, h header) { binary.LittleEndian.PutUint32(b, uint32(h)) }

// rowEnd returns the length of the row that b begins with.
func rowEnd(b []byte) int {
	_, _, end := rowBounds(b)
	return end
}

// rowBounds returns where the key begins and the value begins and ends in b.
func rowBounds(b []byte) (key, value, end int) {
	// Nearly all keys and values are short: both lengths in one byte each.
	if b[4]|b[5] < 0x80 {
		key = 6
		value = key + int(b[4])
		return key, value, value + int(b[5])
	}
	k, n := binary.Uvarint(b[4:])
	v, m := binary.Uvarint(b[4+n:])
	key = 4 + n + m
	value = key + int(k)
	return key, value, value + int(v)
}
