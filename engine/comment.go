package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// comment runs COMMENT ON.
func (s *Session) comment(ctx context.Context, n *ast.Comment) (*Rows, error) {
	switch n.Kind {
	case ast.KindSchema:
		return s.commentSchema(ctx, n)
	case ast.KindType:
		return s.commentType(ctx, n)
	}
	return s.alter(ctx, "COMMENT", n.Object, func(o *catalog.Object) error { return o.SetComment(n) })
}

func (s *Session) commentSchema(ctx context.Context, n *ast.Comment) (*Rows, error) {
	_, end, err := s.beginDDL(ctx, "COMMENT")
	if err != nil {
		return nil, err
	}
	defer end()
	return done("COMMENT"), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
		old := c.Schemas[n.Object.Name]
		switch {
		case old != nil:
			return c.WithSchema(&catalog.Schema{OID: old.OID, Name: old.Name, Comment: n.Text}), nil
		case s.db.hasSchema(c, n.Object.Name):
			return nil, pgerr.New(pgerr.FeatureNotSupported, "a comment on the schema %q is not supported", n.Object.Name).At(n.Object.Pos())
		}
		return nil, pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", n.Object.Name)
	})
}

// alter puts a changed copy of an object, whose rows stay as they are, in its place.
func (s *Session) alter(ctx context.Context, tag string, name ast.ObjectName, change func(o *catalog.Object) error) (*Rows, error) {
	c, end, err := s.beginDDL(ctx, tag)
	if err != nil {
		return nil, err
	}
	defer end()
	found, err := s.relationNamed(c, name)
	if err != nil {
		return nil, err
	}
	return done(tag), s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) {
		o, err := c.Objects[found.OID].Altered()
		if err == nil {
			err = change(o)
		}
		if err != nil {
			return nil, err
		}
		return c.With(o), nil
	})
}
