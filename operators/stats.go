package operators

import (
	"fmt"
	"strings"
)

// shardStats is one shard's counters of a node; a cache line of its own, since
// shards count at the same time.
type shardStats struct {
	in, out, steps, nanos int64
	_                     [4]int64
}

// NodeStats are a node's counters since it was added.
type NodeStats struct {
	Node    NodeID
	Name    string
	Owner   string
	Steps   int64 // shards' steps in which it had something to do
	RowsIn  int64
	RowsOut int64
	Nanos   int64 // summed over shards
}

// Stats lists the counters of all nodes, in order.
func (c *Circuit) Stats() []NodeStats {
	out := make([]NodeStats, 0, len(c.order))
	for _, n := range c.order {
		st := NodeStats{Node: n.id, Name: n.opt.Name, Owner: n.opt.Owner}
		for i := range n.stats {
			st.Steps += n.stats[i].steps
			st.RowsIn += n.stats[i].in
			st.RowsOut += n.stats[i].out
			st.Nanos += n.stats[i].nanos
		}
		out = append(out, st)
	}
	return out
}

// Describe is the circuit's canonical text: a line for each node, inputs
// before what reads them.
func (c *Circuit) Describe() string {
	var b strings.Builder
	for _, n := range c.order {
		fmt.Fprintf(&b, "%d: %s", n.id, n.spec.name())
		if args := describeArgs(n.spec); args != "" {
			fmt.Fprintf(&b, " %s", args)
		}
		for i, in := range n.ins {
			sep := ", "
			if i == 0 {
				sep = " <- "
			}
			fmt.Fprintf(&b, "%s%d", sep, in.id)
		}
		b.WriteString(" (")
		for i, t := range n.types {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(t.Name())
		}
		b.WriteString(")")
		if n.opt.Name != n.spec.name() {
			fmt.Fprintf(&b, " %q", n.opt.Name)
		}
		if n.isOutput {
			b.WriteString(" output")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Work is a kind of work that a step does.
type Work uint8

// The kinds of work. A node that is marked as output counts as output whatever it does.
const (
	LinearWork   Work = iota // maps, unions, constants
	ExchangeWork             // bringing rows to the shards of their keys
	StateWork                // operators that keep or read state
	OutputWork               // keeping the rows of views
	NumWorks
)

// String names the kind.
func (w Work) String() string {
	return [...]string{"linear", "exchange", "state", "output"}[w]
}

// StepStats is what one step did. Nanos are summed over shards, so that with
// shards that work side by side they are more than the step took.
type StepStats struct {
	Nanos   [NumWorks]int64
	RowsIn  [NumWorks]int64
	RowsOut [NumWorks]int64
}

// LastStep is what the last Step did.
func (c *Circuit) LastStep() StepStats {
	var out StepStats
	for s := range c.work {
		for w := range NumWorks {
			out.Nanos[w] += c.work[s].Nanos[w]
			out.RowsIn[w] += c.work[s].RowsIn[w]
			out.RowsOut[w] += c.work[s].RowsOut[w]
		}
	}
	return out
}

// shardWork is a shard's part of the last step, padded so that no two shards
// write to one cache line.
type shardWork struct {
	StepStats
	_ [4]int64
}

// kindOfWork says what a node's time is counted as.
func (n *node) kindOfWork() Work {
	switch n.spec.(type) {
	case Map, Union, Values, Input:
		if !n.isOutput {
			return LinearWork
		}
	case Exchange, Gather, Broadcast:
		return ExchangeWork
	}
	if n.isOutput {
		return OutputWork
	}
	return StateWork
}
