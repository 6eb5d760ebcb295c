package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// FOR UPDATE and its kin make nobody wait. The rows go with the writes of the
// transaction: when those are put in order, what they were computed from must still
// be there, so that of two transactions of which one changes what the other one has
// locked, the later fails with 40001.

// lockRows locks what the rows of a plan were made of.
func (s *Session) lockRows(ctx context.Context, st *state, plan *queryPlan, b *row.Batch) error {
	tx := s.open()
	for _, l := range plan.iplan.Locks {
		if tx.locks == nil {
			tx.locks = table.Locks{}
		}
		n, err := tx.locks.Add(st, l.Rel.ID, b.Project(l.At))
		if err != nil {
			return err
		}
		tx.noteShape(st.catalog.Objects[l.Rel.ID])
		tx.size += n
	}
	if len(plan.iplan.Locks) == 0 {
		return nil
	}
	return tx.charge(ctx)
}

// lockInside runs the queries inside a query that lock rows.
func (s *Session) lockInside(ctx context.Context, c *catalog.Catalog, q *planner.Query, params []row.Datum) error {
	if len(q.Locks) > 0 {
		if err := s.checkWrite("SELECT " + q.Locks[0].Words); err != nil {
			return err
		}
	}
	if len(q.Locking) > 0 {
		if _, err := s.snapshotFor(ctx, relationsOf(q)); err != nil {
			return err
		}
	}
	for _, in := range q.Locking {
		if err := s.lockInside(ctx, c, in, params); err != nil {
			return err
		}
		plan, err := s.finishPlan(in, s.evalContext(c, params), params)
		if err == nil {
			_, err = s.readRows(ctx, plan, params)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
