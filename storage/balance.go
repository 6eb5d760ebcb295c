package storage

import "sort"

// Balance brings the memory of all stores under the limit, between steps: it
// evicts rows that are on disk, of the stores unused for longest first, and of
// the largest among those. Rows that are not on disk stay: when they alone
// exceed the limit, only a commit helps. Freeze calls it.
func (d *DB) Balance() {
	if d.inFlight != nil {
		return
	}
	var total int64
	var stores []balanced
	d.eachStore(func(s *store, t *Tree, h *Table) {
		b := balanced{store: s, tree: t, table: h, bytes: storeBytes(t, h)}
		total += b.bytes
		if s.used {
			s.idle, s.used = 0, false
		} else {
			s.idle++
		}
		stores = append(stores, b)
	})
	d.hot.Store(total)
	if total <= d.budget {
		d.promote(stores, total)
		return
	}
	sort.Slice(stores, func(i, j int) bool {
		a, b := &stores[i], &stores[j]
		if a.store.idle != b.store.idle {
			return a.store.idle > b.store.idle
		}
		return a.bytes > b.bytes
	})
	for i := range stores {
		// Stop well below the limit, or the next step would be here again.
		if total <= d.budget-d.budget/8 {
			break
		}
		total -= stores[i].evict()
	}
	d.hot.Store(total)
}

type balanced struct {
	store *store
	tree  *Tree
	table *Table
	bytes int64
}

func storeBytes(t *Tree, h *Table) int64 {
	if t != nil {
		return t.Bytes()
	}
	return h.Bytes()
}

// evict returns the bytes that it has freed.
func (b *balanced) evict() int64 {
	if !b.store.ready {
		return 0
	}
	if b.tree != nil {
		if b.tree.dirtySize() >= b.tree.mem {
			return 0
		}
		b.tree.evict()
	} else {
		if b.table.dirtyBytes*2 >= b.table.Bytes() {
			return 0
		}
		b.table.evict()
	}
	b.store.idle = 0
	return b.bytes - storeBytes(b.tree, b.table)
}

// promote lets stores that are read from disk a lot load themselves at their
// next use, once there is ample room for them.
func (d *DB) promote(stores []balanced, total int64) {
	room := d.budget/2 - total
	for i := range stores {
		s := stores[i].store
		if !s.ready || s.resident || s.coldReads < 64 {
			continue
		}
		if size := s.stats.coldBytes.Load(); size < room {
			room -= size
			s.ready = false
		}
	}
}
