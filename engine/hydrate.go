package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Hydration brings a new view to the state that it would have if it had always
// been there, beside the live circuit: a circuit of its own computes the view
// over its inputs as of one epoch (snapshots of stored collections, topics read
// again from their start), while a tap keeps what later epochs change. When the
// tap is drained, at an epoch's boundary, the state joins the live circuit. The
// views that exist run on all the while.

// hydrationRows is how many rows a step of the hydrating circuit is given.
const hydrationRows = 1 << 15

// tap keeps the changes of some relations, epoch by epoch. The loop appends,
// the hydration takes.
type tap struct {
	rels  map[uint32]bool
	cols  map[uint32][]int // the columns of live sources that it needs; the loop's
	limit int64            // bytes that may wait

	mu     sync.Mutex
	epochs []map[uint32]row.Delta
	size   int64
	full   bool
}

// tapBytes bounds what epochs may change while a view is hydrated and has not
// taken it yet. The epochs do not wait for a hydration, so one that falls behind
// further than this fails.
const tapBytes = 256 << 20

func (t *tap) put(d map[uint32]row.Delta) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, delta := range d {
		t.size += deltaBytes(delta)
	}
	if t.full = t.full || t.size > t.limit; t.full {
		t.epochs = nil
		return
	}
	t.epochs = append(t.epochs, d)
}

func (t *tap) take() ([]map[uint32]row.Delta, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full {
		return nil, pgerr.New(pgerr.OutOfMemory, "the view cannot be filled as fast as its inputs change").
			WithDetail("More than %d MB of changes wait for it.", t.limit>>20).
			WithHint("Create it while less arrives.")
	}
	out := t.epochs
	t.epochs, t.size = nil, 0
	return out, nil
}

// feedTaps gives the epoch's changes to the hydrations that run.
func (f *flow) feedTaps(deltas map[uint32]row.Delta) {
	for _, t := range f.taps {
		out := map[uint32]row.Delta{}
		for oid := range t.rels {
			d := deltas[oid]
			if o := f.db.catalog.objects[oid]; o != nil && o.stored() {
				d = f.circuit.Output(f.nodes[oid])
			}
			if d.Rows() > 0 {
				out[oid] = d
			}
		}
		if len(out) > 0 {
			t.put(out)
		}
	}
}

// hydration is one view on its way.
type hydration struct {
	db      *Database
	obj     *object
	plan    *viewPlan
	job     *job
	circuit *operators.Circuit
	inputs  map[uint32]operators.NodeID
	stores  *stagedStores
	tap     *tap
	from    *state                     // the epoch of the snapshots
	until   map[uint32]map[int32]int64 // where to stop reading each topic
	idle    []*source                  // sources that nothing read before
	starts  map[uint32]map[int32]int64 // where each topic begins
	seen    map[uint32]map[int32]int64 // what epochs have had of the idle sources
	fixed   map[uint32]bool            // idle sources whose start is fixed already
	errs    []errorRow
	rows    int64
	notices []Notice
}

// stagedStores keeps a hydrating view's arrangements out of commits until it joins.
type stagedStores struct {
	trees  map[storage.ArrID]map[int]*storage.Tree
	tables map[storage.ArrID]map[int]*storage.Table
}

func newStagedStores() *stagedStores {
	return &stagedStores{trees: map[storage.ArrID]map[int]*storage.Tree{}, tables: map[storage.ArrID]map[int]*storage.Table{}}
}

func (s *stagedStores) Tree(id storage.ArrID, shard int) *storage.Tree {
	if s.trees[id] == nil {
		s.trees[id] = map[int]*storage.Tree{}
	}
	if s.trees[id][shard] == nil {
		s.trees[id][shard] = storage.NewMemTree()
	}
	return s.trees[id][shard]
}

func (s *stagedStores) Table(id storage.ArrID, shard int) *storage.Table {
	if s.tables[id] == nil {
		s.tables[id] = map[int]*storage.Table{}
	}
	if s.tables[id][shard] == nil {
		s.tables[id][shard] = storage.NewMemTable()
	}
	return s.tables[id][shard]
}

// adopt gives the arrangements of the object to the store, all of them dirty.
// Those that are shared and live already are dropped: they hold the same rows.
func (s *stagedStores) adopt(db *storage.DB, own map[storage.ArrID]bool) {
	for id, shards := range s.trees {
		for shard, t := range shards {
			if own[id] {
				db.AdoptTree(id, shard, t)
			}
		}
	}
	for id, shards := range s.tables {
		for shard, t := range shards {
			if own[id] {
				db.AdoptTable(id, shard, t)
			}
		}
	}
}

