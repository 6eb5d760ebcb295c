package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/flow"
	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/engine/tap"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Hydration brings a new view to the state that it would have if it had always
// been there: a circuit of its own computes the view over its inputs as of one
// epoch (snapshots of stored collections, topics read again from their start),
// while a tap keeps what later epochs change. When the tap is drained, at an
// epoch's boundary, the view joins the live circuit.
//
// The circuit works on the stores that the view is going to have, under numbers
// that no object of the catalog has yet: its state is evicted and committed like
// any other, and joining costs nothing. Its steps run in the loop between the
// epochs, a few milliseconds at a time, and the views that exist run on; what
// reads and decodes runs beside. A start drops the arrangements that belong to no
// object, which is what a crash leaves of a hydration.

// The rows of a hydrating step, which an epoch may have to wait for.
const (
	leastHydrationRows = 1 << 11
	mostHydrationRows  = 1 << 15
	soonHydration      = 3 * time.Millisecond
	lateHydration      = 10 * time.Millisecond
)

// hydration is one view on its way.
type hydration struct {
	db      *Database
	obj     *catalog.Object
	plan    *viewPlan
	job     *history.Job
	circuit *operators.Circuit
	inputs  map[uint32]operators.NodeID
	stores  *tap.Stores
	ready   map[planner.OpID]bool // arrangements that are forks of live ones
	given   map[uint32]bool       // relations of which those have the rows already
	tap     *tap.Tap
	from    *state                     // the epoch of the snapshots
	until   map[uint32]map[int32]int64 // where to stop reading each topic
	idle    []*source                  // sources that nothing read before
	starts  map[uint32]map[int32]int64 // where each topic begins
	// by source with a waterline: the levels where partitions begin, and those reached
	startLevels, reached map[uint32]map[int32]int64
	seen                 map[uint32]map[int32]int64 // what epochs have had of the idle sources
	fixed                map[uint32]bool            // idle sources whose start is fixed already
	errs                 []failure.Change
	rows                 int64
	notices              []Notice

	waiting map[uint32]row.Delta // read, and not stepped yet
	pace    int                  // the rows of the next step
}

// hydrate computes the new view and joins it to the live circuit.
func (db *Database) hydrate(ctx context.Context, o *catalog.Object, plan *viewPlan) ([]Notice, error) {
	h := db.newHydration(o, plan)
	defer db.jobs.End(h.job)
	defer h.end()
	if err := db.change(ctx, h.begin); err != nil {
		return nil, err
	}
	if err := h.fill(ctx); err != nil {
		return nil, err
	}
	return h.notices, h.catchUp(ctx)
}

func (db *Database) newHydration(o *catalog.Object, plan *viewPlan) *hydration {
	return &hydration{
		db: db, obj: o, plan: plan, job: db.jobs.Begin("CREATE MATERIALIZED VIEW", o.Name),
		inputs: map[uint32]operators.NodeID{}, until: map[uint32]map[int32]int64{},
		starts: map[uint32]map[int32]int64{}, startLevels: map[uint32]map[int32]int64{}, reached: map[uint32]map[int32]int64{}, seen: map[uint32]map[int32]int64{}, fixed: map[uint32]bool{},
		waiting: map[uint32]row.Delta{}, pace: leastHydrationRows,
		stores: &tap.Stores{
			Stores: flow.Stores{DB: db.store}, Used: map[storage.ArrID]bool{}, Copy: map[storage.ArrID]storage.ArrID{}, Fork: map[storage.ArrID]bool{},
			Next: plan.catalog.With(o).NextArr,
		},
	}
}

// end takes away what the hydration needed only for itself; if it failed, that
// is all of it.
func (h *hydration) end() {
	_ = h.db.do(context.Background(), func() error {
		h.removeTap()
		h.db.tendSources()
		for _, t := range h.stores.Made {
			t.Release()
		}
		if h.db.halted == nil {
			h.db.store.Drop(slices.Sorted(maps.Keys(h.stores.Used))...)
			h.db.advanced = true
		}
		return nil
	})
	if h.from != nil {
		h.from.release()
	}
}

