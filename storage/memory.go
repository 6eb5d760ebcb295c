package storage

import (
	"math"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// MemKind says what memory outside of state is for.
type MemKind int

// The kinds of reservations.
const (
	BatchMemory     MemKind = iota // of the steps: queues, exchanges, outputs
	HydrationMemory                // of views being made
	SessionMemory                  // of clients: what transactions have written
	QueryMemory                    // what ad-hoc queries work on, and their results
	numMemKinds
)

// NumMemKinds is how many kinds there are.
const NumMemKinds = int(numMemKinds)

// Memory is the one account of the process's memory: state, Pebble's cache of
// blocks, and what others reserve. State gives way to everything else: what is
// clean of it is evicted between steps, by Balance. Its methods may be called
// from any goroutine.
type Memory struct {
	limit int64 // 0: none
	cache *pebble.Cache

	state, dirty atomic.Int64 // as of the last Balance
	wanted       atomic.Int64 // the most that was asked for in vain since then
	reserved     [numMemKinds]atomic.Int64
	beside       atomic.Int64 // what Measure found beside all of it
	process      overhead     // Measure's own
}

// mostGarbage is about what a step and a commit leave to the garbage collector, however
// small the limit is.
const mostGarbage = 24 << 20

// Of the limit, an eighth is room for what the garbage collector has not
// collected yet; of a small one up to a fifth.
func (m *Memory) soft() int64 {
	if m.limit == 0 {
		return math.MaxInt64
	}
	return m.limit - max(m.limit/8, min(m.limit/5, mostGarbage))
}

// programSize is about what the program itself has in memory.
const programSize = 44 << 20

// cacheSize is what Pebble's cache of blocks gets: a quarter of what the program
// leaves of the limit.
func cacheSize(limit int64) int64 {
	if limit == 0 {
		return 64 << 20
	}
	return max(1<<20, limit/8, (limit-programSize)/4)
}

// GoMemory returns the settings of the Go runtime that go with a memory limit:
// the soft limit for debug.SetMemoryLimit and the percentage for
// debug.SetGCPercent. State holds no pointers, so collections are cheap, and
// frequent ones near the limit are what keeps the process under it.
func GoMemory(limit int64) (soft int64, gcPercent int) {
	if limit == 0 {
		return math.MaxInt64, 100
	}
	soft = limit
	if cacheOffHeap {
		soft -= cacheSize(limit)
	}
	return max(soft, 16<<20), 100
}

// others is what is neither state nor free for it.
func (m *Memory) others() int64 {
	n := int64(0)
	if m.limit > 0 {
		n = cacheSize(m.limit) + m.beside.Load()
	}
	for i := range m.reserved {
		n += m.reserved[i].Load()
	}
	return n
}

// room returns how much more state there may be.
func (m *Memory) room() int64 { return m.soft() - m.others() - m.state.Load() }

// MemoryUse is where memory is, in bytes.
type MemoryUse struct {
	Limit      int64 // 0: none
	State      int64 // all stores, as of the last Balance
	StateDirty int64 // of it, what only a commit can make free
	BlockCache int64
	Reserved   [NumMemKinds]int64
	Beside     int64 // what Measure found beside all of it
	Total      int64
}

// Use returns where memory is.
func (m *Memory) Use() MemoryUse {
	u := MemoryUse{Limit: m.limit, State: m.state.Load(), StateDirty: m.dirty.Load(), BlockCache: m.cache.Size()}
	u.Beside = m.beside.Load()
	u.Total = u.State + u.BlockCache + u.Beside
	for i := range u.Reserved {
		u.Reserved[i] = m.reserved[i].Load()
		u.Total += u.Reserved[i]
	}
	return u
}

// A Reservation is memory that somebody holds outside of state. It is used by
// one goroutine at a time, and must be released.
type Reservation struct {
	m    *Memory
	kind MemKind
	n    int64
}

// Reservation returns an empty reservation.
func (m *Memory) Reservation(kind MemKind) *Reservation { return &Reservation{m: m, kind: kind} }

// Set makes the reservation n bytes, whether or not they are there: for what
// cannot wait or fail, and is bounded otherwise.
func (r *Reservation) Set(n int64) {
	r.m.reserved[r.kind].Add(n - r.n)
	r.n = n
}

// TrySet makes the reservation n bytes if the process stays under its limit
// with them, and reports whether it did: shrinking always succeeds. State that
// can be evicted counts as room once it is evicted, so who asks for little at a
// time gets more.
func (r *Reservation) TrySet(n int64) bool {
	m, more := r.m, n-r.n
	r.Set(n)
	if m.limit > 0 && more > 0 && m.others()+m.state.Load() > m.limit {
		r.Set(n - more)
		m.wanted.Store(max(m.wanted.Load(), more))
		return false
	}
	return true
}

// Release gives all of it back.
func (r *Reservation) Release() { r.Set(0) }
