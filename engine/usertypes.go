package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
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
		return nil, pgerr.New(pgerr.FeatureNotSupported, "DROP TYPE ... CASCADE is not supported while columns or views use the type").At(n.Pos())
	case len(users) > 0:
		return nil, catalog.TypeNeeded(gone, users)
	}
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return c.WithoutTypes(gone), nil })
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
