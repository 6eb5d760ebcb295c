package storage

import "bytes"

// DeleteRange deletes all rows with keys in [lo, hi); nil is unbounded. On disk
// that is one tombstone in the next commit, before the rows that are set in the
// range after this call. In memory it costs a few nanoseconds a row.
func (t *Tree) DeleteRange(lo, hi []byte) {
	t.touch()
	r := keyRange{bytes.Clone(lo), bytes.Clone(hi)}
	if t.db != nil && (!t.db.bare(&t.store) || t.unsettled()) {
		t.masks = addMask(t.settledMasks(), tableMask{r, t.cur})
	}
	t.version++
	for from := r.lo; ; {
		t.at.move(t.root, from)
		t.at.bound()
		p := t.at.top().p
		next := bytes.Clone(t.at.hi)
		i, _ := p.search(from)
		j := p.len()
		if r.hi != nil {
			j, _ = p.search(r.hi)
		}
		if i < j {
			t.clearRows(i, j)
		}
		if next == nil || compareBound(next, r.hi) >= 0 {
			break
		}
		from = next
	}
}

// clearRows takes rows [i, j) out of the finger's leaf, on disk or not: that
// disk has no more of them is in the masks.
func (t *Tree) clearRows(i, j int) {
	p := t.ownPath(0)
	open := p.openAt(i)
	for k := i; k < j; k++ {
		h := p.header(k)
		open = open || h&flagOpen != 0
		t.count(!h.tomb(), false)
	}
	p.setOpen(i, open)
	p.remove(i, j)
	t.mend()
}

// settledMasks drops the masks that commits have made true on disk, and
// returns the others. Snapshots share the list: it is never changed in place.
func (t *Tree) settledMasks() []tableMask {
	for i := range t.masks {
		if t.masks[i].gen <= t.done {
			var kept []tableMask
			for _, m := range t.masks {
				if m.gen > t.done {
					kept = append(kept, m)
				}
			}
			t.masks = kept
			break
		}
	}
	return t.masks
}

// masked returns the range of a list that holds a key, if one does.
func masked(masks []tableMask, key []byte) (r keyRange, ok bool) {
	for i := range masks {
		if masks[i].holds(key) {
			return masks[i].keyRange, true
		}
	}
	return r, false
}

// Prefetch reads what of ascending keys a step is about to Get or Update is on
// disk only. It costs nothing while all rows are in memory.
func (t *Tree) Prefetch(n int, key func(i int) []byte) {
	t.touch()
	for i := 0; i < n && !t.resident; i++ {
		t.known(key(i), false)
	}
}

// prefetchRows is how many rows of a prefix are read ahead at most.
const prefetchRows = 256

// PrefetchPrefixes reads what a step is about to scan of the keys that begin
// with ascending prefixes.
func (t *Tree) PrefetchPrefixes(n int, prefix func(i int) []byte) {
	t.touch()
	var it Iter
	defer it.Close()
	for i := 0; i < n && !t.resident; i++ {
		lo := prefix(i)
		t.Seek(&it, lo, prefixEnd(lo))
		for range prefetchRows {
			if !it.Next() {
				break
			}
		}
	}
}
