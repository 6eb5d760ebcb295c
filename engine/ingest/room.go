package ingest

import (
	"context"
	"time"
)

// Memory is a share of the process's memory; a *storage.Reservation is one. A
// reader uses it from one goroutine at a time.
type Memory interface {
	Set(bytes int64)         // makes it so many bytes, whether or not they are there
	TrySet(bytes int64) bool // the same if they are there
}

// roomPoll is between looks at whether memory has been given back.
const roomPoll = 5 * time.Millisecond

// makeRoom waits until a chunk may be queued, as which it counts from then on. A
// reader whose queue is empty need not wait: it must get on. False when ctx ended first.
func (r *Reader) makeRoom(ctx context.Context, u *run, size int64) bool {
	for !r.tryRoom(u, size) {
		if !sleep(ctx, roomPoll) {
			return false
		}
	}
	return true
}

func (r *Reader) tryRoom(u *run, size int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch m := r.cfg.Memory; {
	case m == nil:
	case u.queued == 0:
		m.Set(size)
	case !m.TrySet(u.queued + size):
		return false
	}
	u.queued += size
	return true
}

// giveRoom takes note that chunks are queued no more.
func (r *Reader) giveRoom(u *run, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u.queued -= size
	if r.cfg.Memory != nil {
		r.cfg.Memory.Set(u.queued)
	}
}

// Queued is about the memory of what is decoded and not taken yet.
func (r *Reader) Queued() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run == nil {
		return 0
	}
	return r.run.queued
}
