package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/scan"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// scanObject reads the rows of a stored object as of an epoch, in batches of all
// columns. Batches belong to fn.
func scanObject(st *state, o *catalog.Object, fn func(*row.Batch) error) error {
	if o.Stopped != "" {
		return stoppedObject(o)
	}
	rows, _ := rowsOf(st, o, 0, allColumns(len(o.Columns)))
	if err := rows.Each(fn); err != nil {
		return err
	}
	return st.readError(o.Output)
}

// rowsOf are columns of a stored object's rows as of an epoch, in one of its orders,
// and the arrangement that they are in.
func rowsOf(st *state, o *catalog.Object, order int, cols []int) (*scan.Rows, storage.ArrID) {
	layout, from := o.Placed(order)
	return &scan.Rows{Trees: st.trees[from], Layout: layout, Decoder: layout.Decoder(cols), Types: scan.Choose(o.Types(), cols), BatchRows: row.BatchRows}, from
}

// readError is the first error of reading any of the arrangements, for good: a row
// that cannot be read looks as if it were not there, so no read of them can be
// trusted any more. Without arrangements it is the first of any.
func (st *state) readError(ids ...storage.ArrID) error { return st.db.readError(ids...) }

func scanTree(t *storage.TreeSnapshot, lo, hi []byte, fn func(*storage.Iter) error) error {
	it := t.Scan(lo, hi)
	defer it.Close()
	for it.Next() {
		if err := fn(it); err != nil {
			return err
		}
	}
	return nil
}

func allColumns(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// readRelation reads the content of a relation in batches of all its columns, of which
// those that are not among attrs may be empty; of a stored one, what keys hold, without
// rows that are not in sieves. Batches belong to fn.
func (s *Session) readRelation(ctx context.Context, st *state, rel *planner.Relation, attrs []int, keys *peek.Keys, sieves []row.Sieve, fn func(*row.Batch) error) error {
	if t := s.db.system.Numbered(rel.ID); t != nil {
		b, err := t.Read(&SystemContext{Catalog: s.db.system.Reader(st), Session: s.info()})
		if err != nil {
			return err
		}
		return fn(b)
	}
	if rel.Kind == planner.KindChange {
		return fn(s.returned[rel.ID])
	}
	o := st.catalog.Objects[rel.ID]
	if o == nil {
		return pgerr.New(pgerr.UndefinedTable, "relation %q does not exist", rel.Name)
	}
	if o.Kind == RelSequence {
		counter, err := s.db.counter(ctx, o.OID)
		if err != nil {
			return err
		}
		b, err := counter.Row(ctx)
		if err != nil {
			return err
		}
		return fn(b)
	}
	if !o.Stored() {
		return s.readTopic(ctx, st, o, attrs, fn)
	}
	if lo, hi, ok := keys.Range(); ok {
		if o.Stopped != "" {
			return stoppedObject(o)
		}
		if attrs == nil {
			attrs = []int{} // none is not all
		}
		rows, from := rowsOf(st, o, keys.Order(), attrs)
		rows.Lo, rows.Hi, rows.Sieves = lo, hi, sieves
		if err := rows.Beside(ctx, func(b *row.Batch) error { return fn(scan.Widened(b, o.Types(), attrs)) }); err != nil {
			return err
		}
		if err := st.readError(from); err != nil {
			return err
		}
	}
	if s.tx == nil {
		return nil
	}
	for _, b := range s.tx.writes[o.OID] {
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}
