package storage

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// A page is a node of a Tree. Its rows lie in one byte slice, in no order,
// named by slots in key order. The rows of an inner page are the lower bounds
// of its kids, with empty values; the first bound is not compared, since the
// parent has already decided.
//
// A slot is head<<32 | offset. The head is the four bytes of the key after the
// skip bytes that all keys of the page begin with, so that a search reads one
// short array and then, nearly always, a single row.
type page struct {
	ticket uint64 // the page may be changed in place iff this is the tree's
	gen    uint32 // the last generation that changed a row at or below this page
	skip   uint32
	dead   int32 // bytes of buf that no slot names
	open   bool  // of a leaf: disk may have rows from its lower bound to its first row
	used   bool  // of a leaf: since eviction last passed by; the tree's owner alone looks here
	buf    []byte
	slots  []uint64
	kids   []*page // nil in a leaf
}

const (
	pageMax  = 4 << 10 // bytes of rows, unless a single row is larger
	pageKids = 128
	// A page smaller than this joins a neighbour when a row leaves it.
	pageMin      = pageMax / 4
	pageOverhead = 96
)

func (p *page) leaf() bool { return p.kids == nil }

func (p *page) len() int { return len(p.slots) }

func (p *page) live() int { return len(p.buf) - int(p.dead) }

func (p *page) mem() int64 {
	return int64(cap(p.buf) + 8*cap(p.slots) + 8*cap(p.kids) + pageOverhead)
}

// at returns the bytes from a row on.
func (p *page) at(i int) []byte { return p.buf[uint32(p.slots[i]):] }

func (p *page) header(i int) header { return rowHeader(p.at(i)) }

func (p *page) key(i int) []byte {
	b := p.at(i)
	k, v, _ := rowBounds(b)
	return b[k:v:v]
}

func (p *page) row(i int) (h header, key, value []byte) {
	b := p.at(i)
	k, v, end := rowBounds(b)
	return rowHeader(b), b[k:v:v], b[v:end:end]
}

func (p *page) rowLen(i int) int {
	_, _, end := rowBounds(p.at(i))
	return end
}

// first is the position of the first row that searches compare.
func (p *page) first() int {
	if p.leaf() {
		return 0
	}
	return 1
}

// headOf returns the four bytes of a key after the first skip, zeros where
// there are none.
func headOf(key []byte, skip uint32) uint32 {
	if uint32(len(key)) >= skip+4 {
		return binary.BigEndian.Uint32(key[skip:])
	}
	var b [4]byte
	if uint32(len(key)) > skip {
		copy(b[:], key[skip:])
	}
	return binary.BigEndian.Uint32(b[:])
}

// search returns the position of the first compared row with a key not below
// key, and whether it has that key.
func (p *page) search(key []byte) (i int, found bool) {
	lo := p.first()
	n := len(p.slots)
	if lo >= n {
		return lo, false
	}
	head := headOf(key, p.skip)
	i = lo + lowerHead(p.slots[lo:], head)
	if p.skip > 0 {
		any := p.key(min(i, n-1))
		if c := bytes.Compare(key[:min(len(key), int(p.skip))], any[:p.skip]); c < 0 {
			return lo, false
		} else if c > 0 {
			return n, false
		}
	}
	if i == n || uint32(p.slots[i]>>32) != head {
		return i, false
	}
	return p.searchTies(i, head, key)
}

// lowerHead returns how many heads are below head. The loop has no branch that
// a processor could predict wrongly.
func lowerHead(slots []uint64, head uint32) int {
	base, n := 0, len(slots)
	for n > 1 {
		half := n >> 1
		if uint32(slots[base+half-1]>>32) < head {
			base += half
		}
		n -= half
	}
	if uint32(slots[base]>>32) < head {
		base++
	}
	return base
}

