// Package ingest reads the topics of sources: goroutines that fetch partitions,
// decode messages into columns, and queue the chunks for the epochs; what is
// told of a topic that cannot be read; and the hold of reads until a source has
// caught up. It knows no catalog and no circuit: offsets that count are the
// epochs' own, and the engine keeps them.
package ingest

import (
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

const (
	fetchBytes       = 1 << 20
	queuedChunks     = 16 // per source: what decoding may run ahead of the epochs
	firstBackoff     = 100 * time.Millisecond
	lastBackoff      = 5 * time.Second
	discoverInterval = time.Second
	holdPoll         = 50 * time.Millisecond // between looks at a held source's problem
)

// Chunk is what one fetch of one partition became.
type Chunk struct {
	Partition int32
	From      int64      // where it begins
	Next      int64      // the offset to go on from once the chunk is in an epoch
	Batch     *row.Batch // all declared columns; those that nobody wants are empty
	Bad       []BadMessage
	Decode    time.Duration // what decoding took, of one goroutine
	Level     int64         // of the partition after the chunk, where there is a Waterline
	Joins     bool          // the partition is new, and is not read before Admit gives it a level

	// Begin, if not nil, is all that the chunk is: where the source begins, of all
	// partitions at once, so that no crash leaves it resolved by halves.
	Begin map[int32]int64

	own  *row.Batch // what Release gives back; Batch shares its columns
	pool *pool
}

// Rows is what the chunk counts in an epoch: rows, and messages that are none.
func (c *Chunk) Rows() int {
	if c.Begin != nil {
		return 0
	}
	return c.Batch.Len() + len(c.Bad)
}

// bytes is about the memory that the chunk occupies.
func (c *Chunk) bytes() int64 {
	if c.Begin != nil {
		return 0
	}
	n := c.Batch.Bytes()
	for i := range c.Bad {
		n += int64(len(c.Bad[i].Key) + len(c.Bad[i].Value))
	}
	return n
}

// BadMessage is a message that is no row; its bytes are its own.
type BadMessage struct {
	Partition   int32
	Offset      int64
	TimeMicros  int64 // since the Unix epoch, or topics.NoTime
	Key, Value  []byte
	Code, Cause string
}

// Config is a source's topic, and how its messages become rows.
type Config struct {
	Open  func() (topics.Log, error)
	Spec  format.Spec   // Wanted is set for each run
	Start topics.Start  // where to begin in partitions that were never read
	Retry time.Duration // the first wait after a failure; 0 for the default
	Wake  func()        // called when there is something to take; must not wait

	// Memory is told what the queued chunks take. While it has none to give, the
	// reader waits, unless nothing is queued. nil: chunks are bounded by their number
	// alone.
	Memory Memory
	// Spare is how many batches may wait to be used again; 0 for the default.
	Spare int

	Waterline *Waterline // nil: no row is late
}
