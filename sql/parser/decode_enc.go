package parser

import (
	"strconv"
	"strings"

	tast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/tarndb/tarn/sql/ast"
)

// encoded decodes a call in the encodings' schema.
func (d *decoder) encoded(name string, args []tast.ExprNode, loc ast.Loc) ast.Expr {
	if e := d.encodedLeaf(name, args, loc); e != nil {
		return e
	}
	if e := d.encodedOperator(name, args, loc); e != nil {
		return e
	}
	if e := d.encodedList(name, args, loc); e != nil {
		return e
	}
	switch name {
	case "agg":
		return d.aggregate(args, loc)
	case "subscript":
		return d.subscript(args, loc)
	case "scalar":
		need(name, args, 1, 1)
		return &ast.SubqueryExpr{Loc: loc, Kind: ast.ScalarSubquery, Query: d.subquery(args[0])}
	case "array_sub":
		need(name, args, 1, 1)
		return &ast.SubqueryExpr{Loc: loc, Kind: ast.ArraySubquery, Query: d.subquery(args[0])}
	}
	broken("encoding %q", name)
	return nil
}

func (d *decoder) encodedLeaf(name string, args []tast.ExprNode, loc ast.Loc) ast.Expr {
	switch name {
	case "num":
		need(name, args, 1, 1)
		return &ast.Const{Loc: loc, Kind: ast.ConstNumeric, Text: stringArg(args[0])}
	case "bits":
		need(name, args, 1, 1)
		return &ast.Const{Loc: loc, Kind: ast.ConstBit, Text: stringArg(args[0])}
	case "param":
		need(name, args, 1, 1)
		return &ast.ParamRef{Loc: loc, Number: intArg(args[0])}
	case "col":
		return &ast.ColumnRef{Loc: loc, Names: stringArgs(args)}
	case "star":
		return &ast.ColumnRef{Loc: loc, Names: stringArgs(args), Star: true}
	case "default":
		return &ast.DefaultExpr{Loc: loc}
	case "sql_value":
		need(name, args, 1, 2)
		v := &ast.SQLValue{Loc: loc, Name: stringArg(args[0]), Precision: -1}
		if len(args) == 2 {
			v.Precision = intArg(args[1])
		}
		return v
	}
	return nil
}

func (d *decoder) encodedOperator(name string, args []tast.ExprNode, loc ast.Loc) ast.Expr {
	switch name {
	case "op":
		return d.operator(args, loc)
	case "any", "all":
		need(name, args, 4, 4)
		return &ast.AnyAllExpr{Loc: loc, Schema: stringArg(args[0]), Op: stringArg(args[1]),
			All: name == "all", Left: d.expr(args[2]), Array: d.expr(args[3])}
	case "any_sub", "all_sub":
		need(name, args, 4, 4)
		return &ast.AnyAllExpr{Loc: loc, Schema: stringArg(args[0]), Op: stringArg(args[1]),
			All: name == "all_sub", Left: d.expr(args[2]), Query: d.subquery(args[3])}
	case "is_distinct":
		need(name, args, 2, 2)
		return &ast.DistinctExpr{Loc: loc, Left: d.expr(args[0]), Right: d.expr(args[1])}
	case "is_unknown", "is_not_unknown":
		need(name, args, 1, 1)
		return &ast.BooleanTest{Loc: loc, Arg: d.expr(args[0]), Value: ast.Unknown, Not: name == "is_not_unknown"}
	case "between_symmetric", "not_between_symmetric":
		need(name, args, 3, 3)
		return &ast.BetweenExpr{Loc: loc, Arg: d.expr(args[0]), Low: d.expr(args[1]), High: d.expr(args[2]),
			Not: name != "between_symmetric", Symmetric: true}
	case "similar", "not_similar":
		need(name, args, 2, 3)
		e := &ast.LikeExpr{Loc: loc, Kind: ast.Similar, Arg: d.expr(args[0]), Pattern: d.expr(args[1]), Not: name != "similar"}
		if len(args) == 3 {
			e.Escape = d.expr(args[2])
		}
		return e
	case "cast":
		need(name, args, 2, 2)
		return &ast.CastExpr{Loc: loc, Arg: d.expr(args[0]), Type: d.typeName(args[1])}
	case "collate":
		need(name, args, 2, -1)
		return &ast.CollateExpr{Loc: loc, Arg: d.expr(args[0]), Names: stringArgs(args[1:])}
	case "field":
		need(name, args, 2, 2)
		return &ast.FieldExpr{Loc: loc, Arg: d.expr(args[0]), Name: stringArg(args[1])}
	case "fields":
		need(name, args, 1, 1)
		return &ast.FieldExpr{Loc: loc, Arg: d.expr(args[0]), Star: true}
	case "nullif":
		need(name, args, 2, 2)
		return &ast.NullIfExpr{Loc: loc, Left: d.expr(args[0]), Right: d.expr(args[1])}
	}
	return nil
}

