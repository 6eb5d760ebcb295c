package catalog

import (
	"slices"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// SetComment sets the comment on an object or a part of it.
func (o *Object) SetComment(n *ast.Comment) error {
	switch n.Kind {
	case ast.KindColumn:
		i := slices.IndexFunc(o.Columns, func(c Column) bool { return c.Name == n.Part })
		if i < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "column %q of relation %q does not exist", n.Part, o.Name)
		}
		o.Columns[i].Comment = n.Text
		return nil
	case ast.KindConstraint:
		for i := range o.Checks {
			if o.Checks[i].Name == n.Part {
				o.Checks[i].Comment = n.Text
				return nil
			}
		}
		if i := o.IndexNamed(n.Part); i >= 0 && o.Indexes[i].Constraint != 0 {
			o.Indexes[i].Comment = n.Text
			return nil
		}
		if o.Kind == Table && o.Key != nil && o.PrimaryKeyName() == n.Part {
			o.KeyComment = n.Text
			return nil
		}
		return pgerr.New(pgerr.UndefinedObject, "constraint %q for table %q does not exist", n.Part, o.Name)
	}
	stored := n.Kind == ast.KindTable && o.Kind == Source && o.Stored()
	if string(n.Kind) != o.Kind.Noun() && !stored {
		return pgerr.New(pgerr.WrongObjectType, "%q is not a %s", o.Name, n.Kind)
	}
	o.Comment = n.Text
	return nil
}
