package storage

import "bytes"

// A Table is one shard of a keyed arrangement: point probes and updates in
// place, no order. Every hash passed to it must be Hash(key).
//
// A value that a Table returns is valid until its own key is changed or the
// step ends, whatever else is changed meanwhile.
type Table struct {
	store
	arena arena
	index slotIndex
	rows  int64

	dirtyRows   int64      // changed in this generation
	dirtyBytes  int64      // of them
	frozenBytes int64      // of the rows of frozen generations
	ranges      []keyRange // deleted in this generation
	masks       []tableMask
	expire      tableExpiry
	limbo       queue[place]    // rows of frozen generations replaced by newer ones
	retired     queue[[]uint32] // hashes of tombstones, by settled commit
	walking     bool            // Each is running: reads must not move slots
	sweep       tableSweep
	load        tableLoad
	batch       tableBatch
}

// place is a block that was given up while a commit may read it. Its chunk may
// be gone when the commit is settled.
type place struct{ serial, ref uint32 }

// NewMemTable returns a table that lives in memory alone, for throw-away state.
func NewMemTable() *Table { return &Table{store: memStore()} }

// find returns the segment and position of the key's slot, and the row.
func (t *Table) find(h uint32, key []byte) (s *segment, pos uint32, row []byte) {
	if t.index.segs == nil {
		return nil, 0, nil
	}
	s = t.index.segmentOf(h)
	slots := s.slots
	for i := s.home(h); ; {
		slot := slots[i]
		if slot == 0 {
			return nil, 0, nil
		}
		if (slot>>32^uint64(h))>>1 == 0 {
			b := t.arena.block(uint32(slot))
			k, v, _ := rowBounds(b)
			if bytes.Equal(b[k:v], key) {
				if slot&slotUsed == 0 {
					slots[i] = slot | slotUsed
				}
				return s, i, b
			}
		}
		if i++; i == uint32(len(slots)) {
			i = 0
		}
	}
}

// Get returns the value of a key.
func (t *Table) Get(hash uint64, key []byte) ([]byte, bool) {
	t.touch()
	_, _, row := t.find(spread(hash), key)
	if row == nil {
		if t.resident {
			return nil, false
		}
		return t.getCold(hash, key)
	}
	if rowHeader(row).tomb() || t.expired(key) {
		return nil, false
	}
	_, v, end := rowBounds(row)
	return row[v:end:end], true
}

// prepare makes the table ready for a change of a key.
func (t *Table) prepare(key []byte) {
	t.touch()
	t.tidy()
	if t.expired(key) {
		t.expireAll() // it is not below the bound for good, after all
	}
}

// Put sets the value of a key.
func (t *Table) Put(hash uint64, key, value []byte) {
	t.prepare(key)
	h := spread(hash)
	s, pos, row := t.find(h, key)
	t.put(h, s, pos, row, key, value)
}

// Update changes the value of a key with one probe: fn is told the old value,
// and returns the new one, or that the key is to be deleted. old is valid, and
// value must be, until fn has returned; fn must not use the table. If the key
// is absent and fn does not keep it, nothing happens.
func (t *Table) Update(hash uint64, key []byte, fn func(old []byte, found bool) (value []byte, keep bool)) {
	t.prepare(key)
	h := spread(hash)
	s, pos, row := t.find(h, key)
	if row == nil && !t.resident {
		t.getCold(hash, key)
		s, pos, row = t.find(h, key)
	}
	var old []byte
	found := row != nil && !rowHeader(row).tomb()
	if found {
		_, v, end := rowBounds(row)
		old = row[v:end:end]
	}
	value, keep := fn(old, found)
	switch {
	case keep:
		t.put(h, s, pos, row, key, value)
	case found:
		t.remove(h, s, pos, row, key)
	}
}