// searchTies searches among the rows from i on that have the same head.
func (p *page) searchTies(i int, head uint32, key []byte) (int, bool) {
	switch c := bytes.Compare(p.key(i), key); {
	case c == 0:
		return i, true
	case c > 0:
		return i, false
	}
	lo, hi := i+1, len(p.slots)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if uint32(p.slots[mid]>>32) != head {
			hi = mid
			continue
		}
		switch c := bytes.Compare(p.key(mid), key); {
		case c < 0:
			lo = mid + 1
		case c > 0:
			hi = mid
		default:
			return mid, true
		}
	}
	return lo, false
}

// child returns the position of the kid whose range holds key.
func (p *page) child(key []byte) int {
	i, found := p.search(key)
	if found {
		return i
	}
	return i - 1
}

// clone copies a page for a new ticket.
func (p *page) clone(ticket uint64) *page {
	c := &page{ticket: ticket, gen: p.gen, skip: p.skip, open: p.open, used: p.used}
	if int(p.dead) > len(p.buf)/4 {
		c.fill(p, 0, p.len(), 0)
	} else {
		c.dead = p.dead
		c.buf = append(make([]byte, 0, cap(p.buf)), p.buf...)
		c.slots = append(make([]uint64, 0, cap(p.slots)), p.slots...)
	}
	if p.kids != nil {
		c.kids = append(make([]*page, 0, len(p.kids)+1), p.kids...)
	}
	return c
}

// fill replaces the rows of p by rows [from, to) of q, which may be p, and
// leaves room for more bytes. The caller sets the heads, unless the rows are
// all those of p.
func (p *page) fill(q *page, from, to, more int) {
	n := 0
	for i := from; i < to; i++ {
		n += q.rowLen(i)
	}
	room := n + more
	room = max(min(room+room/8, pageMax), room)
	buf := make([]byte, 0, room)
	slots := make([]uint64, 0, to-from+4)
	for i := from; i < to; i++ {
		b := q.at(i)
		_, _, end := rowBounds(b)
		slots = append(slots, q.slots[i]>>32<<32|uint64(len(buf)))
		buf = append(buf, b[:end]...)
	}
	p.buf, p.slots, p.dead = buf, slots, 0
}

// setHeads finds what the keys have in common, and sets all heads.
func (p *page) setHeads() {
	f := p.first()
	if f >= p.len() {
		p.skip = 0
		return
	}
	p.setSkip(commonLen(p.key(f), p.key(p.len()-1)))
}

func (p *page) setSkip(n int) {
	p.skip = uint32(n)
	for i := p.first(); i < len(p.slots); i++ {
		p.slots[i] = uint64(headOf(p.key(i), p.skip))<<32 | uint64(uint32(p.slots[i]))
	}
}

