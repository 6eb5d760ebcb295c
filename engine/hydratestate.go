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

type hydrationEnv struct{ h *hydration }

var _ build.Env = hydrationEnv{}

func (e hydrationEnv) Input(rel *planner.Relation, _ []int) (operators.NodeID, error) {
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
		e.h.stores.Fork[id] = true
		return id
	}
	for _, s := range e.h.obj.States {
		if s.First == id {
			return e.h.stores.StandIn(id, s.N)
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
	if id >= l.h.plan.catalog.NextArr || !l.h.db.flow.Shared(op.Fingerprint) {
		return -1
	}
	n := int64(0)
	for shard := range l.h.db.shards {
		n += int64(l.h.db.store.Tree(id, shard).Len())
	}
	return n
}
