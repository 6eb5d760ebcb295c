package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/tarndb/tarn/engine/footprint"
	"github.com/tarndb/tarn/sql/pgerr"
)

// State grows only while it can be made durable, and while there is memory for
// it. When a commit fails, for a full disk or an error of it, sources are read no
// further, hydrations wait and clients' writes are refused; what there is stays
// readable. The commit is tried again, and once one succeeds all goes on.

// earlyCommits is by how much the commits of one that changes much may come closer
// together than the interval says.
const earlyCommits = 20

// cannotGrow reports that nothing may add to the state now: commits fail, or
// memory is full of what only a commit can make free. After a commit that holds
// everything, one step goes on whatever memory says. It belongs to the loop.
func (db *Database) cannotGrow() bool {
	return db.pause.On || db.store.Full() && (db.committing != nil || db.commitDue())
}

// tendMemory keeps the account of memory and brings the state under the limit. It
// runs between any two steps, of hydrations too, and belongs to the loop.
func (db *Database) tendMemory() {
	db.tapMemory.Set(db.flow.Tapped())
	if footprint.Limited() {
		if soft := db.store.Memory().Measure(); soft > 0 {
			debug.SetMemoryLimit(soft)
		}
	}
	db.store.Balance()
	if db.pause.On || db.committing != nil {
		return
	}
	soon := time.Since(db.lastCommit) < db.opts.CommitInterval/earlyCommits
	if db.store.Full() || db.store.WantsCommit() && !soon {
		db.beginCommit()
	}
}

// While nothing happens, memory is looked after so often, for about so long: state
// comes back into it after a start, and what a query pushed out.
const (
	idleInterval = 100 * time.Millisecond
	idleWork     = 2 * time.Millisecond
)

// tendIdle uses a time without epochs. It belongs to the loop.
func (db *Database) tendIdle() {
	if e := db.epoch.Load(); db.halted != nil || e != db.idleEpoch {
		db.idleEpoch = e
		return
	}
	for began := time.Now(); db.store.Balance() && time.Since(began) < idleWork; {
	}
}

// pausedNow is the error of changes while commits fail.
func (db *Database) pausedNow() error {
	p := db.commitProblem.Load()
	if p == nil {
		return nil
	}
	return diskError(*p, "nothing can be changed while commits fail").
		WithHint("What there is can be read. Changes are taken again as soon as a commit succeeds.")
}

// roomPoll is the time between two looks of whoever waits for room.
const roomPoll = 10 * time.Millisecond

// awaitRoom waits before another look at whether there is room.
func (db *Database) awaitRoom(ctx context.Context) error {
	t := time.NewTimer(roomPoll)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-db.stopped:
		return errShutdown()
	}
}

// diskError is what a client is told of a write to disk that failed.
func diskError(err error, what string) *pgerr.Error {
	code := pgerr.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = pgerr.DiskFull
	}
	return pgerr.New(code, "%s: %v", what, err)
}
