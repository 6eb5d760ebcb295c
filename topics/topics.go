// Package topics is the outside of the database: logs of messages that sources
// read, the options that name such a log, and the errors that reading one can
// give. The engine speaks only this vocabulary; topics/kafka implements it over
// a Kafka cluster and topics/memlog in memory for tests.
package topics

import (
	"context"
	"math"
)

// NoTime is Message.Time of a message that carries no timestamp.
const NoTime = math.MinInt64

// Message is one entry of a log.
type Message struct {
	Partition int32
	Offset    int64
	Time      int64 // microseconds since the Unix epoch, or NoTime
	Key       []byte
	Value     []byte // nil Key and Value are the log's null, which is not the empty string
	Headers   []Header
}

// Header is one header of a message. Value may be nil (null).
type Header struct {
	Key   string
	Value []byte
}

// Range is the readable part of a partition: Start is the first offset kept,
// End the offset that the next readable message will have. Where producers use
// transactions, End is the end of what is decided (the last stable offset).
// Offsets between the two may be missing (compaction, transaction markers).
type Range struct {
	Start, End int64
}

// Sink receives messages of one partition in the order of their offsets. The
// slice and all bytes in it belong to the log and are valid only until the sink
// returns. An error ends the fetch and is returned by it as it is.
type Sink func(batch []Message) error

// Log is one topic somewhere.
//
// All methods may be called from any goroutine; Fetch at most once at a time
// for the same partition. Every method ends soon after its context does, and
// with the context's error. Other errors are *Error values, and no method
// retries on its own: what to do about a missing broker, and how long to wait,
// is the engine's decision. After an error the log stays usable.
type Log interface {
	// Partitions lists the partitions that exist now, ascending. Partitions
	// never vanish while the topic lives. It is one small request: poll it.
	Partitions(ctx context.Context) ([]int32, error)

	// Bounds is the range of every partition, each asked of its leader.
	Bounds(ctx context.Context) (map[int32]Range, error)

	// Resolve turns a start into the offset of the first message to read, for
	// every partition that exists now. A partition found later is read from
	// Bounds' Start, whatever the start was, or its first messages would be lost.
	Resolve(ctx context.Context, start Start) (map[int32]int64, error)

	// Fetch reads messages of a partition at offsets >= from, hands them to sink
	// in one or more calls, and returns the offset to go on from. It waits a
	// bounded time for messages to arrive and then returns next == from with no
	// error. next may be past the last message + 1, where offsets hold no message.
	// Several megabytes may be read ahead of maxBytes where one batch is larger.
	// With an error, next is still right: everything before it was accepted by
	// the sink, nothing from it on was.
	Fetch(ctx context.Context, partition int32, from int64, maxBytes int, sink Sink) (next int64, err error)

	// Close ends all connections and makes fetches in flight return. The log is
	// not usable afterwards.
	Close() error
}
