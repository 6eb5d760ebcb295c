package pgoracle

import (
	"math/big"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func exprs(list []*pg.Node) []ast.Expr {
	var out []ast.Expr
	for _, n := range list {
		out = append(out, expr(n))
	}
	return out
}

// expr translates an expression; nothing becomes nil.
func expr(n *pg.Node) ast.Expr {
	if n == nil || n.Node == nil {
		return nil
	}
	switch n := n.Node.(type) {
	case *pg.Node_AConst:
		return constant(n.AConst)
	case *pg.Node_ColumnRef:
		return column(n.ColumnRef)
	case *pg.Node_ParamRef:
		only(n.ParamRef, "number")
		return &ast.ParamRef{Loc: loc(n.ParamRef.Location), Number: int(n.ParamRef.Number)}
	case *pg.Node_AExpr:
		return operator(n.AExpr)
	case *pg.Node_BoolExpr:
		return boolean(n.BoolExpr)
	case *pg.Node_FuncCall:
		return call(n.FuncCall)
	case *pg.Node_SubLink:
		return sublink(n.SubLink)
	case *pg.Node_TypeCast:
		only(n.TypeCast, "arg", "type_name")
		return &ast.CastExpr{Loc: loc(n.TypeCast.Location), Arg: expr(n.TypeCast.Arg), Type: typeName(n.TypeCast.TypeName)}
	case *pg.Node_CollateClause:
		only(n.CollateClause, "arg", "collname")
		return &ast.CollateExpr{Loc: loc(n.CollateClause.Location), Arg: expr(n.CollateClause.Arg), Names: texts(n.CollateClause.Collname)}
	case *pg.Node_AIndirection:
		return indirection(n.AIndirection)
	case *pg.Node_CaseExpr:
		return caseExpr(n.CaseExpr)
	}
	return constructor(n)
}

// constructor translates the forms that make a value of a list of others, and the
// tests of one.
func constructor(n *pg.Node) ast.Expr {
	switch n := n.Node.(type) {
	case *pg.Node_NullTest:
		only(n.NullTest, "arg", "nulltesttype")
		return &ast.NullTest{Loc: loc(n.NullTest.Location), Arg: expr(n.NullTest.Arg),
			Not: n.NullTest.Nulltesttype == pg.NullTestType_IS_NOT_NULL}
	case *pg.Node_BooleanTest:
		return truth(n.BooleanTest)
	case *pg.Node_AArrayExpr:
		only(n.AArrayExpr, "elements")
		return &ast.ArrayExpr{Loc: loc(n.AArrayExpr.Location), Elems: exprs(n.AArrayExpr.Elements)}
	case *pg.Node_RowExpr:
		only(n.RowExpr, "args", "row_format")
		return &ast.RowExpr{Loc: loc(n.RowExpr.Location), Elems: exprs(n.RowExpr.Args),
			Explicit: n.RowExpr.RowFormat == pg.CoercionForm_COERCE_EXPLICIT_CALL}
	case *pg.Node_CoalesceExpr:
		only(n.CoalesceExpr, "args")
		return &ast.CoalesceExpr{Loc: loc(n.CoalesceExpr.Location), Args: exprs(n.CoalesceExpr.Args)}
	case *pg.Node_MinMaxExpr:
		only(n.MinMaxExpr, "op", "args")
		return &ast.MinMaxExpr{Loc: loc(n.MinMaxExpr.Location), Args: exprs(n.MinMaxExpr.Args),
			Greatest: n.MinMaxExpr.Op == pg.MinMaxOp_IS_GREATEST}
	case *pg.Node_GroupingFunc:
		only(n.GroupingFunc, "args")
		return &ast.GroupingExpr{Loc: loc(n.GroupingFunc.Location), Args: exprs(n.GroupingFunc.Args)}
	case *pg.Node_GroupingSet:
		return groupingSet(n.GroupingSet)
	case *pg.Node_SqlvalueFunction:
		return sqlValue(n.SqlvalueFunction)
	case *pg.Node_SetToDefault:
		return &ast.DefaultExpr{Loc: loc(n.SetToDefault.Location)}
	case *pg.Node_NamedArgExpr:
		only(n.NamedArgExpr, "arg", "name", "argnumber") // the number is set when the call is resolved
		return &ast.NamedArg{Loc: loc(n.NamedArgExpr.Location), Name: n.NamedArgExpr.Name, Arg: expr(n.NamedArgExpr.Arg)}
	}
	no("%s", kind(n))
	return nil
}

func constant(c *pg.A_Const) *ast.Const {
	out := &ast.Const{Loc: loc(c.Location)}
	switch v := c.Val.(type) {
	case *pg.A_Const_Ival:
		out.Kind, out.Int = ast.ConstInt, int64(v.Ival.GetIval())
	case *pg.A_Const_Fval:
		number(out, v.Fval.Fval)
	case *pg.A_Const_Boolval:
		out.Kind, out.Bool = ast.ConstBool, v.Boolval.GetBoolval()
	case *pg.A_Const_Sval:
		out.Kind, out.Text = ast.ConstString, v.Sval.GetSval()
	case *pg.A_Const_Bsval:
		out.Kind, out.Text = ast.ConstBit, v.Bsval.Bsval
	case nil:
		if !c.Isnull {
			no("a constant of no kind")
		}
		out.Kind = ast.ConstNull
	}
	return out
}

// number takes the text of a number that did not fit PostgreSQL's int4. PostgreSQL
// 16 leaves underscores and the radix in it; Tarn decides on the type at once.
func number(out *ast.Const, text string) {
	text = strings.ReplaceAll(text, "_", "")
	digits, negative := strings.CutPrefix(text, "-")
	if len(digits) > 1 && digits[0] == '0' {
		base := map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]|0x20]
		if base != 0 {
			n, ok := new(big.Int).SetString(digits[2:], base)
			if !ok {
				no("the number %s", text)
			}
			if text = n.String(); negative {
				text = "-" + text
			}
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		out.Kind, out.Int = ast.ConstInt, n
		return
	}
	out.Kind, out.Text = ast.ConstNumeric, text
}