func (d *decoder) operator(args []tast.ExprNode, loc ast.Loc) ast.Expr {
	need("op", args, 3, 4)
	e := &ast.OpExpr{Loc: loc, Schema: stringArg(args[0]), Op: stringArg(args[1])}
	if len(args) == 4 {
		e.Left = d.expr(args[2])
	}
	e.Right = d.expr(args[len(args)-1])
	return e
}

func (d *decoder) encodedList(name string, args []tast.ExprNode, loc ast.Loc) ast.Expr {
	switch name {
	case "row", "row_explicit":
		return &ast.RowExpr{Loc: loc, Elems: d.exprs(args), Explicit: name == "row_explicit"}
	case "array":
		return &ast.ArrayExpr{Loc: loc, Elems: d.exprs(args)}
	case "coalesce":
		return &ast.CoalesceExpr{Loc: loc, Args: d.exprs(args)}
	case "greatest", "least":
		return &ast.MinMaxExpr{Loc: loc, Greatest: name == "greatest", Args: d.exprs(args)}
	case "grouping":
		return &ast.GroupingExpr{Loc: loc, Args: d.exprs(args)}
	case "empty_set":
		return &ast.GroupingSet{Loc: loc, Kind: ast.EmptySet}
	case "rollup":
		return &ast.GroupingSet{Loc: loc, Kind: ast.Rollup, Items: d.exprs(args)}
	case "cube":
		return &ast.GroupingSet{Loc: loc, Kind: ast.Cube, Items: d.exprs(args)}
	case "grouping_sets":
		return &ast.GroupingSet{Loc: loc, Kind: ast.GroupingSets, Items: d.exprs(args)}
	}
	return nil
}

func (d *decoder) subscript(args []tast.ExprNode, loc ast.Loc) ast.Expr {
	need("subscript", args, 2, -1)
	e := &ast.SubscriptExpr{Arg: d.expr(args[0])}
	if loc == ast.NoPos {
		loc = ast.Loc(e.Arg.Pos())
	}
	e.Loc = loc
	for _, a := range args[1:] {
		switch name, args := call(a); name {
		case "at":
			need(name, args, 1, 1)
			e.Subscripts = append(e.Subscripts, ast.Subscript{Index: d.expr(args[0])})
		case "slice":
			need(name, args, 2, 2)
			e.Subscripts = append(e.Subscripts, ast.Subscript{Slice: true, Low: d.optional(args[0]), Index: d.optional(args[1])})
		default:
			broken("subscript %q", name)
		}
	}
	return e
}

func (d *decoder) optional(n tast.ExprNode) ast.Expr {
	if name, _ := call(n); name == "none" {
		return nil
	}
	return d.expr(n)
}

func (d *decoder) typeName(n tast.ExprNode) *ast.TypeName {
	name, args := call(n)
	if name != "type" {
		broken("cast to %T", n)
	}
	t := &ast.TypeName{Loc: d.loc(n)}
	for _, a := range args {
		switch name, args := call(a); name {
		case "name":
			t.Names = stringArgs(args)
		case "mods":
			t.Mods = d.exprs(args)
		case "dims":
			for _, s := range stringArgs(args) {
				dim, err := strconv.Atoi(s)
				if err != nil {
					broken("array bound %q", s)
				}
				t.ArrayDims = append(t.ArrayDims, dim)
			}
		case "setof":
			t.SetOf = true
		case "fields_of":
			need(name, args, 1, 1)
			t.IntervalFields = stringArg(args[0])
		default:
			broken("type part %q", name)
		}
	}
	return t
}

func (d *decoder) sorts(list []tast.ExprNode) []*ast.SortBy {
	out := make([]*ast.SortBy, len(list))
	for i, n := range list {
		out[i] = d.sort(n)
	}
	return out
}

func (d *decoder) sort(n tast.ExprNode) *ast.SortBy {
	name, args := call(n)
	if name != "sort" {
		broken("order by %T", n)
	}
	need(name, args, 3, 3)
	s := &ast.SortBy{Expr: d.expr(args[0])}
	s.Loc = ast.Loc(s.Expr.Pos())
	switch dir := stringArg(args[1]); {
	case dir == "":
	case dir == "asc":
		s.Dir = ast.SortAsc
	case dir == "desc":
		s.Dir = ast.SortDesc
	case strings.HasPrefix(dir, "using "):
		s.Dir, s.UsingOp = ast.SortUsing, strings.TrimPrefix(dir, "using ")
	default:
		broken("direction %q", dir)
	}
	switch nulls := stringArg(args[2]); nulls {
	case "":
	case "first":
		s.Nulls = ast.NullsFirst
	case "last":
		s.Nulls = ast.NullsLast
	default:
		broken("nulls %q", nulls)
	}
	return s
}
