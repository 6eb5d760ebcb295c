package operators

import "bytes"

// keyIndex numbers the different keys of one step: an open-addressing table of
// the kind that the stores use, thrown away after the step. It holds no
// pointers but its slices.
type keyIndex struct {
	slots  []int32 // key number + 1
	hashes []uint64
	arena  []byte
	starts []int
}

// reset forgets the keys and keeps the memory, unless it is much.
func (x *keyIndex) reset() {
	if len(x.slots) > 1<<12 && 16*len(x.hashes) < len(x.slots) || cap(x.arena) > keepBytes {
		*x = keyIndex{}
	}
	if len(x.hashes) > 0 {
		clear(x.slots)
	}
	x.hashes, x.arena = x.hashes[:0], x.arena[:0]
	x.starts = append(x.starts[:0], 0)
}

func (x *keyIndex) key(i int) []byte { return x.arena[x.starts[i]:x.starts[i+1]] }

// find returns the key's number, which is new if fresh.
func (x *keyIndex) find(hash uint64, key []byte) (i int, fresh bool) {
	if 4*(len(x.hashes)+1) > 3*len(x.slots) {
		x.grow()
	}
	mask := uint64(len(x.slots) - 1)
	for s := hash & mask; ; s = (s + 1) & mask {
		n := x.slots[s]
		if n == 0 {
			x.slots[s] = int32(len(x.hashes) + 1)
			x.hashes = append(x.hashes, hash)
			x.arena = append(x.arena, key...)
			x.starts = append(x.starts, len(x.arena))
			return len(x.hashes) - 1, true
		}
		if x.hashes[n-1] == hash && bytes.Equal(x.key(int(n-1)), key) {
			return int(n - 1), false
		}
	}
}

func (x *keyIndex) grow() {
	x.slots = make([]int32, max(16, 2*len(x.slots)))
	mask := uint64(len(x.slots) - 1)
	for i, h := range x.hashes {
		s := h & mask
		for x.slots[s] != 0 {
			s = (s + 1) & mask
		}
		x.slots[s] = int32(i + 1)
	}
}
