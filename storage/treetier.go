package storage

import "bytes"

// The two tiers of a tree. Of every gap between two rows in memory the tree
// knows whether disk may have rows in it: flagOpen of the row before it, or
// page.open for the gap in front of a leaf's first row. Where a gap is not
// open, memory answers, also that there is nothing. All rows that a commit has
// not made durable are in memory, and hide what disk has of their keys.
//
// Reads close gaps: a row read from disk is kept, a key that is not there
// leaves a tombstone of generation 0, a scan closes the gaps it passes.
// Eviction takes the clean rows out of a leaf and opens the gaps that they
// leave. Each of the two changes one leaf, so what a tree knows is as local as
// what it holds.

// residence is where a tree's background work stands.
type residence struct {
	hand  []byte // the lower bound of the leaf that eviction comes to next
	front []byte // the lower bound of the leaf that loading comes to next
	lost  bool   // a leaf was evicted since loading began at the first leaf
	scans int    // iterators that are under way, while gaps are open
}

// touch prepares a store for use.
func (t *Tree) touch() {
	t.used = true
	if !t.ready {
		t.begin()
	}
}

// begin finds out whether disk has rows of the tree.
func (t *Tree) begin() {
	t.ready = true
	s := t.stats
	if s.onDisk.Load() || s.coldRows.Load() != 0 || s.coldBytes.Load() != 0 {
		t.root.open = true
		return
	}
	t.resident = true
}

// alter is called before the tree's pages change under scans that are under
// way: these go on with the pages as they were.
func (t *Tree) alter() {
	if t.scans > 0 {
		t.ticket++
	}
}

// fetch reads the row that belongs at the finger, position i, from disk, and
// keeps it, or that it is not there.
func (t *Tree) fetch(i int, key []byte) {
	t.coldReads++
	value, ok := t.cold.get(&t.store, key)
	t.alter()
	p := t.ownPath(0)
	if !ok {
		t.place(p, i, flagTomb|flagOpen, key, nil)
		return
	}
	t.live++
	t.place(p, i, flagBase|flagOpen, key, value)
}

// keep puts a row that was read from disk, or the tombstone for one that is not
// there, into memory if that has no version of it, and says whether the gap
// behind it is open.
func (t *Tree) keep(key, value []byte, flags header, open bool) {
	_, i, found := t.locate(key, false)
	p := t.ownPath(0)
	if found {
		p.setOpen(i+1, open)
		return
	}
	if open {
		flags |= flagOpen
	}
	if flags&flagTomb == 0 {
		t.live++
	}
	t.place(p, i, flags, key, value)
}

// fill reads rows from disk into the gap that begins at from, or at the row
// with that key, within the leaf that holds from: up to n rows, and not much
// past hi. It returns false if disk cannot be read.
func (t *Tree) fill(from, hi []byte, n int) bool {
	t.alter()
	t.coldReads++
	p, i, found := t.locate(from, false)
	t.at.bound()
	edge := i == 0 && bytes.Equal(from, t.at.lo) // the gap is the leaf's first
	if found {
		i++
	}
	end := t.at.hi
	if i < p.len() {
		end = p.key(i)
	}
	it, readable := t.coldRows()
	if !readable {
		return false
	}
	ok := it.seekGE(from)
	if ok && found && bytes.Equal(it.key(), from) {
		ok = it.next()
	}
	inside := ok && compareBound(it.key(), end) < 0
	switch {
	case found:
		if edge {
			t.closeAt(from, true)
		}
		t.keep(from, nil, 0, false)
	case edge:
		t.ownPath(0).setOpen(0, false)
		t.version++
	case !inside || !bytes.Equal(it.key(), from):
		t.keep(from, nil, flagTomb, false)
	}
	for ; inside; n-- {
		key := it.key()
		last := n <= 1 || compareBound(key, hi) >= 0
		t.keep(key, it.value(), flagBase, last)
		if last {
			t.openUpTo(key, end)
			return true
		}
		inside = it.next() && compareBound(it.key(), end) < 0
	}
	return true
}

// openUpTo notes that disk may have rows between a row and end, where the next
// row is in memory or its leaf's range ended. The gap may lie in two leaves now.
func (t *Tree) openUpTo(key, end []byte) {
	p, i, _ := t.locate(key, false)
	t.at.bound()
	if next := t.at.hi; i+1 == p.len() && next != nil && compareBound(next, end) < 0 {
		t.locate(next, false)
		t.ownPath(0).setOpen(0, true)
	}
}

