package storage

// Eviction works chunk by chunk: what a chunk holds of clean rows that were not
// used since the last look is forgotten, everything else moves to other chunks,
// and the chunk is given back whole. So memory that one store leaves is there
// for another, and no store is full of holes.

// tableSweep is where eviction looks next.
type tableSweep struct {
	hand int
	keep []keptRow // scratch
}

// keptRow is a row that survives its chunk.
type keptRow struct {
	ref uint32
	h   uint32
}

// evictSome frees about want bytes of clean rows, those not used lately first.
// It looks at a bounded number of chunks: 0 may mean no more than that these
// were in use. It may be called while a commit is under way.
func (t *Table) evictSome(want int64) (freed int64) {
	before := t.Bytes()
	for looked, left := 0, len(t.arena.chunks); looked < chunkMax && left > 0 && before-t.Bytes() < want; left-- {
		t.sweep.hand = (t.sweep.hand + 1) % len(t.arena.chunks)
		looked += int(t.arena.chunks[t.sweep.hand].fill)
		t.evictChunk(uint32(t.sweep.hand))
	}
	t.index.shrink()
	return before - t.Bytes()
}

// evictChunk looks through one chunk. If little of it could go it stays, and
// its rows count as not used until they are used again.
func (t *Table) evictChunk(i uint32) {
	c := &t.arena.chunks[i]
	if len(c.buf) == 0 {
		return
	}
	gone, lost := t.chooseKept(i)
	if gone+int64(c.free) <= int64(c.fill)/4 {
		return
	}
	if lost {
		t.resident, t.load = false, tableLoad{}
	}
	t.vacate(i)
}

// chooseKept walks a chunk. It returns how many bytes of rows may be forgotten,
// and whether disk has some of them.
func (t *Table) chooseKept(i uint32) (gone int64, lost bool) {
	c := &t.arena.chunks[i]
	t.sweep.keep = t.sweep.keep[:0]
	for at := 0; at < int(c.fill); {
		b := c.buf[at:]
		old := rowHeader(b)
		if old.free() {
			at += old.freeSize()
			continue
		}
		ref := i<<16 | uint32(at/blockUnit)
		k, v, end := rowBounds(b)
		at += blockSize(end)
		h := spread(Hash(b[k:v]))
		s, pos := t.index.locate(h, ref)
		if s == nil {
			gone += int64(blockSize(end)) // in limbo
			continue
		}
		clean := old.gen() <= t.done
		if clean && s.slots[pos]&slotUsed == 0 {
			gone += int64(blockSize(end))
			lost = lost || !old.tomb()
			continue
		}
		s.slots[pos] &^= slotUsed
		t.sweep.keep = append(t.sweep.keep, keptRow{ref, h})
	}
	return gone, lost
}

// locate returns the slot of a reference.
func (x *slotIndex) locate(h, ref uint32) (*segment, uint32) {
	s := x.segmentOf(h)
	for i := s.home(h); s.slots[i] != 0; {
		if uint32(s.slots[i]) == ref {
			return s, i
		}
		if i++; i == uint32(len(s.slots)) {
			i = 0
		}
	}
	return nil, 0
}

// vacate forgets the rows of a chunk but those that chooseKept kept, which move
// to other chunks, and gives the chunk back. A commit may still read it: its
// bytes are not touched.
func (t *Table) vacate(i uint32) {
	a := &t.arena
	a.leave(i)
	c := a.chunks[i]
	kept := t.sweep.keep
	for at := 0; at < int(c.fill); {
		b := c.buf[at:]
		old := rowHeader(b)
		if old.free() {
			at += old.freeSize()
			continue
		}
		ref := i<<16 | uint32(at/blockUnit)
		k, v, end := rowBounds(b)
		at += blockSize(end)
		if len(kept) > 0 && kept[0].ref == ref {
			t.move(kept[0], b[:end], c.dirtyAt(ref))
			kept = kept[1:]
			continue
		}
		h := spread(Hash(b[k:v]))
		if s, pos := t.index.locate(h, ref); s != nil {
			s.remove(pos)
			t.stats.evicted.Add(1)
		}
	}
	if t.unsettled() {
		a.held += int64(len(c.buf)) // until the commit is settled
	}
	a.dropChunk(i)
}

// move copies a row to another chunk.
func (t *Table) move(r keptRow, row []byte, dirty bool) {
	s, pos := t.index.locate(r.h, r.ref)
	ref, b := t.arena.alloc(len(row))
	copy(b, row)
	s.slots[pos] = makeSlot(r.h, ref) // not used since
	if dirty {
		t.arena.mark(ref)
	}
}

// dirtyAt reports whether the row of a block is marked.
func (c *chunk) dirtyAt(ref uint32) bool {
	o := ref & 0xffff
	return c.dirty != nil && c.dirty[o/64]&(1<<(o%64)) != 0
}

// leave takes a chunk's free room out of use.
func (a *arena) leave(i uint32) {
	if int(i) == a.last {
		a.open(chunkFirst)
	}
	c := &a.chunks[i]
	for at := 0; at < int(c.fill); {
		b := c.buf[at:]
		if h := rowHeader(b); h.free() {
			a.unlist(i<<16 | uint32(at/blockUnit))
			at += h.freeSize()
			continue
		}
		at += blockSize(rowEnd(b))
	}
}
