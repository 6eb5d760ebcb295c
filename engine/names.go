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
		if !s.db.hasSchema(c, n.Schema) {
			return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", n.Schema)
		}
		path = []string{n.Schema}
	}
	for _, schema := range path {
		if o := c.Lookup(schema, n.Name); o != nil {
			return o, nil
		}
	}
	for _, schema := range slices.Concat([]string{"pg_catalog"}, path) {
		if s.db.system.byName[[2]string{schema, n.Name}] != nil {
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

func (db *Database) hasSchema(_ *catalog.Catalog, name string) bool {
	return slices.ContainsFunc(db.system.schemas, func(s SchemaInfo) bool { return s.Name == name })
}
