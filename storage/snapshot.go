package storage

import "sync/atomic"

// A TreeSnapshot is a Tree as it was at one moment. Any number of goroutines
// may read it while the tree goes on changing. It must be released, once.
type TreeSnapshot struct {
	db     *DB
	root   *page
	view   *coldView // nil if all rows are in memory
	masks  []tableMask
	prefix [prefixLen]byte
	rows   int64
	users  *atomic.Int64 // open snapshots of the arrangement, nil if in memory
}

// Snapshot returns the tree as it is now. It is called between steps and costs
// a counter; pages are copied when the tree changes them for the first time
// afterwards.
func (t *Tree) Snapshot() *TreeSnapshot {
	if !t.ready {
		t.begin()
	}
	t.ticket++
	s := &TreeSnapshot{db: t.db, root: t.root, prefix: t.prefix, rows: t.rows}
	if t.resident {
		return s
	}
	s.view = t.db.view.hold()
	s.masks = t.settledMasks()
	s.users = t.users
	s.users.Add(1)
	return s
}

// Release gives the snapshot back. It must not be used afterwards.
func (s *TreeSnapshot) Release() {
	s.root = nil
	if s.view == nil {
		return
	}
	if err := s.view.release(); err != nil {
		s.db.fail(err)
	}
	s.users.Add(-1)
	s.view = nil
}

// Get returns the value of a key.
func (s *TreeSnapshot) Get(key []byte) ([]byte, bool) {
	p, i, found := s.root.find(key)
	if found {
		h, _, value := p.row(i)
		return value, !h.tomb()
	}
	if s.view == nil || !p.openAt(i) {
		return nil, false
	}
	if _, hidden := masked(s.masks, key); hidden {
		return nil, false
	}
	return s.view.get(s.db, s.prefix[:], key)
}

// Scan returns an iterator over keys in [lo, hi), ascending; nil is unbounded.
func (s *TreeSnapshot) Scan(lo, hi []byte) *Iter {
	it := &Iter{}
	s.Seek(it, lo, hi)
	return it
}

// ScanReverse returns an iterator over keys in [lo, hi), descending.
func (s *TreeSnapshot) ScanReverse(lo, hi []byte) *Iter {
	it := &Iter{}
	s.SeekReverse(it, lo, hi)
	return it
}

// Seek aims an iterator of this snapshot, as Tree.Seek does.
func (s *TreeSnapshot) Seek(it *Iter, lo, hi []byte) { s.aim(it, lo, hi, false) }

// SeekReverse aims an iterator of this snapshot, as Tree.SeekReverse does.
func (s *TreeSnapshot) SeekReverse(it *Iter, lo, hi []byte) { s.aim(it, lo, hi, true) }

func (s *TreeSnapshot) aim(it *Iter, lo, hi []byte, reverse bool) {
	it.aim(s.root, 0, lo, hi, reverse)
	if s.view != nil && !it.covered() {
		if it.cold = s.view.open(s.db, s.prefix, lo, hi, nil); it.cold != nil {
			it.cold.masks = s.masks
		}
	}
}

// Len returns the number of rows: an estimate if some are on disk only.
func (s *TreeSnapshot) Len() int { return int(max(0, s.rows)) }
