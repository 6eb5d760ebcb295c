package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
)

// How a hydration, or a query, reads a topic again.

// fillTopic reads a topic again from where the source began. A topic that was
// never read and cannot be reached yet is as good as empty: the view fills when
// the source can read.
func (h *hydration) fillTopic(ctx context.Context, s *source) error {
	topic, err := s.reader.Topic()
	if err == nil {
		defer topic.Close()
	}
	until, live := h.until[s.obj.OID]
	if !live {
		var from, end map[int32]int64
		if err == nil {
			from, end, err = topic.Extent(ctx, h.starts[s.obj.OID], h.fixed[s.obj.OID])
		}
		if (errors.Is(err, topics.ErrNoBroker) || errors.Is(err, topics.ErrNoTopic)) && h.untouched(s) {
			h.notice("source %q cannot be read yet: %v", s.obj.Name, err)
			return nil
		}
		if err != nil {
			return err
		}
		h.starts[s.obj.OID], h.until[s.obj.OID], until = from, end, end
	}
	if err != nil {
		return err
	}
	for _, p := range sortedKeys(until) {
		known := until[p] // bad messages up to here are in tarn.errors already
		if !live {
			known = h.seen[s.obj.OID][p]
		}
		if err := h.fillPartition(ctx, s, topic, p, until[p], known); err != nil {
			return err
		}
	}
	return nil
}

// untouched reports that no epoch has had a message of an idle source.
func (h *hydration) untouched(s *source) bool {
	for p, at := range h.seen[s.obj.OID] {
		if at > h.starts[s.obj.OID][p] {
			return false
		}
	}
	return true
}

func (h *hydration) fillPartition(ctx context.Context, s *source, topic *ingest.Topic, p int32, until, known int64) error {
	oid := s.obj.OID
	return topic.Range(ctx, p, h.starts[oid][p], ingest.LevelOf(h.startLevels[oid], p), until, h.plan.reads[oid], func(c ingest.Chunk) error {
		if s.obj.Waterline != nil && c.Level != ingest.NoLevel {
			h.reached[oid][p] = c.Level
		}
		for i := range c.Bad {
			if m := &c.Bad[i]; m.Offset >= known {
				h.errs = append(h.errs, failure.OfMessage(m, s.obj.Name))
			}
		}
		h.job.Progress("reading "+s.obj.Name, h.rows, 0)
		if c.Batch.Len() == 0 {
			return nil
		}
		return h.feed(ctx, oid, c.Batch)
	})
}

// readTopic reads a source that is not stored from its topic, up to the offsets of
// the epoch; a source that no view reads, up to where it ends now. Batches belong
// to fn.
func (s *Session) readTopic(ctx context.Context, st *state, o *catalog.Object, attrs []int, fn func(*row.Batch) error) error {
	src := st.sources[o.OID]
	topic, err := src.reader.Topic()
	if err != nil {
		return topicError(o, err)
	}
	defer topic.Close()
	if word, problem := src.reader.State(); word == "failing" {
		s.notice("WARNING", pgerr.ConnectionFailure, fmt.Sprintf("source %q cannot be read now: %s", o.Name, problem))
	}
	from, until := st.starts[o.OID], st.offsets[o.OID]
	if st.idle[o.OID] {
		if from, until, err = topic.Extent(ctx, from, st.resolved[o.OID]); err != nil {
			return topicError(o, err)
		}
	}
	var failed error // of fn: no trouble of the topic's
	for _, p := range sortedKeys(until) {
		err := topic.Range(ctx, p, from[p], ingest.LevelOf(st.startLevels[o.OID], p), until[p], attrs, func(c ingest.Chunk) error {
			failed = fn(c.Batch)
			return failed
		})
		if failed != nil {
			return failed
		}
		if err != nil {
			return topicError(o, err)
		}
	}
	return nil
}
