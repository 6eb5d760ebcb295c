package ingest

import (
	"context"
	"time"
)

// roomPoll is between looks at whether memory has been given back.
const roomPoll = 5 * time.Millisecond

// makeRoom waits until a chunk may be queued, as which it counts from then on. A
// reader whose queue is empty need not ask: it must get on. False when ctx ended first.
func (r *Reader) makeRoom(ctx context.Context, u *run, size int64) bool {
	for r.cfg.Room != nil && u.queued.Load() > 0 && !r.cfg.Room(size) {
		if !sleep(ctx, roomPoll) {
			return false
		}
	}
	u.queued.Add(size)
	return true
}
