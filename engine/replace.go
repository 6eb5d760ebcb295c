package engine

import (
	"context"

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
