package parser

import (
	"strconv"
	"strings"

	tast "github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"github.com/tarndb/tarn/sql/ast"
)

// expr decodes an expression.
func (d *decoder) expr(n tast.ExprNode) ast.Expr { return d.exprAt(n, d.loc(n)) }

// exprAt decodes an expression whose place is known from the parenthesis around it.
func (d *decoder) exprAt(n tast.ExprNode, loc ast.Loc) ast.Expr {
	switch n := n.(type) {
	case *tast.ParenthesesExpr:
		inner := n.Expr
		if at := d.loc(n); at != ast.NoPos {
			return d.exprAt(inner, at)
		}
		return d.expr(inner)
	case *literal:
		return constant(loc, n)
	case *tast.ColumnNameExpr:
		return columnRef(loc, n.Name)
	case *tast.BinaryOperationExpr:
		return d.binary(n, loc)
	case *tast.UnaryOperationExpr:
		return d.unary(n, loc)
	case *tast.IsNullExpr:
		return &ast.NullTest{Loc: loc, Arg: d.expr(n.Expr), Not: n.Not}
	case *tast.IsTruthExpr:
		value := ast.False
		if n.True != 0 {
			value = ast.True
		}
		return &ast.BooleanTest{Loc: loc, Arg: d.expr(n.Expr), Value: value, Not: n.Not}
	case *tast.BetweenExpr:
		return &ast.BetweenExpr{Loc: loc, Arg: d.expr(n.Expr), Low: d.expr(n.Left), High: d.expr(n.Right), Not: n.Not}
	case *tast.PatternInExpr:
		return d.in(n, loc)
	case *tast.PatternLikeOrIlikeExpr:
		return d.like(n, loc)
	case *tast.ExistsSubqueryExpr:
		if n.Not {
			broken("NOT folded into EXISTS")
		}
		return &ast.SubqueryExpr{Loc: loc, Kind: ast.ExistsSubquery, Query: d.subquery(n.Sel)}
	case *tast.CaseExpr:
		return d.caseExpr(n, loc)
	case *tast.FuncCallExpr:
		if n.Schema.O == astSchema {
			return d.encoded(n.FnName.O, n.Args, loc)
		}
		return d.funcCall(n, loc)
	}
	broken("expression %T", n)
	return nil
}

func constant(loc ast.Loc, n *literal) ast.Expr {
	switch v := n.value.(type) {
	case nil:
		return &ast.Const{Loc: loc, Kind: ast.ConstNull}
	case bool:
		return &ast.Const{Loc: loc, Kind: ast.ConstBool, Bool: v}
	case int64:
		return &ast.Const{Loc: loc, Kind: ast.ConstInt, Int: v}
	case string:
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: v}
	}
	broken("literal %T", n.value)
	return nil
}

func columnRef(loc ast.Loc, n *tast.ColumnName) ast.Expr {
	var parts []string
	if n.Schema.O != "" {
		parts = append(parts, n.Schema.O)
	}
	if n.Table.O != "" {
		parts = append(parts, n.Table.O)
	}
	return &ast.ColumnRef{Loc: loc, Names: append(parts, n.Name.O)}
}

var binaryOps = map[opcode.Op]string{
	opcode.Plus: "+", opcode.Minus: "-", opcode.Mul: "*", opcode.Div: "/", opcode.Mod: "%",
	opcode.LT: "<", opcode.LE: "<=", opcode.EQ: "=", opcode.GE: ">=", opcode.GT: ">", opcode.NE: "<>",
}

func (d *decoder) binary(n *tast.BinaryOperationExpr, loc ast.Loc) ast.Expr {
	switch n.Op {
	case opcode.LogicAnd:
		return d.connective(n, ast.And, loc)
	case opcode.LogicOr:
		return d.connective(n, ast.Or, loc)
	case opcode.NullEQ:
		return &ast.DistinctExpr{Loc: loc, Left: d.expr(n.L), Right: d.expr(n.R), Not: true}
	}
	op, ok := binaryOps[n.Op]
	if !ok {
		broken("operator %s", n.Op.String())
	}
	return &ast.OpExpr{Loc: loc, Op: op, Left: d.expr(n.L), Right: d.expr(n.R)}
}

// connective flattens a left-deep chain of one connective, as gram.y does; the
// place is that of the first operator written.
func (d *decoder) connective(n *tast.BinaryOperationExpr, op ast.BoolOp, loc ast.Loc) ast.Expr {
	var reversed []tast.ExprNode
	code := n.Op
	for {
		reversed = append(reversed, n.R)
		inner := n.L
		at := loc
		for {
			par, ok := inner.(*tast.ParenthesesExpr)
			if !ok {
				break
			}
			if l := d.loc(par); l != ast.NoPos {
				at = l
			}
			inner = par.Expr
		}
		next, ok := inner.(*tast.BinaryOperationExpr)
		if !ok || next.Op != code {
			reversed = append(reversed, n.L)
			break
		}
		n, loc = next, at
	}
	args := make([]ast.Expr, len(reversed))
	for i, e := range reversed {
		args[len(reversed)-1-i] = d.expr(e)
	}
	return &ast.BoolExpr{Loc: loc, Op: op, Args: args}
}

