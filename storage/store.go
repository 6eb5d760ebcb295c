package storage

import (
	"encoding/binary"
	"sync/atomic"
)

// ArrID names an arrangement. 0 is the catalog's own. An ID is never used
// again after its arrangement was dropped.
type ArrID uint32

// store is what a Tree and a Table have in common: a place on disk, the
// generation being written, and how much of the state is in memory.
type store struct {
	db     *DB // nil for a throw-away store, whose changes nobody commits
	id     ArrID
	shard  uint16
	prefix [prefixLen]byte

	cur  uint32 // the generation being written
	done uint32 // the last generation known to be on disk

	ready    bool // the first use has happened
	resident bool // every row is in memory
	drop     bool // the arrangement was dropped: nothing is committed any more

	used      bool  // since the last Balance
	idle      int   // how many Balances found it unused
	coldReads int64 // since it was last tried to load it whole
	noted     int64 // of them, those that the statistics have
	users     *atomic.Int64
	stats     *storeStats
	cold      coldCursor
	pinned    *coldView // of a fork
}

func memStore() store { return store{cur: 1, ready: true, resident: true} }

// frozen reports whether a row belongs to a generation that a commit is
// writing or has failed to write: then somebody else may be reading it.
func (s *store) frozen(h header) bool {
	g := h.gen()
	return g > s.done && g < s.cur
}

// seen is the state on disk that the store's memory lies in front of.
func (s *store) seen() *coldView {
	if s.pinned != nil {
		return s.pinned
	}
	return s.db.view
}

// unsettled reports whether a commit is under way whose rows may or may not be
// on disk already.
func (s *store) unsettled() bool { return s.db != nil && s.db.inFlight != nil }

// prefixLen is the length of [arrangement, 4 bytes BE][shard, 2 bytes BE].
const prefixLen = 6

func makePrefix(id ArrID, shard uint16) (p [prefixLen]byte) {
	binary.BigEndian.PutUint32(p[:], uint32(id))
	binary.BigEndian.PutUint16(p[4:], shard)
	return p
}
