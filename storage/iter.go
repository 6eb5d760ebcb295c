package storage

import "bytes"

// An Iter walks rows in key order. It is used by one goroutine, is invalid
// after its Tree was changed until it is aimed again, and must be closed.
//
//	for it := t.Scan(lo, hi); it.Next(); { use(it.Key(), it.Value()) }
//
// A zero Iter is ready for Seek.
type Iter struct {
	mem     cursor
	cold    *coldIter // nil if all rows are in memory
	lo, hi  []byte
	reverse bool
	started bool
	memLast bool // the current row is mem's
	coldHit bool // cold stands at the current row too, or is the current row
	key     []byte
	value   []byte
	root    *page
	version uint64 // of the tree when mem's place was found

	loader *Tree  // that takes in what the scan reads from disk; nil: none
	loads  int    // how often it did
	at     []byte // where the scan stands in the tree: nothing beyond it was given yet
	past   bool   // the row at at itself was given
}

// Scan returns an iterator over keys in [lo, hi), ascending; nil is unbounded.
func (t *Tree) Scan(lo, hi []byte) *Iter {
	it := &Iter{}
	t.Seek(it, lo, hi)
	return it
}

// ScanReverse returns an iterator over keys in [lo, hi), descending.
func (t *Tree) ScanReverse(lo, hi []byte) *Iter {
	it := &Iter{}
	t.SeekReverse(it, lo, hi)
	return it
}

// Seek aims an iterator at keys in [lo, hi), ascending, without allocating. It
// may be new, or have been used before, on this tree only. Aiming it at a key a
// little after its place is cheaper than anywhere else. lo and hi must not
// change while it is used.
func (t *Tree) Seek(it *Iter, lo, hi []byte) { t.aim(it, lo, hi, false) }

// SeekReverse aims an iterator at keys in [lo, hi), descending.
func (t *Tree) SeekReverse(it *Iter, lo, hi []byte) { t.aim(it, lo, hi, true) }

func (t *Tree) aim(it *Iter, lo, hi []byte, reverse bool) {
	t.touch()
	it.aim(t.root, t.version, lo, hi, reverse)
	if !t.resident {
		it.loader = t
		it.loads = 0
		t.scans++
	}
}

func (it *Iter) aim(root *page, version uint64, lo, hi []byte, reverse bool) {
	it.rest()
	if it.root != root || it.version != version || reverse {
		it.mem.depth = 0
	}
	it.root, it.version = root, version
	it.lo, it.hi, it.reverse, it.started = lo, hi, reverse, false
}

// Next moves to the next row and reports whether there is one.
func (it *Iter) Next() bool {
	if it.loader != nil {
		return it.nextLoading()
	}
	if !it.started {
		it.start()
	} else if it.endsHere() {
		it.mem.next()
		it.memLast = false
		return false
	} else {
		it.advance()
	}
	for {
		ok, tomb := it.pick()
		if !ok {
			return false
		}
		if !tomb {
			return true
		}
		it.advance()
	}
}

// Each calls fn with the rows, from the first one on, until it fails: what a loop over
// Next does, sooner, because rows in memory are taken page by page. The iterator has
// not been moved, and is only closed afterwards.
func (it *Iter) Each(fn func(key, value []byte) error) error {
	if it.cold != nil || it.loader != nil || it.reverse {
		for it.Next() {
			if err := fn(it.key, it.value); err != nil {
				return err
			}
		}
		return nil
	}
	for it.start(); it.mem.valid(); it.mem.nextLeaf() {
		f := it.mem.top()
		inside := compareBound(f.p.key(f.p.len()-1), it.hi) < 0
		for i := f.i; i < f.p.len(); i++ {
			h, key, value := f.p.row(i)
			if !inside && compareBound(key, it.hi) >= 0 {
				return nil
			}
			if h.tomb() {
				continue
			}
			if err := fn(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (it *Iter) start() {
	it.started = true
	if it.reverse {
		it.mem.seekLT(it.root, it.hi)
	} else {
		it.mem.seekOn(it.root, it.lo)
	}
	if it.cold != nil {
		it.cold.first(it.reverse)
	}
}

// advance steps over the current row in memory, on disk, or in both.
func (it *Iter) advance() {
	if it.memLast {
		if it.reverse {
			it.mem.prev()
		} else {
			it.mem.next()
		}
	}
	if it.coldHit {
		it.cold.step(it.reverse)
	}
}

// endsHere reports that the row after the current one is past hi, where the heads
// of its page tell: they lie together, while the row itself would have to be
// fetched into the processor's cache just to see that it is not wanted.
func (it *Iter) endsHere() bool {
	if it.hi == nil || it.cold != nil || it.reverse || !it.memLast {
		return false
	}
	f := it.mem.top()
	p, skip := f.p, int(f.p.skip)
	if f.i+1 >= len(p.slots) || len(it.hi) < skip || !bytes.Equal(it.hi[:skip], it.key[:skip]) {
		return false
	}
	next, end := uint32(p.slots[f.i+1]>>32), headOf(it.hi, p.skip)
	return next > end || next == end && len(it.hi) <= skip+4
}

// pick chooses the nearer of the two rows; memory hides disk.
func (it *Iter) pick() (ok, tomb bool) {
	it.memLast, it.coldHit = false, false
	var h header
	if it.mem.valid() {
		h, it.key, it.value = it.mem.row()
		it.memLast = it.inside(it.key)
	}
	if it.cold == nil || !it.cold.valid() {
		return it.memLast, h.tomb()
	}
	c := -1
	if it.memLast {
		c = bytes.Compare(it.cold.key(), it.key)
		if it.reverse {
			c = -c
		}
	}
	it.coldHit = c <= 0
	if c < 0 {
		it.memLast = false
		it.key, it.value = it.cold.key(), it.cold.value()
		return true, false
	}
	return true, h.tomb()
}

func (it *Iter) inside(key []byte) bool {
	if it.reverse {
		return bytes.Compare(key, it.lo) >= 0
	}
	return compareBound(key, it.hi) < 0
}

// Key returns the current key; for rows on disk it is valid until Next.
func (it *Iter) Key() []byte { return it.key }

// Value returns the current value; for rows on disk it is valid until Next.
func (it *Iter) Value() []byte { return it.value }

// Close frees the iterator, which can be aimed again.
func (it *Iter) Close() {
	it.rest()
	*it = Iter{}
}
