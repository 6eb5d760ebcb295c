package engine

import (
	"time"

	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// A quick read answers a prepared peek of few rows from the published epoch, on
// the caller's goroutine: nothing that it does waits for the loop or for another
// session, so it needs no context, no timer and no memory of its own. Whatever is
// not that simple is left to Execute.

// quickRows is how many rows a quick read may look at: some hundred microseconds.
const quickRows = 1024

// quickReader is a session's memory for quick reads.
type quickReader struct {
	reader peek.Reader
	ectx   expr.Context
	system sysfn.Functions
}

// Rest gives back the memory of quick reads.
func (s *Session) Rest() {
	s.quick.reader.Rest()
	s.quick = quickReader{}
}

// Quick runs a prepared statement if it is a quick read; else ok is false, nothing
// has happened, and Execute is to be called. alone is as StandAlone says. The rows
// are valid until the session's next call; there is no more to close.
func (s *Session) Quick(p *Prepared, params []row.Datum, alone bool) (rows *row.Batch, ok bool, err error) {
	plan := p.plan.Load()
	if plan == nil || !s.canPeek(plan.peek) || p.path != s.bindKey() || s.tx != nil && s.tx.failed {
		return nil, false, nil
	}
	pl := plan.peek
	if !pl.Streams() || len(pl.Prefix) == 0 && pl.Range == nil && pl.Limit == nil {
		return nil, false, nil
	}
	if !s.db.gate.Enter() {
		return nil, false, nil
	}
	defer s.db.gate.Leave()
	now := s.db.since()
	st, pinned := s.quickState(plan, alone, now)
	if st == nil {
		return nil, false, nil
	}
	if !pinned {
		defer st.release()
	}
	if st.catalog != p.catalog || len(st.holding) > 0 && st.held(plan.rels) != nil || plan.peeked.Stopped != "" {
		return nil, false, nil
	}
	s.noteQuick(p, now)
	rows, ok, err = s.quickRead(st, pl, params)
	if err != nil {
		err = located(err, p.st.Text)
	}
	return rows, ok, err
}

// quickState is the epoch to read, nil if it must be waited for. pinned says that
// the transaction holds it; else the caller must release it.
func (s *Session) quickState(plan *queryPlan, alone bool, now int64) (st *state, pinned bool) {
	rels := plan.rels
	if s.tx != nil {
		if s.tx.st != nil {
			if !s.tx.st.answers(rels) {
				return nil, false
			}
			return s.tx.st, true
		}
		alone = alone && !s.tx.block
	}
	if !alone {
		rels = nil
	}
	st = s.db.newest(now, rels)
	if st == nil || !st.retain() {
		return nil, false
	}
	s.db.mark(st.catalog, now, rels)
	if alone {
		return st, false
	}
	s.open().st = st
	return st, true
}

// noteQuick shows the statement to other sessions, as begin does.
func (s *Session) noteQuick(p *Prepared, now int64) {
	s.mu.Lock()
	s.running, s.since, s.application = p.text, s.db.started.Add(time.Duration(now)), s.derived().application
	s.mu.Unlock()
}

func (s *Session) quickRead(st *state, pl *peek.Plan, params []row.Datum) (rows *row.Batch, ok bool, err error) {
	q := &s.quick
	q.ectx.Params = params
	if pl.Computes() {
		q.system = sysfn.Functions{Session: (*caller)(s), Catalog: st.catalog}
		q.ectx.Zone, q.ectx.Forms = s.Style().Zone, s.Style().Forms
		q.ectx.System, q.ectx.Now, q.ectx.Chance = &q.system, s.now(), &s.chance
	}
	w, err := pl.Window(&q.ectx)
	if err != nil {
		return nil, true, err
	}
	if err := q.reader.Begin(pl, st.trees[pl.Rows], &q.ectx); err != nil {
		return nil, true, err
	}
	defer q.reader.Close()
	rows, end, err := q.reader.Read(quickRows, w.Enough())
	if err == nil {
		err = st.readError(pl.Rows)
	}
	if err != nil || !end && rows.Len() == quickRows {
		return nil, err != nil, err
	}
	out, err := pl.Result(rows, &q.ectx)
	if err != nil {
		return nil, true, err
	}
	return pl.Visible(w.Cut(out)), true, nil
}
