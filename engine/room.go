package engine

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/tarndb/tarn/sql/pgerr"
)

// diskError is what a client is told of a write to disk that failed.
func diskError(err error, what string) *pgerr.Error {
	code := pgerr.IOError
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = pgerr.DiskFull
	}
	return pgerr.New(code, "%s: %v", what, err)
}

// roomPoll is the time between two looks of whoever waits for room.
const roomPoll = 10 * time.Millisecond

// cannotGrow reports that nothing may add to the state now. It belongs to the
// loop.
func (db *Database) cannotGrow() bool { return false }

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
