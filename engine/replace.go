package engine

import (
	"context"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// createOrReplace is create for CREATE OR REPLACE VIEW: a view that is there gives
// the new one its number, so that what reads it reads the new one.
func (s *Session) createOrReplace(ctx context.Context, st *Statement, n ast.ObjectName, kind RelKind, _ bool, tag string, build buildObject) (*Rows, error) {
	return s.createObject(ctx, st, n, kind, tag, build, func(c *catalog.Catalog, o *catalog.Object) (skip bool, err error) {
		old := c.Lookup(o.Schema, o.Name)
		if old == nil {
			return false, nil
		}
		if old.Kind != RelView {
			return false, pgerr.New(pgerr.WrongObjectType, "%q is not a view", o.Name)
		}
		o.OID, o.Comment = old.OID, old.Comment
		return false, nil
	})
}

// replaces checks that a view may take the place of the one with its number, if
// there is one: what reads that must find its columns, and go on as it is.
func replaces(c *catalog.Catalog, o *catalog.Object) error {
	old := c.Objects[o.OID]
	if old == nil {
		return nil
	}
	for i, was := range old.Columns {
		if i >= len(o.Columns) {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot drop columns from view")
		}
		is := o.Columns[i]
		if is.Name != was.Name {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change name of view column %q to %q", was.Name, is.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if is.Type != was.Type {
			return pgerr.New(pgerr.InvalidTableDefinition, "cannot change data type of view column %q from %s to %s", was.Name, was.Type, is.Type)
		}
		o.Columns[i].Comment = was.Comment
	}
	readers := c.Dependents(old)
	for _, r := range readers {
		if slices.Contains(o.Deps, r.OID) {
			return recursive(o)
		}
		if r.Kind == RelMatView {
			return pgerr.New(pgerr.FeatureNotSupported, "cannot replace view %q: %s reads it, whose rows would have to be computed anew", o.Name, r.Words()).
				WithHint("Drop the %s first.", r.Words())
		}
	}
	if slices.Contains(o.Deps, o.OID) {
		return recursive(o)
	}
	return nil
}

func recursive(o *catalog.Object) error {
	return pgerr.New(pgerr.InvalidObjectDefinition, "infinite recursion detected in rules for relation %q", o.Name)
}
