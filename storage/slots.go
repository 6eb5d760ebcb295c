package storage

// slotIndex maps 32-bit hashes to references by extendible hashing: a directory
// over segments of some 64 Ki slots with linear probing. Growing touches one
// segment at a time, so no insert ever waits for the whole table to move.
//
// A segment has any number of slots: a hash is scaled to it, not masked, so a
// segment grows by a quarter, stays between 0.65 and 0.81 full, and keeps its
// rows in the order of their hashes: growing and splitting copy from left to
// right.
//
// A slot is hash<<32 | reference. The lowest bit of the hash is no part of it:
// there it says that the row was used since eviction last looked. An empty slot
// is 0.
type slotIndex struct {
	segs   []segment
	dir    []uint32 // by the top depth bits of the hash: index in segs
	depth  uint
	bytes  int64
	shrunk int // the segment at which to look next for room to give back
}

type segment struct {
	slots []uint64
	used  int
	depth uint
}

const (
	segmentMin = 8
	segmentMax = 1 << 16
	// maxDepth of the directory: more bits are needed within the segments.
	dirDepth = 16

	slotUsed = 1 << 32
)

// spread keeps the table balanced when the engine shards by the same hash.
func spread(hash uint64) uint32 { return uint32(hash*0x9e3779b97f4a7c15>>32) &^ 1 }

func makeSlot(h, ref uint32) uint64 { return uint64(h)<<32 | uint64(ref) }

func slotHash(slot uint64) uint32 { return uint32(slot>>32) &^ 1 }

// home is where the probing for a hash begins.
func (s *segment) home(h uint32) uint32 {
	return uint32(uint64(h<<s.depth) * uint64(len(s.slots)) >> 32)
}

func (x *slotIndex) segmentOf(h uint32) *segment {
	return &x.segs[x.dir[h>>(32-x.depth)]]
}

func (x *slotIndex) init() {
	x.segs = []segment{{slots: make([]uint64, segmentMin)}}
	x.dir = []uint32{0}
	x.bytes = segmentMin * 8
}

func (x *slotIndex) rows() (n int64) {
	for i := range x.segs {
		n += int64(x.segs[i].used)
	}
	return n
}

// full reports whether a segment must grow before the next insert.
func (s *segment) full() bool { return (s.used+1)*16 > len(s.slots)*13 }

// insert adds a reference for a hash. The caller knows that it is not there.
func (x *slotIndex) insert(h uint32, ref uint32) {
	if x.segs == nil {
		x.init()
	}
	s := x.segmentOf(h)
	for s.full() {
		x.grow(x.dir[h>>(32-x.depth)])
		s = x.segmentOf(h)
	}
	s.place(makeSlot(h, ref))
}

func (s *segment) place(slot uint64) {
	i := s.home(slotHash(slot))
	for s.slots[i] != 0 {
		if i++; i == uint32(len(s.slots)) {
			i = 0
		}
	}
	s.slots[i] = slot
	s.used++
}

// resize gives a segment another number of slots.
func (x *slotIndex) resize(i uint32, n int) {
	old := x.segs[i]
	x.segs[i] = segment{slots: make([]uint64, n), depth: old.depth}
	x.bytes += int64(n-len(old.slots)) * 8
	for _, slot := range old.slots {
		if slot != 0 {
			x.segs[i].place(slot)
		}
	}
}

// grow enlarges a segment or splits a large one.
func (x *slotIndex) grow(i uint32) {
	old := x.segs[i]
	if n := len(old.slots); n < segmentMax || old.depth >= dirDepth {
		x.resize(i, n+max(n/4, 4))
		return
	}
	if old.depth == x.depth {
		dir := make([]uint32, 2*len(x.dir))
		for j, s := range x.dir {
			dir[2*j], dir[2*j+1] = s, s
		}
		x.bytes += int64(4 * len(x.dir))
		x.dir = dir
		x.depth++
	}
	depth := old.depth + 1
	var count [2]int
	for _, slot := range old.slots {
		if slot != 0 {
			count[slot>>(64-depth)&1]++
		}
	}
	for i := range count {
		count[i] += count[i]/2 + segmentMin
	}
	x.segs[i] = segment{slots: make([]uint64, count[0]), depth: depth}
	x.segs = append(x.segs, segment{slots: make([]uint64, count[1]), depth: depth})
	x.bytes += int64(count[0]+count[1]-len(old.slots)) * 8
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

// shrink looks at one segment, and gives back what it has too much.
func (x *slotIndex) shrink() {
	if len(x.segs) == 0 {
		return
	}
	x.shrunk = (x.shrunk + 1) % len(x.segs)
	s := &x.segs[x.shrunk]
	if n := max(segmentMin, s.used*3/2); n < len(s.slots)*3/4 {
		x.resize(uint32(x.shrunk), n)
	}
}

// remove takes the slot at position i out of s and closes the gap, so that no
// probe ever passes over deleted slots.
func (s *segment) remove(i uint32) {
	n := uint32(len(s.slots))
	from := func(a, b uint32) uint32 { // how far b lies behind a
		if b < a {
			b += n
		}
		return b - a
	}
	for j := i; ; {
		if j++; j == n {
			j = 0
		}
		if s.slots[j] == 0 {
			break
		}
		if from(s.home(slotHash(s.slots[j])), j) >= from(i, j) {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = 0
	s.used--
}
