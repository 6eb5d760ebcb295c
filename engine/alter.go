package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// ALTER TABLE takes effect while no write is on its way. Where rows change their
// shape they are written anew, into an arrangement of their own, and the views that
// read the table go on over it: they must mean the same as before, by the same plan.

// alterRelation runs ALTER TABLE and its kin.
func (s *Session) alterRelation(ctx context.Context, n *ast.Alter) (*Rows, error) {
	tag := "ALTER " + strings.ToUpper(string(n.Kind))
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	o, err := s.altered(c, n)
	if err != nil {
		if n.IfExists && pgerr.Code(err) == pgerr.UndefinedTable {
			s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("relation %q does not exist, skipping", n.Name.Name))
			return done(tag), nil
		}
		return nil, err
	}
	if err := table.Permitted(n, o); err != nil {
		return nil, err
	}
	return done(tag), s.alterTable(ctx, c, o, n.Actions)
}

// altered is the relation that ALTER concerns: of an index, its table.
func (s *Session) altered(c *catalog.Catalog, n *ast.Alter) (*catalog.Object, error) {
	if n.Kind == ast.KindIndex {
		if o, err := s.indexOwner(c, n.Name); o != nil || err != nil {
			return o, err
		}
	}
	return s.relationNamed(c, n.Name)
}

// alteration is what actions make of a table under a catalog, if they may be carried
// out.
func (s *Session) alteration(c *catalog.Catalog, o *catalog.Object, actions []*ast.AlterAction) (*table.Alteration, error) {
	if err := s.db.pausedNow(); err != nil {
		return nil, err
	}
	if o.Stopped != "" {
		return nil, stoppedObject(o)
	}
	a, err := table.Alter(o, actions, c.NextOID, s.bindOptions(c, nil), taken(c, o.Schema))
	if err != nil {
		return nil, err
	}
	if a.Object.Name != o.Name && c.Taken(o.Schema, a.Object.Name) || actions[0].Kind == ast.RenameObject && a.Object.Name == o.Name {
		return nil, pgerr.New(pgerr.DuplicateTable, "relation %q already exists", a.Object.Name)
	}
	if len(c.Dependents(o)) == 0 {
		table.Promise(a.Object)
	}
	if err := s.db.keepsViews(c, a); err != nil {
		return nil, err
	}
	a.Lost, err = sequence.Lost(c, a.Old, a.Object)
	return a, err
}

// alterTable carries actions out, under the catalog of now.
func (s *Session) alterTable(ctx context.Context, c *catalog.Catalog, o *catalog.Object, actions []*ast.AlterAction) error {
	a, err := s.alteration(c, o, actions)
	if err != nil {
		return err
	}
	for _, text := range a.Notices {
		s.notice("NOTICE", pgerr.DuplicateColumn, text)
	}
	defer s.db.counters.Begin(a.Sequences)()
	if err := s.carryOut(ctx, c, a); err != nil {
		return err
	}
	return s.db.counters.Rename(ctx, a.Object)
}

// keepsViews checks that every view that reads the table means what it meant, and,
// where it is materialized, goes on over the state that it has.
func (db *Database) keepsViews(c *catalog.Catalog, a *table.Alteration) error {
	next := a.In(c)
	var broken []*catalog.Object
	for _, v := range slices.Backward(c.Dependents(a.Old)) {
		if column := db.readsRetyped(c, a, v); column != "" {
			return catalog.Unretypable(column, v)
		}
		if !db.sameView(next, v) {
			broken = append(broken, v)
			continue
		}
		if v.Kind != RelMatView || v.Stopped != "" {
			continue
		}
		plan, err := db.planView(next, v)
		if err != nil || fingerprint(plan.iplan) != v.Plan {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot alter table %q: %s reads it, whose rows would have to be computed anew", a.Old.Name, v.Words()).
				WithHint("Drop the %s first, and create it again afterwards.", v.Words())
		}
	}
	return catalog.Broken(a.Old, broken, a.Dropped)
}

// readsRetyped is a column that gets another type and that a view seems to read; empty
// if there is none.
func (db *Database) readsRetyped(c *catalog.Catalog, a *table.Alteration, v *catalog.Object) string {
	if len(a.Retyped) == 0 || !slices.Contains(v.Deps, a.Old.OID) {
		return ""
	}
	q, ctx, err := db.bindView(c, v, nil)
	if err == nil {
		err = planner.Optimize(q, db.opts.rules(true), ctx)
	}
	var p *planner.IPlan
	if err == nil {
		p, err = planner.Incremental(q, planner.LowerOptions{AdHoc: true, Context: ctx})
	}
	for _, name := range a.Retyped {
		at := slices.IndexFunc(a.Old.Columns, func(c catalog.Column) bool { return c.Name == name })
		if err != nil || slices.Contains(p.Reads()[a.Old.OID], at) {
			return name
		}
	}
	return ""
}

