package engine

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// relationNamed finds what a statement other than a query names: through the
// search path, unless it is qualified.
func (s *Session) relationNamed(c *catalog.Catalog, n ast.ObjectName) (*catalog.Object, error) {
	if err := s.inDatabase(n); err != nil {
		return nil, err
	}
	path := s.derived().searchPath
	if n.Schema != "" {
		if err := s.db.mustHaveSchema(c, n.Schema); err != nil {
			return nil, err
		}
		path = []string{n.Schema}
	}
	for _, schema := range path {
		if o := c.Lookup(schema, n.Name); o != nil {
			return o, nil
		}
	}
	for _, schema := range slices.Concat([]string{"pg_catalog"}, path) {
		if s.db.system.Named(schema, n.Name) != nil {
			return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied: %q is a system catalog", n.Name)
		}
	}
	name := n.Name
	if n.Schema != "" {
		name = n.Schema + "." + n.Name
	}
	return nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", name)
}

// inDatabase refuses names in other databases.
func (s *Session) inDatabase(n ast.ObjectName) error {
	if n.Catalog == "" || n.Catalog == s.database {
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"", n.Catalog, n.Schema, n.Name).At(n.Pos())
}

func (db *Database) hasSchema(c *catalog.Catalog, name string) bool {
	return slices.ContainsFunc(db.system.Schemas(c), func(s SchemaInfo) bool { return s.Name == name })
}

func (db *Database) mustHaveSchema(c *catalog.Catalog, name string) error {
	if db.hasSchema(c, name) {
		return nil
	}
	return pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", name)
}

// targetName resolves where a new object goes.
func (s *Session) targetName(c *catalog.Catalog, n ast.ObjectName) (schema, name string, err error) {
	if err := s.inDatabase(n); err != nil {
		return "", "", err
	}
	schema = n.Schema
	if schema == "" {
		i := slices.IndexFunc(s.settings.SearchPath(), c.Holds)
		if i < 0 {
			return "", "", pgerr.New(pgerr.InvalidSchemaName, "no schema has been selected to create in").At(n.Pos())
		}
		schema = s.settings.SearchPath()[i]
	}
	switch {
	case c.Holds(schema):
		return schema, n.Name, nil
	case s.db.hasSchema(c, schema):
		return "", "", pgerr.New(pgerr.InsufficientPrivilege, "permission denied to create \"%s.%s\"", schema, n.Name).
			WithDetail("System catalog modifications are currently disallowed.").At(n.Pos())
	}
	return "", "", pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", schema).At(n.Pos())
}
