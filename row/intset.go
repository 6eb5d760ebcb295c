package row

import "math/bits"

// IntSet is a set of integers. It is immutable, and any goroutine may ask it.
type IntSet struct {
	n int
	// Of values that lie close: a bit each, from lo on.
	lo   int64
	bits []uint64
	// Of others: open addressing, where 0 is an empty slot.
	slots []int64
	mask  uint64
	zero  bool // 0 is in the set
}

// bitsPerInt is how many bits a value may take before slots are used.
const bitsPerInt = 256

// NewIntSet makes the set of the values of a PhysInt column, NULLs left out.
func NewIntSet(c *Column) *IntSet {
	s := &IntSet{}
	some := c.HasNulls()
	lo, hi, rows := int64(0), int64(0), 0
	for i, v := range c.Ints {
		if some && c.IsNull(i) {
			continue
		}
		if rows++; rows == 1 {
			lo, hi = v, v
		}
		lo, hi = min(lo, v), max(hi, v)
	}
	if rows == 0 {
		return s
	}
	if span := uint64(hi - lo); span/bitsPerInt <= uint64(rows)+bitsPerInt {
		s.lo, s.bits = lo, make([]uint64, span/64+1)
	} else {
		size := 16
		for size < 2*rows {
			size *= 2
		}
		s.slots, s.mask = make([]int64, size), uint64(size-1)
	}
	for i, v := range c.Ints {
		if !some || !c.IsNull(i) {
			s.add(v)
		}
	}
	return s
}

func (s *IntSet) add(v int64) {
	if s.slots == nil {
		u := uint64(v - s.lo)
		if s.bits[u>>6]&(1<<(u&63)) == 0 {
			s.bits[u>>6] |= 1 << (u & 63)
			s.n++
		}
		return
	}
	at := s.slot(v)
	if v == 0 && !s.zero || v != 0 && s.slots[at] == 0 {
		s.n++
	}
	s.zero = s.zero || v == 0
	s.slots[at] = v
}

// slot is where a value is, or would be.
func (s *IntSet) slot(v int64) uint64 {
	hi, lo := bits.Mul64(uint64(v)^hashMul2, hashMul)
	at := (hi ^ lo) & s.mask
	for s.slots[at] != 0 && s.slots[at] != v {
		at = (at + 1) & s.mask
	}
	return at
}

// Has reports that a value is in the set.
func (s *IntSet) Has(v int64) bool {
	if s.slots == nil {
		u := uint64(v - s.lo)
		return u>>6 < uint64(len(s.bits)) && s.bits[u>>6]>>(u&63)&1 != 0
	}
	return s.slots[s.slot(v)] == v && (v != 0 || s.zero)
}

// Len is the number of different values.
func (s *IntSet) Len() int { return s.n }

// Bytes is about the memory that the set takes.
func (s *IntSet) Bytes() int64 { return 8 * int64(len(s.bits)+len(s.slots)) }
