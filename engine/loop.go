package engine

import (
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// run is the epoch loop: the one goroutine that owns the circuit, the stores
// and the order of everything that happens. It ends with ctx.
func (db *Database) run(ctx context.Context) {
	defer close(db.stopped)
	commit := time.NewTicker(db.opts.CommitInterval)
	defer commit.Stop()
	idle := time.NewTicker(idleInterval)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.wake:
		case f := <-db.commands:
			f()
		case r := <-db.snapshots:
			db.answerReader(r)
		case <-commit.C:
			if !db.commitEarly(time.Now()) {
				db.beginCommit()
			}
		case <-idle.C:
			db.tendIdle()
		case <-db.pause.Timer.C:
			db.beginCommit()
		case r := <-db.commitDone:
			db.endCommit(r)
		}
		db.drain()
		if db.halted == nil {
			db.step(ctx)
			db.tendMemory()
		} else {
			db.refuseWrites()
		}
	}
}

// drain serves what waits without a step between.
func (db *Database) drain() {
	for {
		select {
		case f := <-db.commands:
			f()
		case r := <-db.snapshots:
			db.answerReader(r)
		default:
			return
		}
	}
}

// do runs f between two epochs and waits for it. When f panics the epochs stop:
// nobody knows what it left half done.
func (db *Database) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	guarded := func() {
		defer func() {
			if r := recover(); r != nil {
				db.log.Error("a command of the epoch loop panicked", "panic", r, "stack", string(debug.Stack()))
				err := pgerr.New(pgerr.InternalError, "internal error: %v", r)
				db.halt(err)
				done <- err
			}
		}()
		done <- f()
	}
	select {
	case db.commands <- guarded:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-db.stopped:
		return errShutdown()
	}
	select {
	case err := <-done:
		return err
	case <-db.stopped:
		return errShutdown()
	}
}

// change is do for what changes the catalog or the circuit: not once the epochs
// have stopped.
func (db *Database) change(ctx context.Context, f func() error) error {
	return db.do(ctx, func() error {
		if db.halted != nil {
			return haltedError(db.halted)
		}
		return f()
	})
}

// notify wakes the loop; it never waits.
func (db *Database) notify() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// cut is what an epoch takes of the inputs.
type cut struct {
	deltas map[uint32]row.Delta // by source or table
	errs   []failure.Change
	writes []*tableWrite
	more   bool // a source has more waiting
	stages history.Stages
	chunks []ingest.Chunk // what sources gave
}

func (c *cut) empty() bool { return len(c.deltas) == 0 && len(c.errs) == 0 && len(c.writes) == 0 }

// gather makes the cut: what sources have queued, and the table writes that are durable.
func (db *Database) gather() *cut {
	c := &cut{deltas: map[uint32]row.Delta{}}
	if db.flow.Behind(db.opts.tapLimit) {
		return c
	}
	if !db.cannotGrow() {
		db.gatherSources(c)
	}
	for {
		select {
		case w := <-db.writes:
			c.writes = append(c.writes, w)
			for oid, d := range w.deltas {
				c.deltas[oid] = append(c.deltas[oid], d...)
				c.stages.Written += d.Rows()
			}
		default:
			return c
		}
	}
}

func (db *Database) gatherSources(c *cut) {
	for oid, s := range db.sources {
		rows := 0
		for _, k := range s.reader.Take(db.pace.Rows) {
			db.advanced = true
			s.advance(&k)
			c.stages.Decode += k.Decode
			c.stages.Decoded += k.Rows()
			if k.Rows() == 0 {
				continue
			}
			c.chunks = append(c.chunks, k)
			if k.Batch.Len() > 0 {
				rows += k.Batch.Len()
				c.deltas[oid] = append(c.deltas[oid], s.input(k.Batch))
			}
			for i := range k.Bad {
				c.errs = append(c.errs, failure.OfMessage(&k.Bad[i], s.obj.Name))
			}
		}
		c.more = c.more || rows >= db.pace.Rows
		if s.obj.Waterline != nil {
			s.levels.Settle(s.offsets)
		}
	}
}