// commonLen returns the length of the longest prefix that a and b share.
func commonLen(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n && binary.LittleEndian.Uint64(a[i:]) == binary.LittleEndian.Uint64(b[i:]) {
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// fits reports whether a row of n bytes may be added, after compaction if need
// be. A row larger than a page has a page of its own.
func (p *page) fits(n int) bool { return p.len() == 0 || p.live()+n <= pageMax }

// insert puts a row at position i, however large the page becomes.
func (p *page) insert(i int, h header, key, value []byte) {
	n := rowLen(len(key), len(value))
	if need := len(p.buf) + n; need > cap(p.buf) {
		if int(p.dead) > len(p.buf)/4 || need > pageMax {
			p.fill(p, 0, p.len(), n)
		} else {
			buf := make([]byte, len(p.buf), max(need, min(need+need/4, pageMax)))
			copy(buf, p.buf)
			p.buf = buf
		}
	}
	p.meet(i, key)
	slot := uint64(headOf(key, p.skip))<<32 | uint64(len(p.buf))
	if len(p.slots) == cap(p.slots) {
		slots := make([]uint64, len(p.slots), len(p.slots)+len(p.slots)/4+4)
		copy(slots, p.slots)
		p.slots = slots
	}
	p.slots = slices.Insert(p.slots, i, slot)
	p.buf = appendRow(p.buf, h, key, value)
}

// meet shortens skip if a key that comes to position i has less in common with
// the others.
func (p *page) meet(i int, key []byte) {
	f := p.first()
	if i < f {
		return
	}
	if len(p.slots) <= f {
		p.skip = uint32(len(key))
		return
	}
	if i > f && i < len(p.slots) || p.skip == 0 {
		return // between two keys that have skip bytes in common
	}
	if n := commonLen(key, p.key(f)); n < int(p.skip) {
		p.setSkip(n)
	}
}

// remove takes rows [i, j) out.
func (p *page) remove(i, j int) {
	for k := i; k < j; k++ {
		p.dead += int32(p.rowLen(k))
	}
	p.slots = slices.Delete(p.slots, i, j)
}

// removeKid takes kid i out of an inner page. The bound of the first kid stays
// the bound of the page.
func (p *page) removeKid(i int) {
	p.kids = slices.Delete(p.kids, i, i+1)
	if i == 0 && p.len() > 1 {
		i = 1
	}
	p.remove(i, i+1)
}

// addKid puts a kid with its lower bound at position i > 0.
func (p *page) addKid(i int, kid *page, bound []byte) {
	p.kids = slices.Insert(p.kids, i, kid)
	p.insert(i, 0, bound, nil)
}

// cut moves rows [m, len) to a new page.
func (p *page) cut(m int) *page {
	r := p.right(m)
	r.fill(p, m, p.len(), 0)
	if p.kids != nil {
		r.kids = append(make([]*page, 0, pageKids/2+2), p.kids[m:]...)
		clear(p.kids[m:])
		p.kids = p.kids[:m]
	}
	p.fill(p, 0, m, 0)
	p.setHeads()
	r.setHeads()
	return r
}

// right makes an empty page to the right of p, for what follows row i.
func (p *page) right(i int) *page {
	return &page{ticket: p.ticket, gen: p.gen, used: p.used, open: p.leaf() && p.openAt(i)}
}

// openAt reports whether disk may have rows in front of row i of a leaf that
// memory does not know: between that row or the end of the leaf, and the row
// before or the beginning.
func (p *page) openAt(i int) bool {
	if i == 0 {
		return p.open
	}
	return p.header(i-1)&flagOpen != 0
}

// setOpen sets what openAt reports of a leaf.
func (p *page) setOpen(i int, open bool) {
	if i == 0 {
		p.open = open
		return
	}
	b := p.at(i - 1)
	h := rowHeader(b) &^ flagOpen
	if open {
		h |= flagOpen
	}
	setRowHeader(b, h)
}

// drop takes row i, which is not on disk, out of a leaf.
func (p *page) drop(i int) {
	if p.openAt(i + 1) {
		p.setOpen(i, true)
	}
	p.remove(i, i+1)
}

// half returns the position that cuts the bytes of a page in two.
func (p *page) half() int {
	left, half := 0, p.live()/2
	for i := range p.slots {
		left += p.rowLen(i)
		if left >= half {
			return max(1, min(i+1, p.len()-1))
		}
	}
	return p.len() - 1
}

// join appends the rows of r, the right neighbour, whose lower bound is bound.
// Its own first bound may be higher than that: kids before it have gone.
func (p *page) join(r *page, bound []byte) {
	if r.open && p.leaf() {
		p.setOpen(p.len(), true)
	}
	p.used = p.used || r.used
	p.fill(p, 0, p.len(), r.live()+len(bound))
	for i := range r.slots {
		h, k, v := r.row(i)
		if i == 0 && !r.leaf() {
			k = bound
		}
		p.slots = append(p.slots, uint64(len(p.buf)))
		p.buf = appendRow(p.buf, h, k, v)
	}
	p.kids = append(p.kids, r.kids...)
	p.gen = max(p.gen, r.gen)
	p.setHeads()
}
