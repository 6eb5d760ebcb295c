package table

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// actionWords are PostgreSQL's for the actions that it has for tables alone.
var actionWords = map[ast.AlterKind]string{
	ast.AddColumn: "ADD COLUMN", ast.DropColumn: "DROP COLUMN", ast.SetDefault: "ALTER COLUMN ... SET DEFAULT",
	ast.DropDefault: "ALTER COLUMN ... SET DEFAULT", ast.SetNotNull: "ALTER COLUMN ... SET NOT NULL", ast.DropNotNull: "ALTER COLUMN ... DROP NOT NULL",
	ast.AddCheck: "ADD CONSTRAINT", ast.AddKey: "ADD CONSTRAINT", ast.DropConstraint: "DROP CONSTRAINT",
}

// plurals are of the kinds that PostgreSQL has, too.
var plurals = map[string]string{"view": "views", "materialized view": "materialized views", "sequence": "sequences", "index": "indexes"}

// Permitted refuses to alter what cannot be altered, or not like that. Of an index, o
// is the table.
func Permitted(n *ast.Alter, o *catalog.Object) error {
	action, kind := n.Actions[0], o.Kind.Noun()
	switch {
	case n.Kind == ast.KindIndex && action.Kind == ast.RenameIndex && o.Kind == catalog.Table:
		return nil
	case n.Kind == ast.KindIndex && n.Name.Name == o.Name:
		return pgerr.New(pgerr.WrongObjectType, "%q is not an index", o.Name)
	case n.Kind == ast.KindIndex:
		kind = "index"
	case n.Kind != ast.KindTable && string(n.Kind) != kind:
		return pgerr.New(pgerr.WrongObjectType, "%q is not a %s", o.Name, n.Kind)
	case o.Kind == catalog.Table, (o.Kind == catalog.View || o.Kind == catalog.Sequence) && action.Kind == ast.RenameObject:
		return nil
	}
	words, plural := actionWords[action.Kind], plurals[kind]
	ofViews := kind == "view" && (action.Kind == ast.SetDefault || action.Kind == ast.DropDefault)
	if words == "" || plural == "" || ofViews {
		return pgerr.New(pgerr.FeatureNotSupported, "this ALTER of a %s is not supported", kind).At(action.Pos())
	}
	return pgerr.New(pgerr.WrongObjectType, "ALTER action %s cannot be performed on relation \"%s\"", words, n.Name.Name).
		WithDetail("This operation is not supported for %s.", plural)
}
