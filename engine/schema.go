package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// createSchema runs CREATE SCHEMA.
func (s *Session) createSchema(ctx context.Context, n *ast.CreateSchema) (*Rows, error) {
	const tag = "CREATE SCHEMA"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	if strings.HasPrefix(n.Name, "pg_") {
		return nil, pgerr.New(pgerr.ReservedName, "unacceptable schema name %q", n.Name).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	if s.db.hasSchema(c, n.Name) {
		if n.IfNotExists {
			s.notice("NOTICE", pgerr.DuplicateSchema, fmt.Sprintf("schema %q already exists, skipping", n.Name))
			return done(tag), nil
		}
		return nil, pgerr.New(pgerr.DuplicateSchema, "schema %q already exists", n.Name)
	}
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
		return c.WithSchema(&catalog.Schema{OID: c.NextOID, Name: n.Name}), nil
	})
}

// dropSchemas runs DROP SCHEMA.
func (s *Session) dropSchemas(ctx context.Context, n *ast.Drop) (*Rows, error) {
	const tag = "DROP SCHEMA"
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	names, err := s.schemasToDrop(c, n)
	if err != nil || len(names) == 0 {
		return done(tag), err
	}
	var inside []*catalog.Object
	for _, o := range c.Ordered() {
		if slices.Contains(names, o.Schema) {
			inside = append(inside, o)
		}
	}
	more, types := c.Dependents(inside...), c.TypesIn(names)
	with := c.Owned(inside...) // they go with their tables
	named := slices.DeleteFunc(slices.Clone(inside), func(o *catalog.Object) bool { return slices.Contains(with, o) })
	if len(inside)+len(types) > 0 && !n.Cascade {
		return nil, catalog.SchemaNeeded(names, types, named, more)
	}
	all := slices.Concat(more, inside)
	if users := c.Without(all).UsersOf(types...); len(users) > 0 {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "DROP SCHEMA ... CASCADE is not supported while %s uses a type in it", users[0].Words()).At(n.Pos())
	}
	var also []string
	for _, t := range types {
		also = append(also, "type "+t.String())
	}
	s.noticeCascade(slices.Concat(more, named), also...)
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
		c, err := s.db.dropObjects(c, all)
		if err != nil {
			return nil, err
		}
		return c.WithoutTypes(types).WithoutSchemas(names...), nil
	})
}

func (s *Session) schemasToDrop(c *catalog.Catalog, n *ast.Drop) ([]string, error) {
	var names []string
	for _, name := range n.Names {
		switch {
		case c.Schemas[name.Name] != nil:
			names = append(names, name.Name)
		case s.db.hasSchema(c, name.Name):
			return nil, pgerr.New(pgerr.DependentObjectsStillExist, "cannot drop schema %s because it is required by the database system", name.Name)
		case n.IfExists:
			s.notice("NOTICE", pgerr.SuccessfulCompletion, fmt.Sprintf("schema %q does not exist, skipping", name.Name))
		default:
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", name.Name)
		}
	}
	return names, nil
}
