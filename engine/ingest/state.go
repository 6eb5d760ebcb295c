package ingest

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/tarndb/tarn/topics"
)

// What a reader tells of its topic, and how reads wait for it.

// lose stops a partition whose log no longer holds, or does not yet hold, what is
// to be read next. It is not tried again: a log that was made anew may one day
// hold other messages at that offset.
func (r *Reader) lose(p int32, err error) {
	r.mu.Lock()
	if r.lost == nil {
		r.lost = map[int32]error{}
	}
	r.lost[p] = err
	r.mu.Unlock()
	r.fail(p, err)
}

func (r *Reader) lostPartition(p int32) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost[p]
}

func (r *Reader) fail(p int32, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.problems == nil {
		r.problems = map[int32]string{}
	}
	r.problems[p] = err.Error()
}

func (r *Reader) ok(p int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.problems, p)
}

// problem is why the topic, or a partition of it, is not read; "" while all
// are. The caller holds mu.
func (r *Reader) problem() string {
	if len(r.problems) == 0 {
		return ""
	}
	return r.problems[slices.Min(slices.Collect(maps.Keys(r.problems)))]
}

// State is one word for SHOW SOURCES, with the reason of a failure.
func (r *Reader) State() (word, problem string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(r.problems) > 0:
		return "failing", r.problem()
	case r.run == nil:
		return "idle", ""
	case r.holding:
		return "catching up", ""
	}
	return "running", ""
}

// Lag is how many messages the topic holds behind the epoch's offsets, as far
// as the reader knows.
func (r *Reader) Lag(offsets map[int32]int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var n int64
	for p, end := range r.logEnds {
		n += max(0, end-offsets[p])
	}
	return n
}

// sawEnds records the ends of the log; the first ones after a restart are what
// reads wait for.
func (r *Reader) sawEnds(ranges map[int32]topics.Range) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logEnds = make(map[int32]int64, len(ranges))
	for p, bounds := range ranges {
		r.logEnds[p] = bounds.End
	}
	if r.holding && r.hold == nil {
		r.hold = maps.Clone(r.logEnds)
		r.cfg.Wake()
	}
}

// Hold makes reads wait until the epochs have reached the ends that are seen first.
func (r *Reader) Hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holding, r.hold, r.held = true, nil, make(chan struct{})
}

// ReleaseHold ends the wait when the epochs have reached those ends, and reports
// that it did.
func (r *Reader) ReleaseHold(offsets map[int32]int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.holding || r.hold == nil {
		return false
	}
	for p, end := range r.hold {
		if offsets[p] < end {
			return false
		}
	}
	r.endHold()
	return true
}

// endHold lets readers go on. The caller holds mu.
func (r *Reader) endHold() {
	if r.holding {
		r.holding, r.hold = false, nil
		close(r.held)
	}
}

// Held reports that reads must wait for the source.
func (r *Reader) Held() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holding
}

// AwaitHold waits until reads may go on. check is asked now and then whether
// there is any sense in waiting, given why the topic is not read, or "".
func (r *Reader) AwaitHold(ctx context.Context, check func(problem string) error) error {
	for {
		r.mu.Lock()
		holding, held, problem := r.holding, r.held, r.problem()
		r.mu.Unlock()
		if !holding {
			return nil
		}
		if err := check(problem); err != nil {
			return err
		}
		t := time.NewTimer(holdPoll)
		select {
		case <-held:
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
		t.Stop()
	}
}