func column(c *pg.ColumnRef) *ast.ColumnRef {
	only(c, "fields")
	out := &ast.ColumnRef{Loc: loc(c.Location)}
	for i, f := range c.Fields {
		if _, ok := f.Node.(*pg.Node_AStar); ok {
			if i != len(c.Fields)-1 {
				no("a star before the end of a name")
			}
			out.Star = true
			continue
		}
		out.Names = append(out.Names, text(f))
	}
	return out
}

// operatorName splits an operator's name.
func operatorName(list []*pg.Node) (schema, op string) {
	names := texts(list)
	switch len(names) {
	case 1:
		return "", names[0]
	case 2:
		return names[0], names[1]
	}
	no("an operator of %d names", len(names))
	return "", ""
}

func boolean(b *pg.BoolExpr) *ast.BoolExpr {
	only(b, "boolop", "args")
	op := map[pg.BoolExprType]ast.BoolOp{pg.BoolExprType_AND_EXPR: ast.And, pg.BoolExprType_OR_EXPR: ast.Or,
		pg.BoolExprType_NOT_EXPR: ast.Not}[b.Boolop]
	return &ast.BoolExpr{Loc: loc(b.Location), Op: op, Args: exprs(b.Args)}
}

func truth(b *pg.BooleanTest) *ast.BooleanTest {
	only(b, "arg", "booltesttype")
	out := &ast.BooleanTest{Loc: loc(b.Location), Arg: expr(b.Arg)}
	switch b.Booltesttype {
	case pg.BoolTestType_IS_TRUE, pg.BoolTestType_IS_NOT_TRUE:
		out.Value = ast.True
	case pg.BoolTestType_IS_FALSE, pg.BoolTestType_IS_NOT_FALSE:
		out.Value = ast.False
	case pg.BoolTestType_IS_UNKNOWN, pg.BoolTestType_IS_NOT_UNKNOWN:
		out.Value = ast.Unknown
	}
	switch b.Booltesttype {
	case pg.BoolTestType_IS_NOT_TRUE, pg.BoolTestType_IS_NOT_FALSE, pg.BoolTestType_IS_NOT_UNKNOWN:
		out.Not = true
	}
	return out
}

