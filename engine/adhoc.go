package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// An ad-hoc query is the incremental plan run once: a circuit with throw-away
// state is given the whole content of its inputs as one big delta.

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

// runPlan computes a plan's rows as of an epoch.
func (s *Session) runPlan(ctx context.Context, st *state, plan *queryPlan, ectx *expr.Context) (*row.Batch, error) {
	env := &adhocEnv{
		circuit: operators.NewCircuit(operators.Config{Shards: 1}), ctx: ectx,
		inputs: map[uint32]operators.NodeID{}, rels: map[uint32]*planner.Relation{}, attrs: planReads(plan.iplan),
	}
	res, err := build.Collection(plan.iplan, env.circuit, env)
	if err != nil {
		return nil, err
	}
	env.circuit.MarkOutput(res.Output)
	inputs := map[operators.NodeID]row.Delta{}
	for _, oid := range sortedKeys(env.inputs) {
		d, err := s.boundedDelta(ctx, st, env, oid, plan.bounds)
		if err != nil {
			return nil, err
		}
		inputs[env.inputs[oid]] = d
	}
	if err := env.circuit.Step(ctx, inputs); err != nil {
		return nil, s.stepError(err)
	}
	for _, e := range env.circuit.Errors() {
		if e.Weight > 0 {
			return nil, e.Err
		}
	}
	return netRows(env.circuit.Output(res.Output), env.circuit.Types(res.Output)), nil
}

// boundedDelta is what a plan reads of a relation: a part of its key where no more
// is needed. What a transaction has written comes whole: the plan filters it.
func (s *Session) boundedDelta(ctx context.Context, st *state, env *adhocEnv, oid uint32, bounds map[uint32]planner.KeyBounds) (row.Delta, error) {
	b, bounded := bounds[oid]
	o := st.catalog.Objects[oid]
	if !bounded || o == nil {
		return s.relationDelta(ctx, st, env.rels[oid], env.attrs[oid], &peek.Keys{})
	}
	keys := &peek.Keys{}
	if err := keys.Bind(o.Layout(), &b, env.ctx); err != nil {
		return nil, err
	}
	return s.relationDelta(ctx, st, env.rels[oid], env.attrs[oid], keys)
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

// netRows puts a delta into one batch; rows that were also taken back are left out.
func netRows(d row.Delta, types []row.Type) *row.Batch {
	negative := slices.ContainsFunc(d, func(b *row.Batch) bool {
		return slices.ContainsFunc(b.Weights, func(w int64) bool { return w < 0 })
	})
	if negative {
		if b := row.Consolidate(d); b != nil {
			return b
		}
		return row.NewBatch(types, 0)
	}
	if len(d) == 1 {
		return d[0]
	}
	out := row.NewBatch(types, d.Rows())
	for _, b := range d {
		for i := range b.Len() {
			out.AppendFrom(b, i, b.Weights[i])
		}
	}
	return out
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