func (d *decoder) unary(n *tast.UnaryOperationExpr, loc ast.Loc) ast.Expr {
	arg := d.expr(n.V)
	switch n.Op {
	case opcode.Not:
		return &ast.BoolExpr{Loc: loc, Op: ast.Not, Args: []ast.Expr{arg}}
	case opcode.Plus:
		return &ast.OpExpr{Loc: loc, Op: "+", Right: arg}
	case opcode.Minus:
		if c := negated(loc, arg); c != nil {
			return c
		}
		return &ast.OpExpr{Loc: loc, Op: "-", Right: arg}
	}
	broken("operator %s", n.Op.String())
	return nil
}

// negated folds a minus sign into a number, so that the least int8 can be written.
func negated(loc ast.Loc, arg ast.Expr) ast.Expr {
	c, ok := arg.(*ast.Const)
	if !ok {
		return nil
	}
	switch c.Kind {
	case ast.ConstInt:
		return number(loc, negatedText(strconv.FormatInt(c.Int, 10)))
	case ast.ConstNumeric:
		return number(loc, negatedText(c.Text))
	}
	c.Loc = loc // of any literal: gram.y takes it for a number until it has moved the place
	return nil
}

func negatedText(s string) string {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return rest
	}
	return "-" + s
}

func number(loc ast.Loc, text string) ast.Expr {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &ast.Const{Loc: loc, Kind: ast.ConstInt, Int: n}
	}
	return &ast.Const{Loc: loc, Kind: ast.ConstNumeric, Text: text}
}

func (d *decoder) in(n *tast.PatternInExpr, loc ast.Loc) ast.Expr {
	e := &ast.InExpr{Loc: loc, Arg: d.expr(n.Expr), Not: n.Not}
	if n.Sel != nil {
		e.Query = d.subquery(n.Sel)
	} else {
		e.List = d.exprs(n.List)
	}
	return e
}

func (d *decoder) like(n *tast.PatternLikeOrIlikeExpr, loc ast.Loc) ast.Expr {
	if n.EscapeExplicit {
		broken("native ESCAPE")
	}
	e := &ast.LikeExpr{Loc: loc, Kind: ast.ILike, Arg: d.expr(n.Expr), Not: n.Not}
	if n.IsLike {
		e.Kind = ast.Like
	}
	pattern := n.Pattern
	if par, ok := pattern.(*tast.ParenthesesExpr); ok {
		pattern = par.Expr
	}
	if name, args := call(pattern); name == "escape" {
		need(name, args, 2, 2)
		e.Escape = d.expr(args[1])
		pattern = args[0]
	} else {
		pattern = n.Pattern
	}
	e.Pattern = d.expr(pattern)
	return e
}

func (d *decoder) caseExpr(n *tast.CaseExpr, loc ast.Loc) ast.Expr {
	e := &ast.CaseExpr{Loc: loc}
	if n.Value != nil {
		e.Arg = d.expr(n.Value)
	}
	for _, w := range n.WhenClauses {
		cond, at := w.Expr, d.loc(w.Expr)
		if name, args := call(cond); name == "when" {
			need(name, args, 1, 1)
			cond = args[0]
		}
		e.Whens = append(e.Whens, ast.When{Loc: at, Cond: d.expr(cond), Result: d.expr(w.Result)})
	}
	if n.ElseClause != nil {
		e.Else = d.expr(n.ElseClause)
	}
	return e
}

func (d *decoder) funcCall(n *tast.FuncCallExpr, loc ast.Loc) *ast.FuncCall {
	f := &ast.FuncCall{Loc: loc, Names: []string{n.FnName.O}}
	if n.Schema.O != "" {
		f.Names = []string{n.Schema.O, n.FnName.O}
	}
	for i, a := range n.Args {
		if name, args := call(a); name == "variadic" {
			need(name, args, 1, 1)
			if i != len(n.Args)-1 {
				broken("variadic argument not last")
			}
			f.Variadic = true
			a = args[0]
		}
		if name, args := call(a); name == "named" {
			need(name, args, 2, 2)
			f.Args = append(f.Args, &ast.NamedArg{Loc: d.loc(a), Name: stringArg(args[0]), Arg: d.expr(args[1])})
			continue
		}
		f.Args = append(f.Args, d.expr(a))
	}
	return f
}

// aggregate decodes a call with what only aggregates and window functions have.
func (d *decoder) aggregate(args []tast.ExprNode, loc ast.Loc) ast.Expr {
	need("agg", args, 2, -1)
	fn, ok := args[0].(*tast.FuncCallExpr)
	if !ok || fn.Schema.O == astSchema {
		broken("agg of %T", args[0])
	}
	f := d.funcCall(fn, loc)
	for _, a := range args[1:] {
		switch name, args := call(a); name {
		case "all":
			f.Star = true
		case "distinct":
			f.Distinct = true
		case "order":
			f.OrderBy = d.sorts(args)
		case "within":
			f.OrderBy, f.WithinGroup = d.sorts(args), true
		case "filter":
			need(name, args, 1, 1)
			f.Filter = d.expr(args[0])
		case "over":
			need(name, args, 1, 1)
			f.Over = d.window(args[0])
		default:
			broken("agg option %q", name)
		}
	}
	return f
}
