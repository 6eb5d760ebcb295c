package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A change of the catalog takes effect at an epoch's boundary, and its statement
// is answered when it is durable. db.ddl admits one at a time.

// changeCatalog runs fn in the loop with the catalog of now; what it returns is
// the catalog from the next epoch on, durable when changeCatalog returns.
func (db *Database) changeCatalog(ctx context.Context, fn func(c *catalog.Catalog) (*catalog.Catalog, error)) error {
	err := db.change(ctx, func() error {
		c, err := fn(db.catalog)
		if err != nil {
			return err
		}
		db.catalog = c
		db.endEpoch()
		return nil
	})
	if err != nil {
		return err
	}
	return db.makeDurable(context.WithoutCancel(ctx))
}

// free checks that a name is free. skip says that it is not and that IF NOT
// EXISTS makes that a notice.
func (s *Session) free(c *catalog.Catalog, schema, name string, ifNotExists bool) (skip bool, err error) {
	if c.TypeNamed(schema, name) != nil {
		return false, pgerr.New(pgerr.DuplicateObject, "type \"%s\" already exists", name).
			WithHint("A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.")
	}
	if !c.Taken(schema, name) {
		return false, nil
	}
	if ifNotExists {
		s.notice("NOTICE", pgerr.DuplicateTable, fmt.Sprintf("relation %q already exists, skipping", name))
		return true, nil
	}
	return false, pgerr.New(pgerr.DuplicateTable, "relation %q already exists", name)
}

// taken reports the names of a schema's relations.
func taken(c *catalog.Catalog, schema string) table.Taken {
	return func(name string) bool { return c.Taken(schema, name) }
}

// create adds an object that build makes, where its name is free.
func (s *Session) create(ctx context.Context, st *Statement, n ast.ObjectName, kind RelKind, ifNotExists bool, tag string, build buildObject) (*Rows, error) {
	return s.createObject(ctx, st, n, kind, tag, build, func(c *catalog.Catalog, o *catalog.Object) (skip bool, err error) {
		return s.free(c, o.Schema, o.Name, ifNotExists)
	})
}

// buildObject makes an object, given the catalog and the object with its names and
// numbers set.
type buildObject func(c *catalog.Catalog, o *catalog.Object) error

// createObject is create; place decides whether the name may be taken.
func (s *Session) createObject(ctx context.Context, st *Statement, n ast.ObjectName, kind RelKind, tag string, build buildObject, place func(c *catalog.Catalog, o *catalog.Object) (skip bool, err error)) (*Rows, error) {
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := s.db.pausedNow(); err != nil {
		return nil, err
	}
	schema, name, err := s.targetName(c, n)
	if err != nil {
		return nil, err
	}
	o := &catalog.Object{
		OID: c.NextOID, Schema: schema, Name: name, Kind: kind, SQL: st.Source(),
		Zone: s.settings.Value("timezone"), Forms: s.settings.FormValues(), Path: s.settings.SearchPath(),
	}
	if skip, err := place(c, o); skip || err != nil {
		return done(tag), err
	}
	if err := build(c, o); err != nil {
		return nil, err
	}
	return done(tag), nil
}

// catalogNow is the catalog of the newest epoch.
func (db *Database) catalogNow(ctx context.Context) (*catalog.Catalog, error) {
	if st := db.newest(db.since(), []uint32{}); st != nil {
		return st.catalog, nil
	}
	st, err := db.acquire(ctx, []uint32{})
	if err != nil {
		return nil, err
	}
	defer st.release()
	return st.catalog, nil
}

func (s *Session) createTable(ctx context.Context, st *Statement, n *ast.CreateTable) (*Rows, error) {
	if len(n.With) > 0 || n.Format != nil {
		if n.Temporary {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "a temporary table cannot have a connector").At(n.Pos())
		}
		return s.createSourceBody(ctx, st, &n.Relation, true, "CREATE TABLE")
	}
	if n.Temporary {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "temporary tables are not supported").At(n.Pos())
	}
	return s.create(ctx, st, n.Name, RelTable, n.IfNotExists, "CREATE TABLE", func(c *catalog.Catalog, o *catalog.Object) error {
		sequences, err := table.Define(&n.Relation, o, s.bindOptions(c, nil), taken(c, o.Schema), s.copied(c))
		if err != nil {
			return err
		}
		all := append([]*catalog.Object{o}, sequences...)
		for _, o := range all {
			assignOutputs(c, o, true)
			c = c.With(o)
		}
		rows, err := s.db.counters.FirstRows(ctx, sequences)
		if err != nil {
			return err
		}
		return s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return s.db.addObjects(c, all, rows) })
	})
}

func (s *Session) createView(ctx context.Context, st *Statement, n *ast.CreateView) (*Rows, error) {
	tag, kind := "CREATE VIEW", RelView
	if n.Materialized {
		tag, kind = "CREATE MATERIALIZED VIEW", RelMatView
	}
	switch {
	case n.Query.Changes() && n.Materialized:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "materialized views must not use data-modifying statements in WITH")
	case n.Query.Changes():
		return nil, pgerr.New(pgerr.FeatureNotSupported, "views must not contain data-modifying statements in WITH")
	case n.OrReplace && n.Materialized:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "CREATE OR REPLACE MATERIALIZED VIEW is not supported").At(n.Pos()).
			WithHint("Drop the view and create it again.")
	case len(n.With) > 0:
		return nil, pgerr.New(pgerr.InvalidParameterValue, "unrecognized parameter %q", n.With[0].Name).At(n.With[0].Pos())
	case n.WithNoData:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "WITH NO DATA is not supported: a materialized view is always up to date").At(n.Pos())
	}
	create := s.create
	if n.OrReplace {
		create = s.createOrReplace
	}
	return create(ctx, st, n.Name, kind, n.IfNotExists, tag, func(c *catalog.Catalog, o *catalog.Object) error {
		o.Query = strings.TrimSpace(n.QueryText)
		for _, id := range n.Columns {
			o.Columns = append(o.Columns, catalog.Column{Name: id.Name})
		}
		plan, err := s.db.defineView(c, o)
		if err != nil {
			return shift(err, n.QueryStart, st.Text)
		}
		if kind == RelView {
			if err := c.Replaces(o); err != nil {
				return err
			}
			return s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.With(o), nil })
		}
		plan.catalog = c // numbers from its nextArr on are the view's own
		if err := s.hydrate(ctx, o, plan); err != nil {
			return ended(ctx, err)
		}
		return s.db.makeDurable(context.WithoutCancel(ctx))
	})
}