// build makes the hydrating circuit. It belongs to the loop, as do the stores.
func (h *hydration) build() error {
	h.circuit = operators.NewCircuit(operators.Config{Shards: h.db.shards, Stores: h.stores})
	h.ready, h.given = build.Ready(h.plan.iplan, liveState{h})
	for oid := range h.plan.reads {
		o := h.plan.catalog.Objects[oid]
		key := []int(nil)
		if o.Stored() {
			key = o.OutputKey()
		}
		id, err := h.circuit.Add(operators.Input{Types: o.Types(), Key: key}, operators.Options{Name: o.Name, Owner: h.obj.Name})
		if err != nil {
			return err
		}
		h.inputs[oid] = id
	}
	if _, err := build.Build(h.plan.iplan, h.circuit, hydrationEnv{h}); err != nil {
		return err
	}
	// The numbers are taken for good: what a commit holds under them must not be
	// anything else's after a crash.
	next := h.db.catalog.Clone()
	next.NextArr = max(next.NextArr, h.stores.Next)
	h.db.catalog = next
	return nil
}

// begin fixes the epoch to hydrate at, and taps the inputs from there on.
// It belongs to the loop.
func (h *hydration) begin() error {
	for oid := range h.plan.reads {
		if o := h.db.catalog.Objects[oid]; o == nil || o.Stopped != "" {
			return h.changed()
		}
	}
	if err := h.build(); err != nil {
		return err
	}
	h.db.publish()
	h.from = h.db.current.Load()
	h.from.retain()
	h.tap = &tap.Tap{Rels: map[uint32]bool{}, Cols: map[uint32][]int{}}
	for oid, attrs := range h.plan.reads {
		h.tap.Rels[oid] = true
		s := h.db.sources[oid]
		if s == nil || s.obj.Stored() {
			continue
		}
		h.starts[oid], h.startLevels[oid] = maps.Clone(s.starts), maps.Clone(s.levels.Start)
		h.reached[oid] = map[int32]int64{}
		if _, live := h.db.flow.Wanted(h.db.catalog.Objects[oid]); !live {
			h.idle = append(h.idle, s)
			h.seen[oid], h.fixed[oid] = maps.Clone(s.offsets), s.resolved
			continue
		}
		h.until[oid], h.tap.Cols[oid] = maps.Clone(s.offsets), attrs
	}
	h.db.flow.Tap(h.tap)
	h.db.tendSources()
	return nil
}

// changed is the error of a view whose inputs did not stay as they were when it
// was planned.
func (h *hydration) changed() error {
	if in := h.db.catalog.StoppedInput(h.obj); in != nil {
		return stoppedObject(in)
	}
	return pgerr.New(pgerr.SerializationFailure, "could not create %s: an object that it shares state with has stopped", h.obj.Label()).
		WithHint("Try again.")
}

