package storage

import "bytes"

// A Table is one shard of a keyed arrangement: point probes and updates in
// place, no order. Every hash passed to it must be Hash(key).
type Table struct {
	store
	arena arena
	index slotIndex
	rows  int64

	dirty      []uint32 // rows changed in this generation, and void ones
	dirtyBytes int64
	voidBytes  int64 // of dirty rows that are void
	limbo      queue // rows of frozen generations replaced by newer ones
	retired    queue // void rows and tombstones of the last settled commits
	walking    bool  // Each is running: reads must not move slots
}

// NewMemTable returns a table that lives in memory alone, for throw-away state.
func NewMemTable() *Table { return &Table{store: memStore()} }

// find returns the segment and position of the key's slot, and the row.
func (t *Table) find(h uint32, key []byte) (s *segment, pos uint32, ref uint32, row []byte) {
	if t.index.segs == nil {
		return nil, 0, 0, nil
	}
	s = t.index.segmentOf(h)
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		slot := s.slots[i]
		if slot == 0 {
			return nil, 0, 0, nil
		}
		if uint32(slot>>32) != h {
			continue
		}
		b := t.arena.block(uint32(slot))
		k, v, _ := rowBounds(b)
		if bytes.Equal(b[k:v], key) {
			return s, i, uint32(slot), b
		}
	}
}

// Get returns the value of a key.
func (t *Table) Get(hash uint64, key []byte) ([]byte, bool) {
	t.touch()
	_, _, _, row := t.find(spread(hash), key)
	if row == nil {
		if t.resident {
			return nil, false
		}
		return t.getCold(hash, key)
	}
	if rowHeader(row).tomb() {
		return nil, false
	}
	_, v, end := rowBounds(row)
	return row[v:end:end], true
}

// Put sets the value of a key.
func (t *Table) Put(hash uint64, key, value []byte) {
	t.touch()
	t.tidy()
	h := spread(hash)
	s, pos, ref, row := t.find(h, key)
	if row == nil {
		var flags header
		if !t.resident {
			flags = flagBase
		}
		t.index.insert(h, t.addDirty(makeHeader(t.cur, flags), key, value))
		t.rows++
		return
	}
	old := rowHeader(row)
	if old.tomb() {
		t.rows++
	}
	var flags header
	if old.base(t.cur) {
		flags = flagBase
	}
	if t.update(ref, row, old, makeHeader(t.cur, flags), value) {
		return
	}
	fresh := t.addDirty(makeHeader(t.cur, flags), key, value)
	s.slots[pos] = uint64(h)<<32 | uint64(fresh)
	t.unlink(ref, old)
}

// update changes a row in place if its block can hold the new value and nobody
// else reads the row. It reports whether it did.
func (t *Table) update(ref uint32, row []byte, old, now header, value []byte) bool {
	if t.frozen(old) {
		return false
	}
	k, v, end := rowBounds(row)
	if end-v != len(value) {
		oldClass, size := blockClass(end)
		newEnd := v + len(value)
		newClass, _ := blockClass(newEnd)
		if oldClass != newClass || size > chunkMax/4 || uvarintLen(end-v) != uvarintLen(len(value)) {
			return false
		}
		putUvarintAt(row[k-uvarintLen(len(value)):], len(value))
	}
	setRowHeader(row, now)
	copy(row[v:], value)
	if old.gen() != t.cur {
		t.noteDirty(ref, int64(v+len(value)))
	}
	return true
}

func putUvarintAt(b []byte, n int) {
	i := 0
	for n >= 0x80 {
		b[i] = byte(n) | 0x80
		n >>= 7
		i++
	}
	b[i] = byte(n)
}

// Delete removes a key.
func (t *Table) Delete(hash uint64, key []byte) {
	t.touch()
	t.tidy()
	h := spread(hash)
	s, pos, ref, row := t.find(h, key)
	if row == nil {
		if !t.resident && t.coldHas(key) {
			t.index.insert(h, t.addDirty(makeHeader(t.cur, flagTomb|flagBase), key, nil))
			t.rows--
		}
		return
	}
	old := rowHeader(row)
	if old.tomb() {
		return
	}
	t.rows--
	if !old.base(t.cur) || (!t.resident && old.gen() == t.cur && !t.unsettled() && !t.coldHas(key)) {
		s.remove(pos)
		t.unlink(ref, old)
		return
	}
	tomb := makeHeader(t.cur, flagTomb|flagBase)
	if t.frozen(old) {
		s.slots[pos] = uint64(h)<<32 | uint64(t.addDirty(tomb, key, nil))
		t.unlink(ref, old)
		return
	}
	setRowHeader(row, tomb)
	if old.gen() != t.cur {
		_, _, end := rowBounds(row)
		t.noteDirty(ref, int64(end))
	}
}

// addDirty allocates a row changed in this generation.
func (t *Table) addDirty(h header, key, value []byte) uint32 {
	n := rowLen(len(key), len(value))
	ref, b := t.arena.alloc(n)
	appendRow(b[:0], h, key, value)
	t.noteDirty(ref, int64(n))
	return ref
}

func (t *Table) noteDirty(ref uint32, n int64) {
	if t.db == nil {
		return
	}
	t.dirty = append(t.dirty, ref)
	t.dirtyBytes += n
}

// unlink gives up a row that no slot points to any more.
func (t *Table) unlink(ref uint32, old header) {
	switch {
	case t.db == nil || old.gen() <= t.done:
		t.freeRow(ref)
	case old.gen() == t.cur:
		// The list of dirty rows names it: searching the list would be slow.
		b := t.arena.block(ref)
		_, _, end := rowBounds(b)
		setRowHeader(b, old|flagVoid)
		t.voidBytes += int64(end)
		if t.voidBytes > 64<<10 && t.voidBytes > t.dirtyBytes/2 {
			t.dropVoid()
		}
	default:
		t.limbo.push(ref)
	}
}

func (t *Table) freeRow(ref uint32) {
	_, _, end := rowBounds(t.arena.block(ref))
	t.arena.release(ref, end)
}

// dropVoid takes void rows out of the list of dirty rows and frees them.
func (t *Table) dropVoid() {
	live := t.dirty[:0]
	for _, ref := range t.dirty {
		if rowHeader(t.arena.block(ref)).void() {
			t.freeRow(ref)
		} else {
			live = append(live, ref)
		}
	}
	t.dirty = live
	t.dirtyBytes -= t.voidBytes
	t.voidBytes = 0
}

// Each calls fn for every row, in no order, until it returns false. fn may Get
// from this table, but not change it.
func (t *Table) Each(fn func(key, value []byte) bool) {
	t.touch()
	t.walking = true
	defer func() { t.walking = false }()
	for i := range t.index.segs {
		for _, slot := range t.index.segs[i].slots {
			if slot == 0 {
				continue
			}
			b := t.arena.block(uint32(slot))
			if rowHeader(b).tomb() {
				continue
			}
			k, v, end := rowBounds(b)
			if !fn(b[k:v:v], b[v:end:end]) {
				return
			}
		}
	}
	if !t.resident {
		t.eachCold(fn)
	}
}

// Len returns the number of rows: exact while the table is resident, an
// estimate otherwise.
func (t *Table) Len() int { return int(max(0, t.rows)) }

// Bytes returns the memory that the table occupies.
func (t *Table) Bytes() int64 {
	return t.arena.bytes + t.index.bytes + int64(4*cap(t.dirty)) + 256
}
