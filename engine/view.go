package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/flow"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// viewPlan is what a view is built from.
type viewPlan struct {
	catalog *catalog.Catalog
	query   *planner.Query
	iplan   *planner.IPlan
	reads   map[uint32][]int // columns by relation
	ctx     *expr.Context
}

// live is what the live circuit takes of the plan.
func (p *viewPlan) live() flow.View { return flow.View{Plan: p.iplan, Reads: p.reads, Context: p.ctx} }

// viewContext is what a view's expressions are evaluated in: the settings of
// the session that made it, and nothing of any other.
func (db *Database) viewContext(o *catalog.Object) (*expr.Context, error) {
	zone, err := settings.Zone(o.Zone)
	if err != nil {
		return nil, err
	}
	return &expr.Context{Zone: zone, Forms: settings.FormsOf(o.Forms)}, nil
}

// bindView binds a view's query under the catalog.
// named, if not nil, is told every relation that the query names, plain views
// and what is behind them included.
func (db *Database) bindView(c *catalog.Catalog, o *catalog.Object, named map[uint32]bool) (*planner.Query, *expr.Context, error) {
	ctx, err := db.viewContext(o)
	if err != nil {
		return nil, nil, err
	}
	sel, err := catalog.ParseQuery(o.Query)
	if err != nil {
		return nil, nil, err
	}
	q, err := bind.Query(sel, bind.Options{
		Catalog: plannerCatalog{db: db, c: c, named: named}, Database: DatabaseName, SearchPath: o.Path, Context: ctx,
	})
	if err != nil {
		return nil, nil, err
	}
	if len(q.Params) > 0 {
		return nil, nil, pgerr.New(pgerr.UndefinedParameter, "there is no parameter $1")
	}
	return q, ctx, nil
}

// planView plans a materialized view.
func (db *Database) planView(c *catalog.Catalog, o *catalog.Object) (*viewPlan, error) {
	q, ctx, err := db.bindView(c, o, nil)
	if err != nil {
		return nil, err
	}
	if err := planner.Optimize(q, db.opts.rules(false), ctx); err != nil {
		return nil, err
	}
	p, err := planner.Incremental(q, planner.LowerOptions{Context: ctx})
	if err != nil {
		return nil, err
	}
	if o.Plan != "" { // its rows lie as they did when it was made
		p.Single = o.Single
		if p.Sequence = p.Sequence && o.Sequence; !p.KeyUnique && !p.Sequence {
			p.Key = o.OutputKey()
		}
	}
	return &viewPlan{catalog: c, query: q, iplan: p, reads: p.Reads(), ctx: ctx}, nil
}

// defineView sets a new view's columns, dependencies and, if it is
// materialized, its arrangements.
func (db *Database) defineView(c *catalog.Catalog, o *catalog.Object) (*viewPlan, error) {
	named := map[uint32]bool{}
	q, _, err := db.bindView(c, o, named)
	if err != nil {
		return nil, err
	}
	if err := nameColumns(o, q); err != nil {
		return nil, err
	}
	o.Deps = sortedKeys(named)
	for _, oid := range o.Deps {
		if t := db.system.Numbered(oid); t != nil && o.Kind == RelMatView {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "a materialized view cannot read the system relation %q", t.Name)
		}
	}
	if o.Kind != RelMatView {
		return nil, nil
	}
	if in := c.StoppedInput(o); in != nil {
		return nil, stoppedObject(in)
	}
	plan, err := db.planView(c, o)
	if err != nil {
		return nil, err
	}
	if plan.iplan.KeyUnique {
		o.Key, o.Single = plan.iplan.Key, plan.iplan.Single
	} else if o.Sequence = plan.iplan.Sequence; !o.Sequence && len(plan.iplan.OrderBy) > 0 {
		o.Order = plan.iplan.Key
	}
	o.Plan = fingerprint(plan.iplan)
	assignArrangements(c, o, plan.iplan)
	return plan, nil
}

// nameColumns gives a view its columns, under the names listed in CREATE VIEW
// where there are any.
func nameColumns(o *catalog.Object, q *planner.Query) error {
	listed := o.Columns
	if len(listed) > len(q.Columns) {
		return pgerr.New(pgerr.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	o.Columns = nil
	for i, col := range q.Columns {
		name := col.Name
		if i < len(listed) {
			name = listed[i].Name
		}
		if slices.ContainsFunc(o.Columns, func(c catalog.Column) bool { return c.Name == name }) {
			return pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", name)
		}
		o.Columns = append(o.Columns, catalog.Column{Name: name, Type: col.Type})
	}
	return nil
}

// scanned lists the relations whose rows a query reads.
func scanned(q *planner.Query) []uint32 {
	var out []uint32
	planner.Walk(q.Root, func(n planner.Node) bool {
		if scan, ok := n.(*planner.Scan); ok && scan.Rel.Kind != planner.KindChange && !slices.Contains(out, scan.Rel.ID) {
			out = append(out, scan.Rel.ID)
		}
		return true
	})
	slices.Sort(out)
	return out
}

// fingerprint identifies an incremental plan: state belongs to the plan that made it.
func fingerprint(p *planner.IPlan) string {
	sum := sha256.Sum256([]byte(p.Text()))
	return hex.EncodeToString(sum[:16])
}

// assignArrangements numbers the arrangements of a view: new ones, and those of
// other views whose operators compute the same.
func assignArrangements(c *catalog.Catalog, o *catalog.Object, p *planner.IPlan) {
	shared := map[string]storage.ArrID{}
	for _, other := range c.Objects {
		if other.Stopped != "" {
			continue
		}
		for _, st := range other.States {
			if st.Shared != "" {
				shared[st.Shared] = st.First
			}
		}
	}
	next := c.NextArr
	o.Output = next
	next++
	for _, need := range build.Needs(p) {
		st := catalog.OpState{Op: need.Op, N: need.N}
		if need.Fingerprint != "" && build.MayShare(p, need.Op) {
			st.Shared = need.Fingerprint
		}
		if id, ok := shared[st.Shared]; ok && st.Shared != "" {
			st.First = id
		} else {
			st.First = next
			next += storage.ArrID(need.N)
			if st.Shared != "" {
				shared[st.Shared] = st.First
			}
		}
		o.States = append(o.States, st)
	}
}

// hydrate brings a new view up and passes on what is worth knowing.
func (s *Session) hydrate(ctx context.Context, o *catalog.Object, plan *viewPlan) error {
	notices, err := s.db.hydrate(ctx, o, plan)
	s.notices = append(s.notices, notices...)
	return err
}
