package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
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
	if err := s.db.pausedNow(); err != nil {
		return nil, err
	}
	o, err := s.relationNamed(c, n.Name)
	if err != nil {
		if n.IfExists && pgerr.Code(err) == pgerr.UndefinedTable {
			s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("relation %q does not exist, skipping", n.Name.Name))
			return done(tag), nil
		}
		return nil, err
	}
	if err := alterable(n, o); err != nil {
		return nil, err
	}
	a, err := table.Alter(o, n.Actions, c.NextOID, s.bindOptions(c, nil))
	if err != nil {
		return nil, err
	}
	if a.Object.Name != o.Name && c.Lookup(o.Schema, a.Object.Name) != nil || n.Actions[0].Kind == ast.RenameObject && a.Object.Name == o.Name {
		return nil, pgerr.New(pgerr.DuplicateTable, "relation %q already exists", a.Object.Name)
	}
	if a.Rewrites() {
		a.Object.Output = c.NextArr
	}
	if err := s.db.keepsViews(c, a); err != nil {
		return nil, err
	}
	for _, text := range a.Notices {
		s.notice("NOTICE", pgerr.DuplicateColumn, text)
	}
	return done(tag), s.carryOut(ctx, a)
}

// alterable refuses what cannot be altered, or not like that.
func alterable(n *ast.Alter, o *catalog.Object) error {
	switch {
	case n.Kind != ast.KindTable && string(n.Kind) != o.Kind.Noun():
		return pgerr.New(pgerr.WrongObjectType, "%q is not a %s", o.Name, n.Kind)
	case o.Stopped != "":
		return stoppedObject(o)
	}
	action := n.Actions[0]
	if o.Kind == RelTable || o.Kind == RelView && action.Kind == ast.RenameObject {
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "this ALTER of a %s is not supported", o.Kind.Noun()).At(action.Pos())
}

// keepsViews checks that every view that reads the table means what it meant, and,
// where it is materialized, goes on over the state that it has.
func (db *Database) keepsViews(c *catalog.Catalog, a *table.Alteration) error {
	next := c.Without([]*catalog.Object{a.Old}).With(a.Object)
	var broken []*catalog.Object
	for _, v := range slices.Backward(c.Dependents(a.Old)) {
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
func (s *Session) carryOut(ctx context.Context, a *table.Alteration) error {
	db := s.db
	if !a.Rewrites() && !a.Validates() {
		return db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return replaced(c, a), nil })
	}
	return db.withoutWrites(ctx, func() error {
		mem := db.newMemory(storage.QueryMemory)
		defer mem.release()
		rows, err := s.rewritten(ctx, a, mem)
		if err != nil {
			return err
		}
		return db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
			if !a.Rewrites() {
				return replaced(c, a), nil
			}
			return db.swapTable(c, a, rows)
		})
	})
}

func replaced(c *catalog.Catalog, a *table.Alteration) *catalog.Catalog {
	return c.Without([]*catalog.Object{a.Old}).With(a.Object)
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
		if err != nil || !a.Rewrites() {
			return err
		}
		out = append(out, b)
		size += b.Bytes()
		return mem.hold(ctx, size)
	})
	return out, err
}

// swapTable puts the table's rows, in their new shape, into an arrangement of their
// own, and the views that read it on top. An error leaves it done by halves, so the
// epochs stop. It belongs to the loop.
func (db *Database) swapTable(c *catalog.Catalog, a *table.Alteration, rows row.Delta) (*catalog.Catalog, error) {
	next := replaced(c, a)
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
	db.store.Drop(a.Old.Output)
	return db.catalog, nil
}

func (db *Database) reattach(next *catalog.Catalog, a *table.Alteration, views []*catalog.Object, rows row.Delta) error {
	for _, v := range append(slices.Clone(views), a.Old) {
		if err := db.flow.detach(v); err != nil {
			return err
		}
	}
	if err := db.flow.attach(a.Object); err != nil {
		return err
	}
	db.catalog = next
	if len(rows) > 0 {
		if err := db.stepCircuit(context.Background(), map[uint32]row.Delta{a.Object.OID: rows}); err != nil {
			return err
		}
	}
	for _, v := range slices.Backward(views) {
		if err := db.attachStored(v.OID); err != nil {
			return err
		}
	}
	return nil
}
