package engine

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// queryPlan is what a bound query is run by. It is immutable.
type queryPlan struct {
	peek    *peek.Plan                   // nil: the plan must run
	peeked  *catalog.Object              // that it reads, as of the plan's catalog
	iplan   *planner.IPlan               // nil where a peek was planned for any values of parameters
	bounds  map[uint32]planner.KeyBounds // of the stored relations that are not read whole
	rels    []uint32                     // what it reads; never nil
	shapes  map[uint32]shape             // of the tables among them, as they were when it was made
	columns int                          // of its result
	// whole says that a row may not come and go while the query runs: something
	// would not be the same for it the second time.
	whole bool
}

// planQuery gives the plan of a prepared query: the one that is good for all
// values of the parameters where there is one, else one made for these.
func (s *Session) planQuery(c *catalog.Catalog, p *Prepared, params []row.Datum) (*queryPlan, error) {
	opts := s.bindOptions(c, p.params)
	q := p.bound
	if p.catalog == c && p.path == s.bindKey() {
		plan, err := s.generalPlan(p, opts.Context)
		if err != nil || plan != nil && (plan.iplan != nil || s.canPeek(plan.peek)) {
			return plan, err
		}
	} else {
		var err error
		if q, err = bind.Query(p.query, opts); err != nil {
			return nil, err
		}
	}
	return s.finishPlan(q, opts.Context, params)
}

// generalPlan is the plan that is good for all values of the parameters, made
// when it is first asked for; nil if there is none.
func (s *Session) generalPlan(p *Prepared, ctx *expr.Context) (*queryPlan, error) {
	if plan := p.plan.Load(); plan != nil {
		return plan, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if plan := p.plan.Load(); plan != nil || p.needs {
		return plan, nil
	}
	q := planner.WithParams(p.bound, nil)
	if err := planner.Optimize(q, s.db.opts.rules(true), ctx); err != nil {
		return nil, err
	}
	plan, err := newQueryPlan(q, p.catalog)
	if err != nil {
		return nil, err
	}
	if plan.peek == nil {
		if p.needs = len(p.params) > 0 && !plan.small() || !lastingLimits(q); p.needs {
			return nil, nil
		}
		if err := plan.lower(q, ctx); err != nil {
			return nil, err
		}
	}
	p.plan.Store(plan)
	return plan, nil
}

// small reports a plan that reads only parts of relations, by their keys. To plan
// takes longer than to run it, and values that are known could hardly make it read
// less; elsewhere they may.
func (p *queryPlan) small() bool {
	for _, oid := range p.rels {
		if _, bounded := p.bounds[oid]; !bounded {
			return false
		}
	}
	return len(p.rels) > 0
}

// lastingLimits reports that no LIMIT or OFFSET, and nothing constant of a window
// function, must be computed anew for each
// execution: plans that run hold their values.
func lastingLimits(q *planner.Query) bool {
	lasting := true
	planner.Walk(q.Root, func(n planner.Node) bool {
		switch n.(type) {
		case *planner.TopK, *planner.Over:
			for _, e := range n.Exprs() {
				lasting = lasting && expr.VolatilityOf(e) == expr.Immutable
			}
		}
		return lasting
	})
	return lasting
}

// finishPlan optimizes and lowers a bound query, with the parameters' values.
func (s *Session) finishPlan(q *planner.Query, ctx *expr.Context, params []row.Datum) (*queryPlan, error) {
	q = planner.WithParams(q, params)
	if err := planner.Optimize(q, s.db.opts.rules(true), ctx); err != nil {
		return nil, err
	}
	plan, err := newQueryPlan(q, ctx.System.(*sysfn.Functions).Catalog)
	if err != nil {
		return nil, err
	}
	return plan, plan.lower(q, ctx)
}

func newQueryPlan(q *planner.Query, c *catalog.Catalog) (*queryPlan, error) {
	plan := &queryPlan{rels: scanned(q), bounds: planner.ScanBounds(q), whole: isVolatile(q), columns: len(q.Columns)}
	if plan.rels == nil {
		plan.rels = []uint32{}
	}
	for _, oid := range plan.rels {
		if o := c.Objects[oid]; o != nil && o.Kind == RelTable {
			if plan.shapes == nil {
				plan.shapes = map[uint32]shape{}
			}
			plan.shapes[oid] = shapeOf(o)
		}
	}
	p := planner.AsPeek(q)
	if p == nil {
		return plan, nil
	}
	o := c.Objects[p.Rel.ID]
	if o == nil {
		return plan, nil
	}
	var err error
	plan.peeked = o
	layout, rows := o.Placed(p.Order)
	plan.peek, err = peek.New(p, layout, rows)
	return plan, err
}

// fits reports a table that ALTER TABLE has changed between the plan and the epoch.
func (p *queryPlan) fits(st *state) error { return checkShapes(p.shapes, st) }

func (p *queryPlan) lower(q *planner.Query, ctx *expr.Context) (err error) {
	p.iplan, err = planner.Incremental(q, planner.LowerOptions{AdHoc: true, Context: ctx})
	return err
}

// isVolatile reports an expression whose value may differ from call to call.
func isVolatile(q *planner.Query) bool {
	found := false
	planner.Walk(q.Root, func(n planner.Node) bool {
		if t, ok := n.(*planner.TableFunc); ok {
			for _, c := range t.Calls {
				found = found || c.Func.Volatility == expr.Volatile
			}
		}
		for _, e := range n.Exprs() {
			found = found || expr.VolatilityOf(e) == expr.Volatile
		}
		return !found
	})
	return found
}
