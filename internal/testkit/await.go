package testkit

import (
	"context"
	"fmt"
	"time"

	"github.com/tarndb/tarn/topics"
)

// pollInterval is how often a condition is looked at, and patience how long it
// may take: far longer than anything should.
const (
	pollInterval = 200 * time.Microsecond
	patience     = 30 * time.Second
)

// until looks at a condition until it is true.
func until(ctx context.Context, what string, cond func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		ok, err := cond()
		if ok || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited too long until %s", what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// await waits until the sources that are read have reached the ends of their
// topics. A topic that is not there is not waited for.
func (r *runner) await(ctx context.Context) error {
	if r.cluster.isDown() || r.cluster.isEmpty() {
		return nil
	}
	topicOf, err := r.topicsOfSources(ctx)
	if err != nil {
		return err
	}
	return until(ctx, "the sources reach the ends of their topics", func() (bool, error) {
		reached, err := r.db.Reached(ctx)
		if err != nil {
			return false, err
		}
		for source, offsets := range reached {
			ok, err := r.cluster.atEnd(ctx, topicOf[source], offsets)
			if !ok || err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

func (r *runner) topicsOfSources(ctx context.Context) (map[string]string, error) {
	res, err := execute(ctx, r.watcher, "SELECT name, topic FROM tarn.sources")
	if err != nil {
		return nil, fmt.Errorf("reading tarn.sources: %w", err)
	}
	out := map[string]string{}
	for _, rw := range res.rows {
		out[string(rw[0].B)] = string(rw[1].B)
	}
	return out, nil
}

func (r *runner) awaitProblem(ctx context.Context, source string) error {
	query := "SELECT count(*) FROM tarn.sources WHERE problem IS NOT NULL AND name = '" + source + "'"
	return until(ctx, "source "+source+" shows a problem", func() (bool, error) {
		res, err := execute(ctx, r.watcher, query)
		if err != nil {
			return false, err
		}
		return res.rows[0][0].I > 0, nil
	})
}

func (c *cluster) isDown() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down
}

func (c *cluster) isEmpty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.topics) == 0
}

// atEnd reports that offsets are the ends of the topic's partitions.
func (c *cluster) atEnd(ctx context.Context, topic string, offsets map[int32]int64) (bool, error) {
	l := c.topic(topic)
	if l == nil {
		return true, nil
	}
	bounds, err := l.Bounds(ctx)
	if err != nil {
		return false, err
	}
	return reachedAll(bounds, offsets), nil
}

func reachedAll(bounds map[int32]topics.Range, offsets map[int32]int64) bool {
	for p, b := range bounds {
		if at, met := offsets[p]; !met || at < b.End {
			return false
		}
	}
	return true
}
