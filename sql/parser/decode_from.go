package parser

import (
	"strings"

	tast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/tarndb/tarn/sql/ast"
)

// from decodes a FROM list. TiDB reads a comma as a left-deep cross join without
// parentheses; joins that the user wrote are all in parentheses.
func (d *decoder) from(j *tast.Join) []ast.TableExpr {
	var reversed []ast.TableExpr
	for {
		if j.ExplicitParens || j.Right == nil && j.On == nil {
			break
		}
		if j.On != nil || j.Tp != tast.CrossJoin || len(j.Using) > 0 || j.NaturalJoin || j.StraightJoin {
			broken("join outside parentheses")
		}
		reversed = append(reversed, d.table(j.Right))
		left, ok := j.Left.(*tast.Join)
		if !ok {
			j = &tast.Join{Left: j.Left}
			break
		}
		j = left
	}
	var first tast.ResultSetNode = j
	if !j.ExplicitParens {
		first = j.Left
	}
	if isUnit(first) {
		if len(reversed) > 0 {
			broken("unit table in a list")
		}
		return nil
	}
	out := []ast.TableExpr{d.table(first)}
	for i := len(reversed) - 1; i >= 0; i-- {
		out = append(out, reversed[i])
	}
	return out
}

func isUnit(n tast.ResultSetNode) bool {
	src, ok := n.(*tast.TableSource)
	if !ok || src.AsName.O != "" {
		return false
	}
	t, ok := src.Source.(*tast.TableName)
	return ok && t.Schema.O == astSchema && t.Name.O == unitTable
}

func (d *decoder) table(n tast.ResultSetNode) ast.TableExpr {
	switch n := n.(type) {
	case *tast.Join:
		return d.join(n)
	case *tast.TableSource:
		return d.source(n)
	}
	broken("table %T", n)
	return nil
}

var joinKinds = map[tast.JoinType]ast.JoinKind{
	tast.CrossJoin: ast.InnerJoin, tast.LeftJoin: ast.LeftJoin, tast.RightJoin: ast.RightJoin,
}

func (d *decoder) join(n *tast.Join) ast.TableExpr {
	if !n.ExplicitParens && n.Right == nil && n.On == nil {
		return d.table(n.Left)
	}
	if !n.ExplicitParens || len(n.Using) > 0 || n.NaturalJoin || n.StraightJoin || n.Right == nil {
		broken("join")
	}
	kind, ok := joinKinds[n.Tp]
	if !ok {
		broken("join type %d", n.Tp)
	}
	j := &ast.JoinExpr{Kind: kind, Left: d.table(n.Left), Right: d.table(n.Right)}
	j.Loc = ast.Loc(j.Left.Pos())
	if n.On == nil {
		if n.Tp != tast.CrossJoin {
			broken("outer join without a condition")
		}
		j.Kind = ast.CrossJoin
		return j
	}
	cond := n.On.Expr
	if name, args := call(cond); name == "full" {
		need(name, args, 1, 1)
		if n.Tp != tast.LeftJoin {
			broken("full join")
		}
		j.Kind, cond = ast.FullJoin, args[0]
	}
	if name, args := call(cond); name == "asof" {
		need(name, args, 1, 1)
		j.AsOf, cond = true, args[0]
	}
	d.joinCondition(j, cond)
	return j
}

func (d *decoder) joinCondition(j *ast.JoinExpr, cond tast.ExprNode) {
	switch name, args := call(cond); name {
	case "natural":
		j.Natural = true
	case "using":
		j.Using = stringArgs(args)
	case "using_as":
		need(name, args, 2, 2)
		j.UsingAlias = stringArg(args[0])
		inner, cols := call(args[1])
		if inner != "using" {
			broken("using_as")
		}
		j.Using = stringArgs(cols)
	default:
		j.On = d.expr(cond)
	}
}

