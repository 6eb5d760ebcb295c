package operators

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/tarndb/tarn/row"
)

// checkRows is how many rows an operator may produce between two looks at the
// context.
const checkRows = 1 << 16

// stepCtx is what one shard of a step knows.
type stepCtx struct {
	c     *Circuit
	ctx   context.Context
	shard int
	since int
}

// tick counts work of n rows and looks at the context from time to time.
func (x *stepCtx) tick(n int) error {
	x.since += n
	if x.since < checkRows {
		return nil
	}
	x.since = 0
	return x.ctx.Err()
}

// Step applies one change of the inputs and runs every node that it reaches.
// Inputs that are left out do not change. Batches that are given stay the
// circuit's readers' for ever: nobody changes them any more.
//
// If ctx ends, Step returns its error, and the circuit, whose stores hold half
// a step, can only be thrown away. If nodes fail, Step completes the step for
// all others and returns the joined *NodeErrors; Failed lists them later.
func (c *Circuit) Step(ctx context.Context, inputs map[NodeID]row.Delta) error {
	c.clear()
	for id, d := range inputs {
		n := c.nodes[id]
		if n == nil || !n.isInput {
			return fmt.Errorf("operators: node %d is not an input", id)
		}
		n.feed(d, c.shards, c.worthSharing(c.stages[n.stage], d.Rows()))
	}
	for _, st := range c.stages {
		if err := c.runStage(ctx, st); err != nil {
			return err
		}
	}
	return c.settle()
}

// clear forgets the previous step's deltas.
func (c *Circuit) clear() {
	clear(c.work)
	for _, n := range c.order {
		clear(n.read)
		for s := range n.out {
			n.release(s)
		}
	}
}

// release gives up a shard's delta.
func (n *node) release(shard int) {
	n.out[shard] = nil
	for _, from := range n.boxes {
		from[shard] = nil
	}
	if n.arr != nil {
		n.arr[shard].endStep()
	}
}

func (n *node) waiting() int {
	rows := 0
	for s, d := range n.out {
		rows += d.Rows()
		if n.arr != nil && !n.arr[s].emits {
			rows += n.arr[s].changed()
		}
	}
	for _, from := range n.boxes {
		for _, d := range from {
			rows += d.Rows()
		}
	}
	return rows
}

// runShard runs one shard of the nodes of a stage. Only a context's error stops
// it; a node's error stays at the node.
func (c *Circuit) runShard(ctx context.Context, st *stageOfNodes, shard int) error {
	x := &stepCtx{c: c, ctx: ctx, shard: shard}
	for _, n := range st.nodes {
		if n.runnable(shard) {
			if err := c.runNode(x, n); err != nil {
				return err
			}
		}
		for _, in := range n.ins {
			if in.read[shard]++; in.read[shard] == in.uses && !in.isOutput {
				in.release(shard)
			}
		}
	}
	return nil
}

// runNode runs a shard of a node if there is something to do.
func (c *Circuit) runNode(x *stepCtx, n *node) error {
	in, rows := n.gatherInputs(x.shard)
	if rows == 0 && !n.hasPending(x.shard) {
		return nil
	}
	if err := x.ctx.Err(); err != nil {
		return err
	}
	start := time.Now()
	err := n.run(x, in)
	n.count(x, rows, time.Since(start))
	if err != nil {
		if x.ctx.Err() != nil && errors.Is(err, x.ctx.Err()) {
			return err
		}
		n.broken[x.shard] = err
	}
	return nil
}

// count adds to the counters of the node and of the step.
func (n *node) count(x *stepCtx, rows int, took time.Duration) {
	out := n.out[x.shard].Rows()
	switch {
	case n.send != nil:
		out = rows
	case n.arr != nil:
		out = n.arr[x.shard].changed()
	case out == 0 && n.ops != nil:
		if op, ok := n.ops[x.shard].(changer); ok {
			out = op.changes()
		}
	}
	st := &n.stats[x.shard]
	st.nanos += took.Nanoseconds()
	st.in += int64(rows)
	st.out += int64(out)
	st.steps++
	work, kind := &x.c.work[x.shard], n.kindOfWork()
	work.Nanos[kind] += took.Nanoseconds()
	work.RowsIn[kind] += int64(rows)
	work.RowsOut[kind] += int64(out)
}

// runnable says that neither the node nor an input of it has failed.
func (n *node) runnable(shard int) bool {
	if n.failed != nil || n.broken[shard] != nil {
		return false
	}
	for _, in := range n.ins {
		if in.failed != nil {
			return false
		}
		if in.broken[shard] != nil {
			n.broken[shard] = errUpstream
			return false
		}
	}
	return true
}

var errUpstream = errors.New("a node that it reads failed")

// gatherInputs collects this shard's deltas of the node's inputs.
func (n *node) gatherInputs(shard int) ([]row.Delta, int) {
	in := make([]row.Delta, len(n.ins))
	rows := 0
	for i, from := range n.ins {
		if from.arr != nil && !from.arr[shard].emits {
			rows += from.arr[shard].changed()
			continue
		}
		in[i] = from.arriving(shard)
		rows += in[i].Rows()
	}
	return in, rows
}

func (n *node) hasPending(shard int) bool {
	if n.ops == nil {
		return false
	}
	st, ok := n.ops[shard].(starter)
	return ok && st.pending()
}

// run steps one shard of a node, and turns a panic into the node's error.
func (n *node) run(x *stepCtx, in []row.Delta) (err error) {
	defer func() {
		if r := recover(); r != nil {
			n.out[x.shard] = nil
			err = &PanicError{Value: r, Stack: debug.Stack()}
		}
	}()
	if n.send != nil {
		n.send(x, in[0], n.boxes[x.shard])
		return nil
	}
	out, err := n.ops[x.shard].step(x, in)
	if err != nil {
		return err
	}
	n.out[x.shard] = out
	return nil
}

// settle turns the shards' errors into failed nodes, with all downstream.
func (c *Circuit) settle() error {
	var errs []error
	for _, n := range c.order {
		if n.failed != nil {
			continue
		}
		for _, in := range n.ins {
			if in.failed != nil {
				n.failed = errUpstream
			}
		}
		for s, err := range n.broken {
			if err != nil && (n.failed == nil || n.failed == errUpstream) && err != errUpstream {
				n.failed = err
			}
			n.broken[s] = nil
		}
		if n.failed == nil {
			continue
		}
		for s := range n.out {
			n.release(s)
		}
		if n.failed != errUpstream {
			errs = append(errs, n.nodeError())
		}
	}
	return errors.Join(errs...)
}

func (n *node) nodeError() *NodeError {
	return &NodeError{Node: n.id, Name: n.opt.Name, Owner: n.opt.Owner, Err: n.failed}
}

// Failed lists the nodes that run no more, in order; those that only read a
// failed one say so.
func (c *Circuit) Failed() []*NodeError {
	var out []*NodeError
	for _, n := range c.order {
		if n.failed != nil {
			out = append(out, n.nodeError())
		}
	}
	return out
}
