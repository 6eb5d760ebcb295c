package engine

import (
	"context"
	"errors"
	"maps"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// How a hydration, or a query, reads a topic again.

// fillTopic reads a topic again from where the source began. A topic that was
// never read and cannot be reached yet is as good as empty: the view fills when
// the source can read.
func (h *hydration) fillTopic(ctx context.Context, s *source) error {
	log, err := s.openLog()
	if err == nil {
		defer log.Close()
	}
	until, live := h.until[s.obj.OID]
	if !live {
		var from, end map[int32]int64
		if err == nil {
			from, end, err = s.extent(ctx, log, h.starts[s.obj.OID], h.fixed[s.obj.OID])
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
		if err := h.fillPartition(ctx, s, log, p, h.starts[s.obj.OID][p], until[p], known); err != nil {
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

// extent is what of the topic there is to read before an idle source goes live:
// from where it is to start, which is starts if that is fixed already, to where
// the topic ends now.
func (s *source) extent(ctx context.Context, log topics.Log, starts map[int32]int64, fixed bool) (from, until map[int32]int64, err error) {
	from = maps.Clone(starts)
	if !fixed {
		if from, err = log.Resolve(ctx, s.startAt); err != nil {
			return nil, nil, err
		}
	}
	bounds, err := log.Bounds(ctx)
	if err != nil {
		return nil, nil, err
	}
	if from == nil {
		from = map[int32]int64{}
	}
	until = map[int32]int64{}
	for p, r := range bounds {
		if _, ok := from[p]; !ok {
			from[p] = r.Start
		}
		until[p] = max(r.End, from[p])
	}
	return from, until, nil
}

func (h *hydration) fillPartition(ctx context.Context, s *source, log topics.Log, p int32, at, until, known int64) error {
	dec, err := newChunkDecoder(s.spec, h.plan.reads[s.obj.OID])
	if err != nil {
		return err
	}
	dec.until = until
	return readRange(ctx, log, p, at, until, dec, func(c chunk) error {
		for _, m := range c.bad {
			if m.offset >= known {
				h.errs = append(h.errs, m.row(s.obj.Name))
			}
		}
		h.job.progress("reading "+s.obj.Name, h.rows, 0)
		if c.batch.Len() == 0 {
			return nil
		}
		return h.step(ctx, map[uint32]row.Delta{s.obj.OID: {c.batch}})
	})
}

// readRange reads a partition from one offset up to another, which the log must
// hold: when a fetch gives nothing, a log that ends before it is an error, since
// nobody knows whether it will ever get there.
func readRange(ctx context.Context, log topics.Log, p int32, at, until int64, dec *chunkDecoder, fn func(chunk) error) error {
	for at < until {
		next, err := log.Fetch(ctx, p, at, fetchBytes, dec.sink)
		if err != nil {
			return err
		}
		if next <= at {
			bounds, err := log.Bounds(ctx)
			if err != nil {
				return err
			}
			if r, ok := bounds[p]; !ok || r.End < until || at < r.Start {
				return &topics.Error{Kind: topics.ErrOffsetOutOfRange, Partition: p, Offset: until - 1, Range: r}
			}
			continue
		}
		at = next
		for _, c := range dec.take(p, next) {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}