// hydrate computes the new view and joins it to the live circuit.
func (db *Database) hydrate(ctx context.Context, o *object, plan *viewPlan) ([]Notice, error) {
	h := &hydration{
		db: db, obj: o, plan: plan, job: db.jobs.begin("CREATE MATERIALIZED VIEW", o.Name),
		inputs: map[uint32]operators.NodeID{}, stores: newStagedStores(), until: map[uint32]map[int32]int64{},
		starts: map[uint32]map[int32]int64{}, seen: map[uint32]map[int32]int64{}, fixed: map[uint32]bool{},
	}
	defer db.jobs.end(h.job)
	if err := h.build(); err != nil {
		return nil, err
	}
	if err := db.change(ctx, h.begin); err != nil {
		return nil, err
	}
	joined := false
	defer func() {
		if !joined {
			h.abandon()
		}
		h.from.release()
	}()
	err := h.fill(ctx)
	if err == nil {
		err = h.catchUp(ctx)
	}
	if err == nil {
		err = db.change(ctx, h.join)
	}
	joined = err == nil
	return h.notices, err
}

// build makes the hydrating circuit.
func (h *hydration) build() error {
	h.circuit = operators.NewCircuit(operators.Config{Shards: h.db.shards, Stores: h.stores})
	for oid := range h.plan.reads {
		o := h.plan.catalog.objects[oid]
		key := []int(nil)
		if o.stored() {
			key = o.outputKey()
		}
		id, err := h.circuit.Add(operators.Input{Types: o.types(), Key: key}, operators.Options{Name: o.Name, Owner: h.obj.Name})
		if err != nil {
			return err
		}
		h.inputs[oid] = id
	}
	_, err := build.Build(h.plan.iplan, h.circuit, hydrationEnv{h})
	return err
}

type hydrationEnv struct{ h *hydration }

var _ build.Env = hydrationEnv{}

func (e hydrationEnv) Input(rel *planner.Relation) (operators.NodeID, error) {
	return e.h.inputs[rel.ID], nil
}
func (e hydrationEnv) Shared(string) (operators.NodeID, bool) { return 0, false }
func (e hydrationEnv) Arranged(string, operators.NodeID)      {}
func (e hydrationEnv) State(op planner.OpID) storage.ArrID {
	return e.h.obj.stateOf(op)
}
func (e hydrationEnv) Options() operators.Options { return operators.Options{Owner: e.h.obj.Name} }
func (e hydrationEnv) Context() *expr.Context     { return e.h.plan.ctx }

// begin fixes the epoch to hydrate at, and taps the inputs from there on.
// It belongs to the loop.
func (h *hydration) begin() error {
	for oid := range h.plan.reads {
		if o := h.db.catalog.objects[oid]; o == nil || o.Stopped != "" {
			return h.changed()
		}
	}
	h.db.publish()
	h.from = h.db.current.Load()
	h.from.retain()
	h.tap = &tap{rels: map[uint32]bool{}, cols: map[uint32][]int{}, limit: h.db.opts.tapLimit}
	for oid, attrs := range h.plan.reads {
		h.tap.rels[oid] = true
		s := h.db.sources[oid]
		if s == nil || s.obj.stored() {
			continue
		}
		h.starts[oid] = maps.Clone(s.starts)
		if _, live := h.db.flow.wanted(oid); !live {
			h.idle = append(h.idle, s)
			h.seen[oid], h.fixed[oid] = maps.Clone(s.offsets), s.resolved
			continue
		}
		h.until[oid], h.tap.cols[oid] = maps.Clone(s.offsets), attrs
	}
	h.db.flow.taps = append(h.db.flow.taps, h.tap)
	h.db.tendSources()
	return nil
}

// changed is the error of a view whose inputs did not stay as they were when it
// was planned.
func (h *hydration) changed() error {
	if in := h.db.catalog.stoppedInput(h.obj); in != nil {
		return stoppedObject(in)
	}
	return pgerr.New(pgerr.SerializationFailure, "could not create %s: an object that it shares state with has stopped", h.obj.label()).
		WithHint("Try again.")
}

