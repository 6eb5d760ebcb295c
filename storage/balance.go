package storage

import (
	"slices"
	"time"
)

// hotStore is what the controller needs of a store. The methods are called
// between steps, whether or not a commit is under way.
type hotStore interface {
	// Bytes returns the memory that the store holds, free room included.
	Bytes() int64
	// dirtySize returns about how much of it only a commit can make free.
	dirtySize() int64
	// evictSome frees about want bytes of clean rows, those not used lately
	// first, and returns how many. It looks at a bounded part of the store: 0
	// may mean no more than that this part was in use.
	evictSome(want int64) (freed int64)
	// loadSome reads about so many bytes of what memory lacks, where it left
	// off, and reports whether all is in memory.
	loadSome(want int64) (done bool)
}

const (
	// How long Balance may always work; and the part of the time since it last ended
	// that it may take, and that it may take when state is far over its limit: long
	// steps bring much into memory.
	balanceTime  = time.Millisecond
	balanceShare = 8
	urgentShare  = 2
	longStep     = 100 * time.Millisecond
	// evictMost and loadMost bound what one call of a store does.
	evictMost = 256 << 10
	loadMost  = 128 << 10
	// loadReads is how many reads from disk make a store worth loading, and
	// the time of one in bytes loaded.
	loadReads = 64
)

// hot is a store as the controller knows it.
type hot struct {
	*store
	hotStore
}

// balancer is what Balance remembers from one time to the next.
type balancer struct {
	stores []hot
	stale  bool      // a store was added or dropped
	hand   int       // the store to evict from next
	ended  time.Time // the last Balance
}

// Balance keeps state within the limit, between steps: it evicts rows that are
// on disk and were not used lately, a bounded number each time, and while there
// is room it loads stores that are read from disk a lot. The engine calls it
// between any two steps; Freeze calls it too. It reports that it loaded something:
// who has nothing else to do may call it again at once.
func (d *DB) Balance() (loaded bool) {
	b := &d.balancer
	defer func() { b.ended = time.Now() }()
	d.listStores()
	var state, dirty int64
	for _, s := range b.stores {
		state += s.Bytes()
		if s.pinned == nil {
			dirty += s.dirtySize()
		}
	}
	m := &d.memory
	m.state.Store(state)
	m.dirty.Store(dirty)
	over := -(m.room() - m.wanted.Swap(0))
	if over <= 0 {
		return d.loadBack()
	}
	// Somewhat below the limit, or the next step would be here again.
	freed := d.evict(over+m.soft()/64, over > m.soft()/8)
	m.state.Add(-freed)
	return false
}

func (d *DB) listStores() {
	b := &d.balancer
	d.mu.Lock()
	defer d.mu.Unlock()
	if !b.stale {
		return
	}
	b.stale = false
	b.stores = b.stores[:0]
	for _, t := range d.trees {
		b.stores = append(b.stores, hot{&t.store, t})
	}
	for t := range d.forks {
		b.stores = append(b.stores, hot{&t.store, t})
	}
	for _, t := range d.tables {
		b.stores = append(b.stores, hot{&t.store, t})
	}
	slices.SortFunc(b.stores, func(x, y hot) int { return slices.Compare(x.prefix[:], y.prefix[:]) })
}

// evict goes round the stores, each of which gives in proportion to its size.
func (d *DB) evict(want int64, urgent bool) (freed int64) {
	b := &d.balancer
	began := time.Now()
	since := min(longStep, began.Sub(b.ended))
	limit := max(balanceTime, since/balanceShare)
	if urgent {
		limit = max(4*balanceTime, since/urgentShare)
	}
	state := max(1, d.memory.state.Load())
	for vain, calls := 0, 0; vain < 3*len(b.stores) && freed < want; vain++ {
		b.hand = (b.hand + 1) % len(b.stores)
		s := b.stores[b.hand]
		size := s.Bytes()
		if !s.ready || size-s.dirtySize() < size/16 {
			continue
		}
		share := int64(float64(want) * float64(size) / float64(state))
		if n := s.evictSome(min(evictMost, max(share, 16<<10))); n > 0 {
			freed += n
			vain = -1
		}
		if calls++; calls >= 4 && time.Since(began) > limit {
			break
		}
	}
	return freed
}

// loadBack reads a part of the store that was read from disk most, if there is one.
func (d *DB) loadBack() bool {
	var best *hot
	for i := range d.balancer.stores {
		s := &d.balancer.stores[i]
		if !s.ready || s.resident || s.pinned != nil || s.coldReads < loadReads && s.coldReads*loadMost < s.stats.coldBytes.Load() {
			continue
		}
		if best == nil || s.coldReads > best.coldReads {
			best = s
		}
	}
	if best == nil {
		return false
	}
	// Loading must leave room, or the next rows would push out what it loads.
	if room := d.memory.room(); d.memory.limit > 0 && best.stats.coldBytes.Load() > room-d.memory.soft()/8 {
		return false
	}
	if best.loadSome(loadMost) {
		best.stats.noteReads(best.store)
		best.coldReads, best.noted = 0, 0
		best.cold.drop(d)
	}
	return true
}

// Memory returns the account of the process's memory.
func (d *DB) Memory() *Memory { return &d.memory }

// dirtyWithoutLimit is how much may change between two commits of a process
// without a memory limit.
const dirtyWithoutLimit = 512 << 20

// WantsCommit reports that so much has changed since the last commit that the
// next one should not wait for its time.
func (d *DB) WantsCommit() bool {
	m := &d.memory
	if m.limit == 0 {
		return m.dirty.Load() > dirtyWithoutLimit
	}
	return m.dirty.Load() > max(0, m.soft()-m.others())/4
}

// Full reports that memory is used up and that eviction cannot help before a
// commit does: no more rows should be taken in.
func (d *DB) Full() bool {
	m := &d.memory
	return m.limit > 0 && m.others()+m.state.Load() > m.limit && m.dirty.Load()*2 > m.state.Load()
}
