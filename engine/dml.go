package engine

import (
	"context"

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
			rows, deltas, err = s.newWriting(c, p, params).statement(ctx, p)
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