func sublink(s *pg.SubLink) ast.Expr {
	only(s, "sub_link_type", "testexpr", "oper_name", "subselect")
	at, q := loc(s.Location), selectNode(s.Subselect)
	switch s.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return &ast.SubqueryExpr{Loc: at, Kind: ast.ExistsSubquery, Query: q}
	case pg.SubLinkType_ARRAY_SUBLINK:
		return &ast.SubqueryExpr{Loc: at, Kind: ast.ArraySubquery, Query: q}
	case pg.SubLinkType_EXPR_SUBLINK:
		return &ast.SubqueryExpr{Loc: at, Kind: ast.ScalarSubquery, Query: q}
	case pg.SubLinkType_ANY_SUBLINK, pg.SubLinkType_ALL_SUBLINK:
		if len(s.OperName) == 0 {
			return &ast.InExpr{Loc: at, Arg: expr(s.Testexpr), Query: q}
		}
		schema, op := operatorName(s.OperName)
		return &ast.AnyAllExpr{Loc: at, Schema: schema, Op: op, Left: expr(s.Testexpr), Query: q,
			All: s.SubLinkType == pg.SubLinkType_ALL_SUBLINK}
	}
	no("%s", s.SubLinkType)
	return nil
}

// indirection is subscripts and fields after an operand. PostgreSQL has them in one
// list; Tarn has a node for each field, and one for adjacent subscripts.
func indirection(n *pg.A_Indirection) ast.Expr {
	only(n, "arg", "indirection")
	out := expr(n.Arg)
	var subs *ast.SubscriptExpr
	for _, part := range n.Indirection {
		switch part := part.Node.(type) {
		case *pg.Node_AIndices:
			if subs == nil {
				subs = &ast.SubscriptExpr{Loc: ast.NoPos, Arg: out}
				out = subs
			}
			subs.Subscripts = append(subs.Subscripts, subscript(part.AIndices))
			continue
		case *pg.Node_AStar:
			out = &ast.FieldExpr{Loc: ast.NoPos, Arg: out, Star: true}
		case *pg.Node_String_:
			out = &ast.FieldExpr{Loc: ast.NoPos, Arg: out, Name: part.String_.Sval}
		default:
			no("%T in an indirection", part)
		}
		subs = nil
	}
	return out
}

func subscript(i *pg.A_Indices) ast.Subscript {
	only(i, "is_slice", "lidx", "uidx")
	return ast.Subscript{Slice: i.IsSlice, Low: expr(i.Lidx), Index: expr(i.Uidx)}
}

func caseExpr(c *pg.CaseExpr) *ast.CaseExpr {
	only(c, "arg", "args", "defresult")
	out := &ast.CaseExpr{Loc: loc(c.Location), Arg: expr(c.Arg), Else: expr(c.Defresult)}
	for _, n := range c.Args {
		w := n.GetCaseWhen()
		only(w, "expr", "result")
		out.Whens = append(out.Whens, ast.When{Loc: ast.NoPos, Cond: expr(w.Expr), Result: expr(w.Result)})
	}
	return out
}

var sqlValues = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

// sqlValue: the precision is -1 where none was written, in both trees.
func sqlValue(f *pg.SQLValueFunction) *ast.SQLValue {
	only(f, "op", "typmod")
	name, ok := sqlValues[f.Op]
	if !ok {
		no("%s", f.Op)
	}
	return &ast.SQLValue{Loc: loc(f.Location), Name: name, Precision: int(f.Typmod)}
}
