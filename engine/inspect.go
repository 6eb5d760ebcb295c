package engine

import (
	"context"
	"maps"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// What checkers of the engine may look at beside its SQL.

// Meaning is what a materialized view must hold.
type Meaning struct {
	Schema, Name string
	Query        *planner.Query // bound anew; neither decorrelated nor optimized
	Context      *expr.Context  // what its expressions are evaluated in
	Problem      error          // why the view has stopped; nil while it runs
}

// Meanings lists the materialized views as of the transaction's epoch, those
// that others read before their readers.
func (s *Session) Meanings(ctx context.Context) ([]Meaning, error) {
	st, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var out []Meaning
	for _, o := range st.catalog.Ordered() {
		if o.Kind != RelMatView {
			continue
		}
		var problem error
		if o.Stopped != "" {
			problem = stoppedObject(o)
		}
		q, vctx, err := s.db.bindView(st.catalog, o, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, Meaning{Schema: o.Schema, Name: o.Name, Query: q, Context: vctx, Problem: problem})
	}
	return out, nil
}

// Reached is how far the epochs have come in the topics of the sources that are
// being read: by the source's name, the offset to go on from of each partition
// that was met. Reads from then on see no older epoch.
func (db *Database) Reached(ctx context.Context) (map[string]map[int32]int64, error) {
	out := map[string]map[int32]int64{}
	err := db.do(ctx, func() error {
		db.readers.heard.Store(db.epoch.Load())
		for oid, s := range db.sources {
			if _, live := db.flow.Wanted(db.catalog.Objects[oid]); live {
				out[s.obj.Name] = maps.Clone(s.offsets)
			}
		}
		return nil
	})
	return out, err
}

// Checkpoint makes the epoch of now durable, after which tarn.arrangements
// counts what is in it.
func (db *Database) Checkpoint(ctx context.Context) error { return db.makeDurable(ctx) }
