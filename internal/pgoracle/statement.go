package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

// statement translates a command.
func statement(n *pg.Node) ast.Statement {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		if s := selectInto(n.SelectStmt); s != nil {
			return s
		}
		return query(n.SelectStmt)
	case *pg.Node_InsertStmt:
		return insert(n.InsertStmt)
	case *pg.Node_UpdateStmt:
		return update(n.UpdateStmt)
	case *pg.Node_DeleteStmt:
		return deletion(n.DeleteStmt)
	case *pg.Node_TruncateStmt:
		return truncate(n.TruncateStmt)
	case *pg.Node_CopyStmt:
		return copying(n.CopyStmt)
	}
	if s := definition(n); s != nil {
		return s
	}
	if s := prepared(n); s != nil {
		return s
	}
	if s := session(n); s != nil {
		return s
	}
	no("%s", kind(n))
	return nil
}

// definition translates what makes, changes and drops objects.
func definition(n *pg.Node) ast.Statement {
	switch n := n.GetNode().(type) {
	case *pg.Node_CreateStmt:
		return createTable(n.CreateStmt)
	case *pg.Node_ViewStmt:
		return createView(n.ViewStmt)
	case *pg.Node_CreateTableAsStmt:
		return createTableAs(n.CreateTableAsStmt)
	case *pg.Node_CreateSchemaStmt:
		only(n.CreateSchemaStmt, "schemaname", "if_not_exists")
		return &ast.CreateSchema{Loc: ast.NoPos, Name: n.CreateSchemaStmt.Schemaname, IfNotExists: n.CreateSchemaStmt.IfNotExists}
	case *pg.Node_CreateSeqStmt:
		return createSequence(n.CreateSeqStmt)
	case *pg.Node_AlterSeqStmt:
		return alterSequence(n.AlterSeqStmt)
	case *pg.Node_IndexStmt:
		return createIndex(n.IndexStmt)
	case *pg.Node_DropStmt:
		return drop(n.DropStmt)
	case *pg.Node_CommentStmt:
		return comment(n.CommentStmt)
	case *pg.Node_AlterTableStmt:
		return alter(n.AlterTableStmt)
	case *pg.Node_RenameStmt:
		if n.RenameStmt.RenameType == pg.ObjectType_OBJECT_TYPE {
			return renameType(n.RenameStmt)
		}
		return rename(n.RenameStmt)
	case *pg.Node_CreateEnumStmt:
		return createEnum(n.CreateEnumStmt)
	case *pg.Node_AlterEnumStmt:
		return alterEnum(n.AlterEnumStmt)
	}
	return nil
}

// prepared translates what works on another statement, or on its name.
func prepared(n *pg.Node) ast.Statement {
	switch n := n.GetNode().(type) {
	case *pg.Node_ExplainStmt:
		return explain(n.ExplainStmt)
	case *pg.Node_PrepareStmt:
		s := n.PrepareStmt
		only(s, "name", "argtypes", "query")
		return &ast.Prepare{Loc: ast.NoPos, Name: s.Name, Types: typeNames(s.Argtypes), Stmt: statement(s.Query)}
	case *pg.Node_ExecuteStmt:
		only(n.ExecuteStmt, "name", "params")
		return &ast.Execute{Loc: ast.NoPos, Name: n.ExecuteStmt.Name, Args: exprs(n.ExecuteStmt.Params)}
	case *pg.Node_DeallocateStmt:
		only(n.DeallocateStmt, "name", "isall")
		name := n.DeallocateStmt.Name
		return &ast.Deallocate{Loc: ast.NoPos, Name: name, All: name == ""}
	case *pg.Node_DeclareCursorStmt:
		return declare(n.DeclareCursorStmt)
	case *pg.Node_FetchStmt:
		return fetch(n.FetchStmt)
	case *pg.Node_ClosePortalStmt:
		only(n.ClosePortalStmt, "portalname")
		name := n.ClosePortalStmt.Portalname
		return &ast.CloseCursor{Loc: ast.NoPos, Name: name, All: name == ""}
	}
	return nil
}

// session translates what is about the session and its transactions.
func session(n *pg.Node) ast.Statement {
	switch n := n.GetNode().(type) {
	case *pg.Node_VariableShowStmt:
		return show(n.VariableShowStmt)
	case *pg.Node_VariableSetStmt:
		return set(n.VariableSetStmt)
	case *pg.Node_TransactionStmt:
		return transaction(n.TransactionStmt)
	case *pg.Node_DiscardStmt:
		what, ok := discards[n.DiscardStmt.Target]
		if !ok {
			no("%s", n.DiscardStmt.Target)
		}
		return &ast.Discard{Loc: ast.NoPos, What: what}
	case *pg.Node_ListenStmt:
		only(n.ListenStmt, "conditionname")
		return &ast.Listen{Loc: ast.NoPos, Verb: "listen", Name: n.ListenStmt.Conditionname}
	case *pg.Node_UnlistenStmt:
		only(n.UnlistenStmt, "conditionname")
		return &ast.Listen{Loc: ast.NoPos, Verb: "unlisten", Name: n.UnlistenStmt.Conditionname}
	case *pg.Node_NotifyStmt:
		only(n.NotifyStmt, "conditionname", "payload")
		return &ast.Listen{Loc: ast.NoPos, Verb: "notify", Name: n.NotifyStmt.Conditionname, Payload: n.NotifyStmt.Payload}
	}
	return nil
}

var discards = map[pg.DiscardMode]string{
	pg.DiscardMode_DISCARD_ALL: "all", pg.DiscardMode_DISCARD_PLANS: "plans",
	pg.DiscardMode_DISCARD_SEQUENCES: "sequences", pg.DiscardMode_DISCARD_TEMP: "temp",
}
