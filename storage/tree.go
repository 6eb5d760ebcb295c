package storage

import "bytes"

// A Tree is one shard of an ordered arrangement: a B+ tree in memory, copied on
// write, so that a snapshot costs one counter.
type Tree struct {
	store
	root   *page
	ticket uint64
	rows   int64
	mem    int64

	purges [][]byte // a key of each leaf in which a commit left tombstones
}

// NewMemTree returns a tree that lives in memory alone, for throw-away state.
func NewMemTree() *Tree {
	t := &Tree{store: memStore()}
	t.reset()
	return t
}

func (t *Tree) reset() {
	t.ticket++
	t.root = &page{ticket: t.ticket}
	t.mem = t.root.mem()
}

// find returns the leaf and position of a key.
func (p *page) find(key []byte) (leaf *page, i int, found bool) {
	for !p.leaf() {
		p = p.kids[p.child(key)]
	}
	i, found = p.search(key)
	return p, i, found
}

// Get returns the value of a key.
func (t *Tree) Get(key []byte) ([]byte, bool) {
	t.touch()
	p, i, found := t.root.find(key)
	if !found {
		if t.resident {
			return nil, false
		}
		return t.getCold(key)
	}
	h, _, value := p.row(i)
	return value, !h.tomb()
}

// Set sets the value of a key.
func (t *Tree) Set(key, value []byte) {
	t.touch()
	t.purgeOne()
	t.put(t.cur, 0, key, value)
}

// Delete removes a key.
func (t *Tree) Delete(key []byte) {
	t.touch()
	t.purgeOne()
	p, i, found := t.root.find(key)
	if !found {
		if !t.resident && t.coldHas(key) {
			t.rows--
			t.put(t.cur, flagTomb|flagBase, key, nil)
		}
		return
	}
	old := p.header(i)
	if old.tomb() {
		return
	}
	if !old.base(t.cur) || (!t.resident && old.gen() == t.cur && !t.unsettled() && !t.coldHas(key)) {
		t.rows--
		t.edit(key, func(p *page) {
			if i, found := p.search(key); found {
				p.remove(i, i+1)
			}
		})
		return
	}
	t.put(t.cur, flagTomb|flagBase, key, nil)
}

// put writes a row, live or a tombstone, of generation gen.
func (t *Tree) put(gen uint32, flags header, key, value []byte) {
	t.root = t.own(t.root)
	right := t.insert(t.root, makeHeader(gen, flags), key, value)
	if right.n == 0 {
		return
	}
	root := &page{ticket: t.ticket, gen: max(t.root.gen, gen), kids: []*page{t.root}}
	root.insert(0, 0, nil, nil)
	for i := range right.n {
		root.kids = append(root.kids, right.page[i])
		root.insert(root.len(), 0, right.bound[i], nil)
	}
	t.mem += root.mem()
	t.root = root
}

// own returns p, or a copy of p that may be changed.
func (t *Tree) own(p *page) *page {
	if p.ticket == t.ticket {
		return p
	}
	c := p.clone(t.ticket)
	t.mem += c.mem() - p.mem()
	return c
}

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

func (t *Tree) insert(p *page, h header, key, value []byte) splits {
	before := p.mem()
	p.gen = max(p.gen, h.gen())
	if p.leaf() {
		s := t.insertRow(p, h, key, value)
		t.account(p, before, &s)
		return s
	}
	i := p.child(key)
	kid := t.own(p.kids[i])
	p.kids[i] = kid
	below := t.insert(kid, h, key, value)
	var s splits
	if below.n == 0 {
		return s
	}
	for j := range below.n {
		p.kids = append(p.kids, nil)
		copy(p.kids[i+j+2:], p.kids[i+j+1:])
		p.kids[i+j+1] = below.page[j]
		p.insert(i+j+1, 0, below.bound[j], nil)
	}
	if p.len() > pageKids || (p.live() > pageMax && p.len() > 8) {
		r := p.cut(p.len() / 2)
		s.add(r, r.key(0))
	}
	t.account(p, before, &s)
	return s
}

func (t *Tree) account(p *page, before int64, s *splits) {
	t.mem += p.mem() - before
	for i := range s.n {
		t.mem += s.page[i].mem()
	}
}