// sameView reports that a view has the columns under a catalog that it was made with.
func (db *Database) sameView(c *catalog.Catalog, v *catalog.Object) bool {
	q, _, err := db.bindView(c, v, nil)
	if err != nil || len(q.Columns) != len(v.Columns) {
		return false
	}
	for i, col := range q.Columns {
		if col.Type != v.Columns[i].Type {
			return false
		}
	}
	return true
}

// carryOut makes the altered table the table.
func (s *Session) carryOut(ctx context.Context, c *catalog.Catalog, a *table.Alteration) error {
	db := s.db
	if !a.Rewrites() && !a.Validates() && !a.Reindexes() {
		return db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return db.dropObjects(a.In(c), a.Lost) })
	}
	return db.withoutWrites(ctx, func() error {
		mem := db.newMemory(storage.QueryMemory)
		defer mem.release()
		var rows row.Delta
		if a.Rewrites() || a.Validates() {
			var err error
			if rows, err = s.rewritten(ctx, a, mem); err != nil {
				return err
			}
		}
		if a.Rewrites() {
			assignOutputs(c, a.Object, true)
			next := c.With(a.Object)
			for _, o := range a.Sequences {
				assignOutputs(next, o, true)
				next = next.With(o)
			}
			return db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return db.swapTable(c, a, rows) })
		}
		return db.swapIndexes(ctx, c, a)
	})
}

// swapIndexes makes altered tables the tables whose rows stay where they are. Those
// of several have no index that is new.
func (db *Database) swapIndexes(ctx context.Context, c *catalog.Catalog, all ...*table.Alteration) error {
	for _, a := range all {
		fresh := a.Fresh()
		if len(fresh) == 0 {
			continue
		}
		assignOutputs(c, a.Object, false)
		if err := db.fillIndexes(ctx, a, fresh); err != nil {
			var made []storage.ArrID
			for _, i := range fresh {
				made = append(made, a.Object.Indexes[i].Rows)
			}
			db.dropArrangements(made)
			return err
		}
	}
	return db.changeCatalog(ctx, func(c *catalog.Catalog) (_ *catalog.Catalog, err error) {
		for _, a := range all {
			next := a.In(c)
			if err := db.flow.Reindex(a.Object); err != nil {
				db.halt(err)
				return nil, err
			}
			db.store.Drop(catalog.Unused([]*catalog.Object{a.Old}, next)...)
			if c, err = db.dropObjects(next, a.Lost); err != nil {
				return nil, err
			}
		}
		return c, nil
	})
}

// rewritten checks the rows that are there against what is new, and gives them in
// their new shape if they get one.
func (s *Session) rewritten(ctx context.Context, a *table.Alteration, mem *queryMemory) (row.Delta, error) {
	st, err := s.db.acquire(ctx, []uint32{a.Old.OID})
	if err != nil {
		return nil, err
	}
	defer st.release()
	r, err := a.NewRewriter(s.evalContext(st.catalog, nil))
	if err != nil {
		return nil, err
	}
	var out row.Delta
	size := int64(0)
	err = scanObject(st, a.Old, func(b *row.Batch) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b, err := r.Rows(b)
		if err != nil {
			return err
		}
		if a.Rewrites() {
			out = append(out, b)
			size += b.Bytes()
		}
		return mem.hold(ctx, size+r.Held())
	})
	return out, err
}

// swapTable puts the table's rows, in their new shape, into an arrangement of their
// own, and the views that read it on top. An error leaves it done by halves, so the
// epochs stop. It belongs to the loop.
func (db *Database) swapTable(c *catalog.Catalog, a *table.Alteration, rows row.Delta) (*catalog.Catalog, error) {
	next := a.In(c)
	var views []*catalog.Object
	for _, o := range c.Dependents(a.Old) {
		if o.Kind == RelMatView && o.Stopped == "" {
			views = append(views, o)
		}
	}
	err := db.reattach(next, a, views, rows)
	if err != nil {
		db.halt(err)
		return nil, err
	}
	db.store.Drop(catalog.Unused([]*catalog.Object{a.Old}, next)...)
	return db.dropObjects(db.catalog, a.Lost)
}

func (db *Database) reattach(next *catalog.Catalog, a *table.Alteration, views []*catalog.Object, rows row.Delta) error {
	for _, v := range append(slices.Clone(views), a.Old) {
		if err := db.flow.Detach(v); err != nil {
			return err
		}
	}
	if err := db.flow.Attach(a.Object); err != nil {
		return err
	}
	db.catalog = next
	deltas, err := db.counters.FirstRows(context.Background(), a.Sequences)
	if err != nil {
		return err
	}
	for _, o := range a.Sequences {
		if err := db.flow.Attach(o); err != nil {
			return err
		}
		db.catalog = db.catalog.With(o)
	}
	if len(rows) > 0 {
		deltas[a.Object.OID] = rows
	}
	if err := db.stepCircuit(context.Background(), deltas); err != nil {
		return err
	}
	for _, v := range slices.Backward(views) {
		if err := db.attachStored(v.OID); err != nil {
			return err
		}
	}
	return nil
}
