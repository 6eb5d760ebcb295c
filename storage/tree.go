package storage

import "bytes"

// A Tree is one shard of an ordered arrangement: a B+ tree in memory, copied on
// write, so that a snapshot costs one counter.
type Tree struct {
	store
	root   *page
	ticket uint64
	rows   int64
	live   int64 // rows in memory that are no tombstones
	mem    int64
	// Bytes of rows that changed in this generation, and in the frozen one. Rows that
	// go with a deleted range are counted until then.
	dirtyBytes, frozenBytes int64

	at finger
	// version counts the changes, so that an Iter knows whether its place is
	// still one.
	version uint64

	masks []tableMask // ranges deleted, but not on disk yet
	residence
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
	t.version++
	t.at.lift()
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

// locate puts the finger at a key's place. changing says that the caller is
// about to change the row.
func (t *Tree) locate(key []byte, changing bool) (p *page, i int, found bool) {
	if !t.at.holds(key) {
		if changing {
			t.purgeOne()
		}
		t.at.move(t.root, key)
	}
	f := t.at.top()
	i, found = f.p.search(key)
	f.i = i
	if !f.p.used {
		f.p.used = true
	}
	return f.p, i, found
}

// known is locate, and reads the row from disk if only disk can know it.
func (t *Tree) known(key []byte, changing bool) (p *page, i int, found bool) {
	p, i, found = t.locate(key, changing)
	if !found && !t.resident && p.openAt(i) {
		if _, ok := masked(t.settledMasks(), key); ok {
			return p, i, false
		}
		t.fetch(i, key)
		return t.locate(key, false)
	}
	return p, i, found
}

// Get returns the value of a key.
func (t *Tree) Get(key []byte) ([]byte, bool) {
	t.touch()
	p, i, found := t.known(key, false)
	if !found {
		return nil, false
	}
	h, _, value := p.row(i)
	return value, !h.tomb()
}

// Set sets the value of a key.
func (t *Tree) Set(key, value []byte) {
	t.touch()
	_, i, found := t.locate(key, true)
	t.write(i, found, makeHeader(t.cur, 0), key, value)
}

// Delete removes a key.
func (t *Tree) Delete(key []byte) {
	t.touch()
	if _, i, found := t.known(key, true); found {
		t.erase(i, key)
	}
}

// Update changes the value of a key in one descent: fn is given the value, and
// returns the new one and whether the key is to be kept at all. It must not use
// the tree; old is valid until it returns, and value is copied.
func (t *Tree) Update(key []byte, fn func(old []byte, found bool) (value []byte, keep bool)) {
	t.touch()
	p, i, found := t.known(key, true)
	var old []byte
	live := false
	if found {
		var h header
		h, _, old = p.row(i)
		if live = !h.tomb(); !live {
			old = nil
		}
	}
	value, keep := fn(old, live)
	switch {
	case keep:
		t.write(i, found, makeHeader(t.cur, 0), key, value)
	case live:
		t.erase(i, key)
	}
}

// erase deletes the row at the finger.
func (t *Tree) erase(i int, key []byte) {
	old := t.at.top().p.header(i)
	switch {
	case old.tomb():
	case old.base(t.cur) && !t.bornBlind(old, key):
		t.write(i, true, makeHeader(t.cur, flagTomb|flagBase), key, nil)
	default:
		t.count(true, false)
		p := t.ownPath(t.cur)
		t.version++
		t.noteWrite(old, rowEnd(p.at(i)), 0)
		p.drop(i)
		t.mend()
	}
}

// bornBlind reports that a row was set in this generation without asking
// whether disk has it, and that disk has not.
func (t *Tree) bornBlind(h header, key []byte) bool {
	return !t.resident && h.gen() == t.cur && !t.unsettled() && !t.coldHas(key)
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

// ownPath makes the pages from the root to the finger's leaf, which it returns,
// ready for a change of generation gen. Where the leaf is ready, the pages
// above it are.
func (t *Tree) ownPath(gen uint32) *page {
	f := &t.at
	leaf := f.top().p
	if leaf.ticket == t.ticket && leaf.gen >= gen {
		return leaf
	}
	for d := range f.depth {
		s := &f.stack[d]
		if s.p.ticket != t.ticket {
			s.p = t.own(s.p)
			if d == 0 {
				t.root = s.p
			} else {
				above := &f.stack[d-1]
				above.p.kids[above.i] = s.p
			}
		}
		s.p.gen = max(s.p.gen, gen)
	}
	return f.top().p
}

// write puts a row, live or a tombstone, at the finger.
func (t *Tree) write(i int, found bool, h header, key, value []byte) {
	p := t.ownPath(h.gen())
	if !found {
		if p.openAt(i) {
			h |= flagBase | flagOpen
		}
		t.enter(p, i, h, key, value)
		return
	}
	old := p.header(i)
	h |= old & flagOpen
	// A tombstone that a commit has made true, like one that a read of the
	// disk has left, says that disk has no such row.
	if old.base(t.cur) && !(old.tomb() && old.gen() <= t.done) {
		h |= flagBase
	}
	t.count(!old.tomb(), !h.tomb())
	b := p.at(i)
	_, v, end := rowBounds(b)
	t.noteWrite(old, end, rowLen(len(key), len(value)))
	if end-v == len(value) {
		t.version++
		setRowHeader(b, h)
		copy(b[v:], value)
		return
	}
	p.remove(i, i+1)
	t.place(p, i, h, key, value)
}

// enter puts a changed row that memory has no version of into p, the finger's leaf.
func (t *Tree) enter(p *page, i int, h header, key, value []byte) {
	t.count(false, !h.tomb())
	t.noteWrite(0, 0, rowLen(len(key), len(value)))
	t.place(p, i, h, key, value)
}

// place puts a row into p, the finger's leaf, which the tree owns.
func (t *Tree) place(p *page, i int, h header, key, value []byte) {
	t.version++
	before := p.mem()
	n := rowLen(len(key), len(value))
	if p.fits(n) {
		p.insert(i, h, key, value)
		t.mem += p.mem() - before
		return
	}
	var s splits
	if i == p.len() && t.at.rightmost() {
		s = growRight(p, i, n, h, key, value)
	} else {
		s = splitFor(p, i, n, h, key, value)
	}
	t.account(p, before, &s)
	t.spread(&s)
}

func (t *Tree) count(was, is bool) {
	switch {
	case is && !was:
		t.rows++
		t.live++
	case was && !is:
		t.rows--
		t.live--
	}
}

// mend repairs the tree above the finger's leaf after rows were taken out of
// it. The finger stands nowhere if pages went.
func (t *Tree) mend() {
	f := &t.at
	open := f.top().p.open // of the range of a page without rows
	for d := f.depth - 2; d >= 0; d-- {
		p, i := f.stack[d].p, f.stack[d].i
		kid := f.stack[d+1].p
		changed := false
		switch {
		case kid.len() == 0:
			t.mem -= kid.mem()
			p.removeKid(i)
			if open && p.len() > 0 {
				t.openBeside(p, i)
			}
			changed = true
		case kid.live() >= pageMin || kid.len() >= pageKids/4:
		case i+1 < p.len():
			changed = t.tryJoin(p, i)
		case i > 0:
			changed = t.tryJoin(p, i-1)
		}
		if !changed {
			return
		}
		f.lift()
	}
	for !t.root.leaf() && t.root.len() <= 1 {
		f.lift()
		t.mem -= t.root.mem()
		if t.root.len() == 0 {
			t.root = &page{ticket: t.ticket, open: open}
			t.mem += t.root.mem()
			return
		}
		t.root = t.root.kids[0]
	}
}

// openBeside notes that disk may have rows in the range of what was kid i of p:
// the kid before it has the range now, or else the one after it.
func (t *Tree) openBeside(p *page, i int) {
	last := i > 0
	for at := max(i-1, 0); ; {
		kid := t.own(p.kids[at])
		p.kids[at] = kid
		if p = kid; p.leaf() {
			break
		}
		if at = 0; last {
			at = p.len() - 1
		}
	}
	if last {
		p.setOpen(p.len(), true)
	} else {
		p.setOpen(0, true)
	}
}

// tryJoin joins kids i and i+1 of p if they leave room in one page.
func (t *Tree) tryJoin(p *page, i int) bool {
	l, r := p.kids[i], p.kids[i+1]
	if l.live()+r.live() > pageMax/2 || l.len()+r.len() > pageKids/2 && !l.leaf() {
		return false
	}
	l = t.own(l)
	p.kids[i] = l
	before := l.mem() + r.mem()
	l.join(r, p.key(i+1))
	t.mem += l.mem() - before
	p.removeKid(i + 1)
	return true
}

// purgeOne takes committed tombstones out of one leaf. Doing one at each change
// that goes to another leaf than the change before spreads the work that a
// commit leaves behind over the next steps.
func (t *Tree) purgeOne() {
	if len(t.purges) == 0 {
		return
	}
	n := len(t.purges) - 1
	key := t.purges[n]
	t.purges = t.purges[:n]
	t.at.move(t.root, key)
	p := t.ownPath(0)
	t.version++
	for i := p.len() - 1; i >= 0; i-- {
		if h := p.header(i); h.tomb() && h.gen() <= t.done {
			p.drop(i)
		}
	}
	t.mend()
}

// Len returns the number of rows: exact while all of them are in memory, an
// estimate otherwise.
func (t *Tree) Len() int { return int(max(0, t.rows)) }

// Empty reports whether the tree has no row, in the time of a seek.
func (t *Tree) Empty() bool {
	var it Iter
	t.Seek(&it, nil, nil)
	defer it.Close()
	return !it.Next()
}

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
