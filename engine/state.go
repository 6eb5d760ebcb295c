package engine

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/storage"
)

// state is one epoch as readers see it: the catalog, the rows of every stored
// collection, and the prefix P(e) of the inputs that explains them. It is
// immutable and counted: who holds a reference may read, and must release it.
//
// A state that was published for readers of some relations has the trees of
// those alone, and no offsets; the others are whole.
type state struct {
	epoch   uint64
	clock   int64 // of the epoch, microseconds since 2000-01-01
	whole   bool
	passed  atomic.Int64 // when a newer epoch was complete, by Database.since; 0: it is the newest
	catalog *catalog.Catalog
	trees   map[storage.ArrID][]*storage.TreeSnapshot // per shard
	offsets map[uint32]map[int32]int64                // by source
	starts  map[uint32]map[int32]int64                // where each partition began, by source
	idle    map[uint32]bool                           // sources that no view reads
	// by source that has a waterline: where partitions that joined begin, and it
	startLevels map[uint32]map[int32]int64
	waterlines  map[uint32]int64
	// sources whose starts are fixed
	resolved map[uint32]bool
	holding  map[uint32]bool // sources that have not caught up after a restart
	sources  map[uint32]*source
	db       *Database
	refs     atomic.Int64
}

// stateRegistry is the states that are not released yet, so that a session that
// sits in a transaction block does not keep the directory open.
type stateRegistry struct {
	mu  sync.Mutex
	all map[*state]bool
}

func (r *stateRegistry) add(st *state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*state]bool{}
	}
	r.all[st] = true
}

// drop releases the snapshots of a state, once.
func (r *stateRegistry) drop(st *state) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.all[st] {
		return
	}
	delete(r.all, st)
	for _, shards := range st.trees {
		for _, t := range shards {
			t.Release()
		}
	}
}

// releaseAll releases all of them: nobody reads any more.
func (r *stateRegistry) releaseAll() {
	r.mu.Lock()
	left := slices.Collect(maps.Keys(r.all))
	r.mu.Unlock()
	for _, st := range left {
		r.drop(st)
	}
}

// retain takes a reference; false when the state is already gone.
func (st *state) retain() bool {
	for {
		n := st.refs.Load()
		if n == 0 {
			return false
		}
		if st.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (st *state) release() {
	if st.refs.Add(-1) == 0 {
		st.db.states.drop(st)
	}
}

// answers reports that the state has what a read of the relations needs; nil
// stands for all that there is.
func (st *state) answers(rels []uint32) bool {
	if st.whole {
		return true
	}
	for _, oid := range rels {
		o := st.catalog.Objects[oid]
		if o == nil || st.trees[o.Output] == nil {
			return false
		}
	}
	return rels != nil
}

// publish makes the state of the last epoch readable, whole. It belongs to the loop.
func (db *Database) publish() { db.publishState(true) }

func (db *Database) publishState(whole bool) {
	if db.halted != nil {
		return
	}
	st := &state{
		db:      db,
		epoch:   db.epoch.Load(),
		clock:   db.clock,
		whole:   whole,
		catalog: db.catalog,
		trees:   map[storage.ArrID][]*storage.TreeSnapshot{},
		holding: map[uint32]bool{},
		sources: maps.Clone(db.sources),
	}
	st.refs.Store(1)
	now := db.since()
	for oid := range db.flow.Objects() {
		o := db.catalog.Objects[oid]
		if o == nil || !o.Stored() || !whole && now-o.Read.Load() > readersStay {
			continue
		}
		st.trees[o.Output] = db.snapshotsOf(o.Output)
		for i := range o.Indexes {
			st.trees[o.Indexes[i].Rows] = db.snapshotsOf(o.Indexes[i].Rows)
		}
	}
	st.trees[failure.Arr] = []*storage.TreeSnapshot{db.store.Tree(failure.Arr, 0).Snapshot()}
	for oid, s := range db.sources {
		if s.reader.Held() {
			st.holding[oid] = true
		}
	}
	if whole {
		db.publishOffsets(st)
	}
	db.readers.published = now
	db.states.add(st)
	if old := db.current.Swap(st); old != nil {
		old.release()
	}
}

func (db *Database) snapshotsOf(id storage.ArrID) []*storage.TreeSnapshot {
	shards := make([]*storage.TreeSnapshot, db.shards)
	for s := range shards {
		shards[s] = db.store.Tree(id, s).Snapshot()
	}
	return shards
}

// publishOffsets adds what a whole state knows of the sources.
func (db *Database) publishOffsets(st *state) {
	st.offsets, st.starts = map[uint32]map[int32]int64{}, map[uint32]map[int32]int64{}
	st.idle, st.resolved = map[uint32]bool{}, map[uint32]bool{}
	st.startLevels, st.waterlines = map[uint32]map[int32]int64{}, map[uint32]int64{}
	for oid, s := range db.sources {
		st.offsets[oid], st.starts[oid] = maps.Clone(s.offsets), maps.Clone(s.starts)
		st.resolved[oid] = s.resolved
		if s.obj.Waterline != nil {
			st.startLevels[oid], st.waterlines[oid] = maps.Clone(s.levels.Start), s.levels.Mark
		}
		if _, live := db.flow.Wanted(db.catalog.Objects[oid]); !live {
			st.idle[oid] = true
		}
	}
}