// fill feeds the inputs as of the epoch that begin has fixed.
func (h *hydration) fill(ctx context.Context) error {
	for _, oid := range sortedKeys(h.plan.reads) {
		if h.given[oid] {
			continue
		}
		o := h.plan.catalog.Objects[oid]
		var err error
		if o.Stored() {
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
	// Pages that have changed since, and what was evicted, are kept for it.
	h.from.release()
	h.from = nil
	return h.flush(ctx)
}

// feed takes rows of an input, and steps once they are enough.
func (h *hydration) feed(ctx context.Context, oid uint32, b *row.Batch) error {
	h.waiting[oid] = append(h.waiting[oid], b)
	if deltaRows(h.waiting) < h.pace {
		return nil
	}
	return h.flush(ctx)
}

// flush steps what was fed.
func (h *hydration) flush(ctx context.Context) error {
	in := h.waiting
	h.waiting = map[uint32]row.Delta{}
	return h.between(ctx, func() error { return h.step(ctx, in) })
}

// between runs f in the loop, once there is memory for what it brings about.
func (h *hydration) between(ctx context.Context, f func() error) error {
	for {
		busy := false
		err := h.db.change(ctx, func() error {
			if busy = h.db.cannotGrow(); busy {
				return nil
			}
			return f()
		})
		if err != nil || !busy {
			return err
		}
		if err := h.db.awaitRoom(ctx); err != nil {
			return err
		}
	}
}

// step runs the hydrating circuit once. It belongs to the loop.
func (h *hydration) step(ctx context.Context, in map[uint32]row.Delta) error {
	began := time.Now()
	inputs := map[operators.NodeID]row.Delta{}
	for oid, d := range in {
		inputs[h.inputs[oid]] = d
		h.rows += int64(d.Rows())
	}
	if err := h.circuit.Step(ctx, inputs); err != nil {
		return err
	}
	if err := h.readError(); err != nil {
		return err
	}
	h.db.advanced = true // the commits that follow have its rows
	h.db.tendMemory()
	for _, e := range h.circuit.Errors() {
		h.errs = append(h.errs, failure.OfRow(e))
	}
	if len(h.errs) > hydrationErrors {
		return pgerr.New(pgerr.ProgramLimitExceeded, "the query fails on more than %d rows", hydrationErrors).
			WithDetail("One of the errors is: %s", h.errs[0].Message())
	}
	switch took := time.Since(began); {
	case took > lateHydration:
		h.pace = max(h.pace/2, leastHydrationRows)
	case took < soonHydration && deltaRows(in) >= h.pace:
		h.pace = min(h.pace*2, mostHydrationRows)
	}
	return nil
}

// readError is the first error of reading the view's own state.
func (h *hydration) readError() error {
	if !h.db.store.Damaged() {
		return nil
	}
	ids := slices.Collect(maps.Keys(h.stores.Used))
	return h.db.readError(slices.AppendSeq(ids, maps.Keys(h.stores.Fork))...)
}

// hydrationErrors bounds the errors that are kept until the view joins.
const hydrationErrors = 1 << 20

// fillStored feeds a snapshot of a stored collection.
func (h *hydration) fillStored(ctx context.Context, o *catalog.Object) error {
	return scanObject(h.from, o, func(b *row.Batch) error {
		h.job.Progress("reading "+o.Name, h.rows, 0)
		return h.feed(ctx, o.OID, b)
	})
}

func (h *hydration) notice(format string, args ...any) {
	h.notices = append(h.notices, Notice{Severity: "NOTICE", Code: "00000", Message: fmt.Sprintf(format, args...)})
}

// catchUp feeds what the epochs have changed meanwhile, a part at a time, and
// joins once nothing is left.
func (h *hydration) catchUp(ctx context.Context) error {
	for joined := false; !joined; {
		h.job.Progress("catching up", h.rows, 0)
		err := h.between(ctx, func() error {
			in, more := h.tap.Take(h.pace)
			h.db.notify() // epochs may wait for the tap
			if err := h.step(ctx, in); err != nil {
				return err
			}
			if more {
				return nil
			}
			joined = true
			return h.join()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// join makes the view a part of the live circuit. It belongs to the loop, between
// two epochs, of which the hydrating circuit has had all changes.
func (h *hydration) join() error {
	db := h.db
	own, err := h.ownArrangements()
	if err != nil {
		return err
	}
	before := db.catalog
	db.catalog = before.With(h.obj)
	if err := db.flow.AttachView(h.obj, h.plan.live()); err != nil {
		db.catalog = before
		return err
	}
	for id := range own {
		delete(h.stores.Used, id) // they stay
	}
	h.removeTap()
	for _, s := range h.idle {
		if until := h.until[s.obj.OID]; until != nil {
			s.offsets, s.starts, s.resolved = until, h.starts[s.obj.OID], true
			maps.Copy(s.levels.Now, h.reached[s.obj.OID])
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
		if !h.db.flow.Has(oid) {
			return nil, h.changed()
		}
	}
	for _, s := range h.obj.States {
		if s.Shared != "" && h.db.flow.Shared(s.Shared) {
			continue
		}
		if s.First < h.plan.catalog.NextArr {
			return nil, h.changed() // it was to be shared, and is live no more
		}
		for i := range s.N {
			own[s.First+storage.ArrID(i)] = true
		}
	}
	return own, nil
}

func (h *hydration) removeTap() {
	h.db.flow.Untap(h.tap)
}

// deltaRows counts the rows of some relations' changes.
func deltaRows(m map[uint32]row.Delta) int {
	n := 0
	for _, d := range m {
		n += d.Rows()
	}
	return n
}
