package query

import (
	"context"
	"maps"
	"slices"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// A recursive query runs in turns. Its recursive term has a circuit of its own: what
// the term reads besides the working table is fed to it once; in each turn the
// working table is fed, what comes out is the turn's rows, and then the working
// table is taken back, so that nothing of the turn stays in the circuit's state.

// recursiveInput is the input of a plan that a recursive query's rows are fed to.
type recursiveInput struct {
	op     planner.OpID
	spec   *planner.OpRecursive
	node   operators.NodeID
	types  []row.Type
	limits []limit // when all are reached, more rows change nothing; none: never
}

// limit is a node that puts out so many rows at most.
type limit struct {
	node operators.NodeID
	rows int64
}

func (r *recursiveInput) limitNodes() []operators.NodeID {
	out := make([]operators.NodeID, len(r.limits))
	for i, l := range r.limits {
		out[i] = l.node
	}
	return out
}

// enough reports that all limits above a recursive query have their rows.
func (p *planRun) enough(r *recursiveInput) bool {
	for _, l := range r.limits {
		if p.run.counts[l.node] < l.rows {
			return false
		}
	}
	return len(r.limits) > 0
}

// turning is a recursive query while its turns are fed to a plan.
type turning struct {
	*recursiveInput
	rec *recursion
}

// feedRecursive feeds recursive queries, a turn of each after the other, until they
// end or enough of their rows are there.
func (p *planRun) feedRecursive(ctx context.Context, list []*recursiveInput, works tables) error {
	var live []turning
	for _, r := range list {
		rec, err := p.q.recursion(ctx, r, works)
		if err != nil {
			return err
		}
		defer rec.close()
		live = append(live, turning{r, rec})
	}
	if len(live) > 0 && !p.run.cfg.Whole {
		if err := p.run.flush(); err != nil {
			return err
		}
	}
	for len(live) > 0 {
		still := live[:0]
		for _, t := range live {
			more, err := p.feedTurn(ctx, t)
			if err != nil {
				return err
			}
			if more {
				still = append(still, t)
			}
		}
		live = still
	}
	return nil
}

// feedTurn feeds one turn; false where there is none, or where it is not needed.
func (p *planRun) feedTurn(ctx context.Context, t turning) (bool, error) {
	if p.enough(t.recursiveInput) {
		return false, nil
	}
	b, err := t.rec.next(ctx)
	if err != nil || b.Len() == 0 {
		return false, err
	}
	if p.run.input != t.node {
		err = p.run.Begin(t.node)
	}
	if err == nil {
		err = p.run.Feed(b)
	}
	if err == nil && len(t.limits) > 0 && !p.run.cfg.Whole {
		err = p.run.flush()
	}
	return err == nil, err
}

// recursion is a recursive query between its turns.
type recursion struct {
	q     *Query
	in    *recursiveInput
	works tables     // around it, and its own
	seen  *seenRows  // nil for UNION ALL
	step  *planRun   // the recursive term's; nil: not yet
	turn  *row.Batch // the last one's rows; nil: none yet
	own   int64      // bytes of turn
}

func (q *Query) recursion(ctx context.Context, in *recursiveInput, works tables) (*recursion, error) {
	r := &recursion{q: q, in: in, works: maps.Clone(works)}
	if r.works == nil {
		r.works = tables{}
	}
	if in.spec.All {
		return r, nil
	}
	var err error
	r.seen, err = q.newSeen(ctx, in.types)
	return r, err
}

func (r *recursion) close() {
	if r.step != nil {
		r.step.close()
	}
	if r.seen != nil {
		r.seen.close()
	}
	r.q.held -= r.own
	r.own = 0
}

// next is the rows of the next turn; none: it has ended.
func (r *recursion) next(ctx context.Context) (*row.Batch, error) {
	var rows *row.Batch
	var err error
	switch {
	case r.turn == nil:
		rows, err = r.q.rows(ctx, r.in.spec.Base, r.works)
	case r.turn.Len() == 0:
		return r.turn, nil
	default:
		rows, err = r.take(ctx)
	}
	if err == nil && r.seen != nil {
		rows, err = r.seen.fresh(rows)
	}
	if err != nil {
		return nil, err
	}
	r.turn = rows
	return rows, r.q.share(&r.own)(ctx, rows.Bytes())
}

// take makes a turn: the recursive term over the rows of the turn before.
func (r *recursion) take(ctx context.Context) (*row.Batch, error) {
	if r.step == nil {
		if err := r.begin(ctx); err != nil {
			return nil, err
		}
	}
	p := r.step
	r.works[r.in.spec.ID] = r.turn
	fed, err := r.changing(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range fed {
		if err := p.feed(f.node, f.rows); err != nil {
			return nil, err
		}
	}
	rows, err := p.run.Finish()
	if err != nil {
		return nil, err
	}
	if r.q.Config.Whole {
		// What is volatile is not the same a second time.
		p.close()
		r.step = nil
		return rows, nil
	}
	for _, f := range fed {
		if err := p.feed(f.node, takenBack(f.rows)); err != nil {
			return nil, err
		}
	}
	return rows, p.run.Back()
}

// begin feeds the recursive term what no turn changes.
func (r *recursion) begin(ctx context.Context) error {
	p, err := r.q.open(ctx, r.in.spec.Step)
	if err != nil {
		return err
	}
	r.step = p
	if err := p.feedRelations(ctx); err != nil {
		return err
	}
	for _, w := range p.works {
		if w.id != r.in.spec.ID {
			if err := p.feed(w.node, r.works[w.id]); err != nil {
				return err
			}
		}
	}
	if err := p.feedRecursive(ctx, r.inner(false), r.works); err != nil {
		return err
	}
	if r.q.Config.Whole {
		return nil
	}
	return p.run.Keep()
}

// inner lists the recursive queries inside the recursive term that read its working
// table, or those that do not.
func (r *recursion) inner(reads bool) []*recursiveInput {
	return slices.DeleteFunc(slices.Clone(r.step.recursive), func(in *recursiveInput) bool {
		return in.spec.Reads(r.in.spec.ID) != reads
	})
}

// fedRows are rows of one turn.
type fedRows struct {
	node operators.NodeID
	rows *row.Batch
}

// changing is what a turn feeds: the working table, and the results of the recursive
// queries that read it.
func (r *recursion) changing(ctx context.Context) ([]fedRows, error) {
	var out []fedRows
	for _, w := range r.step.works {
		if w.id == r.in.spec.ID {
			out = append(out, fedRows{w.node, r.turn})
		}
	}
	for _, in := range r.inner(true) {
		rec, err := r.q.recursion(ctx, in, r.works)
		if err != nil {
			return nil, err
		}
		for {
			b, err := rec.next(ctx)
			if err != nil {
				rec.close()
				return nil, err
			}
			if b.Len() == 0 {
				break
			}
			out = append(out, fedRows{in.node, b})
		}
		rec.close()
	}
	return out, nil
}

// takenBack shares a batch's columns and turns its weights around.
func takenBack(b *row.Batch) *row.Batch {
	w := make([]int64, len(b.Weights))
	for i, n := range b.Weights {
		w[i] = -n
	}
	return &row.Batch{Cols: b.Cols, Weights: w}
}

// seenRows are the different rows that a recursive query without ALL has brought,
// kept by the operator of DISTINCT.
type seenRows struct {
	q     *Query
	run   *Run
	mine  *int64
	types []row.Type
	in    operators.NodeID
}

func (q *Query) newSeen(ctx context.Context, types []row.Type) (*seenRows, error) {
	stores := NewStores()
	c := operators.NewCircuit(operators.Config{Shards: 1, Stores: stores})
	in, err := c.Add(operators.Input{Types: types}, operators.Options{})
	if err != nil {
		return nil, err
	}
	out, err := c.Add(operators.Distinct{In: in, State: 1}, operators.Options{})
	if err != nil {
		return nil, err
	}
	s := &seenRows{q: q, mine: new(int64), types: types, in: in}
	cfg := q.Config
	cfg.Whole, cfg.Multiplies, cfg.Hold = false, false, q.share(s.mine)
	s.run = New(ctx, c, stores, out, cfg)
	return s, nil
}

func (s *seenRows) close() {
	s.q.held -= *s.mine
	*s.mine = 0
}

// fresh is the rows that were not there before, each once.
func (s *seenRows) fresh(rows *row.Batch) (*row.Batch, error) {
	if rows.Len() == 0 {
		return rows, nil
	}
	if err := s.run.Begin(s.in); err != nil {
		return nil, err
	}
	if err := s.run.Feed(rows); err != nil {
		return nil, err
	}
	if err := s.run.flush(); err != nil {
		return nil, err
	}
	out := s.run.out
	s.run.setOut(nil)
	if slices.ContainsFunc(out, takesBack) {
		out = firstForms(out, s.types)
	}
	return netRows(out, s.types), nil
}

// firstForms: of values that are equal and print differently DISTINCT keeps the least
// form, and takes another one back for it. A row of which only the form changes is
// not new; of one that is new, the first form counts.
func firstForms(d row.Delta, types []row.Type) row.Delta {
	net := map[string]int64{}
	key := func(b *row.Batch, i int) string {
		var k []byte
		for c := range b.Cols {
			k = row.AppendKey(k, &b.Cols[c], i)
		}
		return string(k)
	}
	for _, b := range d {
		for i, w := range b.Weights {
			net[key(b, i)] += w
		}
	}
	out := row.NewBatch(types, 0)
	for _, b := range d {
		for i, w := range b.Weights {
			if k := key(b, i); w > 0 && net[k] > 0 {
				out.AppendFrom(b, i, 1)
				net[k] = 0
			}
		}
	}
	return row.Delta{out}
}
