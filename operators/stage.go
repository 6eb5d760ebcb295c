package operators

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"time"
)

// stageOfNodes is what runs between two barriers, and what that took of late.
type stageOfNodes struct {
	nodes []*node
	// Of the last steps, each counting for less than the one after it.
	nanos, rows float64
}

// A stage of a new circuit is taken for one of firstCost nanoseconds a row.
// What lies far back counts for little, since costs follow the data.
const (
	firstCost = 100
	firstRows = 1 << 10
	remember  = 7.0 / 8
)

// handOver is the work for which other cores are worth waking: that takes some
// microseconds of each of them.
const handOver = 150 * time.Microsecond

// learn takes note of what a step of the stage took, summed over shards.
func (s *stageOfNodes) learn(took time.Duration, rows int) {
	s.nanos = s.nanos*remember + float64(took)
	s.rows = s.rows*remember + float64(rows)
}

// worthSharing reports that so many rows are enough work for all shards'
// goroutines. What a step gives does not depend on it.
func (c *Circuit) worthSharing(s *stageOfNodes, rows int) bool {
	return c.shards > 1 && (c.always || s.nanos*float64(rows) > float64(handOver)*s.rows)
}

// runStage runs the nodes of one stage, each shard by itself.
func (c *Circuit) runStage(ctx context.Context, st *stageOfNodes) error {
	rows, must := c.stageRows(st)
	if rows == 0 && !must {
		return c.runInline(ctx, st)
	}
	began := time.Now()
	if !must && !c.worthSharing(st, rows) {
		err := c.runInline(ctx, st)
		st.learn(time.Since(began), rows)
		return err
	}
	errs := make([]error, c.shards)
	took := make([]time.Duration, c.shards)
	run := func(s int) {
		began := time.Now()
		errs[s] = c.runShard(ctx, st, s)
		took[s] = time.Since(began)
	}
	var wg sync.WaitGroup
	for s := 1; s < c.shards; s++ {
		wg.Go(func() { run(s) })
	}
	// This goroutine gets in line before it goes on: a processor that a commit has
	// offered looks there only, and would else go back to the commit.
	runtime.Gosched()
	run(0)
	wg.Wait()
	total := time.Duration(0)
	for _, d := range took {
		total += d
	}
	st.learn(total, rows)
	return errors.Join(errs...)
}

func (c *Circuit) runInline(ctx context.Context, st *stageOfNodes) error {
	for s := range c.shards {
		if err := c.runShard(ctx, st, s); err != nil {
			return err
		}
	}
	return nil
}

// stageRows counts the rows that enter a stage: from inputs, from exchanges
// that other stages filled, and from nodes of earlier stages. whole says that a
// node has all of its state to give.
func (c *Circuit) stageRows(st *stageOfNodes) (rows int, whole bool) {
	for _, n := range st.nodes {
		for _, in := range n.ins {
			if in.send != nil || in.isInput || in.stage < n.stage {
				rows += in.waiting()
			}
		}
		for _, op := range n.ops {
			if imp, ok := op.(*importOp); ok && imp.pending() {
				whole = c.shards > 1
			}
		}
	}
	return rows, whole
}
