package engine

import (
	"time"

	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/storage"
)

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
	epochHistory  = history.Ring[epochInfo]
	commitHistory = history.Ring[commitInfo]
)