func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// fill feeds the inputs as of the epoch that begin has fixed.
func (h *hydration) fill(ctx context.Context) error {
	if err := h.circuit.Step(ctx, nil); err != nil {
		return err
	}
	for _, oid := range sortedKeys(h.plan.reads) {
		o := h.plan.catalog.objects[oid]
		var err error
		if o.stored() {
			err = h.fillStored(ctx, o)
		} else {
			if err = h.fillTopic(ctx, h.db.sources[oid]); err != nil && ctx.Err() == nil {
				err = topicError(o, err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *hydration) step(ctx context.Context, in map[uint32]row.Delta) error {
	inputs := map[operators.NodeID]row.Delta{}
	for oid, d := range in {
		inputs[h.inputs[oid]] = d
		h.rows += int64(d.Rows())
	}
	if err := h.circuit.Step(ctx, inputs); err != nil {
		return err
	}
	for _, e := range h.circuit.Errors() {
		h.errs = append(h.errs, viewErrorRow(e))
	}
	if len(h.errs) > hydrationErrors {
		return pgerr.New(pgerr.ProgramLimitExceeded, "the query fails on more than %d rows", hydrationErrors).
			WithDetail("One of the errors is: %s", h.errs[0].cells[len(h.errs[0].cells)-1].B)
	}
	return nil
}

// hydrationErrors bounds the errors that are kept until the view joins.
const hydrationErrors = 1 << 20

// fillStored feeds a snapshot of a stored collection.
func (h *hydration) fillStored(ctx context.Context, o *object) error {
	return scanObject(h.from, o, nil, hydrationRows, func(b *row.Batch) error {
		h.job.progress("reading "+o.Name, h.rows, 0)
		return h.step(ctx, map[uint32]row.Delta{o.OID: {b}})
	})
}

func (h *hydration) notice(format string, args ...any) {
	h.notices = append(h.notices, Notice{Severity: "NOTICE", Code: "00000", Message: fmt.Sprintf(format, args...)})
}

// lastEpochs is how few epochs may be left for join, which the loop waits for.
const lastEpochs = 2

// catchUp feeds what the epochs have changed meanwhile, until little is left.
// Under a steady stream there is always an epoch more.
func (h *hydration) catchUp(ctx context.Context) error {
	for {
		epochs, err := h.tap.take()
		if err != nil {
			return err
		}
		for _, d := range epochs {
			h.job.progress("catching up", h.rows, 0)
			if err := h.step(ctx, d); err != nil {
				return err
			}
		}
		if len(epochs) <= lastEpochs {
			return nil
		}
	}
}

// join makes the view a part of the live circuit. It belongs to the loop, between
// two epochs.
func (h *hydration) join() error {
	db := h.db
	epochs, err := h.tap.take()
	if err != nil {
		return err
	}
	for _, d := range epochs {
		if err := h.step(context.Background(), d); err != nil {
			return err
		}
	}
	if err := db.store.Err(); err != nil {
		return pgerr.New(pgerr.IOError, "the store cannot be read: %v", err)
	}
	own, err := h.ownArrangements()
	if err != nil {
		return err
	}
	h.stores.adopt(db.store, own)
	before := db.catalog
	db.catalog = before.with(h.obj)
	if err := db.flow.attachView(h.obj, h.plan); err != nil {
		// The numbers are not given again.
		db.catalog = db.catalog.without([]*object{h.obj})
		db.store.Drop(slices.Collect(maps.Keys(own))...)
		return err
	}
	h.removeTap()
	for _, s := range h.idle {
		if until := h.until[s.obj.OID]; until != nil {
			s.offsets, s.starts, s.resolved = until, h.starts[s.obj.OID], true
		}
	}
	db.tendSources()
	if err := db.applyErrors(h.errs); err != nil {
		db.halt(err)
		return err
	}
	db.endEpoch()
	return nil
}

// ownArrangements lists the arrangements that the view brings along: all but those
// that are live already. It fails when the catalog is not what the view was
// planned under any more: an object has stopped.
func (h *hydration) ownArrangements() (map[storage.ArrID]bool, error) {
	own := map[storage.ArrID]bool{h.obj.Output: true}
	for oid := range h.plan.reads {
		if _, ok := h.db.flow.nodes[oid]; !ok {
			return nil, h.changed()
		}
	}
	for _, s := range h.obj.States {
		if s.Shared != "" && h.db.flow.shared[s.Shared] != nil {
			continue
		}
		if s.First < h.plan.catalog.nextArr {
			return nil, h.changed() // it was to be shared, and is live no more
		}
		for i := range s.N {
			own[s.First+storage.ArrID(i)] = true
		}
	}
	return own, nil
}

func (h *hydration) removeTap() {
	h.db.flow.taps = slices.DeleteFunc(h.db.flow.taps, func(t *tap) bool { return t == h.tap })
}

// abandon leaves no trace of a hydration that failed.
func (h *hydration) abandon() {
	_ = h.db.do(context.Background(), func() error {
		h.removeTap()
		h.db.tendSources()
		return nil
	})
}
