package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func tables(list []*pg.Node) []ast.TableExpr {
	var out []ast.TableExpr
	for _, n := range list {
		out = append(out, table(n))
	}
	return out
}

func table(n *pg.Node) ast.TableExpr {
	switch n := n.Node.(type) {
	case *pg.Node_RangeVar:
		return relation(n.RangeVar)
	case *pg.Node_JoinExpr:
		return join(n.JoinExpr)
	case *pg.Node_RangeSubselect:
		s := n.RangeSubselect
		only(s, "lateral", "subquery", "alias")
		return &ast.SubqueryRef{Loc: ast.NoPos, Lateral: s.Lateral, Query: selectNode(s.Subquery), Alias: alias(s.Alias)}
	case *pg.Node_RangeFunction:
		return functions(n.RangeFunction)
	}
	no("%s in FROM", kind(n))
	return nil
}

func relation(r *pg.RangeVar) *ast.TableRef {
	only(r, "catalogname", "schemaname", "relname", "inh", "relpersistence", "alias")
	if r.Relpersistence != "p" {
		no("a relation of persistence %q", r.Relpersistence)
	}
	return &ast.TableRef{Loc: loc(r.Location), Catalog: r.Catalogname, Schema: r.Schemaname, Name: r.Relname,
		Only: !r.Inh, Alias: alias(r.Alias)}
}

// object is a relation that is just named.
func object(r *pg.RangeVar) ast.ObjectName {
	t := relation(r)
	if t.Alias != nil {
		no("an alias of %s", t.Name)
	}
	return ast.ObjectName{Loc: t.Loc, Catalog: t.Catalog, Schema: t.Schema, Name: t.Name}
}

func alias(a *pg.Alias) *ast.Alias {
	if a == nil {
		return nil
	}
	only(a, "aliasname", "colnames")
	return &ast.Alias{Name: a.Aliasname, Columns: texts(a.Colnames)}
}

var joinKinds = map[pg.JoinType]ast.JoinKind{
	pg.JoinType_JOIN_INNER: ast.InnerJoin, pg.JoinType_JOIN_LEFT: ast.LeftJoin,
	pg.JoinType_JOIN_RIGHT: ast.RightJoin, pg.JoinType_JOIN_FULL: ast.FullJoin,
}

// join: PostgreSQL's grammar makes CROSS JOIN an inner join without a condition,
// which can be written in no other way.
func join(j *pg.JoinExpr) *ast.JoinExpr {
	only(j, "jointype", "is_natural", "larg", "rarg", "using_clause", "join_using_alias", "quals", "alias")
	kind, ok := joinKinds[j.Jointype]
	if !ok {
		no("%s", j.Jointype)
	}
	out := &ast.JoinExpr{Loc: ast.NoPos, Kind: kind, Natural: j.IsNatural, Left: table(j.Larg), Right: table(j.Rarg),
		Using: texts(j.UsingClause), On: expr(j.Quals), Alias: alias(j.Alias)}
	if a := alias(j.JoinUsingAlias); a != nil {
		if len(a.Columns) > 0 {
			no("columns in the alias of USING")
		}
		out.UsingAlias = a.Name
	}
	if kind == ast.InnerJoin && !out.Natural && len(out.Using) == 0 && out.On == nil {
		out.Kind = ast.CrossJoin
	}
	return out
}

func functions(f *pg.RangeFunction) *ast.FuncRef {
	only(f, "lateral", "ordinality", "is_rowsfrom", "functions", "alias", "coldeflist")
	out := &ast.FuncRef{Loc: ast.NoPos, Lateral: f.Lateral, Ordinality: f.Ordinality, RowsFrom: f.IsRowsfrom, Alias: alias(f.Alias)}
	for _, n := range f.Functions {
		parts := items(n)
		if len(parts) != 2 {
			no("a function in FROM of %d parts", len(parts))
		}
		out.Funcs = append(out.Funcs, ast.FuncItem{Func: expr(parts[0]), Columns: columnItems(items(parts[1]))})
	}
	if len(f.Coldeflist) == 0 {
		return out
	}
	if f.IsRowsfrom || len(out.Funcs) != 1 || len(out.Funcs[0].Columns) > 0 {
		no("a column definition list after ROWS FROM")
	}
	out.Funcs[0].Columns = columnItems(f.Coldeflist)
	return out
}

func columnItems(list []*pg.Node) []ast.ColumnDefItem {
	var out []ast.ColumnDefItem
	for _, n := range list {
		c := n.GetColumnDef()
		only(c, "colname", "type_name", "is_local") // each such column is local
		out = append(out, ast.ColumnDefItem{Name: c.Colname, Type: typeName(c.TypeName)})
	}
	return out
}
