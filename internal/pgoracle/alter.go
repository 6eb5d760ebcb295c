package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

var objectKinds = map[pg.ObjectType]ast.ObjectKind{
	pg.ObjectType_OBJECT_TABLE: ast.KindTable, pg.ObjectType_OBJECT_VIEW: ast.KindView,
	pg.ObjectType_OBJECT_MATVIEW: ast.KindMaterializedView, pg.ObjectType_OBJECT_INDEX: ast.KindIndex,
	pg.ObjectType_OBJECT_SEQUENCE: ast.KindSequence, pg.ObjectType_OBJECT_SCHEMA: ast.KindSchema, pg.ObjectType_OBJECT_COLUMN: ast.KindColumn,
	pg.ObjectType_OBJECT_TABCONSTRAINT: ast.KindConstraint, pg.ObjectType_OBJECT_TYPE: ast.KindType,
	// Tarn answers COMMENT ON FOREIGN TABLE for a source, which pg_dump and its like
	// see as one.
	pg.ObjectType_OBJECT_FOREIGN_TABLE: ast.KindSource,
}

func objectKind(t pg.ObjectType) ast.ObjectKind {
	k, ok := objectKinds[t]
	if !ok {
		no("%s", t)
	}
	return k
}

// objectName is an object in DROP or COMMENT: a list of names, or one.
func objectName(n *pg.Node) ast.ObjectName {
	switch n := n.GetNode().(type) {
	case *pg.Node_String_:
		return qualified([]string{n.String_.Sval})
	case *pg.Node_TypeName:
		only(n.TypeName, "names", "typemod")
		return qualified(texts(n.TypeName.Names))
	}
	return qualified(texts(items(n)))
}

func qualified(names []string) ast.ObjectName {
	out := ast.ObjectName{Loc: ast.NoPos, Name: names[len(names)-1]}
	switch len(names) {
	case 1:
	case 2:
		out.Schema = names[0]
	case 3:
		out.Catalog, out.Schema = names[0], names[1]
	default:
		no("a name of %d parts", len(names))
	}
	return out
}

