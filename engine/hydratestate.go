package engine

import (
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// The state of a hydration: stores of its own; of arrangements that are live and
// that it needs full, forks; of the other live ones, copies.

// ownedStores gives the hydrating circuit its stores and remembers which.
type ownedStores struct {
	operators.Stores
	used map[storage.ArrID]bool
	copy map[storage.ArrID]storage.ArrID // what stands in for arrangements that are live
	next storage.ArrID
	fork map[storage.ArrID]bool // arrangements that are live, and taken as they are
	made []*storage.Tree        // the forks
}

// Tree implements operators.Stores.
func (s *ownedStores) Tree(id storage.ArrID, shard int) *storage.Tree {
	if s.fork[id] {
		t := s.Stores.Tree(id, shard).Fork()
		s.made = append(s.made, t)
		return t
	}
	s.used[id] = true
	return s.Stores.Tree(id, shard)
}

// Table implements operators.Stores.
func (s *ownedStores) Table(id storage.ArrID, shard int) *storage.Table {
	s.used[id] = true
	return s.Stores.Table(id, shard)
}

// standIn is the first of n numbers for a copy of live arrangements: a hydration
// needs them as of its own epoch.
func (s *ownedStores) standIn(id storage.ArrID, n int) storage.ArrID {
	if _, ok := s.copy[id]; !ok {
		s.copy[id] = s.next
		s.next += storage.ArrID(n)
	}
	return s.copy[id]
}

type hydrationEnv struct{ h *hydration }

var _ build.Env = hydrationEnv{}

func (e hydrationEnv) Input(rel *planner.Relation) (operators.NodeID, error) {
	return e.h.inputs[rel.ID], nil
}
func (e hydrationEnv) Shared(string) (operators.NodeID, bool) { return 0, false }
func (e hydrationEnv) Arranged(string, operators.NodeID)      {}
func (e hydrationEnv) State(op planner.OpID) storage.ArrID {
	id := e.h.obj.StateOf(op)
	if id >= e.h.plan.catalog.NextArr {
		return id
	}
	if e.h.ready[op] {
		e.h.stores.fork[id] = true
		return id
	}
	for _, s := range e.h.obj.States {
		if s.First == id {
			return e.h.stores.standIn(id, s.N)
		}
	}
	return id
}
func (e hydrationEnv) Options() operators.Options { return operators.Options{Owner: e.h.obj.Name} }
func (e hydrationEnv) Context() *expr.Context     { return e.h.plan.ctx }

// liveState is what the live circuit has of what the new view needs.
type liveState struct{ h *hydration }

func (l liveState) Stored(rel uint32) bool { return l.h.plan.catalog.Objects[rel].Stored() }

func (l liveState) Rows(op *planner.Op) int64 {
	id := l.h.obj.StateOf(op.ID)
	if id >= l.h.plan.catalog.NextArr || l.h.db.flow.shared[op.Fingerprint] == nil {
		return -1
	}
	n := int64(0)
	for shard := range l.h.db.shards {
		n += int64(l.h.db.store.Tree(id, shard).Len())
	}
	return n
}