// shift moves an error's position from a view's query to the statement's text.
func shift(err error, by int, text string) error {
	e, ok := pgerr.As(err)
	if !ok {
		return err
	}
	if at, ok := e.Offset(); ok {
		return e.At(at + by).Locate(text)
	}
	return err
}

func (s *Session) drop(ctx context.Context, n *ast.Drop) (*Rows, error) {
	switch n.Kind {
	case ast.KindSchema:
		return s.dropSchemas(ctx, n)
	case ast.KindType:
		return s.dropTypes(ctx, n)
	case ast.KindIndex:
		return s.dropIndexes(ctx, n)
	}
	tag := "DROP " + strings.ToUpper(string(n.Kind))
	kind, ok := map[ast.ObjectKind]RelKind{ast.KindSource: RelSource, ast.KindTable: RelTable, ast.KindView: RelView, ast.KindMaterializedView: RelMatView, ast.KindSequence: RelSequence}[n.Kind]
	if !ok {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "%s is not supported", tag).At(n.Pos())
	}
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	var gone []*catalog.Object
	for _, name := range n.Names {
		o, err := s.toDrop(c, name, kind, n)
		if err != nil {
			return nil, err
		}
		if o != nil && !slices.Contains(gone, o) {
			gone = append(gone, o)
		}
	}
	if len(gone) == 0 {
		return done(tag), nil
	}
	more := c.Dependents(gone...)
	if len(more) > 0 && !n.Cascade {
		return nil, catalog.StillNeeded(gone, more)
	}
	removal, err := sequence.Remove(c, gone, n.Cascade)
	if err != nil {
		return nil, err
	}
	s.noticeCascade(more, removal.Also...)
	all := slices.Concat(more, removal.Gone)
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
		for _, o := range removal.Keep {
			c = c.With(o)
		}
		return s.db.dropObjects(c, all)
	})
}

// noticeCascade says what else is dropped.
func (s *Session) noticeCascade(more []*catalog.Object, also ...string) {
	for _, o := range slices.Backward(more) {
		also = append(also, o.Words())
	}
	for i := range also {
		also[i] = "drop cascades to " + also[i]
	}
	switch n := len(also); {
	case n > 1:
		s.notices = append(s.notices, Notice{Severity: "NOTICE", Code: pgerr.SuccessfulCompletion,
			Message: fmt.Sprintf("drop cascades to %d other objects", n), Detail: strings.Join(also, "\n")})
	case n == 1:
		s.notice("NOTICE", pgerr.SuccessfulCompletion, also[0])
	}
}

// toDrop finds an object to drop; nil when IF EXISTS forgives its absence.
func (s *Session) toDrop(c *catalog.Catalog, name ast.ObjectName, kind RelKind, n *ast.Drop) (*catalog.Object, error) {
	o, err := s.relationNamed(c, name)
	switch code := pgerr.Code(err); {
	case err == nil:
	case n.IfExists && code == pgerr.UndefinedTable:
		s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("%s %q does not exist, skipping", n.Kind, name.Name))
		return nil, nil
	case n.IfExists && code == pgerr.InvalidSchemaName:
		s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("schema %q does not exist, skipping", name.Schema))
		return nil, nil
	case code == pgerr.UndefinedTable:
		return nil, pgerr.New(pgerr.UndefinedTable, "%s %q does not exist", n.Kind, name.Name)
	default:
		return nil, err
	}
	tableWithConnector := kind == RelTable && o.Kind == RelSource && o.Stored()
	if o.Kind != kind && !tableWithConnector {
		return nil, pgerr.New(pgerr.WrongObjectType, "%q is not a %s", name.Name, n.Kind).WithHint("%s", dropHint(o))
	}
	return o, nil
}

// dropHint says by which DROP an object goes.
func dropHint(o *catalog.Object) string {
	return fmt.Sprintf("Use DROP %s to remove a %s.", strings.ToUpper(o.Kind.Noun()), o.Kind.Noun())
}

// dropObjects takes objects out of the circuit and the catalog, readers first.
// An error leaves it done by halves, so the epochs stop. It belongs to the loop.
func (db *Database) dropObjects(c *catalog.Catalog, all []*catalog.Object) (*catalog.Catalog, error) {
	slices.SortStableFunc(all, func(a, b *catalog.Object) int { return int(b.OID) - int(a.OID) })
	next := c.Without(all)
	for _, o := range all {
		if err := db.dropObject(o); err != nil {
			db.halt(err)
			return nil, err
		}
	}
	db.catalog = next
	db.tendSources()
	db.store.Drop(catalog.Unused(all, next)...)
	return next, nil
}

func (db *Database) dropObject(o *catalog.Object) error {
	if o.Kind != RelView {
		if err := db.flow.Detach(o); err != nil {
			return err
		}
	}
	db.counters.Forget(o.OID)
	if s := db.sources[o.OID]; s != nil {
		s.reader.Stop()
		delete(db.sources, o.OID)
	}
	return db.dropErrors(o.Name)
}
