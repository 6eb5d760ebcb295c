package planner

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/tarndb/tarn/row"
)

// ColID names a column of one Query. A node that makes a column gives it a new
// number; nodes that pass it through keep the number. 0 is none.
type ColID int32

// Col is a column of a node's output.
type Col struct {
	ID   ColID
	Name string // for people: EXPLAIN and output names
	Type row.Type
}

// String is the canonical text: name#id.
func (c Col) String() string { return fmt.Sprintf("%s#%d", c.Name, c.ID) }

// ColSet is a set of columns. The zero value is empty; sets are values, every
// method that returns a set makes a new one.
type ColSet struct{ words []uint64 }

// Cols makes a set.
func Cols(ids ...ColID) ColSet {
	var s ColSet
	for _, id := range ids {
		s.add(id)
	}
	return s
}

// ColsOf is the set of a node's output columns.
func ColsOf(cols []Col) ColSet {
	var s ColSet
	for _, c := range cols {
		s.add(c.ID)
	}
	return s
}

func (s *ColSet) add(id ColID) {
	w := int(id) >> 6
	for len(s.words) <= w {
		s.words = append(s.words, 0)
	}
	s.words[w] |= 1 << (uint(id) & 63)
}

// Has reports membership.
func (s ColSet) Has(id ColID) bool {
	w := int(id) >> 6
	return w < len(s.words) && s.words[w]&(1<<(uint(id)&63)) != 0
}

// Union is s and o.
func (s ColSet) Union(o ColSet) ColSet {
	out := ColSet{words: make([]uint64, max(len(s.words), len(o.words)))}
	copy(out.words, s.words)
	for i, w := range o.words {
		out.words[i] |= w
	}
	return out
}

// Minus is s without o.
func (s ColSet) Minus(o ColSet) ColSet {
	out := ColSet{words: append([]uint64(nil), s.words...)}
	for i := range out.words {
		if i < len(o.words) {
			out.words[i] &^= o.words[i]
		}
	}
	return out
}

// Intersect is what both have.
func (s ColSet) Intersect(o ColSet) ColSet {
	out := ColSet{words: make([]uint64, min(len(s.words), len(o.words)))}
	for i := range out.words {
		out.words[i] = s.words[i] & o.words[i]
	}
	return out
}

// Meets reports a common member.
func (s ColSet) Meets(o ColSet) bool {
	for i := 0; i < len(s.words) && i < len(o.words); i++ {
		if s.words[i]&o.words[i] != 0 {
			return true
		}
	}
	return false
}

// Within reports that o has all of s.
func (s ColSet) Within(o ColSet) bool {
	for i, w := range s.words {
		if i >= len(o.words) {
			if w != 0 {
				return false
			}
			continue
		}
		if w&^o.words[i] != 0 {
			return false
		}
	}
	return true
}

// Empty reports no members.
func (s ColSet) Empty() bool {
	for _, w := range s.words {
		if w != 0 {
			return false
		}
	}
	return true
}

// Len counts the members.
func (s ColSet) Len() int {
	n := 0
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// IDs lists the members in ascending order.
func (s ColSet) IDs() []ColID {
	var out []ColID
	for i, w := range s.words {
		for ; w != 0; w &= w - 1 {
			out = append(out, ColID(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// String lists the members; equal sets have equal texts.
func (s ColSet) String() string { return fmt.Sprint(s.IDs()) }

func colList(cols []Col) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.String()
	}
	return strings.Join(parts, ", ")
}

// typesOf lists the types of columns.
func typesOf(cols []Col) []row.Type {
	out := make([]row.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}