// factor is what a table factor's marker says.
type factor struct {
	loc     ast.Loc
	flags   string
	catalog string
	alias   *ast.Alias
}

func (f *factor) has(flag byte) bool { return strings.IndexByte(f.flags, flag) >= 0 }

func (d *decoder) source(n *tast.TableSource) ast.TableExpr {
	if n.Lateral || len(n.ColumnNames) > 0 {
		broken("native table alias")
	}
	loc, parts := marked(n.AsName.O)
	if len(parts) < 3 {
		broken("table marker")
	}
	f := &factor{loc: loc, flags: parts[0], catalog: parts[1]}
	if f.has(flagAlias) {
		f.alias = &ast.Alias{Name: parts[2]}
		if len(parts) > 3 {
			f.alias.Columns = parts[3:]
		}
	}
	switch src := n.Source.(type) {
	case *tast.TableName:
		return tableName(src, f)
	case *tast.SelectStmt:
		return d.derived(src, f)
	case *tast.SetOprStmt:
		return &ast.SubqueryRef{Loc: f.loc, Lateral: f.has(flagLateral), Query: d.query(src), Alias: f.alias}
	}
	broken("table source %T", n.Source)
	return nil
}

func tableName(n *tast.TableName, f *factor) *ast.TableRef {
	if len(n.IndexHints) > 0 || len(n.PartitionNames) > 0 || n.TableSample != nil || n.AsOf != nil || n.Schema.O == astSchema {
		broken("table name")
	}
	return &ast.TableRef{Loc: f.loc, Catalog: f.catalog, Schema: n.Schema.O, Name: n.Name.O,
		Only: f.has(flagOnly), Alias: f.alias}
}

// derived decodes a derived table: the user's, or one that stands for something.
func (d *decoder) derived(n *tast.SelectStmt, f *factor) ast.TableExpr {
	switch {
	case f.has(flagFunction):
		return d.functions(n, f)
	case f.has(flagJoin):
		from := d.from(n.From.TableRefs)
		j, ok := from[0].(*ast.JoinExpr)
		if !ok || len(from) != 1 {
			broken("aliased join")
		}
		j.Alias, j.Loc = f.alias, f.loc
		return j
	case f.has(flagAsOf):
		name, args := call(n.Fields.Fields[0].Expr)
		src, ok := n.From.TableRefs.Left.(*tast.TableSource)
		if name != "as_of" || len(args) != 1 || !ok {
			broken("temporal table")
		}
		t, ok := src.Source.(*tast.TableName)
		if !ok {
			broken("temporal table")
		}
		ref := tableName(t, f)
		ref.AsOf = d.expr(args[0])
		return ref
	}
	return &ast.SubqueryRef{Loc: f.loc, Lateral: f.has(flagLateral), Query: d.query(n), Alias: f.alias}
}

func (d *decoder) functions(n *tast.SelectStmt, f *factor) ast.TableExpr {
	r := &ast.FuncRef{Loc: f.loc, Lateral: f.has(flagLateral), Ordinality: f.has(flagOrdinality),
		RowsFrom: f.has(flagRowsFrom), Alias: f.alias}
	for _, field := range n.Fields.Fields {
		name, args := call(field.Expr)
		if name != "func" {
			broken("function in FROM")
		}
		need(name, args, 1, 2)
		item := ast.FuncItem{Func: d.expr(args[0])}
		if len(args) == 2 {
			item.Columns = d.columnDefs(args[1])
		}
		r.Funcs = append(r.Funcs, item)
	}
	return r
}

func (d *decoder) columnDefs(n tast.ExprNode) []ast.ColumnDefItem {
	name, args := call(n)
	if name != "coldefs" || len(args)%2 != 0 {
		broken("column definitions")
	}
	var out []ast.ColumnDefItem
	for i := 0; i < len(args); i += 2 {
		out = append(out, ast.ColumnDefItem{Name: stringArg(args[i]), Type: d.typeName(args[i+1])})
	}
	return out
}
