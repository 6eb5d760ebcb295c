package ingest

import (
	"context"
	"maps"
	"math"

	"github.com/tarndb/tarn/topics"
)

// noEnd is the offset that no fetch reaches.
const noEnd = math.MaxInt64

// Topic is a source's topic, opened.
type Topic struct {
	log topics.Log
	cfg *Config
}

// Topic opens the topic once more, to read of it what was read before. The
// caller closes it.
func (r *Reader) Topic() (*Topic, error) {
	log, err := r.cfg.Open()
	if err != nil {
		return nil, err
	}
	return &Topic{log, &r.cfg}, nil
}

// Close ends what reads of the topic.
func (t *Topic) Close() error { return t.log.Close() }

// Resolve says where the source begins in every partition that exists now.
func (t *Topic) Resolve(ctx context.Context) (map[int32]int64, error) {
	return t.log.Resolve(ctx, t.cfg.Start)
}

// Extent is what of the topic there is to read before an idle source goes live:
// from where it is to start, which is starts if that is fixed already, to where
// the topic ends now.
func (t *Topic) Extent(ctx context.Context, starts map[int32]int64, fixed bool) (from, until map[int32]int64, err error) {
	from = maps.Clone(starts)
	if !fixed {
		if from, err = t.Resolve(ctx); err != nil {
			return nil, nil, err
		}
	}
	bounds, err := t.log.Bounds(ctx)
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

// Range reads the wanted columns of a partition from one offset up to another,
// which the log must hold: when a fetch gives nothing, a log that ends before it
// is an error, since nobody knows whether it will ever get there. level is the
// partition's at the first offset.
func (t *Topic) Range(ctx context.Context, p int32, at, level, until int64, wanted []int, fn func(Chunk) error) error {
	feed, err := t.feed(p, wanted, level, nil)
	if err != nil {
		return err
	}
	for at < until {
		chunks, err := feed.fetch(ctx, at, until)
		if err != nil {
			return err
		}
		for _, c := range chunks {
			if err := fn(c); err != nil {
				return err
			}
			at = c.Next
		}
		if len(chunks) > 0 {
			continue
		}
		bounds, err := t.log.Bounds(ctx)
		if err != nil {
			return err
		}
		if r, ok := bounds[p]; !ok || r.End < until || at < r.Start {
			return &topics.Error{Kind: topics.ErrOffsetOutOfRange, Partition: p, Offset: until - 1, Range: r}
		}
	}
	return nil
}
