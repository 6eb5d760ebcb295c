// Package flow is the live circuit: the operators of all objects that run, and which
// of them belong to which object. All of it belongs to the epoch loop.
package flow

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/tap"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// Flow is the live circuit and what of it belongs to which object.
type Flow struct {
	circuit *operators.Circuit
	inputs  map[uint32]operators.NodeID              // what sources and tables are fed to
	nodes   map[uint32]operators.NodeID              // an object's collection, all its columns
	indexes map[uint32]map[uint32][]operators.NodeID // by table and index, readers first
	views   map[uint32]*liveView
	shared  map[string]*sharedArrangement // by fingerprint
	made    []operators.NodeID            // what views brought about, in order
	taps    []*tap.Tap
}

// View is what a materialized view is built from.
type View struct {
	Plan    *planner.IPlan
	Reads   map[uint32][]int // columns by relation
	Context *expr.Context
}

// liveView is a materialized view in the circuit.
type liveView struct {
	obj    *catalog.Object
	shared []string         // fingerprints of the arrangements that it uses
	reads  map[uint32][]int // the columns that it reads, by relation
	nodes  []operators.NodeID
}

// sharedArrangement is an index that several views may use.
type sharedArrangement struct {
	node  operators.NodeID
	users int
}

// Stores gives operators the stores of a data directory.
type Stores struct{ DB *storage.DB }

func (s Stores) Tree(id storage.ArrID, shard int) *storage.Tree { return s.DB.Tree(id, shard) }

func (s Stores) Table(id storage.ArrID, shard int) *storage.Table { return s.DB.Table(id, shard) }

// New is a circuit without objects.
func New(shards int, store *storage.DB) *Flow {
	return &Flow{
		circuit: operators.NewCircuit(operators.Config{Shards: shards, Stores: Stores{store}}),
		inputs:  map[uint32]operators.NodeID{},
		nodes:   map[uint32]operators.NodeID{},
		indexes: map[uint32]map[uint32][]operators.NodeID{},
		views:   map[uint32]*liveView{},
		shared:  map[string]*sharedArrangement{},
	}
}

// Has reports that an object runs.
func (f *Flow) Has(oid uint32) bool {
	_, ok := f.nodes[oid]
	return ok
}

// Objects are the numbers of those that run.
func (f *Flow) Objects() iter.Seq[uint32] { return maps.Keys(f.nodes) }

// Show lists an object among those that run although nothing will: its rows are only read.
func (f *Flow) Show(o *catalog.Object) { f.nodes[o.OID] = 0 }

// Step runs the circuit once. deltas are by source or table; those of objects that do
// not run are left out.
func (f *Flow) Step(ctx context.Context, deltas map[uint32]row.Delta) error {
	inputs := make(map[operators.NodeID]row.Delta, len(deltas))
	for oid, d := range deltas {
		if id, ok := f.inputs[oid]; ok {
			inputs[id] = d
		}
	}
	f.circuit.LeaveOutputs(len(f.taps) == 0)
	return f.circuit.Step(ctx, inputs)
}

// LastStep is what the last step did.
func (f *Flow) LastStep() operators.StepStats { return f.circuit.LastStep() }

// Expire tells the circuit what a source promises.
func (f *Flow) Expire(source uint32, promise row.Datum) error {
	return f.circuit.Expire(f.inputs[source], promise)
}

// Describe counts what there is.
func (f *Flow) Describe() string {
	return fmt.Sprintf("taps %d, nodes %d, made %d, shared %d, views %d, inputs %d, %s",
		len(f.taps), len(f.nodes), len(f.made), len(f.shared), len(f.views), len(f.inputs), f.circuit.Describe())
}

// Shared reports that an arrangement of that fingerprint is live, for several views.
func (f *Flow) Shared(fingerprint string) bool { return f.shared[fingerprint] != nil }

// Attach puts a source or a table into the circuit, over stores that hold the
// state that the past of its input brought about.
func (f *Flow) Attach(o *catalog.Object) error {
	if o.Kind == catalog.View || o.Kind == catalog.MaterializedView {
		return nil
	}
	in, out, err := AddInput(f.circuit, o)
	if err != nil {
		return err
	}
	// Taps read it after the steps.
	f.circuit.MarkOutput(out)
	f.inputs[o.OID], f.nodes[o.OID] = in, out
	return f.Reindex(o)
}

// AddInput makes the nodes of a source or table: where it is fed, and its collection.
func AddInput(c *operators.Circuit, o *catalog.Object) (in, out operators.NodeID, err error) {
	opt := operators.Options{Name: o.Name, Owner: o.Name, Hydrated: true}
	types := o.Types()
	if !o.Stored() {
		in, err = c.Add(operators.Input{Types: types}, opt)
		return in, in, err
	}
	key := o.OutputKey()
	if o.Kind != catalog.Source {
		if in, err = c.Add(operators.Input{Types: types, Key: key}, opt); err != nil {
			return 0, 0, err
		}
		out, err = c.Add(operators.Arrange{In: in, Key: key, State: o.Output}, opt)
		return in, out, err
	}
	if in, err = c.Add(operators.Input{Types: append(types, row.T(row.Bool)), Key: key}, opt); err != nil {
		return 0, 0, err
	}
	out, err = c.Add(operators.Upsert{In: in, Key: key, Tombstone: len(types), State: o.Output}, opt)
	return in, out, err
}

