package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/system"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// A transaction block's writes wait for COMMIT, but a key that stands twice is
// the fault of the statement that brings it, as in PostgreSQL: each statement's
// changes are admitted over the epoch that the block reads and the block's
// earlier writes. COMMIT checks once more, against what others have done since.

// admitInBlock checks the changes of one statement of a block.
func (s *Session) admitInBlock(ctx context.Context, deltas map[uint32]row.Delta) error {
	st, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	if !st.whole {
		return s.db.haltedNow()
	}
	tx := s.tx
	if !tx.check.Over(st) {
		check := table.NewAdmission(st)
		if err := check.Admit(tx.writes); err != nil {
			return err
		}
		tx.check = check
	}
	return tx.check.Admit(deltas)
}

var _ table.Snapshot = (*state)(nil)

// Table implements table.Snapshot.
func (st *state) Table(oid uint32) (*catalog.Object, error) {
	o := st.catalog.Objects[oid]
	if o == nil || o.Kind != RelTable && o.Kind != RelSequence {
		return nil, pgerr.New(pgerr.UndefinedTable, "table with OID %d does not exist", oid)
	}
	if o.Stopped != "" {
		return nil, stoppedObject(o)
	}
	return o, nil
}

// Trees implements table.Snapshot.
func (st *state) Trees(id storage.ArrID) []*storage.TreeSnapshot { return st.trees[id] }

var _ system.Epoch = (*state)(nil)

// Names implements system.Epoch.
func (st *state) Names() *catalog.Catalog { return st.catalog }

// Count implements system.Epoch.
func (st *state) Count(o *catalog.Object) int64 {
	n := int64(0)
	for _, t := range st.trees[o.Output] {
		n += int64(t.Len())
	}
	return n
}
