package engine

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/query"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// An ad-hoc query is the incremental plan run once: a circuit with throw-away
// state is given the content of its inputs, as if it came just now.

// adhocEnv is a throw-away circuit as build sees it.
type adhocEnv struct {
	circuit *operators.Circuit
	ctx     *expr.Context
	inputs  map[uint32]operators.NodeID
	rels    map[uint32]*planner.Relation
	attrs   map[uint32][]int
	last    storage.ArrID
}

var _ build.Env = (*adhocEnv)(nil)

func (e *adhocEnv) Input(rel *planner.Relation) (operators.NodeID, error) {
	if id, ok := e.inputs[rel.ID]; ok {
		return id, nil
	}
	types := make([]row.Type, len(rel.Columns))
	for i, c := range rel.Columns {
		types[i] = c.Type
	}
	id, err := e.circuit.Add(operators.Input{Types: types}, operators.Options{Name: rel.Name})
	e.inputs[rel.ID], e.rels[rel.ID] = id, rel
	return id, err
}

func (e *adhocEnv) Shared(string) (operators.NodeID, bool) { return 0, false }
func (e *adhocEnv) Arranged(string, operators.NodeID)      {}
func (e *adhocEnv) Options() operators.Options             { return operators.Options{} }
func (e *adhocEnv) Context() *expr.Context                 { return e.ctx }

// State hands out numbers far enough apart for any operator.
func (e *adhocEnv) State(planner.OpID) storage.ArrID {
	e.last += 1 << 8
	return e.last
}

// planReads lists the columns that a plan reads of each relation.
func planReads(p *planner.IPlan) map[uint32][]int {
	out := map[uint32][]int{}
	for i := range p.Ops {
		if in, ok := p.Ops[i].Spec.(*planner.OpInput); ok {
			out[in.Rel.ID] = union(out[in.Rel.ID], in.Attrs)
		}
	}
	return out
}

// runPlan computes a plan's rows as of an epoch. What it holds is charged to mem.
func (s *Session) runPlan(ctx context.Context, st *state, plan *queryPlan, ectx *expr.Context, mem *queryMemory) (*row.Batch, error) {
	stores := query.NewStores()
	env := &adhocEnv{
		circuit: operators.NewCircuit(operators.Config{Shards: 1, Stores: stores}), ctx: ectx,
		inputs: map[uint32]operators.NodeID{}, rels: map[uint32]*planner.Relation{}, attrs: planReads(plan.iplan),
	}
	res, err := build.Collection(plan.iplan, env.circuit, env)
	if err != nil {
		return nil, err
	}
	run := query.New(ctx, env.circuit, stores, res.Output, query.Config{
		MemoryLimit: s.db.opts.MemoryLimit, ChunkRows: s.db.opts.chunkRows,
		Whole: plan.whole, Multiplies: crossJoins(plan.iplan), Hold: mem.hold,
	})
	for _, oid := range s.smallFirst(st, env, plan.bounds) {
		if err := run.Begin(env.inputs[oid]); err != nil {
			return nil, s.stepError(err)
		}
		if err := s.readBounded(ctx, st, env, oid, plan.bounds, run.Feed); err != nil {
			return nil, s.stepError(err)
		}
	}
	b, err := run.Finish()
	if err != nil {
		return nil, s.stepError(err)
	}
	return b, nil
}

// crossJoins reports a join without a key.
func crossJoins(p *planner.IPlan) bool {
	return slices.ContainsFunc(p.Ops, func(o planner.Op) bool {
		a, ok := o.Spec.(*planner.OpArrange)
		return ok && len(a.Key) == 0
	})
}

// smallFirst is the order in which inputs are fed. A row that finds what it is joined
// with need not wait for it, and what an outer join puts out for want of it is
// taken back later: the large ones come last.
func (s *Session) smallFirst(st *state, env *adhocEnv, bounds map[uint32]planner.KeyBounds) []uint32 {
	size := func(oid uint32) int {
		o := st.catalog.Objects[oid]
		if o == nil {
			return 0
		}
		if _, bounded := bounds[oid]; bounded {
			return 1
		}
		if !o.Stored() {
			return math.MaxInt
		}
		n := 1
		for _, t := range st.trees[o.Output] {
			n += t.Len()
		}
		return n
	}
	return slices.SortedStableFunc(slices.Values(sortedKeys(env.inputs)), func(x, y uint32) int { return cmp.Compare(size(x), size(y)) })
}

// readBounded reads what a plan needs of a relation: a part of its key where no more
// is needed. What a transaction has written comes whole: the plan filters it.
func (s *Session) readBounded(ctx context.Context, st *state, env *adhocEnv, oid uint32, bounds map[uint32]planner.KeyBounds, fn func(*row.Batch) error) error {
	keys := &peek.Keys{}
	b, bounded := bounds[oid]
	if o := st.catalog.Objects[oid]; bounded && o != nil {
		if err := keys.Bind(o.Layout(), &b, env.ctx); err != nil {
			return err
		}
	}
	return s.readRelation(ctx, st, env.rels[oid], env.attrs[oid], keys, fn)
}

// stepError is the cause of a failed step: the SQL error where there is one.
func (s *Session) stepError(err error) error {
	if e, ok := pgerr.As(err); ok {
		return e
	}
	var ne *operators.NodeError
	if errors.As(err, &ne) {
		var pe *operators.PanicError
		if errors.As(err, &pe) {
			s.db.log.Error("an operator of a query panicked", "operator", ne.Name, "panic", pe.Value, "stack", string(pe.Stack))
		}
		return pgerr.Wrap(err, pgerr.InternalError, "%v", ne.Err)
	}
	return err
}

// sortRows orders rows as a query's ORDER BY says.
func sortRows(b *row.Batch, order []planner.PosSort) *row.Batch {
	if len(order) == 0 || b.Len() < 2 {
		return b
	}
	keys := make([][]byte, b.Len())
	sel := make([]int32, b.Len())
	for i := range sel {
		var k []byte
		for _, o := range order {
			k = row.AppendKeyOrder(k, &b.Cols[o.Col], i, row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		keys[i], sel[i] = k, int32(i)
	}
	slices.SortStableFunc(sel, func(x, y int32) int { return cmp.Compare(string(keys[x]), string(keys[y])) })
	return b.Gather(sel)
}
