package storage

import (
	"bytes"
	"slices"
)

// tableMask is a range of keys whose rows on disk count as deleted until the
// commit that says so there is settled.
type tableMask struct {
	keyRange
	gen uint32
}

func (r keyRange) holds(key []byte) bool {
	return bytes.Compare(key, r.lo) >= 0 && compareBound(key, r.hi) < 0
}

// covers reports whether r holds all that o does.
func (r keyRange) covers(o keyRange) bool {
	if bytes.Compare(r.lo, o.lo) > 0 {
		return false
	}
	return r.hi == nil || o.hi != nil && bytes.Compare(r.hi, o.hi) >= 0
}

// tableExpiry is a range that memory is still to forget.
type tableExpiry struct {
	keyRange
	active bool
	again  bool // the range grew after the first segments were looked at
	seg    int  // of the index, the next one
}

// DeleteRange deletes all rows with keys in [lo, hi); nil is unbounded. On disk
// that is one tombstone in the next commit. Where lo is nil, memory forgets the
// rows little by little, so that a bound that moves step by step costs each row
// no more than a look now and then.
func (t *Table) DeleteRange(lo, hi []byte) {
	t.touch()
	r := keyRange{bytes.Clone(lo), bytes.Clone(hi)}
	if t.db != nil {
		t.ranges = addRange(t.ranges, r)
		t.masks = addMask(t.masks, tableMask{r, t.cur})
	}
	e := &t.expire
	if len(lo) == 0 && e.active && len(e.lo) == 0 {
		if r.covers(e.keyRange) {
			e.keyRange, e.again = r, e.again || e.seg > 0
		}
		t.expireSome()
		return
	}
	t.expireAll()
	*e = tableExpiry{keyRange: r, active: true}
	if len(lo) == 0 {
		t.expireSome()
	} else {
		t.expireAll()
	}
}

// addRange adds a range to a list, in which it replaces those that it covers.
func addRange(list []keyRange, r keyRange) []keyRange {
	kept := make([]keyRange, 0, len(list)+1)
	for _, o := range list {
		if !r.covers(o) {
			kept = append(kept, o)
		}
	}
	return append(kept, r)
}

// apart returns the union of ranges as ranges that do not touch, in order.
func apart(list []keyRange) []keyRange {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b keyRange) int { return bytes.Compare(a.lo, b.lo) })
	out := list[:0]
	for _, r := range list {
		if r.hi != nil && bytes.Compare(r.lo, r.hi) >= 0 {
			continue
		}
		if n := len(out); n > 0 && compareBound(r.lo, out[n-1].hi) <= 0 {
			if last := &out[n-1]; last.hi != nil && (r.hi == nil || bytes.Compare(r.hi, last.hi) > 0) {
				last.hi = r.hi
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

func addMask(list []tableMask, m tableMask) []tableMask {
	kept := make([]tableMask, 0, len(list)+1)
	for _, o := range list {
		if !m.covers(o.keyRange) {
			kept = append(kept, o)
		}
	}
	return append(kept, m)
}

// masked reports whether what disk has of a key counts as deleted.
func (t *Table) masked(key []byte) bool {
	for i := range t.masks {
		if m := &t.masks[i]; m.gen > t.done && m.holds(key) {
			return true
		}
	}
	return false
}

// expired reports whether memory is still to forget a key that it may have.
func (t *Table) expired(key []byte) bool { return t.expire.active && t.expire.holds(key) }

// expireSome forgets what is expired in one segment of the index.
func (t *Table) expireSome() {
	e := &t.expire
	if e.seg < len(t.index.segs) {
		t.expireSegment(&t.index.segs[e.seg])
	}
	if e.seg++; e.seg < len(t.index.segs) {
		return
	}
	if e.again {
		e.again, e.seg = false, 0
		return
	}
	*e = tableExpiry{}
}

func (t *Table) expireAll() {
	for t.expire.active {
		t.expireSome()
	}
}

func (t *Table) expireSegment(s *segment) {
	for i := 0; i < len(s.slots); {
		ref := uint32(s.slots[i])
		if ref == 0 {
			i++
			continue
		}
		b := t.arena.block(ref)
		k, v, _ := rowBounds(b)
		if !t.expire.holds(b[k:v]) {
			i++
			continue
		}
		old := rowHeader(b)
		if !old.tomb() {
			t.rows--
		}
		s.remove(uint32(i))
		t.unlink(ref, old)
	}
}
