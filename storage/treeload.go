package storage

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"
)

// A scan of a tree that is not wholly in memory closes the gaps that it comes
// to, and so walks memory alone. A long scan gives up after a while, and goes
// on beside the disk: it would take the memory of rows that are read often.

// maxLoads is how many gaps a scan closes, or parts of one, each larger than
// the one before.
const maxLoads = 8

// loadRows returns how many rows a scan reads at its nth look at the disk: few
// at first, because many a scan ends after a row.
func loadRows(n int) int { return min(4<<(2*n), 256) }

// rest ends what the iterator does.
func (it *Iter) rest() {
	if it.loader != nil {
		it.loader.scans--
		it.loader = nil
	}
	if it.cold != nil {
		it.cold.close()
		it.cold = nil
	}
}

func (it *Iter) nextLoading() bool {
	if !it.started {
		it.started = true
		it.mem.depth = 0
		it.at, it.past = it.lo, false
		if it.reverse {
			it.at = it.hi
		}
	}
	for {
		var ok, tomb bool
		if it.reverse {
			ok, tomb = it.loadDown()
		} else {
			ok, tomb = it.loadUp()
		}
		if !ok {
			if it.loader == nil {
				return it.Next() // goes on beside the disk
			}
			it.loader.scans--
			it.loader = nil
			it.mem.depth = 0
			return false
		}
		if !tomb {
			return true
		}
	}
}

// loadUp moves to the next row in memory, having closed the gap before it.
func (it *Iter) loadUp() (ok, tomb bool) {
	for {
		if it.mem.depth == 0 {
			it.root = it.loader.root
			p := it.mem.descend(it.root, it.at)
			i, found := p.search(it.at)
			f := it.mem.top()
			if f.i = i; found && it.past {
				f.i++
			} else if found {
				return it.take()
			}
		} else {
			it.mem.top().i++
		}
		f := it.mem.top()
		if f.p.openAt(f.i) {
			if !it.load() {
				return false, false
			}
			continue
		}
		if f.i < f.p.len() {
			return it.take()
		}
		edge := finger{cursor: it.mem}
		edge.bound()
		if edge.hi == nil || compareBound(edge.hi, it.hi) >= 0 {
			return false, false
		}
		it.at, it.past, it.mem.depth = edge.hi, false, 0
	}
}

// loadDown moves to the row in memory before this one, having closed the gap
// between them.
func (it *Iter) loadDown() (ok, tomb bool) {
	for {
		if it.mem.depth == 0 {
			it.root = it.loader.root
			i := it.mem.below(it.root, it.at)
			it.mem.top().i = i
		}
		f := it.mem.top()
		if f.p.openAt(f.i) {
			if !it.load() {
				return false, false
			}
			continue
		}
		if f.i--; f.i >= 0 {
			return it.take()
		}
		edge := finger{cursor: it.mem}
		edge.bound()
		if edge.lo == nil || bytes.Compare(edge.lo, it.lo) <= 0 {
			return false, false
		}
		it.at, it.mem.depth = edge.lo, 0
	}
}

// take makes the row at which mem stands the current one, unless the range ends
// before it.
func (it *Iter) take() (ok, tomb bool) {
	f := it.mem.top()
	var h header
	h, it.key, it.value = f.p.row(f.i)
	it.at, it.past = it.key, true
	if !f.p.used {
		f.p.used = true
	}
	return it.inside(it.key), h.tomb()
}

// load closes the gap in front of the scan, or part of it. It reports whether
// the scan is to go on in memory.
func (it *Iter) load() bool {
	t := it.loader
	t.scans-- // this scan finds its place again
	if it.loads == maxLoads {
		it.beside(t)
		return false
	}
	ok := false
	if n := loadRows(it.loads); it.reverse {
		ok = t.fillBack(it.at, n)
	} else {
		ok = t.fill(it.at, it.hi, n)
	}
	t.scans++
	it.loads++
	it.mem.depth = 0
	return ok
}

// beside lets the scan go on with the rows that it has not given yet, reading
// memory and disk beside each other.
func (it *Iter) beside(t *Tree) {
	it.loader = nil
	it.mem.depth = 0
	it.root, it.version, it.started = t.root, t.version, false
	switch {
	case it.reverse:
		it.hi = it.at
	case it.past:
		it.lo = append(append(make([]byte, 0, len(it.at)+1), it.at...), 0)
	default:
		it.lo = it.at
	}
	it.cold = t.openCold(it.lo, it.hi)
}

// covered reports whether memory answers for a short range alone.
func (it *Iter) covered() bool {
	const most = 256
	var c cursor
	p := c.descend(it.root, it.lo)
	i, found := p.search(it.lo)
	c.top().i = i
	if !found && p.openAt(i) {
		return false
	}
	for range most {
		f := c.top()
		if f.i < f.p.len() {
			if compareBound(f.p.key(f.i), it.hi) >= 0 {
				return true
			}
			if f.i++; f.p.openAt(f.i) {
				return false
			}
			continue
		}
		if c.nextLeaf(); c.depth == 0 {
			return true
		}
		if f = c.top(); f.p.open {
			return false
		}
	}
	return false
}

func (t *Tree) openCold(lo, hi []byte) *coldIter {
	t.coldReads++
	it := t.seen().open(t.db, t.prefix, lo, hi, &t.cold)
	if it != nil {
		it.masks = t.settledMasks()
	}
	return it
}

// coldRows walks all rows of a tree on disk.
type coldRows struct {
	t  *Tree
	it *pebble.Iterator
}

// coldRows returns the owner's walk over the disk; a second call spoils the
// place of the first. It is false where disk cannot be read.
func (t *Tree) coldRows() (coldRows, bool) {
	c := &t.cold
	if c.walk == nil {
		lower, upper := coldBounds(t.prefix, nil, nil)
		it, err := t.seen().snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			t.fail(err)
			return coldRows{}, false
		}
		c.walk, c.prefix = it, t.prefix
	}
	t.settledMasks()
	return coldRows{t, c.walk}, true
}

func (c coldRows) seekGE(key []byte) bool { return c.up(c.it.SeekGE(c.full(key))) }

// seekLT goes to the last row below key, nil being above all keys.
func (c coldRows) seekLT(key []byte) bool {
	if key == nil {
		return c.down(c.it.Last())
	}
	return c.down(c.it.SeekLT(c.full(key)))
}

func (c coldRows) next() bool { return c.up(c.it.Next()) }

func (c coldRows) prev() bool { return c.down(c.it.Prev()) }

func (c coldRows) full(key []byte) []byte {
	b := &c.t.cold.key
	*b = append(append((*b)[:0], c.t.prefix[:]...), key...)
	return *b
}

// up passes over rows that a DeleteRange hides.
func (c coldRows) up(ok bool) bool {
	for ok {
		r, hidden := masked(c.t.masks, c.key())
		if !hidden {
			return true
		}
		if r.hi == nil {
			return false
		}
		ok = c.it.SeekGE(c.full(r.hi))
	}
	c.t.fail(c.it.Error())
	return false
}

// down does so downwards.
func (c coldRows) down(ok bool) bool {
	for ok {
		r, hidden := masked(c.t.masks, c.key())
		if !hidden {
			return true
		}
		ok = c.it.SeekLT(c.full(r.lo))
	}
	c.t.fail(c.it.Error())
	return false
}

func (c coldRows) key() []byte { return c.it.Key()[prefixLen:] }

func (c coldRows) value() []byte {
	v, err := c.it.ValueAndErr()
	c.t.fail(err)
	return v
}
