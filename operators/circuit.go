package operators

import (
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Config is what a circuit is made with.
type Config struct {
	Shards int    // at least 1
	Stores Stores // nil: in memory, thrown away with the circuit
}

// Options are a node's names and where its life begins.
type Options struct {
	Name  string // shown by Describe and Stats; "" takes the operator's own name
	Owner string // the view that the node's errors belong to
	// Hydrated says that the node's stores already hold the state that its
	// inputs' past brought about: nothing that is emitted once is emitted again.
	Hydrated bool
}

// Circuit is a DAG of operators and their shards' state. Its methods are for
// one goroutine at a time; a step uses more of them by itself.
type Circuit struct {
	shards int
	stores Stores
	nodes  map[NodeID]*node
	order  []*node // by id, which is a topological order
	lastID NodeID
	stages []*stageOfNodes
	always bool         // tests: every stage is for the shards' goroutines
	errs   [][]ErrorRow // per shard
	work   []shardWork  // per shard: of the last step
	unread bool         // see LeaveOutputs
}

// NewCircuit makes an empty circuit.
func NewCircuit(cfg Config) *Circuit {
	if cfg.Shards < 1 {
		cfg.Shards = 1
	}
	if cfg.Stores == nil {
		cfg.Stores = MemStores()
	}
	return &Circuit{
		shards: cfg.Shards,
		stores: cfg.Stores,
		nodes:  map[NodeID]*node{},
		errs:   make([][]ErrorRow, cfg.Shards),
		work:   make([]shardWork, cfg.Shards),
	}
}

// operator is one shard of a node. step is given the delta of each input on
// this shard (for an input that is an arrangement see arrangement.delta) and
// returns the node's delta. Batches that it was given and that it gave are not
// changed afterwards by anybody.
type operator interface {
	step(x *stepCtx, in []row.Delta) (row.Delta, error)
}

// changer is an operator that makes no delta where none is read: how many keys
// changed in the step.
type changer interface {
	changes() int
}

// starter is an operator that may have something to emit without any input.
type starter interface {
	pending() bool
}

// node is one vertex of the DAG with its operator on every shard.
type node struct {
	id     NodeID
	spec   Spec
	opt    Options
	ins    []*node
	types  []row.Type
	ops    []operator     // per shard; nil for inputs and exchanges
	arr    []*arrangement // per shard, when the node is an arrangement
	send   sender         // set for exchanges
	source []int          // set for inputs: the columns that shard their rows
	turn   int            // of inputs without: the shard that the next delta begins with

	expiry     *Expiry
	expiryType row.Type // of the key's column that state ends by
	expired    []byte   // the last bound
	isInput    bool
	stage      int
	uses       int  // consumers
	ended      bool // its output will not change any more
	isOutput   bool

	out    []row.Delta   // per shard: this step's delta
	boxes  [][]row.Delta // exchanges: [from][to]
	read   []int         // per shard: consumers that have run in this step
	stats  []shardStats
	broken []error // per shard: why the operator stopped in this step
	failed error   // why the node runs no more
}

// Add makes a node. Its inputs must exist. The specs' columns and types are
// checked; a wrong one is an error of the planner, not of the user.
func (c *Circuit) Add(spec Spec, opt Options) (NodeID, error) {
	n := &node{id: c.lastID + 1, spec: spec, opt: opt}
	if n.opt.Name == "" {
		n.opt.Name = spec.name()
	}
	for _, id := range spec.Inputs() {
		in := c.nodes[id]
		if in == nil {
			return 0, fmt.Errorf("operators: %s reads node %d, which does not exist", n.opt.Name, id)
		}
		if in.failed != nil {
			return 0, &NodeError{Node: in.id, Name: in.opt.Name, Owner: in.opt.Owner, Err: in.failed}
		}
		n.ins = append(n.ins, in)
		n.stage = max(n.stage, in.stageOfOutput())
	}
	if err := spec.build(c, n); err != nil {
		return 0, fmt.Errorf("operators: %s: %w", n.opt.Name, err)
	}
	n.out = make([]row.Delta, c.shards)
	n.read = make([]int, c.shards)
	n.stats = make([]shardStats, c.shards)
	n.broken = make([]error, c.shards)
	if n.send != nil {
		n.boxes = make([][]row.Delta, c.shards)
		for i := range n.boxes {
			n.boxes[i] = make([]row.Delta, c.shards)
		}
	}
	for _, in := range n.ins {
		in.uses++
		if !readsArrangements(spec) {
			in.emit()
		}
	}
	c.lastID++
	c.nodes[n.id] = n
	c.order = append(c.order, n)
	c.layStages()
	return n.id, nil
}

// readsArrangements reports an operator that looks into the arrangements that it
// reads, and does not need their deltas in batches.
func readsArrangements(spec Spec) bool {
	switch spec.(type) {
	case Join, Semi:
		return true
	}
	return false
}

// emit lets an arrangement put out its deltas in batches.
func (n *node) emit() {
	for _, a := range n.arr {
		a.emits = true
	}
}

// Remove takes nodes out, consumers first or all at once. A node that something
// else still reads stays, and is an error. Their stores are left as they are.
func (c *Circuit) Remove(ids ...NodeID) error {
	gone := map[*node]bool{}
	for _, id := range ids {
		if n := c.nodes[id]; n != nil {
			gone[n] = true
		}
	}
	for _, n := range c.order {
		for _, in := range n.ins {
			if gone[in] && !gone[n] {
				return fmt.Errorf("operators: node %d (%s) is still read by %d (%s)", in.id, in.opt.Name, n.id, n.opt.Name)
			}
		}
	}
	for n := range gone {
		for _, in := range n.ins {
			in.uses--
		}
		delete(c.nodes, n.id)
	}
	c.order = slices.DeleteFunc(c.order, func(n *node) bool { return gone[n] })
	c.layStages()
	return nil
}

// layStages sorts the nodes by stage.
func (c *Circuit) layStages() {
	c.stages = nil
	for _, n := range c.order {
		for len(c.stages) <= n.stage {
			c.stages = append(c.stages, &stageOfNodes{nanos: firstCost * firstRows, rows: firstRows})
		}
		if !n.isInput {
			st := c.stages[n.stage]
			st.nodes = append(st.nodes, n)
		}
	}
}

// stageOfOutput is the first stage in which the node's output can be read: what
// an exchange sends in one stage arrives behind its barrier, in the next.
func (n *node) stageOfOutput() int {
	if n.send != nil {
		return n.stage + 1
	}
	return n.stage
}

// Shards is the number of shards.
func (c *Circuit) Shards() int { return c.shards }

// Types lists the column types of a node's collection.
func (c *Circuit) Types(id NodeID) []row.Type { return c.nodes[id].types }

// Uses is the number of nodes that read the node.
func (c *Circuit) Uses(id NodeID) int { return c.nodes[id].uses }

// MarkOutput makes a node's delta readable by Output after each step. The deltas
// of nodes that are not marked are given up as soon as their consumers have run.
func (c *Circuit) MarkOutput(id NodeID) { c.nodes[id].isOutput = true }

// LeaveOutputs says whether nobody will ask for Output after the steps to come,
// until it is called again: operators need not make what nothing else reads.
func (c *Circuit) LeaveOutputs(unread bool) { c.unread = unread }

// Output is the delta of a marked node in the last step, of all shards; of an
// arrangement it is consolidated on each of them. Its batches stay as they are
// for as long as they are wanted.
func (c *Circuit) Output(id NodeID) row.Delta {
	n := c.nodes[id]
	var d row.Delta
	for s := range n.out {
		if n.arr != nil && !n.arr[s].emits {
			d = append(d, n.arr[s].delta.delta(n.types)...)
			continue
		}
		d = append(d, n.arriving(s)...)
	}
	return d
}

// arriving is the node's delta as its readers on a shard see it.
func (n *node) arriving(shard int) row.Delta {
	d := n.out[shard]
	for _, from := range n.boxes {
		d = append(d[:len(d):len(d)], from[shard]...)
	}
	return d
}

// Tree is a shard's content of an arrangement that it maintains (Arrange,
// Upsert); nil for other nodes. It is the circuit's: others read snapshots that they took
// between steps.
func (c *Circuit) Tree(id NodeID, shard int) *storage.Tree {
	n := c.nodes[id]
	if n == nil || n.arr == nil {
		return nil
	}
	return n.arr[shard].tree
}

// Layout is how an arrangement's rows lie in its trees; nil for other nodes.
func (c *Circuit) Layout(id NodeID) *row.Layout {
	n := c.nodes[id]
	if n == nil || n.arr == nil {
		return nil
	}
	return n.arr[0].rows
}
