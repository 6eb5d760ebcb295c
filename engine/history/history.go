// Package history is what the engine remembers of its own past, and the work that
// is under way.
package history

import (
	"slices"
	"sync"
	"time"
)

// length bounds what the engine remembers of its own past.
const length = 256

// Ring keeps the last entries that were recorded. Safe for all goroutines.
type Ring[T any] struct {
	mu   sync.Mutex
	list []T
	next int
}

func (r *Ring[T]) Record(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) < length {
		r.list = append(r.list, v)
		return
	}
	r.list[r.next] = v
	r.next = (r.next + 1) % length
}

// All lists the entries, oldest first.
func (r *Ring[T]) All() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.list[r.next:], r.list[:r.next])
}

// Job is long work that shows progress: the hydration of a view.
type Job struct {
	ID     int
	Kind   string
	Object string
	Began  time.Time
	mu     sync.Mutex
	phase  string
	done   int64
	total  int64
}

func (j *Job) Progress(phase string, done, total int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.phase, j.done, j.total = phase, done, total
}

func (j *Job) Read() (phase string, done, total int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.phase, j.done, j.total
}

// Jobs is the jobs that run. Safe for all goroutines.
type Jobs struct {
	mu   sync.Mutex
	last int
	jobs []*Job
}

func (l *Jobs) Begin(kind, object string) *Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	j := &Job{ID: l.last, Kind: kind, Object: object, Began: time.Now(), phase: "planning"}
	l.jobs = append(l.jobs, j)
	return j
}

func (l *Jobs) End(j *Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = slices.DeleteFunc(l.jobs, func(x *Job) bool { return x == j })
}

func (l *Jobs) All() []*Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.jobs)
}
