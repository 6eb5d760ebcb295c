package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tarndb/tarn/storage"
)

// state is one epoch as readers see it: the catalog, the rows of every stored
// collection, and the prefix P(e) of the inputs that explains them. It is
// immutable and counted: who holds a reference may read, and must release it.
type state struct {
	epoch   uint64
	clock   int64 // of the epoch, microseconds since 2000-01-01
	catalog *catalog
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

// acquire gives the newest epoch that is complete when it is called. Snapshots
// are taken only when somebody asks: without readers the epochs cost no copies.
// Once the epochs have stopped it is the last one that was published.
func (db *Database) acquire(ctx context.Context) (*state, error) {
	for {
		st := db.current.Load()
		if (st.epoch >= db.epoch.Load() || db.problem.Load() != nil) && st.retain() {
			return st, nil
		}
		done := make(chan struct{})
		select {
		case db.snapshots <- done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-db.stopped:
			return nil, errShutdown()
		}
		select {
		case <-done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-db.stopped:
			return nil, errShutdown()
		}
	}
}

// publish makes the state of the last epoch readable. It belongs to the loop.
func (db *Database) publish() {
	if db.halted != nil {
		return
	}
	st := &state{
		db:      db,
		epoch:   db.epoch.Load(),
		clock:   db.clock,
		catalog: db.catalog,
		trees:   map[storage.ArrID][]*storage.TreeSnapshot{},
		offsets: map[uint32]map[int32]int64{},
		starts:  map[uint32]map[int32]int64{},

		startLevels: map[uint32]map[int32]int64{}, waterlines: map[uint32]int64{},
		idle:     map[uint32]bool{},
		resolved: map[uint32]bool{},
		holding:  map[uint32]bool{},
		sources:  maps.Clone(db.sources),
	}
	st.refs.Store(1)
	for _, id := range db.flow.readable() {
		shards := make([]*storage.TreeSnapshot, db.shards)
		for s := range shards {
			shards[s] = db.store.Tree(id, s).Snapshot()
		}
		st.trees[id] = shards
	}
	st.trees[errorsArr] = []*storage.TreeSnapshot{db.store.Tree(errorsArr, 0).Snapshot()}
	for oid, s := range db.sources {
		st.offsets[oid], st.starts[oid] = maps.Clone(s.offsets), maps.Clone(s.starts)
		st.resolved[oid] = s.resolved
		if s.obj.Waterline != nil {
			st.startLevels[oid], st.waterlines[oid] = maps.Clone(s.levels.start), s.levels.mark
		}
		if _, live := db.flow.wanted(oid); !live {
			st.idle[oid] = true
		}
		if s.reader.Held() {
			st.holding[oid] = true
		}
	}
	db.states.add(st)
	if old := db.current.Swap(st); old != nil {
		old.release()
	}
}
