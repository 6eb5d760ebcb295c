package engine

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// epochRows bounds the rows that one source gives to one epoch. Under pressure
// epochs grow up to it, and net more changes away.
const epochRows = 1 << 16

// run is the epoch loop: the one goroutine that owns the circuit, the stores
// and the order of everything that happens. It ends with ctx.
func (db *Database) run(ctx context.Context) {
	defer close(db.stopped)
	commit := time.NewTicker(db.opts.CommitInterval)
	defer commit.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-db.wake:
		case f := <-db.commands:
			f()
		case done := <-db.snapshots:
			db.publish()
			close(done)
		case <-commit.C:
			db.beginCommit()
		case r := <-db.commitDone:
			db.endCommit(r)
		}
		db.drain()
		if db.halted == nil {
			db.step(ctx)
		}
	}
}

// drain serves what waits without a step between.
func (db *Database) drain() {
	published := false
	for {
		select {
		case f := <-db.commands:
			f()
			published = false
		case done := <-db.snapshots:
			if !published {
				db.publish()
				published = true
			}
			close(done)
		default:
			return
		}
	}
}

// do runs f between two epochs and waits for it.
func (db *Database) do(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	select {
	case db.commands <- func() { done <- f() }:
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
	errs   []errorRow
	writes []*tableWrite
	more   bool // a source has more waiting
}

func (c *cut) empty() bool { return len(c.deltas) == 0 && len(c.errs) == 0 && len(c.writes) == 0 }

// gather makes the cut: what sources have queued, and the table writes that are durable.
func (db *Database) gather() *cut {
	c := &cut{deltas: map[uint32]row.Delta{}}
	for oid, s := range db.sources {
		rows := 0
		for _, k := range s.take(epochRows) {
			if _, ok := s.starts[k.partition]; !ok {
				s.starts[k.partition] = k.from
			}
			s.offsets[k.partition] = k.next
			rows += k.batch.Len()
			if k.batch.Len() > 0 {
				c.deltas[oid] = append(c.deltas[oid], s.input(k.batch))
			}
			for _, m := range k.bad {
				c.errs = append(c.errs, m.row(s.obj.Name))
			}
			s.count(k)
			db.advanced = true
		}
		c.more = c.more || rows >= epochRows
	}
	for {
		select {
		case w := <-db.writes:
			c.writes = append(c.writes, w)
			for oid, d := range w.deltas {
				c.deltas[oid] = append(c.deltas[oid], d...)
			}
		default:
			return c
		}
	}
}

// step runs one epoch, if there is anything to run.
func (db *Database) step(ctx context.Context) {
	c := db.gather()
	if c.empty() {
		db.checkHold()
		return
	}
	began := time.Now()
	err := db.stepCircuit(ctx, c.deltas)
	if err != nil {
		db.halt(err)
		for _, w := range c.writes {
			w.done <- err
		}
		return
	}
	c.errs = append(c.errs, db.flow.errorRows()...)
	if err := db.applyErrors(c.errs); err != nil {
		db.halt(err)
		return
	}
	db.endEpoch()
	for _, w := range c.writes {
		db.logPos = max(db.logPos, w.pos)
		w.done <- nil
	}
	db.epochs.record(epochInfo{
		epoch: db.epoch.Load(), clock: db.clock, rows: deltaRows(c.deltas), took: time.Since(began),
	})
	db.flow.feedTaps(c.deltas)
	db.checkHold()
	if c.more {
		db.notify()
	}
}

// endEpoch makes the epoch complete: its clock is the one input that the engine
// itself gives. A clock that goes back is held.
func (db *Database) endEpoch() {
	db.clock = max(db.clock, db.opts.now())
	db.epoch.Add(1)
}

func deltaRows(m map[uint32]row.Delta) int {
	n := 0
	for _, d := range m {
		n += d.Rows()
	}
	return n
}

// stepCircuit runs the circuit. A view that fails is stopped alone; only the
// store's errors stop the engine.
func (db *Database) stepCircuit(ctx context.Context, deltas map[uint32]row.Delta) error {
	inputs := make(map[operators.NodeID]row.Delta, len(deltas))
	for oid, d := range deltas {
		if id, ok := db.flow.inputs[oid]; ok {
			inputs[id] = d
		}
	}
	// The step is not cut short by a shutdown: an epoch is whole or it is not.
	err := db.flow.circuit.Step(context.WithoutCancel(ctx), inputs)
	if serr := db.store.Err(); serr != nil {
		return pgerr.New(pgerr.IOError, "the store cannot be read: %v", serr)
	}
	if err != nil {
		return db.quarantine(err)
	}
	return nil
}

// quarantine stops the views whose nodes failed.
func (db *Database) quarantine(err error) error {
	var hit bool
	for _, e := range unjoin(err) {
		var ne *operators.NodeError
		if !errors.As(e, &ne) {
			return err
		}
		hit = true
		logStopped(db.log, ne)
		db.flow.markBroken(ne)
	}
	if !hit {
		return err
	}
	return nil
}

func logStopped(log *slog.Logger, ne *operators.NodeError) {
	stack := ""
	var pe *operators.PanicError
	if errors.As(ne, &pe) {
		stack = string(pe.Stack)
	}
	log.Error("a view has stopped", "view", ne.Owner, "operator", ne.Name, "error", ne.Err, "stack", stack)
}

func unjoin(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		return j.Unwrap()
	}
	return []error{err}
}

// halt stops the epochs: what is published stays readable, nothing is lost, and
// the reason shows in tarn.status.
func (db *Database) halt(err error) {
	if db.halted != nil {
		return
	}
	db.log.Error("epochs have stopped", "error", err)
	db.halted = err
	db.problem.Store(&err)
}

// checkHold lets held reads go on, source by source, once it has caught up.
func (db *Database) checkHold() {
	for _, s := range db.sources {
		s.releaseHold(s.offsets)
	}
}

func sortedKeys[K int32 | uint32, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
