package storage

// splits are the pages that an insert put to the right of the page it changed.
type splits struct {
	n     int
	page  [2]*page
	bound [2][]byte
}

func (s *splits) add(p *page, bound []byte) {
	s.page[s.n], s.bound[s.n] = p, bound
	s.n++
}

func (t *Tree) account(p *page, before int64, s *splits) {
	t.mem += p.mem() - before
	for i := range s.n {
		t.mem += s.page[i].mem()
	}
}

// splitFor puts a row of n bytes, for which there is no room, into a leaf and
// pages to its right.
func splitFor(p *page, i, n int, h header, key, value []byte) (s splits) {
	if i == p.len() {
		// Appending at the end is usually a growing sequence: leave full
		// pages behind.
		return appendPage(p, p.right(i), h, key, value)
	}
	return splitRow(p, i, n, h, key, value)
}

// growRight is splitFor for a row behind all rows of the tree. More are likely to
// follow, so the new page, if any, has room for them at once.
func growRight(p *page, i, n int, h header, key, value []byte) splits {
	r := p.right(i)
	if n <= pageMax {
		r.buf = make([]byte, 0, pageMax)
		r.slots = make([]uint64, 0, len(p.slots)+len(p.slots)/8+1)
	}
	return appendPage(p, r, h, key, value)
}

// appendPage begins r, to the right of p, with a row.
func appendPage(p, r *page, h header, key, value []byte) (s splits) {
	r.insert(0, h, key, value)
	s.add(r, shortBound(p.key(p.len()-1), key))
	return s
}

// splitRow splits a leaf in two, or around a row that is too large for either
// part.
func splitRow(p *page, i, n int, h header, key, value []byte) (s splits) {
	if i > 0 {
		m := p.half()
		if !p.fitsHalf(m, i, n) {
			m = i
		}
		r := p.cut(m)
		switch {
		case i <= m && p.fits(n):
			p.insert(i, h, key, value)
			r.follow(i == m, h)
		case i >= m && r.fits(n):
			r.insert(i-m, h, key, value)
		default:
			own := p.right(i)
			own.insert(0, h, key, value)
			s.add(own, shortBound(p.key(p.len()-1), key))
			r.follow(true, h)
		}
		s.add(r, bound(s, p, r))
		return s
	}
	r := p.cut(0)
	p.insert(0, h, key, value)
	r.follow(true, h)
	s.add(r, shortBound(key, r.key(0)))
	return s
}

// follow notes at a leaf that may directly follow a new row what is known of
// the gap behind that row.
func (p *page) follow(directly bool, h header) {
	if directly {
		p.open = h&flagOpen != 0
	}
}

// fitsHalf reports whether a row of n bytes for position i fits after a cut
// at m.
func (p *page) fitsHalf(m, i, n int) bool {
	left := 0
	for j := range m {
		left += p.rowLen(j)
	}
	if i <= m {
		return left+n <= pageMax
	}
	return p.live()-left+n <= pageMax
}

// bound separates r from the page to its left.
func bound(s splits, p, r *page) []byte {
	if s.n > 0 {
		p = s.page[s.n-1]
	}
	return shortBound(p.key(p.len()-1), r.key(0))
}

// shortBound returns the shortest prefix of hi that is above lo.
func shortBound(lo, hi []byte) []byte {
	return hi[:min(commonLen(lo, hi)+1, len(hi))]
}

// spread puts the pages that a split has made into the pages above the
// finger's leaf.
func (t *Tree) spread(s *splits) {
	f := &t.at
	for d := f.depth - 2; s.n > 0; d-- {
		if d < 0 {
			root := &page{ticket: t.ticket, gen: t.root.gen, kids: []*page{t.root}}
			root.insert(0, 0, nil, nil)
			for j := range s.n {
				root.addKid(j+1, s.page[j], s.bound[j])
			}
			t.mem += root.mem()
			t.root = root
			break
		}
		p, i := f.stack[d].p, f.stack[d].i
		before := p.mem()
		for j := range s.n {
			p.addKid(i+j+1, s.page[j], s.bound[j])
		}
		var up splits
		if p.len() > pageKids || (p.live() > pageMax && p.len() > 8) {
			r := p.cut(p.len() / 2)
			up.add(r, r.key(0))
		}
		t.account(p, before, &up)
		*s = up
	}
	f.lift()
}
