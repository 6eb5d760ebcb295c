package storage

import "bytes"

// The two tiers of a table. It is resident when every row is in memory, and
// spilled when memory holds what no commit has made durable yet and rows that
// were used lately; the rest is read from disk, behind what memory holds. Each
// row that was read stays, and so does the news that there is none: as a
// tombstone of generation 0.

// loadAtOnce is how many bytes on disk a store reads at its first use, rather
// than little by little.
const loadAtOnce = 32 << 10

// touch prepares a table for use.
func (t *Table) touch() {
	if t.ready {
		t.used = true
		return
	}
	t.ready, t.used = true, true
	if t.resident = t.db.bare(&t.store); t.resident {
		return
	}
	if t.stats.coldBytes.Load() <= loadAtOnce && t.db.memory.room() > loadAtOnce {
		t.loadSome(2 * loadAtOnce)
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

// bare reports that no commit ever wrote a row of this store.
func (d *DB) bare(s *store) bool {
	return s.stats.coldBytes.Load() == 0 && s.stats.coldRows.Load() == 0 && !s.stats.onDisk.Load()
}

func (s *store) coldHas(key []byte) bool {
	s.coldReads++
	_, ok := s.cold.get(s, key)
	return ok
}

func (t *Table) coldHas(key []byte) bool {
	return !t.masked(key) && t.store.coldHas(key)
}

// getCold reads a row from disk and keeps what it learns.
func (t *Table) getCold(hash uint64, key []byte) ([]byte, bool) {
	if t.masked(key) {
		return nil, false
	}
	t.coldReads++
	value, ok := t.cold.get(&t.store, key)
	if t.walking {
		return bytes.Clone(value), ok
	}
	if !ok {
		t.cacheRow(spread(hash), flagTomb, key, nil)
		return nil, false
	}
	row := t.cacheRow(spread(hash), flagBase, key, value)
	_, v, end := rowBounds(row)
	return row[v:end:end], true
}

// cacheRow adds a clean row that memory has no version of.
func (t *Table) cacheRow(h uint32, flags header, key, value []byte) []byte {
	ref, b := t.arena.alloc(rowLen(len(key), len(value)))
	appendRow(b[:0], flags, key, value)
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
		if t.masked(key) {
			continue
		}
		if _, _, row := t.find(spread(Hash(key)), key); row == nil && !fn(key, it.value()) {
			return
		}
	}
}

// tableLoad is how far reading a whole table into memory has come.
type tableLoad struct {
	begun bool
	next  []byte
}

// loadSome reads about so many bytes of what memory lacks, where it left off,
// and reports whether all is in memory. An eviction meanwhile begins it anew.
func (t *Table) loadSome(want int64) (done bool) {
	if t.resident {
		return true
	}
	if !t.load.begun {
		t.load = tableLoad{begun: true}
	}
	it := t.db.view.open(t.db, t.prefix, t.load.next, nil, &t.cold)
	if it == nil {
		return false
	}
	defer it.close()
	for it.first(false); it.valid(); it.step(false) {
		key := it.key()
		if want <= 0 {
			t.load.next = append(t.load.next[:0], key...)
			return false
		}
		want -= int64(rowLen(len(key), len(it.value())))
		if t.masked(key) {
			continue
		}
		h := spread(Hash(key))
		if _, _, row := t.find(h, key); row == nil {
			t.cacheRow(h, flagBase, key, it.value())
			t.stats.loaded.Add(1)
		}
	}
	if it.it.Error() != nil {
		return false
	}
	t.load = tableLoad{}
	t.resident = true
	t.rows = t.countLive()
	return true
}

// tidy frees a few of the rows that settled commits have left behind. Doing a
// few at each change spreads the work over the steps.
func (t *Table) tidy() {
	for range 4 {
		if t.limbo.empty() {
			break
		}
		p := t.limbo.front()
		c := &t.arena.chunks[p.ref>>16]
		if c.serial != p.serial {
			t.limbo.pop()
			continue
		}
		b := t.arena.block(p.ref)
		if rowHeader(b).gen() > t.done {
			break
		}
		t.limbo.pop()
		t.arena.release(p.ref, rowEnd(b))
	}
	for range 4 {
		if t.retired.empty() {
			return
		}
		list := t.retired.items[t.retired.head]
		t.retire(list[len(list)-1])
		if list = list[:len(list)-1]; len(list) == 0 {
			t.retired.pop()
		} else {
			t.retired.items[t.retired.head] = list
		}
	}
}

// retire frees the committed tombstones of rows with a hash.
func (t *Table) retire(h uint32) {
	if t.index.segs == nil {
		return
	}
	s := t.index.segmentOf(h)
	for i := s.home(h); s.slots[i] != 0; {
		slot := s.slots[i]
		if slotHash(slot) == h {
			b := t.arena.block(uint32(slot))
			if old := rowHeader(b); old.tomb() && !old.absent() && old.gen() <= t.done {
				s.remove(i)
				t.arena.release(uint32(slot), rowEnd(b))
				continue
			}
		}
		if i++; i == uint32(len(s.slots)) {
			i = 0
		}
	}
}
