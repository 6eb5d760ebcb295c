package bind

import (
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (b *binder) columnRef(s *scope, e *ast.ColumnRef) (planner.Scalar, error) {
	if e.Star {
		return nil, pgerr.New(pgerr.SyntaxError, "row expansion via \"*\" is not supported here").At(e.Pos())
	}
	name := e.Names[len(e.Names)-1]
	if len(e.Names) == 1 {
		c, _, err := b.columnByName(s, name, e.Pos())
		if err != nil {
			return nil, err
		}
		if c != nil {
			return columnAt(c, e.Pos()), nil
		}
		it, _, err := b.itemByName(s, "", name, e.Pos())
		if err != nil {
			return nil, err
		}
		if it != nil && it.Record {
			return wholeRow(it, e.Pos()), nil
		}
		return nil, b.missingColumn(s, "", name, e.Pos())
	}
	schema, table := "", e.Names[len(e.Names)-2]
	if len(e.Names) > 2 {
		schema = e.Names[len(e.Names)-3]
	}
	switch all := strings.Join(e.Names, "."); {
	case len(e.Names) > 4:
		return nil, tooManyNames(all, e.Pos())
	case len(e.Names) == 4 && e.Names[0] != b.opts.Database:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: %s", all).At(e.Pos())
	}
	it, _, err := b.itemByName(s, schema, table, e.Pos())
	if err != nil {
		return nil, err
	}
	if it == nil {
		return nil, b.missingTable(s, schema, table, e.Pos())
	}
	switch c, n := it.column(name); {
	case n > 1:
		return nil, pgerr.New(pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(e.Pos())
	case n == 1:
		return columnAt(c, e.Pos()), nil
	}
	return nil, b.missingColumn(s, table, name, e.Pos())
}

func tooManyNames(all string, pos int) error {
	return pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", all).At(pos)
}

func columnAt(c *nsColumn, pos int) planner.Scalar {
	return &expr.ColRef{Index: int(c.Col.ID), Typ: c.Col.Type, Name: c.Name, At: pos}
}
