package storage

import "bytes"

// cursor is a way from the root of a B+ tree to a row, tombstones included.
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

func (f *frame) kid() *page { return f.p.kids[f.i] }

func (c *cursor) valid() bool { return c.depth > 0 }

func (c *cursor) top() *frame { return &c.stack[c.depth-1] }

func (c *cursor) push(p *page, i int) {
	c.stack[c.depth] = frame{p, i}
	c.depth++
}

// descend goes from p, which is pushed, to the leaf whose range holds key.
func (c *cursor) descend(p *page, key []byte) *page {
	for !p.leaf() {
		i := p.child(key)
		c.push(p, i)
		p = p.kids[i]
	}
	c.push(p, 0)
	return p
}

// seekGE moves to the first row with a key not below key (nil: the first row).
func (c *cursor) seekGE(root *page, key []byte) {
	c.depth = 0
	p := c.descend(root, key)
	c.land(p, key)
}

// land stands at the first row of leaf p or after it with a key not below key.
func (c *cursor) land(p *page, key []byte) {
	i, _ := p.search(key)
	c.top().i = i
	if i >= p.len() {
		c.nextLeaf()
	}
}

// seekOn does what seekGE does for a key that is likely to be near, and not
// before, the row at which the cursor stands. The tree is the same as it was.
func (c *cursor) seekOn(root *page, key []byte) {
	if c.depth == 0 || !c.top().p.leaf() {
		c.seekGE(root, key)
		return
	}
	p := c.top().p
	if p.len() == 0 || bytes.Compare(key, p.key(0)) < 0 {
		c.seekGE(root, key)
		return
	}
	if bytes.Compare(key, p.key(p.len()-1)) <= 0 {
		i, _ := p.search(key)
		c.top().i = i
		return
	}
	if c.depth == 1 {
		c.land(p, key)
		return
	}
	// Up to the first page in which the key is not past the last bound, and so
	// surely belongs; the root needs no proof.
	for d := c.depth - 2; ; d-- {
		f := &c.stack[d]
		i := f.p.child(key)
		if d == 0 || i < f.p.len()-1 {
			c.depth = d
			c.push(f.p, i)
			c.land(c.descend(f.kid(), key), key)
			return
		}
	}
}

// seekLT moves to the last row with a key below key (nil: the last row).
func (c *cursor) seekLT(root *page, key []byte) {
	i := c.below(root, key)
	c.top().i = i
	c.prev()
}

// below goes to the leaf of the keys below key (nil: the last leaf), and
// returns how many of its rows are.
func (c *cursor) below(root *page, key []byte) int {
	c.depth = 0
	p := root
	for !p.leaf() {
		i := p.len() - 1
		if key != nil {
			j, _ := p.search(key)
			i = j - 1
		}
		c.push(p, i)
		p = p.kids[i]
	}
	c.push(p, 0)
	if key == nil {
		return p.len()
	}
	i, _ := p.search(key)
	return i
}

func (c *cursor) row() (header, []byte, []byte) {
	f := c.top()
	return f.p.row(f.i)
}

func (c *cursor) next() {
	f := c.top()
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
		f := c.top()
		if f.i++; f.i < f.p.len() {
			break
		}
	}
	for p := c.top().kid(); ; p = p.kids[0] {
		c.push(p, 0)
		if p.leaf() {
			break
		}
	}
	// Only the root can be an empty leaf, and it has no neighbour.
}

func (c *cursor) prev() {
	f := c.top()
	if f.i--; f.i >= 0 {
		return
	}
	for {
		c.depth--
		if c.depth == 0 {
			return
		}
		f = c.top()
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

// finger is the way to the leaf that a tree used last. Sorted batches find
// their next key there, or the row that they have just looked at.
type finger struct {
	cursor
	lo, hi  []byte // the range of the leaf; nil is unbounded
	bounded bool   // lo and hi are known
	misses  uint8  // how often in a row the next key was elsewhere
}

// holds reports whether the key belongs to the finger's leaf. After a few
// misses in a row it rarely looks, because keys in no order never do.
func (f *finger) holds(key []byte) bool {
	if f.depth == 0 {
		return false
	}
	if f.misses >= 4 && f.misses%8 != 0 {
		f.misses++
		return false
	}
	if !f.bounded {
		f.bound()
	}
	if bytes.Compare(f.lo, key) <= 0 && compareBound(key, f.hi) < 0 {
		f.misses = 0
		return true
	}
	f.misses++
	return false
}

// bound takes the range of the leaf from the pages above it.
func (f *finger) bound() {
	f.lo, f.hi, f.bounded = nil, nil, true
	low := false
	for d := f.depth - 2; d >= 0 && (!low || f.hi == nil); d-- {
		s := &f.stack[d]
		if !low && s.i > 0 {
			f.lo, low = s.p.key(s.i), true
		}
		if f.hi == nil && s.i+1 < s.p.len() {
			f.hi = s.p.key(s.i + 1)
		}
	}
}

// move goes to the leaf of a key from the root.
func (f *finger) move(root *page, key []byte) {
	f.depth, f.bounded = 0, false
	f.descend(root, key)
}

// rightmost reports that the finger's leaf is the last.
func (f *finger) rightmost() bool {
	for _, s := range f.stack[:f.depth-1] {
		if s.i < s.p.len()-1 {
			return false
		}
	}
	return true
}

// lift makes the finger stand nowhere.
func (f *finger) lift() { f.depth, f.bounded = 0, false }
