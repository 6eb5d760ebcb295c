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
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// An ad-hoc query is the incremental plan run once: a circuit with throw-away
// state is given the content of its inputs, as if it came just now.

// snapshotSource is what a query reads: relations as of an epoch, in parts where no
// more is needed.
type snapshotSource struct {
	s      *Session
	st     *state
	bounds map[uint32]planner.KeyBounds
	ctx    *expr.Context
}

var _ query.Source = (*snapshotSource)(nil)

// runPlan computes a plan's rows as of an epoch. What it holds is charged to mem.
func (s *Session) runPlan(ctx context.Context, st *state, plan *queryPlan, ectx *expr.Context, mem *queryMemory) (*row.Batch, error) {
	q := &query.Query{
		Source: &snapshotSource{s, st, plan.bounds, ectx}, Context: ectx, Grows: s.tx == nil || len(s.tx.writes) == 0,
		Config: query.Config{MemoryLimit: s.db.opts.MemoryLimit, ChunkRows: s.db.opts.chunkRows, Whole: plan.whole, Hold: mem.hold},
	}
	b, err := q.Rows(ctx, plan.iplan)
	if err != nil {
		return nil, s.stepError(err)
	}
	return b, nil
}

// Order implements query.Source. A row that finds what it is joined with need not wait
// for it, and what an outer join puts out for want of it is taken back later: the
// large ones come last.
func (q *snapshotSource) Order(rels []uint32) []uint32 {
	size := func(oid uint32) int {
		o := q.st.catalog.Objects[oid]
		if o == nil {
			return 0
		}
		if _, bounded := q.bounds[oid]; bounded {
			return 1
		}
		if !o.Stored() {
			return math.MaxInt
		}
		n := 1
		for _, t := range q.st.trees[o.Output] {
			n += t.Len()
		}
		return n
	}
	return slices.SortedStableFunc(slices.Values(rels), func(x, y uint32) int { return cmp.Compare(size(x), size(y)) })
}

// Read implements query.Source: a part of the relation's key where no more is needed.
// What a transaction has written comes whole: the plan filters it.
func (q *snapshotSource) Read(ctx context.Context, rel *planner.Relation, attrs []int, sieves []row.Sieve, fn func(*row.Batch) error) error {
	keys := &peek.Keys{}
	b, bounded := q.bounds[rel.ID]
	if o := q.st.catalog.Objects[rel.ID]; bounded && o != nil {
		layout, _ := o.Placed(b.Order)
		if err := keys.Bind(layout, &b, q.ctx); err != nil {
			return err
		}
	}
	return q.s.readRelation(ctx, q.st, rel, attrs, keys, sieves, fn)
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
