package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// createType runs CREATE TYPE.
func (s *Session) createType(ctx context.Context, n *ast.CreateType) (*Rows, error) {
	const tag = "CREATE TYPE"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	at := n.Name
	at.Loc = ast.NoPos // PostgreSQL's errors point nowhere
	schema, name, err := s.targetName(c, at)
	if err == nil {
		err = c.FreeTypeName(schema, name)
	}
	if err != nil {
		return nil, err
	}
	t, err := c.NewType(schema, name, n.Labels, rand.Uint64)
	if err != nil {
		return nil, err
	}
	row.DefineEnum(&t.EnumType)
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.WithType(t), nil })
}

// alterType runs ALTER TYPE. A new label may be used once it is durable: rows that
// have it must not outlive it.
func (s *Session) alterType(ctx context.Context, n *ast.AlterType) (*Rows, error) {
	const tag = "ALTER TYPE"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	t, err := s.typeNamed(c, n.Name)
	if err != nil {
		return nil, err
	}
	next, exists, err := t.Altered(n, c.NextOID)
	if err == nil && n.Kind == ast.RenameType {
		err = c.FreeTypeName(t.Schema, n.NewName)
	}
	if err == nil {
		err = s.db.keepsType(c, t, n)
	}
	if err != nil {
		return nil, err
	}
	if exists {
		s.notice("NOTICE", pgerr.DuplicateObject, fmt.Sprintf("enum label %q already exists, skipping", n.Label))
		return done(tag), nil
	}
	if err := s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.WithType(next), nil }); err != nil {
		return nil, err
	}
	row.DefineEnum(&next.EnumType)
	return done(tag), nil
}

// keepsType checks that views hold what they would hold had the type been as it will be.
func (db *Database) keepsType(c *catalog.Catalog, t *catalog.Type, n *ast.AlterType) error {
	if err := c.Unrenamable(t, n); err != nil {
		return err
	}
	users := c.UsersOf(t)
	for _, v := range slices.Concat(users, c.Dependents(users...)) {
		if v.Kind != RelMatView || v.Stopped != "" {
			continue
		}
		if q, _, err := db.bindView(c, v, nil); err != nil || planner.ReadsLabels(q.Root, t.OID) {
			return catalog.Unalterable(t, v)
		}
	}
	return nil
}

// dropTypes runs DROP TYPE.
func (s *Session) dropTypes(ctx context.Context, n *ast.Drop) (*Rows, error) {
	const tag = "DROP TYPE"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	var gone []*catalog.Type
	for _, name := range n.Names {
		t, err := s.typeNamed(c, name)
		switch code := pgerr.Code(err); {
		case err == nil:
			gone = append(gone, t)
		case n.IfExists && (code == pgerr.UndefinedObject || code == pgerr.InvalidSchemaName):
			e, _ := pgerr.As(err)
			s.notice("NOTICE", pgerr.SuccessfulCompletion, e.Message+", skipping")
		case code == pgerr.WrongObjectType:
			b, _ := ident.Type(name.Name)
			return nil, pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop type %s because it is required by the database system", b)
		default:
			return nil, err
		}
	}
	if len(gone) == 0 {
		return done(tag), nil
	}
	switch users := c.UsersOf(gone...); {
	case len(users) > 0 && n.Cascade:
		return done(tag), s.dropWithUsers(ctx, c, gone, users)
	case len(users) > 0:
		return nil, catalog.TypeNeeded(gone, users)
	}
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.WithoutTypes(gone), nil })
}

