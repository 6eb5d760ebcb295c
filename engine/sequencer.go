package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/record"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
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
	locks  table.Locks      // rows that must be as they were
	shapes map[uint32]shape // what the deltas and locks were computed for
	record []byte           // for the table log
	answer chan error
	alone  func() error // what is to run first, while no write is on its way: all that is added to it then
}

// shape is what a table's rows look like; ALTER TABLE makes another one.
type shape struct {
	output  storage.ArrID
	version int
}

func shapeOf(o *catalog.Object) shape { return shape{o.Output, o.Version} }

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
		case r := <-db.counts:
			batch = append(batch, r)
		}
		size := len(batch[0].record)
		for more := batch[0].alone == nil; more && len(batch) < 1024 && size < groupBytes; {
			select {
			case r := <-db.requests:
				batch = append(batch, r)
				size += len(r.record)
				more = r.alone == nil
			default:
				more = false
			}
		}
		last := batch[len(batch)-1]
		if last.alone != nil {
			batch = batch[:len(batch)-1]
		}
		if len(batch) > 0 {
			db.sequenceBatch(ctx, batch)
		}
		if last.alone != nil {
			if err := db.runAlone(ctx, last.alone); err != nil || len(last.deltas) == 0 {
				last.answer <- err
			} else {
				db.sequenceBatch(ctx, []*writeRequest{last})
			}
		}
	}
}

// runAlone runs what no write of a table may come between. Sequences are written
// meanwhile: it may take values of them itself, or wait for a session that does.
func (db *Database) runAlone(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	go func() { done <- run() }()
	for {
		select {
		case err := <-done:
			return err
		case r := <-db.counts:
			db.sequenceBatch(ctx, []*writeRequest{r})
		}
	}
}

// withoutWrites runs what no write of a table may come between: all that came before
// are in an epoch, and those that come after wait.
func (db *Database) withoutWrites(ctx context.Context, run func() error) error {
	r := &writeRequest{alone: run, answer: make(chan error, 1)}
	return db.request(ctx, db.requests, r)
}

func (db *Database) sequenceBatch(ctx context.Context, batch []*writeRequest) {
	st, err := db.beforeWrites(ctx, batch)
	if err != nil {
		for _, r := range batch {
			r.answer <- err
		}
		return
	}
	check := table.NewAdmission(st)
	var good []*writeRequest
	for _, r := range batch {
		err := checkShapes(r.shapes, st)
		if err == nil {
			err = check.Unchanged(r.locks)
		}
		if err == nil {
			err = check.Admit(r.deltas)
		}
		if err != nil {
			r.answer <- err
			continue
		}
		good = append(good, r)
	}
	err = st.readError(append(check.Read(), failure.Arr)...) // never none, which would stand for all
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

// beforeWrites is the epoch that a batch is checked against. The tables that are
// written are themselves durable as they are: a row must not be acknowledged before
// the table that it is in, nor be in the log in a shape that a crash would undo.
func (db *Database) beforeWrites(ctx context.Context, batch []*writeRequest) (*state, error) {
	if err := db.refusedNow(); err != nil {
		return nil, err
	}
	tables := written(batch)
	st, err := db.acquire(ctx, tables)
	if err != nil {
		return nil, err
	}
	durable := db.durableCatalog.Load()
	for _, oid := range tables {
		o, d := st.catalog.Objects[oid], durable.Objects[oid]
		if o == nil || d != nil && shapeOf(d) == shapeOf(o) {
			continue
		}
		if err := db.makeDurable(ctx); err != nil {
			st.release()
			return nil, err
		}
		break
	}
	return st, nil
}

// checkShapes reports a table that has changed since something was computed for it.
func checkShapes(shapes map[uint32]shape, st *state) error {
	for oid, sh := range shapes {
		if o := st.catalog.Objects[oid]; o != nil && shapeOf(o) != sh {
			return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update").
				WithDetail("Table %q was altered.", o.Name)
		}
	}
	return nil
}

// written lists the tables that a batch changes, or relies on.
func written(batch []*writeRequest) []uint32 {
	tables := map[uint32]bool{}
	for _, r := range batch {
		for oid := range r.deltas {
			tables[oid] = true
		}
		for oid := range r.locks {
			tables[oid] = true
		}
	}
	return sortedKeys(tables)
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
func (db *Database) write(ctx context.Context, deltas map[uint32]row.Delta, locks table.Locks, shapes map[uint32]shape) error {
	if err := db.refusedNow(); err != nil {
		return err
	}
	r := newWrite(deltas, shapes)
	r.locks = locks
	return db.request(ctx, db.requests, r)
}

func newWrite(deltas map[uint32]row.Delta, shapes map[uint32]shape) *writeRequest {
	return &writeRequest{deltas: deltas, shapes: shapes, record: record.Encode(deltas), answer: make(chan error, 1)}
}

// request waits for its turn in a queue and for what comes of it.
func (db *Database) request(ctx context.Context, queue chan<- *writeRequest, r *writeRequest) error {
	select {
	case queue <- r:
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
