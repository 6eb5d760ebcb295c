package engine

import (
	"context"
	"fmt"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// writeRetries is how often an UPDATE or DELETE outside a block is computed
// anew when another transaction has changed its rows in between.
const writeRetries = 100

func (s *Session) bindDML(p *Prepared) error {
	w, err := bind.Write(p.st.AST, s.bindOptions(p.catalog, p.given))
	if err != nil {
		return err
	}
	p.params = w.Query.Params
	if shown := w.Shown(); shown != nil {
		p.columns = resultColumns(shown)
	}
	return nil
}

// runDML runs INSERT, UPDATE, DELETE or TRUNCATE. In a transaction block the changes wait
// for COMMIT, and among several statements of one text for the last: the reads
// up to there see them.
func (s *Session) runDML(ctx context.Context, p *Prepared, params []row.Datum) (*Rows, error) {
	if err := s.checkWrite(ast.Command(p.st.AST)); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		c, err := s.currentCatalog(ctx)
		if err != nil {
			return nil, err
		}
		var rows *Rows
		var deltas map[uint32]row.Delta
		if n, ok := p.st.AST.(*ast.Truncate); ok {
			rows, deltas, err = s.computeTruncate(ctx, c, n)
		} else {
			rows, deltas, err = s.computeWrite(ctx, c, p, params)
		}
		if err != nil {
			return nil, err
		}
		tx := s.open()
		alone := s.alone && !tx.block && len(tx.writes) == 0
		if !alone {
			if err := s.admitInBlock(ctx, deltas); err != nil {
				return nil, err
			}
		}
		if err := tx.add(ctx, c, deltas); err != nil {
			if alone {
				tx.forget()
				tx.mem.release()
			}
			return nil, err
		}
		if !alone {
			return rows, nil
		}
		err = s.flush(ctx)
		if err == nil {
			return rows, nil
		}
		if !overtaken(p.st.AST, err) || try >= writeRetries || ctx.Err() != nil {
			return nil, err
		}
	}
}

// overtaken reports that another transaction has changed what a statement was
// computed from: a row, or, with ON CONFLICT, a key that was not there.
func overtaken(st ast.Statement, err error) bool {
	n, ok := st.(*ast.Insert)
	return pgerr.Code(err) == pgerr.SerializationFailure ||
		ok && n.OnConflict != nil && pgerr.Code(err) == pgerr.UniqueViolation
}

// computeWrite finds the rows to retract and to add, and what RETURNING shows.
func (s *Session) computeWrite(ctx context.Context, c *catalog.Catalog, p *Prepared, params []row.Datum) (*Rows, map[uint32]row.Delta, error) {
	opts := s.bindOptions(c, p.params)
	w, err := bind.Write(p.st.AST, opts)
	if err != nil {
		return nil, nil, err
	}
	if w.Conflict != nil {
		if err := s.snapshotOfAll(ctx, w); err != nil {
			return nil, nil, err
		}
	}
	if err := s.lockInside(ctx, c, w.Query, params); err != nil {
		return nil, nil, err
	}
	run := func(q *planner.Query) (*row.Batch, error) {
		plan, err := s.finishPlan(q, opts.Context, params)
		if err != nil {
			return nil, err
		}
		return s.readRows(ctx, plan, params)
	}
	b, err := run(w.Query)
	if err != nil {
		return nil, nil, err
	}
	var delta, shown *row.Batch
	var n int64
	ectx := s.evalContext(c, params)
	if w.Conflict == nil {
		delta, n, err = table.Change(w, b, opts, ectx)
		shown = b.Project(allColumns(len(b.Cols))[w.Old+w.New:])
	} else {
		st := s.tx.st
		o, err := st.Table(w.Rel.ID)
		if err != nil {
			return nil, nil, err
		}
		there, err := table.NewExisting(st, o, s.tx.writes[o.OID], w.Conflict.Arbiters)
		if err != nil {
			return nil, nil, err
		}
		delta, n, shown, err = table.Upsert(w, b, there, opts, ectx, run)
		if err == nil {
			err = st.readError(there.Read()...)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err != nil {
		return nil, nil, err
	}
	tag := fmt.Sprintf("%s %d", ast.Command(p.st.AST), n)
	if w.Kind == planner.WriteInsert {
		tag = fmt.Sprintf("INSERT 0 %d", n)
	}
	rows := done(tag)
	if w.Shown() != nil {
		rows = oneBatch(p.columns, shown, tag)
	}
	if delta == nil {
		return rows, nil, nil
	}
	return rows, map[uint32]row.Delta{w.Rel.ID: {delta}}, nil
}

// snapshotOfAll pins an epoch that has all that an INSERT with ON CONFLICT reads:
// several queries, and the table itself.
func (s *Session) snapshotOfAll(ctx context.Context, w *planner.Write) error {
	rels := append(scanned(w.Query), w.Rel.ID)
	if q := w.Conflict.Query; q != nil {
		rels = append(rels, scanned(q)...)
	}
	_, err := s.snapshotFor(ctx, rels)
	return err
}