// dropWithUsers drops types, the columns of tables that have them, and the views that
// would not mean what they meant.
func (s *Session) dropWithUsers(ctx context.Context, c *catalog.Catalog, types []*catalog.Type, users []*catalog.Object) error {
	also := catalog.TypeTakes(types, users)
	var views []*catalog.Object
	var all []*table.Alteration
	next := c
	for _, o := range users {
		switch o.Kind {
		case RelView, RelMatView:
			views = append(views, o)
			continue
		case RelSource:
			return pgerr.New(pgerr.FeatureNotSupported, "DROP TYPE ... CASCADE is not supported while %s uses the type", o.Words())
		}
		var drops []*ast.AlterAction
		for _, col := range o.Columns {
			if slices.ContainsFunc(types, func(t *catalog.Type) bool { return col.Type.User == t.OID }) {
				drops = append(drops, &ast.AlterAction{Loc: ast.NoPos, Kind: ast.DropColumn, Name: col.Name})
			}
		}
		a, err := table.Alter(o, drops, c.NextOID, s.bindOptions(c, nil), taken(c, o.Schema))
		if err == nil {
			a.Lost, err = sequence.Lost(c, a.Old, a.Object)
		}
		if err != nil {
			return err
		}
		all, next = append(all, a), a.In(next)
	}
	for _, v := range slices.Backward(c.Dependents(users...)) {
		if !slices.Contains(views, v) && !s.db.sameView(next.Without(views), v) {
			views, also = append(views, v), append(also, v.Words())
		}
	}
	next = c.Without(views)
	for _, a := range all {
		if err := s.db.keepsViews(next, a); err != nil {
			return err
		}
		next = a.In(next)
	}
	s.noticeCascade(nil, also...)
	return s.rewriteAll(ctx, all, func(c *catalog.Catalog) (*catalog.Catalog, error) { return s.db.dropObjects(c, views) },
		func(c *catalog.Catalog) *catalog.Catalog { return c.WithoutTypes(types) })
}

// rewriteAll makes altered tables, whose rows change their shape, the tables, between two
// other changes of the catalog.
func (s *Session) rewriteAll(ctx context.Context, all []*table.Alteration, first func(*catalog.Catalog) (*catalog.Catalog, error), last func(*catalog.Catalog) *catalog.Catalog) error {
	db := s.db
	return db.withoutWrites(ctx, func() error {
		rows := make([]row.Delta, len(all))
		for i, a := range all {
			mem := db.newMemory(storage.QueryMemory)
			defer mem.release()
			var err error
			if rows[i], err = s.rewritten(ctx, a, mem); err != nil {
				return err
			}
		}
		return db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
			c, err := first(c)
			for i := 0; i < len(all) && err == nil; i++ {
				assignOutputs(c, all[i].Object, true)
				c, err = db.swapTable(c, all[i], rows[i])
			}
			if err != nil {
				return nil, err
			}
			return last(c), nil
		})
	})
}

// typeNamed finds the type that a statement about types names.
func (s *Session) typeNamed(c *catalog.Catalog, n ast.ObjectName) (*catalog.Type, error) {
	if err := s.inDatabase(n); err != nil {
		return nil, err
	}
	name, path := n.Name, s.derived().searchPath
	if n.Schema != "" {
		if err := s.db.mustHaveSchema(c, n.Schema); err != nil {
			return nil, err
		}
		name, path = n.Schema+"."+n.Name, []string{n.Schema}
	}
	for _, schema := range path {
		if t := c.TypeNamed(schema, n.Name); t != nil {
			return t, nil
		}
	}
	if b, ok := ident.Type(n.Name); ok && (n.Schema == "" || n.Schema == "pg_catalog") {
		return nil, pgerr.New(pgerr.WrongObjectType, "%s is not an enum", b)
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", name)
}

// commentType runs COMMENT ON TYPE.
func (s *Session) commentType(ctx context.Context, n *ast.Comment) (*Rows, error) {
	c, end, err := s.beginDDL(ctx, "COMMENT")
	if err != nil {
		return nil, err
	}
	defer end()
	t, err := s.typeNamed(c, n.Object)
	if err != nil {
		return nil, err
	}
	next := *t
	next.Comment = n.Text
	return done("COMMENT"), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.WithType(&next), nil })
}
