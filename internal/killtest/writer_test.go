package killtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/nexmark"
)

// writer is a Nexmark writer at work.
type writer struct {
	*nexmark.Writer
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

func startWriter(ctx context.Context, addr string, rate int, seed uint64, first int64) *writer {
	ctx, cancel := context.WithCancel(ctx)
	w := &writer{cancel: cancel, done: make(chan struct{}), Writer: nexmark.NewWriter(nexmark.WriterConfig{
		Config: nexmark.Config{Seed: seed, First: first}, Cluster: clusterOf(addr), Rate: int64(rate),
	})}
	go func() {
		defer close(w.done)
		w.err = w.Run(ctx)
	}()
	return w
}

// stop ends the writer and gives the error that it ended with.
func (w *writer) stop() error {
	w.cancel()
	<-w.done
	return w.err
}

// feeder is a writer that rests while the database is far behind. A machine that
// is too slow for the rate would else fall behind for ever, and the test would
// measure that instead of what it is for. It tells how long it rested.
type feeder struct {
	rate   int
	first  int64 // the events before its own
	cancel context.CancelFunc
	done   chan struct{}
	err    error

	written, active, rested atomic.Int64 // events; nanoseconds
}

// The backlog, in seconds of the rate, at which a feeder rests and goes on.
const (
	restAt = 3
	goOnAt = 1
)

// startFeeder goes on after the first events. read is how many the database has read.
func startFeeder(ctx context.Context, addr string, rate int, seed uint64, first int64, read func() int64) *feeder {
	ctx, cancel := context.WithCancel(ctx)
	f := &feeder{rate: rate, first: first, cancel: cancel, done: make(chan struct{})}
	f.written.Store(first)
	go func() {
		defer close(f.done)
		for f.err == nil && ctx.Err() == nil {
			f.err = f.feed(ctx, startWriter(ctx, addr, rate, seed, first), read)
			began := time.Now()
			for f.backlog(read) > goOnAt && child.Pause(ctx, retryPause) {
			}
			f.rested.Add(int64(time.Since(began)))
			if f.err == nil && ctx.Err() == nil {
				first, f.err = nexmark.Resume(ctx, clusterOf(addr))
			}
		}
	}()
	return f
}

// feed lets a writer work until the backlog is too long.
func (f *feeder) feed(ctx context.Context, w *writer, read func() int64) error {
	before, began := f.written.Load(), time.Now()
	active := f.active.Load()
	for child.Pause(ctx, retryPause) && f.backlog(read) < restAt {
		f.written.Store(before + w.Written())
		f.active.Store(active + int64(time.Since(began)))
	}
	err := w.stop()
	f.written.Store(before + w.Written())
	if finished(err) {
		return nil
	}
	return err
}

// backlog is the events that wait for the database, in seconds of the rate.
func (f *feeder) backlog(read func() int64) int64 { return (f.written.Load() - read()) / int64(f.rate) }

func (f *feeder) stop() error {
	f.cancel()
	<-f.done
	return f.err
}

func (f *feeder) String() string {
	active := time.Duration(f.active.Load())
	s := fmt.Sprintf("%d events written at %.0f/s", f.written.Load(), float64(f.written.Load()-f.first)/max(active.Seconds(), 0.001))
	if rested := time.Duration(f.rested.Load()); rested > time.Second {
		s += fmt.Sprintf(" (and a rest of %.0f s, for the database was far behind)", rested.Seconds())
	}
	return s
}