// insertRow puts a row into a leaf and splits it if it must.
func (t *Tree) insertRow(p *page, h header, key, value []byte) (s splits) {
	i, found := p.search(key)
	if found {
		old := p.header(i)
		if old.base(t.cur) {
			h |= flagBase
		}
		t.count(!old.tomb(), !h.tomb())
		b := p.buf[p.offs[i]:]
		if _, v, end := rowBounds(b); end-v == len(value) {
			setRowHeader(b, h)
			copy(b[v:], value)
			return s
		}
		p.remove(i, i+1)
	} else {
		if !t.resident {
			h |= flagBase
		}
		t.count(false, !h.tomb())
	}
	n := rowLen(len(key), len(value))
	if p.fits(n) {
		p.insert(i, h, key, value)
		return s
	}
	if i == p.len() {
		// Appending at the end is usually a growing sequence: leave full
		// pages behind.
		r := &page{ticket: p.ticket, gen: p.gen}
		r.insert(0, h, key, value)
		s.add(r, key)
		return s
	}
	return t.splitRow(p, i, n, h, key, value)
}

// splitRow splits a leaf in two, or around a row that is too large for either
// part.
func (t *Tree) splitRow(p *page, i, n int, h header, key, value []byte) (s splits) {
	if i > 0 {
		m := p.half()
		if !p.fitsHalf(m, i, n) {
			m = i
		}
		r := p.cut(m)
		switch {
		case i <= m && p.fits(n):
			p.insert(i, h, key, value)
		case i >= m && r.fits(n):
			r.insert(i-m, h, key, value)
		default:
			own := &page{ticket: p.ticket, gen: p.gen}
			own.insert(0, h, key, value)
			s.add(own, key)
		}
		s.add(r, bound(s, p, r))
		return s
	}
	r := p.cut(0)
	p.insert(0, h, key, value)
	s.add(r, shortBound(key, r.key(0)))
	return s
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
	n := 0
	for n < len(lo) && n < len(hi) && lo[n] == hi[n] {
		n++
	}
	return hi[:min(n+1, len(hi))]
}

func (t *Tree) count(was, is bool) {
	switch {
	case is && !was:
		t.rows++
	case was && !is:
		t.rows--
	}
}

// edit changes the leaf that holds key by fn, which may only take rows out, and
// mends the tree above it.
func (t *Tree) edit(key []byte, fn func(*page)) {
	t.root = t.own(t.root)
	t.editBelow(t.root, key, fn)
	for !t.root.leaf() && t.root.len() <= 1 {
		t.mem -= t.root.mem()
		if t.root.len() == 0 {
			t.root = &page{ticket: t.ticket}
			t.mem += t.root.mem()
			return
		}
		t.root = t.root.kids[0]
	}
}

func (t *Tree) editBelow(p *page, key []byte, fn func(*page)) {
	if p.leaf() {
		fn(p)
		return
	}
	i := p.child(key)
	kid := t.own(p.kids[i])
	p.kids[i] = kid
	t.editBelow(kid, key, fn)
	if kid.len() == 0 {
		t.mem -= kid.mem()
		p.removeKid(i)
		return
	}
	if kid.live() >= pageMin || kid.len() >= pageKids/4 {
		return
	}
	if i+1 < p.len() {
		t.tryJoin(p, i)
	} else if i > 0 {
		t.tryJoin(p, i-1)
	}
}

// tryJoin joins kids i and i+1 of p if they leave room in one page.
func (t *Tree) tryJoin(p *page, i int) {
	l, r := p.kids[i], p.kids[i+1]
	if l.live()+r.live() > pageMax/2 || l.len()+r.len() > pageKids/2 && !l.leaf() {
		return
	}
	l = t.own(l)
	p.kids[i] = l
	before := l.mem() + r.mem()
	l.join(r)
	t.mem += l.mem() - before
	p.removeKid(i + 1)
}

// purgeOne takes committed tombstones out of one leaf. Doing one at each change
// spreads the work that a commit leaves behind over the next steps.
func (t *Tree) purgeOne() {
	if len(t.purges) == 0 {
		return
	}
	n := len(t.purges) - 1
	key := t.purges[n]
	t.purges = t.purges[:n]
	t.edit(key, func(p *page) {
		for i := p.len() - 1; i >= 0; i-- {
			if h := p.header(i); h.tomb() && h.gen() <= t.done {
				p.remove(i, i+1)
			}
		}
	})
}

// Len returns the number of rows: exact while the tree is resident, an estimate
// otherwise.
func (t *Tree) Len() int { return int(max(0, t.rows)) }

// Bytes returns the memory that the tree occupies, without older versions that
// only snapshots hold.
func (t *Tree) Bytes() int64 { return t.mem + 256 }

// compareBound orders a key against an upper bound, nil being above all keys.
func compareBound(key, hi []byte) int {
	if hi == nil {
		return -1
	}
	return bytes.Compare(key, hi)
}
