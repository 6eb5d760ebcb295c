package storage

import "bytes"

// The two tiers of a store. A store is resident when every row is in memory,
// and spilled when memory holds what no commit has made durable yet, and rows
// that were read since; the rest is read from disk, behind what memory holds.

// loadPart is how many bytes a store loads between two looks at the budget.
const loadPart = 64 << 10

// touch prepares a store for use.
func (t *Table) touch() {
	if t.ready {
		t.used = true
		return
	}
	t.ready, t.used = true, true
	rows := t.rows
	t.resident = t.db.admit(&t.store, t.Bytes(), func(key, value []byte) {
		h := spread(Hash(key))
		if _, _, _, row := t.find(h, key); row == nil {
			t.cacheRow(h, key, value)
		}
	}, t.Bytes)
	t.rows = rows
	if t.resident {
		t.cold.drop(t.db)
		t.rows = t.countLive()
	}
}

func (t *Table) countLive() (n int64) {
	for i := range t.index.segs {
		for _, slot := range t.index.segs[i].slots {
			if slot != 0 && !rowHeader(t.arena.block(uint32(slot))).tomb() {
				n++
			}
		}
	}
	return n
}

// admit loads a store's rows from disk if the budget has room for them, and
// reports whether all of them are in memory now. Rows loaded in vain are clean,
// and go when the budget wants them to.
func (d *DB) admit(s *store, before int64, put func(key, value []byte), size func() int64) bool {
	s.coldReads = 0
	cold := s.stats.coldBytes.Load()
	if cold == 0 && s.stats.coldRows.Load() == 0 && !s.stats.onDisk.Load() {
		return true // no commit ever wrote a row of this store
	}
	if d.hot.Load()+cold > d.budget {
		return false
	}
	it := d.view.open(d, s.prefix, nil, nil, nil)
	if it == nil {
		return false
	}
	defer it.close()
	last := before
	for it.first(false); it.valid(); it.step(false) {
		put(it.key(), it.value())
		if now := size(); now-last > loadPart {
			if d.hot.Add(now-last) > d.budget {
				return false
			}
			last = now
		}
	}
	return it.it.Error() == nil
}

func (s *store) coldHas(key []byte) bool {
	s.coldReads++
	_, ok := s.cold.get(s, key)
	return ok
}

// getCold reads a row from disk and keeps it.
func (t *Table) getCold(hash uint64, key []byte) ([]byte, bool) {
	t.coldReads++
	value, ok := t.cold.get(&t.store, key)
	if !ok {
		return nil, false
	}
	if t.walking {
		return bytes.Clone(value), true
	}
	row := t.cacheRow(spread(hash), key, value)
	_, v, end := rowBounds(row)
	return row[v:end:end], true
}

// cacheRow adds a clean row that memory has no version of.
func (t *Table) cacheRow(h uint32, key, value []byte) []byte {
	ref, b := t.arena.alloc(rowLen(len(key), len(value)))
	appendRow(b[:0], makeHeader(0, flagBase), key, value)
	t.index.insert(h, ref)
	return b
}

// eachCold walks the rows that only disk holds.
func (t *Table) eachCold(fn func(key, value []byte) bool) {
	it := t.db.view.open(t.db, t.prefix, nil, nil, nil)
	if it == nil {
		return
	}
	defer it.close()
	for it.first(false); it.valid(); it.step(false) {
		key := it.key()
		if _, _, _, row := t.find(spread(Hash(key)), key); row == nil && !fn(key, it.value()) {
			return
		}
	}
}

// evict gives up the rows that are on disk. No commit is under way.
func (t *Table) evict() {
	old, dirty := t.arena, t.dirty
	t.arena, t.index = arena{}, slotIndex{}
	t.dirty, t.dirtyBytes, t.voidBytes = nil, 0, 0
	t.limbo, t.retired = queue{}, queue{}
	t.cold.drop(t.db)
	t.resident = false
	for _, ref := range dirty {
		b := old.block(ref)
		h := rowHeader(b)
		if h.void() {
			continue
		}
		k, v, end := rowBounds(b)
		t.index.insert(spread(Hash(b[k:v])), t.addDirty(h, b[k:v], b[v:end]))
	}
}

// tidy frees a few of the rows that settled commits have left behind. Doing a
// few at each change spreads the work over the steps.
func (t *Table) tidy() {
	for range 4 {
		if t.limbo.empty() {
			break
		}
		ref := t.limbo.front()
		if rowHeader(t.arena.block(ref)).gen() > t.done {
			break
		}
		t.limbo.pop()
		t.freeRow(ref)
	}
	for range 4 {
		if t.retired.empty() {
			return
		}
		t.retire(t.retired.pop())
	}
}

// retire frees a row that is void, or that is still a committed tombstone.
func (t *Table) retire(ref uint32) {
	if t.arena.chunks[ref>>16] == nil {
		return // a large row, freed since
	}
	b := t.arena.block(ref)
	h := rowHeader(b)
	if h.gen() > t.done || h.gen() == 0 {
		return
	}
	if h.void() {
		t.freeRow(ref)
		return
	}
	if !h.tomb() {
		return
	}
	k, v, _ := rowBounds(b)
	if s, pos, linked, _ := t.find(spread(Hash(b[k:v])), b[k:v]); linked == ref && s != nil {
		s.remove(pos)
		t.freeRow(ref)
	}
}