// AttachView builds a view's part of the circuit over hydrated stores.
func (f *Flow) AttachView(o *catalog.Object, plan View) error {
	v := &liveView{obj: o, reads: plan.Reads}
	res, err := build.Build(plan.Plan, f.circuit, &liveEnv{flow: f, view: v, ctx: plan.Context})
	f.made = append(f.made, res.Nodes...)
	if err != nil {
		return errors.Join(err, f.release(v))
	}
	f.circuit.MarkOutput(res.Output)
	o.NameStates(plan.Plan)
	v.nodes = res.Nodes
	f.nodes[o.OID] = res.Output
	f.views[o.OID] = v
	return nil
}

// liveEnv is the live circuit as build sees it.
type liveEnv struct {
	flow *Flow
	view *liveView
	ctx  *expr.Context
}

var _ build.Env = (*liveEnv)(nil)

func (e *liveEnv) Input(rel *planner.Relation, _ []int) (operators.NodeID, error) {
	id, ok := e.flow.nodes[rel.ID]
	if !ok {
		return 0, fmt.Errorf("%s %q is not in the circuit", rel.Kind, rel.Name)
	}
	return id, nil
}

// Shared finds an arrangement that another view has brought about.
func (e *liveEnv) Shared(fingerprint string) (operators.NodeID, bool) {
	s := e.flow.shared[fingerprint]
	if s == nil || !e.view.obj.Shares(fingerprint) {
		return 0, false
	}
	e.use(fingerprint, s)
	return s.node, true
}

// Arranged is told of a new arrangement that others may use.
func (e *liveEnv) Arranged(fingerprint string, node operators.NodeID) {
	if !e.view.obj.Shares(fingerprint) {
		return
	}
	s := &sharedArrangement{node: node}
	e.flow.shared[fingerprint] = s
	e.use(fingerprint, s)
}

func (e *liveEnv) use(fingerprint string, s *sharedArrangement) {
	if !slices.Contains(e.view.shared, fingerprint) {
		s.users++
		e.view.shared = append(e.view.shared, fingerprint)
	}
}

func (e *liveEnv) State(op planner.OpID) storage.ArrID {
	return e.view.obj.StateOf(op)
}

func (e *liveEnv) Options() operators.Options {
	return operators.Options{Owner: e.view.obj.Name, Hydrated: true}
}

func (e *liveEnv) Context() *expr.Context { return e.ctx }

// Detach takes a dropped object out of the circuit.
func (f *Flow) Detach(o *catalog.Object) error {
	v := f.views[o.OID]
	in, fed := f.inputs[o.OID]
	out := f.nodes[o.OID]
	if err := f.dropIndexes(o); err != nil {
		return err
	}
	delete(f.inputs, o.OID)
	delete(f.nodes, o.OID)
	delete(f.views, o.OID)
	if v != nil {
		return f.release(v)
	}
	if fed && out != in {
		return f.circuit.Remove(out, in)
	}
	return f.circuit.Remove(in)
}

// release drops the view's share of arrangements, and then every node that
// nothing reads and nobody needs.
func (f *Flow) release(v *liveView) error {
	for _, fp := range v.shared {
		s := f.shared[fp]
		if s.users--; s.users == 0 {
			delete(f.shared, fp)
		}
	}
	pinned := map[operators.NodeID]bool{}
	for _, id := range f.nodes {
		pinned[id] = true
	}
	for _, s := range f.shared {
		pinned[s.node] = true
	}
	var kept []operators.NodeID
	for _, id := range slices.Backward(f.made) {
		if pinned[id] || f.circuit.Uses(id) > 0 {
			kept = append(kept, id)
			continue
		}
		if err := f.circuit.Remove(id); err != nil {
			return err
		}
	}
	slices.Reverse(kept)
	f.made = kept
	return nil
}

// Wanted is the columns of a source that live views read; live is false when
// nothing reads it, and it need not be read from its topic.
func (f *Flow) Wanted(o *catalog.Object) (cols []int, live bool) {
	if o.Stopped != "" {
		return nil, false
	}
	if o.Stored() {
		for i := range o.Columns {
			cols = append(cols, i)
		}
		return cols, true
	}
	set := map[int]bool{}
	for _, v := range f.views {
		attrs, ok := v.reads[o.OID]
		live = live || ok
		for _, a := range attrs {
			set[a] = true
		}
	}
	for _, t := range f.taps {
		attrs, ok := t.Cols[o.OID]
		live = live || ok
		for _, a := range attrs {
			set[a] = true
		}
	}
	return slices.Sorted(maps.Keys(set)), live
}

// ErrorRows takes the evaluation errors of the last steps.
func (f *Flow) ErrorRows() []failure.Change {
	var out []failure.Change
	for _, e := range f.circuit.Errors() {
		out = append(out, failure.OfRow(e))
	}
	return out
}
