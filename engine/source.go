package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
)

// OpenLog opens the topic that a source's options name.
type OpenLog func(topics.Config) (topics.Log, error)

// source is a source object while the database is open: what reads its topic,
// and how far the epochs have come.
//
// starts, offsets and resolved belong to the epoch loop.
type source struct {
	obj     *catalog.Object
	reader  *ingest.Reader
	topic   string
	startAt topics.Start // where to begin in partitions that were never read

	starts  map[int32]int64 // where each partition began: views made later read from there too
	offsets map[int32]int64 // the next offset to take into an epoch, by partition
	// resolved says that startAt was turned into starts: partitions that starts
	// does not have are new, and are read from their beginning.
	resolved bool
	levels   ingest.Levels
	promised int64 // the waterline that the circuit was told of last

	messages, bad atomic.Int64 // that epochs have had
}

// start begins to read at the offsets of the last epoch. It belongs to the loop.
func (s *source) start(wanted []int) { s.reader.Start(s.offsets, s.levels.Now, s.resolved, wanted) }

// begin takes note of where the source begins. It belongs to the loop.
func (s *source) begin(at map[int32]int64) {
	s.starts, s.offsets, s.resolved = at, maps.Clone(at), true
}

// advance takes note that a chunk is in the epoch that is being cut. It belongs
// to the loop.
func (s *source) advance(c *ingest.Chunk) {
	if c.Begin != nil {
		s.begin(c.Begin)
		return
	}
	if _, ok := s.starts[c.Partition]; !ok {
		s.starts[c.Partition] = c.From
	}
	s.offsets[c.Partition] = c.Next
	s.levels.Advance(c, s.reader)
	s.messages.Add(int64(c.Rows()))
	s.bad.Add(int64(len(c.Bad)))
}

// input makes the batch that the circuit takes of a decoded one: an upsert
// source's has a column that marks the deletes.
func (s *source) input(b *row.Batch) *row.Batch {
	if !s.obj.Stored() {
		return b
	}
	del := row.NewColumn(row.T(row.Bool), b.Len())
	weights := make([]int64, b.Len())
	for i, w := range b.Weights {
		weights[i] = 1
		del.AppendInt(map[bool]int64{true: 1}[w < 0])
	}
	return &row.Batch{Cols: append(slices.Clone(b.Cols), del), Weights: weights}
}

// resolveNow says where the source would begin in the topic as it is now.
func (s *source) resolveNow(ctx context.Context) (map[int32]int64, error) {
	topic, err := s.reader.Topic()
	if err != nil {
		return nil, err
	}
	defer topic.Close()
	return topic.Resolve(ctx)
}

// awaitHold waits until reads may go on. A source that cannot read its topic
// makes them fail instead, since nobody knows how long it would take; so do
// epochs that have stopped, of which halted tells.
func (s *source) awaitHold(ctx context.Context, halted func() error) error {
	return s.reader.AwaitHold(ctx, func(problem string) error {
		if err := halted(); err != nil || problem == "" {
			return err
		}
		return pgerr.New(pgerr.CannotConnectNow, "source %q has not caught up with its topic: %s", s.obj.Name, problem).
			WithHint("SET tarn.allow_stale_reads = on to read the last committed epoch.")
	})
}

// topicError is what a client is told of a topic that cannot be read.
func topicError(o *catalog.Object, err error) error {
	if e, ok := pgerr.As(err); ok {
		return e
	}
	code := pgerr.SystemError
	var te *topics.Error
	if errors.As(err, &te) {
		code = pgerr.ConnectionFailure
	}
	e := pgerr.Wrap(err, code, "could not read source %q: %v", o.Name, err)
	if errors.Is(err, topics.ErrOffsetOutOfRange) {
		e = e.WithHint("The topic no longer holds what the views of the source have read: drop the source and create it again.")
	}
	return e
}