// put writes a row whose older version, if there is one in memory, is at pos.
func (t *Table) put(h uint32, s *segment, pos uint32, row, key, value []byte) {
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
	now := makeHeader(t.cur, flags)
	ref := uint32(s.slots[pos])
	if !t.frozen(old) && t.rewrite(ref, row, old, now, value) {
		return
	}
	s.slots[pos] = makeSlot(h, t.addDirty(now, key, value)) | slotUsed
	t.unlink(ref, old)
}

// rewrite changes a row in place if its block is what the new value would get.
// It reports whether it did.
func (t *Table) rewrite(ref uint32, row []byte, old, now header, value []byte) bool {
	k, v, end := rowBounds(row)
	size := end
	if end-v != len(value) {
		size = v + len(value)
		if blockSize(end) != blockSize(size) || uvarintLen(end-v) != uvarintLen(len(value)) || size > chunkMax/4 {
			return false
		}
		putUvarintAt(row[k-uvarintLen(len(value)):], len(value))
	}
	setRowHeader(row, now)
	copy(row[v:], value)
	t.rewritten(ref, old, end, size)
	return true
}

// rewritten notes that a row was changed in place.
func (t *Table) rewritten(ref uint32, old header, was, is int) {
	if old.gen() == t.cur {
		t.dirtyBytes += int64(is - was)
		return
	}
	t.noteDirty(ref, is)
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
	t.prepare(key)
	h := spread(hash)
	s, pos, row := t.find(h, key)
	if row != nil {
		if !rowHeader(row).tomb() {
			t.remove(h, s, pos, row, key)
		}
		return
	}
	if !t.resident && t.coldHas(key) {
		t.index.insert(h, t.addDirty(makeHeader(t.cur, flagTomb|flagBase), key, nil))
		t.rows--
	}
}

// remove deletes the live row at pos.
func (t *Table) remove(h uint32, s *segment, pos uint32, row, key []byte) {
	old, ref := rowHeader(row), uint32(s.slots[pos])
	t.rows--
	if !old.base(t.cur) || (!t.resident && old.gen() == t.cur && !t.unsettled() && !t.coldHas(key)) {
		s.remove(pos)
		t.unlink(ref, old)
		return
	}
	tomb := makeHeader(t.cur, flagTomb|flagBase)
	if t.frozen(old) {
		s.slots[pos] = makeSlot(h, t.addDirty(tomb, key, nil)) | slotUsed
		t.unlink(ref, old)
		return
	}
	setRowHeader(row, tomb)
	end := rowEnd(row)
	t.rewritten(ref, old, end, end)
}

// addDirty allocates a row changed in this generation.
func (t *Table) addDirty(h header, key, value []byte) uint32 {
	n := rowLen(len(key), len(value))
	ref, b := t.arena.alloc(n)
	appendRow(b[:0], h, key, value)
	t.noteDirty(ref, n)
	return ref
}

func (t *Table) noteDirty(ref uint32, n int) {
	if t.arena.mark(ref) {
		t.dirtyRows++
		t.dirtyBytes += int64(n)
	}
}

// unlink gives up a row that no slot points to any more.
func (t *Table) unlink(ref uint32, old header) {
	if t.frozen(old) {
		t.limbo.push(place{t.arena.chunks[ref>>16].serial, ref})
		return
	}
	end := rowEnd(t.arena.block(ref))
	if t.arena.unmark(ref) {
		t.dirtyRows--
		t.dirtyBytes -= int64(end)
	}
	t.arena.release(ref, end)
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
			k, v, end := rowBounds(b)
			if rowHeader(b).tomb() || t.expired(b[k:v]) {
				continue
			}
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

// Bytes returns the memory that the table occupies, free blocks included.
func (t *Table) Bytes() int64 {
	return t.arena.bytes + t.index.bytes + t.arena.held + int64(8*cap(t.limbo.items)) + 512
}

// dirtySize returns the bytes that no eviction can free before a commit.
func (t *Table) dirtySize() int64 { return t.dirtyBytes + t.frozenBytes }