// drop: CONCURRENTLY is not kept by Tarn, for the reason that createIndex gives.
func drop(s *pg.DropStmt) *ast.Drop {
	only(s, "objects", "remove_type", "behavior", "missing_ok", "concurrent")
	out := &ast.Drop{Loc: ast.NoPos, Kind: objectKind(s.RemoveType), IfExists: s.MissingOk,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	if out.Kind == ast.KindSource {
		no("DROP FOREIGN TABLE")
	}
	for _, n := range s.Objects {
		out.Names = append(out.Names, objectName(n))
	}
	return out
}

func comment(s *pg.CommentStmt) *ast.Comment {
	only(s, "objtype", "object", "comment")
	out := &ast.Comment{Loc: ast.NoPos, Kind: objectKind(s.Objtype), Text: s.Comment}
	switch out.Kind {
	case ast.KindColumn, ast.KindConstraint:
		names := texts(items(s.Object))
		if len(names) < 2 {
			no("COMMENT ON %s without a table", out.Kind)
		}
		out.Object, out.Part = qualified(names[:len(names)-1]), names[len(names)-1]
	case ast.KindIndex:
		no("COMMENT ON INDEX")
	default:
		out.Object = objectName(s.Object)
	}
	return out
}

// alter: ONLY is about inheritance, which Tarn has not.
func alter(s *pg.AlterTableStmt) *ast.Alter {
	only(s, "relation", "cmds", "objtype", "missing_ok")
	s.Relation.Inh = true
	out := &ast.Alter{Loc: ast.NoPos, Kind: alterKind(s.Objtype), IfExists: s.MissingOk, Name: object(s.Relation)}
	for _, n := range s.Cmds {
		out.Actions = append(out.Actions, alterAction(n.GetAlterTableCmd()))
	}
	return out
}

func alterKind(t pg.ObjectType) ast.ObjectKind {
	k := objectKind(t)
	switch k {
	case ast.KindTable, ast.KindView, ast.KindMaterializedView, ast.KindIndex, ast.KindSequence:
		return k
	}
	no("ALTER of %s", t)
	return ""
}

func alterAction(c *pg.AlterTableCmd) *ast.AlterAction {
	only(c, "subtype", "name", "def", "behavior", "missing_ok")
	out := &ast.AlterAction{Loc: ast.NoPos, Name: c.Name, Cascade: c.Behavior == pg.DropBehavior_DROP_CASCADE}
	def := func() {
		if c.Def.GetNode() != nil {
			no("%s with a definition", c.Subtype)
		}
	}
	switch c.Subtype {
	case pg.AlterTableType_AT_AddColumn:
		out.Kind, out.IfNotExists, out.Column = ast.AddColumn, c.MissingOk, columnDef(c.Def.GetColumnDef())
		return out
	case pg.AlterTableType_AT_AddConstraint:
		con := c.Def.GetConstraint()
		if con.Contype == pg.ConstrType_CONSTR_PRIMARY || con.Contype == pg.ConstrType_CONSTR_UNIQUE {
			out.Kind, out.Key = ast.AddKey, key(con)
			return out
		}
		if con.Contype != pg.ConstrType_CONSTR_CHECK {
			no("%s in ALTER TABLE", con.Contype)
		}
		out.Kind, out.Check = ast.AddCheck, check(con)
		return out
	case pg.AlterTableType_AT_ColumnDefault:
		if out.Kind = ast.DropDefault; c.Def.GetNode() != nil {
			out.Kind, out.Default = ast.SetDefault, expr(c.Def)
		}
		return out
	case pg.AlterTableType_AT_AlterColumnType:
		d := c.Def.GetColumnDef()
		only(d, "type_name", "raw_default", "location")
		out.Kind, out.Type, out.Using = ast.RetypeColumn, typeName(d.TypeName), expr(d.RawDefault)
		return out
	case pg.AlterTableType_AT_DropColumn:
		out.Kind, out.IfExists = ast.DropColumn, c.MissingOk
	case pg.AlterTableType_AT_DropConstraint:
		out.Kind, out.IfExists = ast.DropConstraint, c.MissingOk
	case pg.AlterTableType_AT_SetNotNull:
		out.Kind = ast.SetNotNull
	case pg.AlterTableType_AT_DropNotNull:
		out.Kind = ast.DropNotNull
	default:
		no("%s", c.Subtype)
	}
	def()
	return out
}

// createEnum, alterEnum and renameType: a label of libpg_query's is empty where none
// was written.
func createEnum(s *pg.CreateEnumStmt) *ast.CreateType {
	only(s, "type_name", "vals")
	return &ast.CreateType{Loc: ast.NoPos, Name: qualified(texts(s.TypeName)), Labels: texts(s.Vals)}
}

func alterEnum(s *pg.AlterEnumStmt) *ast.AlterType {
	only(s, "type_name", "old_val", "new_val", "new_val_neighbor", "new_val_is_after", "skip_if_new_val_exists")
	out := &ast.AlterType{Loc: ast.NoPos, Name: qualified(texts(s.TypeName)), Label: s.NewVal, IfNotExists: s.SkipIfNewValExists}
	switch {
	case s.OldVal != "":
		out.Kind, out.Label, out.NewName = ast.RenameValue, s.OldVal, s.NewVal
	case s.NewValNeighbor != "":
		out.Beside, out.After, out.Neighbour = true, s.NewValIsAfter, s.NewValNeighbor
	}
	return out
}

func renameType(s *pg.RenameStmt) *ast.AlterType {
	only(s, "rename_type", "relation_type", "object", "newname", "behavior")
	return &ast.AlterType{Loc: ast.NoPos, Name: qualified(texts(items(s.Object))), Kind: ast.RenameType, NewName: s.Newname}
}

func rename(s *pg.RenameStmt) *ast.Alter {
	only(s, "rename_type", "relation_type", "relation", "subname", "newname", "behavior", "missing_ok")
	if s.Relation == nil {
		no("RENAME of %s", s.RenameType)
	}
	s.Relation.Inh = true
	a := &ast.AlterAction{Loc: ast.NoPos, NewName: s.Newname, Name: s.Subname}
	of := s.RelationType
	switch s.RenameType {
	case pg.ObjectType_OBJECT_COLUMN:
		a.Kind = ast.RenameColumn
	case pg.ObjectType_OBJECT_TABCONSTRAINT:
		a.Kind, of = ast.RenameConstraint, pg.ObjectType_OBJECT_TABLE
	default:
		if a.Kind, of = ast.RenameObject, s.RenameType; of == pg.ObjectType_OBJECT_INDEX {
			a.Kind, a.Name = ast.RenameIndex, s.Relation.Relname
		}
	}
	return &ast.Alter{Loc: ast.NoPos, Kind: alterKind(of), IfExists: s.MissingOk, Name: object(s.Relation), Actions: []*ast.AlterAction{a}}
}
