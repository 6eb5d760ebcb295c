package storage

import "bytes"

// cursor walks the rows of a B+ tree in memory, tombstones included.
type cursor struct {
	stack [maxDepth]frame
	depth int // frames in use; 0 = no row
}

type frame struct {
	p *page
	i int
}

// maxDepth holds 2^32 pages with at least 8 kids each, and the leaf.
const maxDepth = 16

// seekGE moves to the first row with a key not below key (nil: the first row).
func (c *cursor) seekGE(root *page, key []byte) {
	c.depth = 0
	for p := root; ; {
		i := 0
		if p.leaf() {
			if key != nil {
				i, _ = p.search(key)
			}
			c.push(p, i)
			break
		}
		if key != nil {
			i = p.child(key)
		}
		c.push(p, i)
		p = p.kids[i]
	}
	if top := &c.stack[c.depth-1]; top.i >= top.p.len() {
		c.nextLeaf()
	}
}

// seekLT moves to the last row with a key below key (nil: the last row).
func (c *cursor) seekLT(root *page, key []byte) {
	c.depth = 0
	for p := root; ; {
		if p.leaf() {
			i := p.len()
			if key != nil {
				i, _ = p.search(key)
			}
			c.push(p, i)
			break
		}
		i := p.len() - 1
		if key != nil {
			i = p.child(key)
		}
		c.push(p, i)
		p = p.kids[i]
	}
	c.prev()
}

func (c *cursor) push(p *page, i int) {
	c.stack[c.depth] = frame{p, i}
	c.depth++
}

func (c *cursor) valid() bool { return c.depth > 0 }

func (c *cursor) row() (header, []byte, []byte) {
	f := &c.stack[c.depth-1]
	return f.p.row(f.i)
}

func (c *cursor) next() {
	f := &c.stack[c.depth-1]
	f.i++
	if f.i >= f.p.len() {
		c.nextLeaf()
	}
}

func (c *cursor) nextLeaf() {
	for {
		c.depth--
		if c.depth == 0 {
			return
		}
		f := &c.stack[c.depth-1]
		if f.i++; f.i < f.p.len() {
			break
		}
	}
	for p := c.stack[c.depth-1].kid(); ; p = p.kids[0] {
		c.push(p, 0)
		if p.leaf() {
			break
		}
	}
	// Only the root can be an empty leaf, and it has no neighbour.
}

func (c *cursor) prev() {
	f := &c.stack[c.depth-1]
	if f.i--; f.i >= 0 {
		return
	}
	for {
		c.depth--
		if c.depth == 0 {
			return
		}
		f = &c.stack[c.depth-1]
		if f.i--; f.i >= 0 {
			break
		}
	}
	for p := f.kid(); ; p = p.kids[p.len()-1] {
		c.push(p, p.len()-1)
		if p.leaf() {
			return
		}
	}
}

func (f *frame) kid() *page { return f.p.kids[f.i] }

// An Iter walks rows in key order. It is used by one goroutine, is invalid
// after its Tree was changed, and must be closed.
//
//	for it := t.Scan(lo, hi); it.Next(); { use(it.Key(), it.Value()) }
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
}

// Scan returns an iterator over keys in [lo, hi), ascending; nil is unbounded.
func (t *Tree) Scan(lo, hi []byte) *Iter { return t.scan(lo, hi, false) }

// ScanReverse returns an iterator over keys in [lo, hi), descending.
func (t *Tree) ScanReverse(lo, hi []byte) *Iter { return t.scan(lo, hi, true) }

func (t *Tree) scan(lo, hi []byte, reverse bool) *Iter {
	t.touch()
	it := &Iter{root: t.root, lo: lo, hi: hi, reverse: reverse}
	if !t.resident {
		it.cold = t.openCold(lo, hi)
	}
	return it
}

// Next moves to the next row and reports whether there is one.
func (it *Iter) Next() bool {
	if !it.started {
		it.start()
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

func (it *Iter) start() {
	it.started = true
	if it.reverse {
		it.mem.seekLT(it.root, it.hi)
	} else {
		it.mem.seekGE(it.root, it.lo)
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

// Close frees the iterator.
func (it *Iter) Close() {
	if it.cold != nil {
		it.cold.close()
		it.cold = nil
	}
	it.mem.depth = 0
}
