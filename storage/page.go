package storage

import (
	"bytes"
	"slices"
)

// A page is a node of a Tree. Its rows lie in one byte slice, named by offsets
// in key order. The rows of an inner page are the lower bounds of its kids,
// with empty values; the first bound is not compared, since the parent has
// already decided.
type page struct {
	ticket uint64 // the page may be changed in place iff this is the tree's
	gen    uint32 // the last generation that changed a row at or below this page
	dead   int    // bytes of buf that no offset names
	buf    []byte
	offs   []uint32
	kids   []*page // nil in a leaf
}

const (
	pageMax  = 4 << 10 // bytes of rows, unless a single row is larger
	pageKids = 128
	// A page smaller than this joins a neighbour when a row leaves it.
	pageMin      = pageMax / 4
	pageOverhead = 112
)

func (p *page) leaf() bool { return p.kids == nil }

func (p *page) len() int { return len(p.offs) }

func (p *page) live() int { return len(p.buf) - p.dead }

func (p *page) mem() int64 {
	return int64(cap(p.buf) + 4*cap(p.offs) + 8*cap(p.kids) + pageOverhead)
}

func (p *page) header(i int) header { return rowHeader(p.buf[p.offs[i]:]) }

func (p *page) key(i int) []byte {
	b := p.buf[p.offs[i]:]
	k, v, _ := rowBounds(b)
	return b[k:v:v]
}

func (p *page) row(i int) (h header, key, value []byte) {
	b := p.buf[p.offs[i]:]
	k, v, end := rowBounds(b)
	return rowHeader(b), b[k:v:v], b[v:end:end]
}

func (p *page) rowLen(i int) int {
	_, _, end := rowBounds(p.buf[p.offs[i]:])
	return end
}

// search returns the position of the first row with a key not below key.
func (p *page) search(key []byte) (i int, found bool) {
	lo, hi := 0, len(p.offs)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
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
	lo, hi := 1, len(p.offs)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if bytes.Compare(p.key(mid), key) <= 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo - 1
}

// clone copies a page for a new ticket, without its dead bytes.
func (p *page) clone(ticket uint64) *page {
	c := &page{ticket: ticket, gen: p.gen}
	c.fill(p, 0, p.len(), 0)
	if p.kids != nil {
		c.kids = append(make([]*page, 0, len(p.kids)+1), p.kids...)
	}
	return c
}

// fill replaces the rows of p by rows [from, to) of q, which may be p, and
// leaves room for more bytes.
func (p *page) fill(q *page, from, to, more int) {
	n := 0
	for i := from; i < to; i++ {
		n += q.rowLen(i)
	}
	room := n + more
	room = max(min(room+room/4, pageMax), room)
	buf := make([]byte, 0, room)
	offs := make([]uint32, 0, to-from+4)
	for i := from; i < to; i++ {
		o := int(q.offs[i])
		offs = append(offs, uint32(len(buf)))
		buf = append(buf, q.buf[o:o+q.rowLen(i)]...)
	}
	p.buf, p.offs, p.dead = buf, offs, 0
}

// fits reports whether a row of n bytes may be added, after compaction if need
// be. A row larger than a page has a page of its own.
func (p *page) fits(n int) bool { return p.len() == 0 || p.live()+n <= pageMax }

// insert puts a row at position i, however large the page becomes.
func (p *page) insert(i int, h header, key, value []byte) {
	n := rowLen(len(key), len(value))
	if need := len(p.buf) + n; need > cap(p.buf) {
		if p.dead > len(p.buf)/4 || need > pageMax {
			p.fill(p, 0, p.len(), n)
		} else {
			buf := make([]byte, len(p.buf), max(need, min(2*need, pageMax)))
			copy(buf, p.buf)
			p.buf = buf
		}
	}
	p.offs = slices.Insert(p.offs, i, uint32(len(p.buf)))
	p.buf = appendRow(p.buf, h, key, value)
}

// remove takes rows [i, j) out.
func (p *page) remove(i, j int) {
	for k := i; k < j; k++ {
		p.dead += p.rowLen(k)
	}
	p.offs = slices.Delete(p.offs, i, j)
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

// cut moves rows [m, len) to a new page.
func (p *page) cut(m int) *page {
	r := &page{ticket: p.ticket, gen: p.gen}
	r.fill(p, m, p.len(), 0)
	if p.kids != nil {
		r.kids = append(make([]*page, 0, pageKids/2+2), p.kids[m:]...)
		clear(p.kids[m:])
		p.kids = p.kids[:m]
	}
	p.fill(p, 0, m, 0)
	return r
}

// half returns the position that cuts the bytes of a page in two.
func (p *page) half() int {
	left, half := 0, p.live()/2
	for i := range p.offs {
		left += p.rowLen(i)
		if left >= half {
			return max(1, min(i+1, p.len()-1))
		}
	}
	return p.len() - 1
}

// join appends the rows of r, the right neighbour.
func (p *page) join(r *page) {
	n := r.live()
	p.fill(p, 0, p.len(), n)
	for i := range r.offs {
		h, k, v := r.row(i)
		p.offs = append(p.offs, uint32(len(p.buf)))
		p.buf = appendRow(p.buf, h, k, v)
	}
	p.kids = append(p.kids, r.kids...)
	p.gen = max(p.gen, r.gen)
}
