package storage

// slotIndex maps 32-bit hashes to references by extendible hashing: a directory
// over segments of at most 64 Ki slots with linear probing. Growing touches one
// segment at a time, so no insert ever waits for the whole table to move.
//
// A slot is hash<<32 | reference; an empty slot is 0.
type slotIndex struct {
	segs  []segment
	dir   []uint32 // by the top depth bits of the hash: index in segs
	depth uint
	bytes int64
}

type segment struct {
	slots []uint64
	used  int
	depth uint
}

const (
	segmentMin = 8
	segmentMax = 1 << 16
)

// spread keeps the table balanced when the engine shards by the same hash.
func spread(hash uint64) uint32 { return uint32(hash * 0x9e3779b97f4a7c15 >> 32) }

func (x *slotIndex) segmentOf(h uint32) *segment {
	return &x.segs[x.dir[h>>(32-x.depth)]]
}

func (x *slotIndex) init() {
	x.segs = []segment{{slots: make([]uint64, segmentMin)}}
	x.dir = []uint32{0}
	x.bytes = segmentMin * 8
}

// insert adds a reference for a hash. The caller knows that it is not there.
func (x *slotIndex) insert(h uint32, ref uint32) {
	if x.segs == nil {
		x.init()
	}
	s := x.segmentOf(h)
	for s.used >= len(s.slots)-len(s.slots)/4 {
		x.grow(x.dir[h>>(32-x.depth)])
		s = x.segmentOf(h)
	}
	s.place(uint64(h)<<32 | uint64(ref))
}

func (s *segment) place(slot uint64) {
	mask := uint32(len(s.slots) - 1)
	i := uint32(slot>>32) & mask
	for s.slots[i] != 0 {
		i = (i + 1) & mask
	}
	s.slots[i] = slot
	s.used++
}

// grow doubles a small segment and splits a large one.
func (x *slotIndex) grow(i uint32) {
	old := x.segs[i]
	if len(old.slots) < segmentMax || old.depth >= 16 {
		x.segs[i] = segment{slots: make([]uint64, 2*len(old.slots)), depth: old.depth}
		x.bytes += int64(len(old.slots)) * 8
		for _, slot := range old.slots {
			if slot != 0 {
				x.segs[i].place(slot)
			}
		}
		return
	}
	if old.depth == x.depth {
		dir := make([]uint32, 2*len(x.dir))
		for j, s := range x.dir {
			dir[2*j], dir[2*j+1] = s, s
		}
		x.dir = dir
		x.depth++
	}
	depth := old.depth + 1
	x.segs[i] = segment{slots: make([]uint64, segmentMax), depth: depth}
	x.segs = append(x.segs, segment{slots: make([]uint64, segmentMax), depth: depth})
	x.bytes += segmentMax * 8
	halves := [2]uint32{i, uint32(len(x.segs) - 1)}
	for j, s := range x.dir {
		if s == i {
			x.dir[j] = halves[j>>(x.depth-depth)&1]
		}
	}
	for _, slot := range old.slots {
		if slot != 0 {
			x.segs[halves[slot>>(64-depth)&1]].place(slot)
		}
	}
}

// remove takes the slot at position i out of s and closes the gap, so that no
// probe ever passes over deleted slots.
func (s *segment) remove(i uint32) {
	mask := uint32(len(s.slots) - 1)
	for j := (i + 1) & mask; s.slots[j] != 0; j = (j + 1) & mask {
		home := uint32(s.slots[j]>>32) & mask
		if (j-home)&mask >= (j-i)&mask {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = 0
	s.used--
}
