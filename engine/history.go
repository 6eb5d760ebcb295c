package engine

import (
	"slices"
	"sync"
	"time"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/storage"
)

// historyLength bounds what the engine remembers of its own past.
const historyLength = 256

// ring keeps the last entries that were recorded. Safe for all goroutines.
type ring[T any] struct {
	mu   sync.Mutex
	list []T
	next int
}

func (r *ring[T]) record(v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) < historyLength {
		r.list = append(r.list, v)
		return
	}
	r.list[r.next] = v
	r.next = (r.next + 1) % historyLength
}

// all lists the entries, oldest first.
func (r *ring[T]) all() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.list[r.next:], r.list[:r.next])
}

// epochInfo is a row of tarn.epochs.
type epochInfo struct {
	epoch  uint64
	clock  int64
	rows   int
	took   time.Duration
	stages stages
}

// stages is what an epoch's time went to, and how many rows each stage had. What
// shards or readers do side by side is added up.
type stages struct {
	decode  time.Duration // of the readers, of the chunks that the epoch took
	cut     time.Duration
	work    operators.StepStats
	publish time.Duration // errors, answers to writers, and changes for hydrations
	stall   time.Duration // what commits kept the loop from since the epoch before
	decoded int           // rows of sources, and messages that are none
	written int           // rows of tables
}

// commitInfo is a row of tarn.commits.
type commitInfo struct {
	epoch  uint64
	at     time.Time
	took   time.Duration // from the freeze until the loop has taken note
	freeze time.Duration // of the store, and what the loop does before it
	stall  time.Duration // of the epochs
	stats  storage.CommitStats
}

type (
	epochHistory  = ring[epochInfo]
	commitHistory = ring[commitInfo]
)

// job is long work that shows progress: the hydration of a view.
type job struct {
	id     int
	kind   string
	object string
	began  time.Time
	mu     sync.Mutex
	phase  string
	done   int64
	total  int64
}

func (j *job) progress(phase string, done, total int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.phase, j.done, j.total = phase, done, total
}

func (j *job) read() (phase string, done, total int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.phase, j.done, j.total
}

// jobList is the jobs that run. Safe for all goroutines.
type jobList struct {
	mu   sync.Mutex
	last int
	jobs []*job
}

func (l *jobList) begin(kind, object string) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	j := &job{id: l.last, kind: kind, object: object, began: time.Now(), phase: "planning"}
	l.jobs = append(l.jobs, j)
	return j
}

func (l *jobList) end(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = slices.DeleteFunc(l.jobs, func(x *job) bool { return x == j })
}

func (l *jobList) all() []*job {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.jobs)
}