// step runs one epoch, if there is anything to run.
func (db *Database) step(ctx context.Context) {
	began := time.Now()
	c := db.gather()
	if c.empty() {
		db.checkHold()
		return
	}
	c.stages.Cut = time.Since(began)
	err := db.stepCircuit(ctx, c.deltas)
	stepped := time.Now()
	c.stages.Work = db.flow.LastStep()
	if err == nil {
		c.errs = append(c.errs, db.flow.ErrorRows()...)
		err = db.applyErrors(c.errs)
	}
	if err != nil {
		db.halt(err)
		for _, w := range c.writes {
			w.done <- unknownOutcome(err)
		}
		return
	}
	if len(c.writes) > 0 {
		db.endEpoch()
	} else {
		db.completeEpoch()
	}
	db.refresh(len(c.writes) > 0)
	for _, w := range c.writes {
		db.logPos = max(db.logPos, w.pos)
		w.done <- db.refused(w)
	}
	db.flow.FeedTaps(db.catalog, c.deltas)
	db.reuse(c.chunks)
	now := time.Now()
	took := now.Sub(began)
	c.stages.Publish, c.stages.Stall = now.Sub(stepped), db.stalled
	db.stalled = 0
	db.epochs.Record(history.Epoch{
		Epoch: db.epoch.Load(), Clock: db.clock, Rows: c.stages.Decoded + c.stages.Written, Took: took, Stages: c.stages,
	})
	db.pace.Ended(c.more, took)
	db.checkHold()
	if c.more {
		db.notify()
	}
}

// endEpoch completes an epoch that a client hears of: all reads from here on see it.
func (db *Database) endEpoch() {
	db.completeEpoch()
	db.readers.heard.Store(db.epoch.Load())
}

// completeEpoch makes the epoch complete: its clock is the one input that the
// engine itself gives. A clock that goes back is held.
func (db *Database) completeEpoch() {
	db.clock = max(db.clock, db.opts.now())
	if st := db.current.Load(); st != nil && st.passed.Load() == 0 {
		st.passed.Store(db.since())
	}
	db.epoch.Add(1)
}

// stepCircuit runs the circuit. A view that fails is stopped alone; only disorder
// in the store stops the engine.
func (db *Database) stepCircuit(ctx context.Context, deltas map[uint32]row.Delta) error {
	// The step is not cut short by a shutdown: an epoch is whole or it is not.
	err := db.flow.Step(context.WithoutCancel(ctx), deltas)
	if serr := db.store.Fault(); serr != nil {
		return pgerr.New(pgerr.IOError, "the store cannot be read: %v", serr)
	}
	if err != nil {
		if err := db.quarantine(err); err != nil {
			return err
		}
	}
	return db.quarantineUnread()
}

// halt stops the epochs. The stores may hold half a step, so nothing is
// committed or published from here on: what was published stays readable, a
// restart goes on from the last commit and the logs, and the reason shows in
// tarn.status.
func (db *Database) halt(err error) {
	if db.halted != nil {
		return
	}
	db.log.Error("epochs have stopped", "error", err)
	db.halted = err
	db.problem.Store(&err)
	db.answerWaiters(haltedError(err), func(commitWaiter) bool { return true })
}

// haltedError is what changes are answered once the epochs have stopped.
func haltedError(err error) error {
	return pgerr.New(pgerr.IOError, "epochs have stopped: %v", err).
		WithHint("Restart the server: it goes on from the last commit.")
}

// unknownOutcome answers a write that is in the table log, but in no epoch.
func unknownOutcome(err error) error {
	return pgerr.New(pgerr.StatementCompletionUnknown, "epochs have stopped: %v", err).
		WithDetail("The change is in the table log: it takes effect when the server is restarted.")
}

// refuseWrites answers writes that came while the epochs stopped.
func (db *Database) refuseWrites() {
	for {
		select {
		case w := <-db.writes:
			w.done <- unknownOutcome(db.halted)
		default:
			return
		}
	}
}

// refused is the error of a write to a table that has just stopped.
func (db *Database) refused(w *tableWrite) error {
	for oid := range w.deltas {
		if o := db.catalog.Objects[oid]; o != nil && o.Stopped != "" {
			return stoppedObject(o)
		}
	}
	return nil
}

// checkHold lets held reads go on, source by source, once it has caught up. What
// was published says which sources are held, so that needs a new epoch. Compactions
// wait for the last of them.
func (db *Database) checkHold() {
	held := false
	for _, s := range db.sources {
		if s.reader.ReleaseHold(s.offsets) {
			db.endEpoch()
		}
		held = held || s.reader.Held()
	}
	if !held {
		db.store.ResumeCompactions()
	}
}

func sortedKeys[K int32 | uint32, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
