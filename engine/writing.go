package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// writing is a statement that changes data, under a catalog: itself, or in its WITH
// clause. All its parts read what was there before the first of them.
type writing struct {
	s      *Session
	c      *catalog.Catalog
	params []row.Datum
	opts   bind.Options
	ectx   *expr.Context
	deltas map[uint32]row.Delta
}

func (s *Session) newWriting(c *catalog.Catalog, p *Prepared, params []row.Datum) *writing {
	opts := s.bindOptions(c, p.params)
	opts.MayChange = true
	return &writing{s: s, c: c, params: params, opts: opts, ectx: s.evalContext(c, params), deltas: map[uint32]row.Delta{}}
}

// statement finds the rows to retract and to add, and what the statement shows.
func (w *writing) statement(ctx context.Context, p *Prepared) (*Rows, map[uint32]row.Delta, error) {
	defer func() { w.s.returned = nil }()
	if sel, ok := p.st.AST.(*ast.Select); ok {
		q, err := bind.Query(sel, w.opts)
		if err != nil {
			return nil, nil, err
		}
		if err := w.prepare(ctx, q, nil); err != nil {
			return nil, nil, err
		}
		b, err := w.run(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		return oneBatch(p.columns, b, "SELECT "+strconv.FormatInt(b.Total(), 10)), w.deltas, nil
	}
	bound, err := bind.Write(p.st.AST, w.opts)
	if err != nil {
		return nil, nil, err
	}
	if err := w.prepare(ctx, bound.Query, bound); err != nil {
		return nil, nil, err
	}
	shown, n, err := w.change(ctx, bound)
	if err != nil {
		return nil, nil, err
	}
	tag := fmt.Sprintf("%s %d", ast.Command(p.st.AST), n)
	if bound.Kind == planner.WriteInsert {
		tag = fmt.Sprintf("INSERT 0 %d", n)
	}
	rows := done(tag)
	if bound.Shown() != nil {
		rows = oneBatch(p.columns, shown, tag)
	}
	return rows, w.deltas, nil
}

// prepare runs what goes before a statement's own query: the changes in its WITH
// clause, and the queries inside that lock rows. change is nil for a query.
func (w *writing) prepare(ctx context.Context, q *planner.Query, change *planner.Write) error {
	if len(q.Changes)+len(q.Locking) > 0 || change != nil && change.Conflict != nil {
		rels := relationsOf(q)
		if change != nil {
			rels = append(rels, relationsOfWrite(change)...)
		}
		if _, err := w.s.snapshotFor(ctx, rels); err != nil {
			return err
		}
	}
	for _, c := range q.Changes {
		if err := w.s.lockInside(ctx, w.c, c.Write.Query, w.params); err != nil {
			return err
		}
		b, _, err := w.change(ctx, c.Write)
		if err != nil {
			return err
		}
		if w.s.returned == nil {
			w.s.returned = map[uint32]*row.Batch{}
		}
		w.s.returned[c.Rel.ID] = b
	}
	return w.s.lockInside(ctx, w.c, q, w.params)
}

func (w *writing) run(ctx context.Context, q *planner.Query) (*row.Batch, error) {
	plan, err := w.s.finishPlan(q, w.opts.Context, w.params)
	if err != nil {
		return nil, err
	}
	return w.s.readRows(ctx, plan, w.params)
}

// change adds what one data change does to the deltas, and gives what its RETURNING
// shows, and of how many rows.
func (w *writing) change(ctx context.Context, c *planner.Write) (shown *row.Batch, n int64, err error) {
	b, err := w.run(ctx, c.Query)
	if err != nil {
		return nil, 0, err
	}
	var delta *row.Batch
	if c.Conflict == nil {
		delta, n, err = table.Change(c, b, w.opts, w.ectx)
		shown = b.Project(allColumns(len(b.Cols))[c.Old+c.New:])
	} else {
		delta, n, shown, err = w.upsert(ctx, c, b)
	}
	if err != nil || delta == nil {
		return shown, n, err
	}
	if table.ChangesTwice(w.deltas[c.Rel.ID], delta) {
		return nil, 0, pgerr.New(pgerr.FeatureNotSupported, "a row of %q is changed by two parts of the statement", c.Rel.Name)
	}
	w.deltas[c.Rel.ID] = append(w.deltas[c.Rel.ID], delta)
	return shown, n, nil
}

func (w *writing) upsert(ctx context.Context, c *planner.Write, b *row.Batch) (delta *row.Batch, n int64, shown *row.Batch, err error) {
	st := w.s.tx.st
	o, err := st.Table(c.Rel.ID)
	if err != nil {
		return nil, 0, nil, err
	}
	there, err := table.NewExisting(st, o, w.s.tx.writes[o.OID], c.Conflict.Arbiters)
	if err != nil {
		return nil, 0, nil, err
	}
	run := func(q *planner.Query) (*row.Batch, error) { return w.run(ctx, q) }
	delta, n, shown, err = table.Upsert(c, b, there, w.opts, w.ectx, run)
	if err == nil {
		err = st.readError(there.Read()...)
	}
	return delta, n, shown, err
}

// relationsOf lists all that a query reads, and what is run for it reads and changes.
func relationsOf(q *planner.Query) []uint32 {
	out := scanned(q)
	for _, in := range q.Locking {
		out = append(out, relationsOf(in)...)
	}
	for _, c := range q.Changes {
		out = append(out, relationsOfWrite(c.Write)...)
	}
	return out
}

func relationsOfWrite(w *planner.Write) []uint32 {
	out := append(relationsOf(w.Query), w.Rel.ID)
	if w.Conflict != nil && w.Conflict.Query != nil {
		out = append(out, relationsOf(w.Conflict.Query)...)
	}
	return out
}