// fillBack reads rows from disk into the gap that ends at to (nil: the end of
// the tree), within the leaf of the keys below to: up to n rows.
func (t *Tree) fillBack(to []byte, n int) bool {
	t.alter()
	t.coldReads++
	var c finger
	i := c.below(t.root, to)
	c.bound()
	p := c.top().p
	lo, end := c.lo, c.hi
	first := i == 0
	if !first {
		lo = p.key(i - 1)
	}
	if i < p.len() {
		end = p.key(i)
	}
	it, readable := t.coldRows()
	if !readable {
		return false
	}
	ok := false
	if to != nil && (end == nil || !bytes.Equal(to, end)) && it.seekGE(to) && compareBound(it.key(), end) < 0 {
		t.keep(it.key(), it.value(), flagBase, true)
		ok = it.prev()
	} else {
		ok = it.seekLT(end)
	}
	above := func() bool {
		c := bytes.Compare(it.key(), lo)
		return c > 0 || c == 0 && first
	}
	for ; ok && above(); n-- {
		if n == 0 {
			return true
		}
		t.keep(it.key(), it.value(), flagBase, false)
		ok = it.prev()
	}
	t.closeAt(lo, first)
	return true
}

// closeAt notes that disk has no unknown rows between lo and the next row.
func (t *Tree) closeAt(lo []byte, first bool) {
	_, i, _ := t.locate(lo, false)
	p := t.ownPath(0)
	t.version++
	if first {
		p.setOpen(0, false)
	} else {
		p.setOpen(i+1, false)
	}
}

// loadSome reads up to about bytes of the rows that memory lacks, where it left
// off, and reports whether all rows are in memory now.
func (t *Tree) loadSome(bytes int64) (done bool) {
	if !t.ready {
		t.begin()
	}
	const rows, leaves = 256, 4096
	for start, n := t.mem, 0; !t.resident && t.mem-start < bytes && n < leaves; n++ {
		p, _, _ := t.locate(t.front, false)
		t.at.bound()
		i := 0
		for i <= p.len() && !p.openAt(i) {
			i++
		}
		ok := true
		switch {
		case i == 0:
			ok = t.fill(t.front, nil, rows)
		case i <= p.len():
			ok = t.fill(p.key(i-1), nil, rows)
		case t.at.hi != nil:
			t.front = append(t.front[:0], t.at.hi...)
		default:
			t.front = t.front[:0]
			t.resident, t.lost = !t.lost, false
		}
		if !ok {
			return false
		}
	}
	if t.resident {
		t.rows = t.live
		t.cold.drop(t.db)
	}
	return t.resident
}

// evictSome frees up to about want bytes of leaves that were not used since it
// last passed them, and returns what it has freed. It looks at a number of
// leaves in proportion to want.
func (t *Tree) evictSome(want int64) (freed int64) {
	start := t.mem
	for looks := 64 + want/(pageMax/4); looks > 0 && start-t.mem < want; looks-- {
		t.at.move(t.root, t.hand)
		t.at.bound()
		p := t.at.top().p
		wrapped := t.at.hi == nil
		next := append(t.hand[:0:0], t.at.hi...)
		if p.used {
			p.used = false
		} else {
			t.evictLeaf()
		}
		t.hand = next
		if wrapped && t.root.leaf() {
			break
		}
	}
	return start - t.mem
}

// evictLeaf takes the clean rows out of the finger's leaf.
func (t *Tree) evictLeaf() {
	p := t.at.top().p
	clean := 0
	for i := range p.slots {
		if p.header(i).gen() <= t.done {
			clean++
		}
	}
	if clean == 0 {
		return
	}
	t.alter()
	t.version++
	t.lost = true
	if t.resident {
		t.resident = false
		t.front = t.front[:0]
	}
	p = t.ownPath(0)
	before := p.mem()
	kept := p.slots[:0]
	open := &p.open
	var flag header
	for _, slot := range p.slots {
		b := p.buf[uint32(slot):]
		h := rowHeader(b)
		if h.gen() > t.done {
			kept = append(kept, slot)
			continue
		}
		// What is known of the gap behind a row goes with it; a live row
		// that goes opens the gap itself.
		if !h.tomb() {
			t.live--
		}
		if !h.tomb() || h&flagOpen != 0 {
			flag = flagOpen
		} else {
			flag = 0
		}
		if flag == 0 {
			continue
		}
		if len(kept) == 0 {
			*open = true
		} else {
			last := p.buf[uint32(kept[len(kept)-1]):]
			setRowHeader(last, rowHeader(last)|flagOpen)
		}
	}
	p.slots = kept
	p.fill(p, 0, p.len(), 0)
	p.setHeads()
	t.mem += p.mem() - before
	t.mend()
}
