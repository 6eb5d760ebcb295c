package operators

import "github.com/tarndb/tarn/storage"

// keyList is encoded keys, one behind the other, with their stores' hashes.
type keyList struct {
	arena  []byte
	ends   []int
	hashes []uint64
}

func (l *keyList) reset() {
	if cap(l.arena) > keepBytes {
		*l = keyList{}
	}
	l.arena, l.ends, l.hashes = l.arena[:0], l.ends[:0], l.hashes[:0]
}

func (l *keyList) len() int { return len(l.ends) }

func (l *keyList) key(i int) []byte {
	start := 0
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.arena[start:l.ends[i]:l.ends[i]]
}

// add appends the key that encode appends.
func (l *keyList) add(encode func(dst []byte) []byte) {
	start := len(l.arena)
	l.arena = encode(l.arena)
	l.ends = append(l.ends, len(l.arena))
	l.hashes = append(l.hashes, storage.Hash(l.arena[start:]))
}
