package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/record"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
)

// tableWrite is what one transaction changes in tables, on its way into an epoch.
type tableWrite struct {
	deltas map[uint32]row.Delta // by table
	pos    uint64               // in the table log, once it is there
	done   chan error           // answered when its epoch is complete
}

// writeRequest is a transaction that waits for its turn.
type writeRequest struct {
	deltas map[uint32]row.Delta
	record []byte // for the table log
	answer chan error
}

// groupBytes bounds the records that share a sync and an epoch, past the first one.
const groupBytes = 64 << 20

// sequence is the goroutine that puts the clients' writes in order. It takes
// all that wait, checks them against the newest epoch and each other, appends
// the good ones to the table log under one sync, and hands them to one epoch.
// Only then it takes the next ones: so it always checks against all before.
func (db *Database) sequence(ctx context.Context) {
	for {
		var batch []*writeRequest
		select {
		case <-ctx.Done():
			return
		case r := <-db.requests:
			batch = append(batch, r)
		}
		size := len(batch[0].record)
		for more := true; more && len(batch) < 1024 && size < groupBytes; {
			select {
			case r := <-db.requests:
				batch = append(batch, r)
				size += len(r.record)
			default:
				more = false
			}
		}
		db.sequenceBatch(ctx, batch)
	}
}

func (db *Database) sequenceBatch(ctx context.Context, batch []*writeRequest) {
	err := db.awaitTables(ctx, batch)
	if err == nil {
		err = db.refusedNow()
	}
	var st *state
	if err == nil {
		st, err = db.acquire(ctx, written(batch))
	}
	if err != nil {
		for _, r := range batch {
			r.answer <- err
		}
		return
	}
	check := table.NewAdmission(st)
	var good []*writeRequest
	for _, r := range batch {
		if err := check.Admit(r.deltas); err != nil {
			r.answer <- err
			continue
		}
		good = append(good, r)
	}
	err = st.readError(append(check.Read(), errorsArr)...) // never none, which would stand for all
	st.release()
	if err != nil {
		for _, r := range good {
			r.answer <- err
		}
		return
	}
	if len(good) == 0 {
		return
	}
	db.logAndApply(ctx, good)
}

// written lists the tables that a batch changes.
func written(batch []*writeRequest) []uint32 {
	tables := map[uint32]bool{}
	for _, r := range batch {
		for oid := range r.deltas {
			tables[oid] = true
		}
	}
	return sortedKeys(tables)
}

// awaitTables returns when the tables that are written are themselves durable: a
// row must not be acknowledged before the table that it is in.
func (db *Database) awaitTables(ctx context.Context, batch []*writeRequest) error {
	durable := db.durableCatalog.Load()
	for _, r := range batch {
		for oid := range r.deltas {
			if durable.Objects[oid] == nil {
				return db.makeDurable(ctx)
			}
		}
	}
	return nil
}

// haltedNow is the error of changes once the epochs have stopped.
func (db *Database) haltedNow() error {
	if p := db.problem.Load(); p != nil {
		return haltedError(*p)
	}
	return nil
}

// refusedNow is why no write is taken.
func (db *Database) refusedNow() error {
	if err := db.haltedNow(); err != nil {
		return err
	}
	return db.pausedNow()
}

// logAndApply makes the writes durable and then visible.
func (db *Database) logAndApply(ctx context.Context, good []*writeRequest) {
	fail := func(err error) {
		for _, r := range good {
			r.answer <- err
		}
	}
	w := &tableWrite{deltas: map[uint32]row.Delta{}, done: make(chan error, 1)}
	var wait func() error
	for _, r := range good {
		w.pos, wait = db.tableLog.Append(r.record)
		for oid, d := range r.deltas {
			w.deltas[oid] = append(w.deltas[oid], d...)
		}
	}
	if err := wait(); err != nil {
		db.tableProblem.Store(&err)
		fail(diskError(err, "could not write the table log"))
		return
	}
	db.tableProblem.Store(nil)
	select {
	case db.writes <- w:
		db.notify()
	case <-ctx.Done():
		fail(errShutdown())
		return
	}
	select {
	case err := <-w.done:
		fail(err)
	case <-db.stopped:
		fail(errShutdown())
	}
}

// write applies a transaction's changes to tables and returns when they are
// durable and every later read sees them. A conflict with a transaction that
// came between is 40001.
func (db *Database) write(ctx context.Context, deltas map[uint32]row.Delta) error {
	if err := db.refusedNow(); err != nil {
		return err
	}
	r := &writeRequest{deltas: deltas, record: record.Encode(deltas), answer: make(chan error, 1)}
	select {
	case db.requests <- r:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-db.stopped:
		return errShutdown()
	}
	// From here on the transaction may happen: a cancel must not hide that.
	select {
	case err := <-r.answer:
		return err
	case <-db.stopped:
		return errShutdown()
	}
}
