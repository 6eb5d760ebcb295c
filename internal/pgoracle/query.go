package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

// selectNode is the query in n; nothing becomes nil.
func selectNode(n *pg.Node) *ast.Select {
	if n == nil || n.Node == nil {
		return nil
	}
	s := n.GetSelectStmt()
	if s == nil {
		no("%s instead of a query", kind(n))
	}
	return query(s)
}

func query(s *pg.SelectStmt) *ast.Select {
	only(s, "distinct_clause", "target_list", "from_clause", "where_clause", "group_clause", "group_distinct",
		"having_clause", "window_clause", "values_lists", "sort_clause", "limit_offset", "limit_count", "limit_option",
		"locking_clause", "with_clause", "op", "all", "larg", "rarg")
	out := &ast.Select{Loc: ast.NoPos, Targets: targets(s.TargetList), From: tables(s.FromClause), Where: expr(s.WhereClause),
		GroupBy: exprs(s.GroupClause), GroupDistinct: s.GroupDistinct, Having: expr(s.HavingClause), All: s.All,
		OrderBy: sorts(s.SortClause), Limit: expr(s.LimitCount), Offset: expr(s.LimitOffset),
		WithTies: s.LimitOption == pg.LimitOption_LIMIT_OPTION_WITH_TIES}
	if d := s.DistinctClause; len(d) > 0 {
		out.Distinct = true
		if d[0].GetNode() != nil { // plain DISTINCT is a list of one nothing
			out.DistinctOn = exprs(d)
		}
	}
	for _, w := range s.WindowClause {
		out.Windows = append(out.Windows, window(w.GetWindowDef()))
	}
	for _, row := range s.ValuesLists {
		out.Values = append(out.Values, exprs(items(row)))
	}
	for _, l := range s.LockingClause {
		out.Locking = append(out.Locking, locking(l.GetLockingClause()))
	}
	out.With = with(s.WithClause)
	switch s.Op {
	case pg.SetOperation_SETOP_NONE:
		return out
	case pg.SetOperation_SETOP_UNION:
		out.Op = ast.Union
	case pg.SetOperation_SETOP_INTERSECT:
		out.Op = ast.Intersect
	case pg.SetOperation_SETOP_EXCEPT:
		out.Op = ast.Except
	default:
		no("%s", s.Op)
	}
	out.Left, out.Right = query(s.Larg), query(s.Rarg)
	return out
}

// targets are a select list or RETURNING. Their place is that of their first token in
// PostgreSQL, and of their expression in Tarn; no error points to either.
func targets(list []*pg.Node) []*ast.Target {
	var out []*ast.Target
	for _, n := range list {
		r := n.GetResTarget()
		if r == nil {
			no("%s in a target list", kind(n))
		}
		only(r, "name", "val")
		out = append(out, &ast.Target{Loc: ast.NoPos, Alias: r.Name, Expr: expr(r.Val)})
	}
	return out
}

func with(w *pg.WithClause) *ast.With {
	if w == nil {
		return nil
	}
	only(w, "ctes", "recursive")
	out := &ast.With{Loc: ast.NoPos, Recursive: w.Recursive}
	for _, n := range w.Ctes {
		c := n.GetCommonTableExpr()
		only(c, "ctename", "aliascolnames", "ctematerialized", "ctequery")
		cte := &ast.CTE{Loc: loc(c.Location), Name: c.Ctename, Columns: texts(c.Aliascolnames)}
		switch q := c.Ctequery.GetNode().(type) {
		case *pg.Node_InsertStmt:
			cte.Change = insert(q.InsertStmt)
		case *pg.Node_UpdateStmt:
			cte.Change = update(q.UpdateStmt)
		case *pg.Node_DeleteStmt:
			cte.Change = deletion(q.DeleteStmt)
		default:
			cte.Query = selectNode(c.Ctequery)
		}
		switch c.Ctematerialized {
		case pg.CTEMaterialize_CTEMaterializeAlways:
			cte.Materialized = ast.MaterializeAlways
		case pg.CTEMaterialize_CTEMaterializeNever:
			cte.Materialized = ast.MaterializeNever
		}
		out.CTEs = append(out.CTEs, cte)
	}
	return out
}

var strengths = map[pg.LockClauseStrength]string{
	pg.LockClauseStrength_LCS_FORUPDATE: "update", pg.LockClauseStrength_LCS_FORNOKEYUPDATE: "no key update",
	pg.LockClauseStrength_LCS_FORSHARE: "share", pg.LockClauseStrength_LCS_FORKEYSHARE: "key share",
}

var waits = map[pg.LockWaitPolicy]string{
	pg.LockWaitPolicy_LockWaitBlock: "", pg.LockWaitPolicy_LockWaitSkip: "skip locked", pg.LockWaitPolicy_LockWaitError: "nowait",
}

func locking(l *pg.LockingClause) *ast.Locking {
	only(l, "locked_rels", "strength", "wait_policy")
	out := &ast.Locking{Loc: ast.NoPos, Strength: strengths[l.Strength], Wait: waits[l.WaitPolicy]}
	if out.Strength == "" {
		no("%s", l.Strength)
	}
	for _, n := range l.LockedRels {
		r := n.GetRangeVar()
		only(r, "relname", "inh", "relpersistence")
		out.Tables = append(out.Tables, ast.Ident{Loc: ast.NoPos, Name: r.Relname})
	}
	return out
}

var groupingKinds = map[pg.GroupingSetKind]ast.GroupingKind{
	pg.GroupingSetKind_GROUPING_SET_EMPTY: ast.EmptySet, pg.GroupingSetKind_GROUPING_SET_ROLLUP: ast.Rollup,
	pg.GroupingSetKind_GROUPING_SET_CUBE: ast.Cube, pg.GroupingSetKind_GROUPING_SET_SETS: ast.GroupingSets,
}

func groupingSet(g *pg.GroupingSet) *ast.GroupingSet {
	only(g, "kind", "content")
	kind, ok := groupingKinds[g.Kind]
	if !ok {
		no("%s", g.Kind)
	}
	return &ast.GroupingSet{Loc: loc(g.Location), Kind: kind, Items: exprs(g.Content)}
}
