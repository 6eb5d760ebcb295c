package pgoracle

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func insert(s *pg.InsertStmt) *ast.Insert {
	only(s, "relation", "cols", "select_stmt", "on_conflict_clause", "returning_list", "with_clause", "override")
	out := &ast.Insert{Loc: ast.NoPos, With: with(s.WithClause), Table: relation(s.Relation), Query: selectNode(s.SelectStmt),
		Returning: targets(s.ReturningList)}
	out.DefaultValues = out.Query == nil
	switch s.Override {
	case pg.OverridingKind_OVERRIDING_SYSTEM_VALUE:
		out.Overriding = ast.OverridingSystem
	case pg.OverridingKind_OVERRIDING_USER_VALUE:
		out.Overriding = ast.OverridingUser
	}
	for _, n := range s.Cols {
		c := n.GetResTarget()
		only(c, "name", "indirection")
		out.Columns = append(out.Columns, ast.Ident{Loc: loc(c.Location), Name: c.Name})
		out.Parts = append(out.Parts, parts(c.Indirection))
	}
	if !slices.ContainsFunc(out.Parts, func(p []ast.Part) bool { return len(p) > 0 }) {
		out.Parts = nil
	}
	if s.OnConflictClause != nil {
		out.OnConflict = onConflict(s.OnConflictClause)
	}
	return out
}

func onConflict(c *pg.OnConflictClause) *ast.OnConflict {
	only(c, "action", "infer", "target_list", "where_clause")
	out := &ast.OnConflict{Loc: loc(c.Location), Update: c.Action == pg.OnConflictAction_ONCONFLICT_UPDATE,
		Set: assignments(c.TargetList), Where: expr(c.WhereClause)}
	if c.Infer == nil {
		return out
	}
	only(c.Infer, "index_elems", "where_clause", "conname")
	out.Constraint = c.Infer.Conname
	if out.Constraint == "" {
		out.Target = loc(c.Infer.Location)
	}
	for _, n := range c.Infer.IndexElems {
		e := n.GetIndexElem()
		only(e, "name", "expr", "ordering", "nulls_ordering", "collation")
		if e.Ordering != pg.SortByDir_SORTBY_DEFAULT || e.NullsOrdering != pg.SortByNulls_SORTBY_NULLS_DEFAULT {
			no("an order in the target of ON CONFLICT")
		}
		key := expr(e.Expr)
		ref, _ := key.(*ast.ColumnRef)
		switch {
		case len(e.Collation) > 0:
			if e.Name != "" {
				key = &ast.ColumnRef{Loc: ast.NoPos, Names: []string{e.Name}}
			}
			out.Exprs = append(out.Exprs, &ast.CollateExpr{Loc: ast.NoPos, Arg: key, Names: texts(e.Collation)})
		case e.Name != "":
			out.Columns = append(out.Columns, ast.Ident{Loc: ast.NoPos, Name: e.Name})
		case ref != nil && len(ref.Names) == 1 && !ref.Star:
			out.Columns = append(out.Columns, ast.Ident{Loc: ast.NoPos, Name: ref.Names[0]})
		default:
			out.Exprs = append(out.Exprs, key)
		}
	}
	out.Among = expr(c.Infer.WhereClause)
	return out
}

// assignments are the items of SET. Of (a, b) = (1, 2) PostgreSQL keeps the whole row
// with each column, and Tarn the column's value.
func assignments(list []*pg.Node) []*ast.Assignment {
	var out []*ast.Assignment
	for _, n := range list {
		r := n.GetResTarget()
		only(r, "name", "val", "indirection")
		a := &ast.Assignment{Loc: loc(r.Location), Column: r.Name, Parts: parts(r.Indirection)}
		if m := r.Val.GetMultiAssignRef(); m != nil {
			only(m, "source", "colno", "ncolumns")
			switch row := m.Source.GetRowExpr(); {
			case row != nil && len(row.Args) == int(m.Ncolumns):
				a.Value = expr(row.Args[m.Colno-1])
			case m.Source.GetSubLink() != nil:
				a.Value, a.Field = expr(m.Source), int(m.Colno)
			default:
				no("an assignment of a row that is not a list of as many values")
			}
		} else {
			a.Value = expr(r.Val)
		}
		out = append(out, a)
	}
	return out
}

// parts lead to what is assigned of a column.
func parts(list []*pg.Node) []ast.Part {
	var out []ast.Part
	for _, n := range list {
		switch i, field := n.GetAIndices(), n.GetString_(); {
		case i != nil:
			out = append(out, ast.Part{Subscript: subscript(i)})
		case field != nil:
			out = append(out, ast.Part{Field: field.Sval})
		case n.GetAStar() != nil:
			out = append(out, ast.Part{Star: true})
		default:
			no("%s behind a column that is assigned", kind(n))
		}
	}
	return out
}

func update(s *pg.UpdateStmt) *ast.Update {
	only(s, "relation", "target_list", "where_clause", "from_clause", "returning_list", "with_clause")
	return &ast.Update{Loc: ast.NoPos, With: with(s.WithClause), Table: relation(s.Relation), Set: assignments(s.TargetList),
		From: tables(s.FromClause), Where: expr(s.WhereClause), Returning: targets(s.ReturningList)}
}

func deletion(s *pg.DeleteStmt) *ast.Delete {
	only(s, "relation", "using_clause", "where_clause", "returning_list", "with_clause")
	return &ast.Delete{Loc: ast.NoPos, With: with(s.WithClause), Table: relation(s.Relation), Using: tables(s.UsingClause),
		Where: expr(s.WhereClause), Returning: targets(s.ReturningList)}
}

func truncate(s *pg.TruncateStmt) *ast.Truncate {
	only(s, "relations", "restart_seqs", "behavior") // of which the last is about foreign keys
	out := &ast.Truncate{Loc: ast.NoPos, Restart: s.RestartSeqs}
	for _, n := range s.Relations {
		out.Tables = append(out.Tables, relation(n.GetRangeVar()))
	}
	return out
}

func copying(s *pg.CopyStmt) *ast.Copy {
	only(s, "relation", "query", "attlist", "is_from", "is_program", "filename", "options", "where_clause")
	out := &ast.Copy{Loc: ast.NoPos, Query: selectNode(s.Query), Columns: idents(s.Attlist), From: s.IsFrom, File: s.Filename,
		Program: s.IsProgram, Options: options(s.Options), Where: expr(s.WhereClause)}
	if s.Relation != nil {
		out.Table = relation(s.Relation)
	}
	return out
}
