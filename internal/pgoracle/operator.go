package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

// operator translates what PostgreSQL keeps as an operator of some kind.
func operator(e *pg.A_Expr) ast.Expr {
	only(e, "kind", "name", "lexpr", "rexpr")
	at := loc(e.Location)
	schema, op := operatorName(e.Name)
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP:
		return &ast.OpExpr{Loc: at, Schema: schema, Op: op, Left: expr(e.Lexpr), Right: expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		return &ast.AnyAllExpr{Loc: at, Schema: schema, Op: op, Left: expr(e.Lexpr), Array: expr(e.Rexpr),
			All: e.Kind == pg.A_Expr_Kind_AEXPR_OP_ALL}
	case pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		named(schema, op, "=")
		return &ast.DistinctExpr{Loc: at, Left: expr(e.Lexpr), Right: expr(e.Rexpr),
			Not: e.Kind == pg.A_Expr_Kind_AEXPR_NOT_DISTINCT}
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		named(schema, op, "=")
		return &ast.NullIfExpr{Loc: at, Left: expr(e.Lexpr), Right: expr(e.Rexpr)}
	case pg.A_Expr_Kind_AEXPR_IN:
		named(schema, op, "=", "<>")
		return &ast.InExpr{Loc: at, Arg: expr(e.Lexpr), List: exprs(items(e.Rexpr)), Not: op == "<>"}
	case pg.A_Expr_Kind_AEXPR_LIKE:
		return like(e, ast.Like, "~~", "!~~")
	case pg.A_Expr_Kind_AEXPR_ILIKE:
		return like(e, ast.ILike, "~~*", "!~~*")
	case pg.A_Expr_Kind_AEXPR_SIMILAR:
		return like(e, ast.Similar, "~", "!~")
	}
	return between(e)
}

// named insists on one of the names that PostgreSQL's grammar gives a form.
func named(schema, op string, allowed ...string) {
	for _, a := range allowed {
		if schema == "" && op == a {
			return
		}
	}
	no("operator %s.%s where one of %q was expected", schema, op, allowed)
}

// like leaves ESCAPE as PostgreSQL does: a call that makes another pattern.
func like(e *pg.A_Expr, kind ast.LikeKind, op, not string) ast.Expr {
	schema, name := operatorName(e.Name)
	named(schema, name, op, not)
	return &ast.LikeExpr{Loc: loc(e.Location), Kind: kind, Arg: expr(e.Lexpr), Pattern: expr(e.Rexpr), Not: name == not}
}

func between(e *pg.A_Expr) ast.Expr {
	out := &ast.BetweenExpr{Loc: loc(e.Location), Arg: expr(e.Lexpr)}
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_BETWEEN:
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		out.Not = true
	case pg.A_Expr_Kind_AEXPR_BETWEEN_SYM:
		out.Symmetric = true
	case pg.A_Expr_Kind_AEXPR_NOT_BETWEEN_SYM:
		out.Not, out.Symmetric = true, true
	default:
		no("%s", e.Kind)
	}
	bounds := items(e.Rexpr)
	if len(bounds) != 2 {
		no("BETWEEN with %d bounds", len(bounds))
	}
	out.Low, out.High = expr(bounds[0]), expr(bounds[1])
	return out
}
