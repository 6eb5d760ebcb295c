package query

import (
	"context"
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// Source is where the rows of relations come from.
type Source interface {
	// Order sorts relations into the order in which they are to be fed.
	Order(rels []uint32) []uint32
	// Read calls fn with the rows of a relation; columns that attrs does not list may
	// be empty, and rows that are not in all of the sieves left out. The batches are
	// fn's from then on.
	Read(ctx context.Context, rel *planner.Relation, attrs []int, sieves []row.Sieve, fn func(*row.Batch) error) error
}

// Query runs plans over one source. It is used by one goroutine.
type Query struct {
	Source  Source
	Context *expr.Context
	// Config is that of the whole query; Multiplies is found for each plan.
	Config Config
	// Grows says that the rows that are read of stored relations only come: none is
	// taken back.
	Grows bool
	held  int64
}

// tables are the contents of the working tables around a plan.
type tables map[planner.WorkID]*row.Batch

// Rows computes a plan's rows. An error of a step is an *operators.NodeError.
func (q *Query) Rows(ctx context.Context, plan *planner.IPlan) (*row.Batch, error) {
	return q.rows(ctx, plan, nil)
}

func (q *Query) rows(ctx context.Context, plan *planner.IPlan, works tables) (*row.Batch, error) {
	p, err := q.open(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if err := p.feedRelations(ctx); err != nil {
		return nil, err
	}
	for _, w := range p.works {
		if err := p.feed(w.node, works[w.id]); err != nil {
			return nil, err
		}
	}
	if err := p.feedRecursive(ctx, p.recursive, works); err != nil {
		return nil, err
	}
	return p.run.Finish()
}

// planRun is a plan with its throw-away circuit, as build sees it.
type planRun struct {
	q         *Query
	plan      *planner.IPlan
	circuit   *operators.Circuit
	run       *Run
	mine      *int64           // what it holds
	reads     map[uint32][]int // the columns that the plan reads of relations
	uses      map[uint32]int   // how many inputs of the plan read a relation
	relations []*relation
	works     []work
	recursive []*recursiveInput
	last      storage.ArrID
}

// relation is an input that a relation's rows are fed to.
type relation struct {
	node  operators.NodeID
	rel   *planner.Relation
	attrs []int
}

// work is the input that a working table is fed to.
type work struct {
	id   planner.WorkID
	node operators.NodeID
}

var (
	_ build.Env     = (*planRun)(nil)
	_ build.Turns   = (*planRun)(nil)
	_ build.Growing = (*planRun)(nil)
)

func (q *Query) open(ctx context.Context, plan *planner.IPlan) (*planRun, error) {
	stores := NewStores()
	if !q.Config.Whole {
		if apart := plan.Apart(readsAgain); apart != nil {
			plan = apart
		}
	}
	p := &planRun{
		q: q, plan: plan, circuit: operators.NewCircuit(operators.Config{Shards: 1, Stores: stores}),
		mine: new(int64), reads: plan.Reads(), uses: map[uint32]int{},
	}
	for i := range plan.Ops {
		if in, ok := plan.Ops[i].Spec.(*planner.OpInput); ok {
			p.uses[in.Rel.ID]++
		}
	}
	res, err := build.Collection(plan, p.circuit, p)
	if err != nil {
		return nil, err
	}
	cfg := q.Config
	cfg.Multiplies, cfg.Hold = crossJoins(plan), q.share(p.mine)
	p.run = New(ctx, p.circuit, stores, res.Output, cfg)
	for _, r := range p.recursive {
		for _, op := range plan.Limits(r.op) {
			r.limits = append(r.limits, limit{res.Of[op], plan.Ops[op].Spec.(*planner.OpTopK).Limit})
		}
		p.run.Count(r.limitNodes())
	}
	return p, nil
}

// share is the Hold of a part of the query: all parts together are what it holds.
func (q *Query) share(mine *int64) func(context.Context, int64) error {
	return func(ctx context.Context, n int64) error {
		q.held += n - *mine
		*mine = n
		return q.Config.Hold(ctx, q.held)
	}
}

// close gives up what the run holds; the result is the caller's to account for.
func (p *planRun) close() {
	p.q.held -= *p.mine
	*p.mine = 0
}

// readsAgain reports a relation whose rows are at hand whenever they are asked for.
func readsAgain(rel *planner.Relation) bool { return rel.StoredKey != nil }

// Input implements build.Env.
func (p *planRun) Input(rel *planner.Relation, attrs []int) (operators.NodeID, error) {
	attrs = slices.Compact(slices.Sorted(slices.Values(attrs)))
	if p.q.Config.Whole || !readsAgain(rel) || p.uses[rel.ID] > planner.MostUses {
		attrs = p.reads[rel.ID]
		for _, r := range p.relations {
			if r.rel.ID == rel.ID {
				return r.node, nil
			}
		}
	}
	types := make([]row.Type, len(rel.Columns))
	for i, c := range rel.Columns {
		types[i] = c.Type
	}
	id, err := p.circuit.Add(operators.Input{Types: types}, operators.Options{Name: rel.Name})
	p.relations = append(p.relations, &relation{id, rel, attrs})
	return id, err
}

// Grows implements build.Growing.
func (p *planRun) Grows(rel *planner.Relation) bool { return p.q.Grows && readsAgain(rel) }

// Turn implements build.Turns.
func (p *planRun) Turn(op *planner.Op) (operators.NodeID, error) {
	id, err := p.circuit.Add(operators.Input{Types: op.Types}, operators.Options{})
	switch s := op.Spec.(type) {
	case *planner.OpWorking:
		p.works = append(p.works, work{s.ID, id})
	case *planner.OpRecursive:
		p.recursive = append(p.recursive, &recursiveInput{op: op.ID, spec: s, node: id, types: op.Types})
	}
	return id, err
}

// Shared implements build.Env: nothing is there yet.
func (p *planRun) Shared(string) (operators.NodeID, bool) { return 0, false }

// Arranged implements build.Env: nobody comes after.
func (p *planRun) Arranged(string, operators.NodeID) {}

// Options implements build.Env.
func (p *planRun) Options() operators.Options { return operators.Options{} }

// Context implements build.Env.
func (p *planRun) Context() *expr.Context { return p.q.Context }

// State hands out numbers far enough apart for any operator.
func (p *planRun) State(planner.OpID) storage.ArrID {
	p.last += 1 << 8
	return p.last
}

// feed feeds one batch to an input.
func (p *planRun) feed(node operators.NodeID, b *row.Batch) error {
	if b == nil || b.Len() == 0 {
		return nil
	}
	if err := p.run.Begin(node); err != nil {
		return err
	}
	return p.run.Feed(b)
}

// crossJoins reports a join without a key.
func crossJoins(p *planner.IPlan) bool {
	return slices.ContainsFunc(p.Ops, func(o planner.Op) bool {
		a, ok := o.Spec.(*planner.OpArrange)
		return ok && len(a.Key) == 0
	})
}
