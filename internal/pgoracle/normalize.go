package pgoracle

import (
	"reflect"

	"github.com/tarndb/tarn/sql/ast"
)

// normalize takes from a tree of Tarn's what PostgreSQL's grammar has already turned
// into something else. The tree was parsed for the comparison alone, so that it may
// be changed.
func normalize(s ast.Statement) { visit(reflect.ValueOf(s)) }

var exprType = reflect.TypeFor[ast.Expr]()

// visit goes through all values below v, those below a node before the node.
func visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		visit(v.Elem())
		if v.Type() == exprType {
			v.Set(reflect.ValueOf(plainExpr(v.Interface().(ast.Expr))))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			visit(v.Elem())
			plainNode(v.Interface())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i))
		}
	}
}

func plainExpr(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.InExpr: // a NOT IN (SELECT ...) is NOT (a IN (SELECT ...))
		if e.Not && e.Query != nil {
			e.Not = false
			return &ast.BoolExpr{Loc: e.Loc, Op: ast.Not, Args: []ast.Expr{e}}
		}
	case *ast.LikeExpr: // ESCAPE, and SIMILAR TO in any case, are functions of the pattern
		name := "like_escape"
		if e.Kind == ast.Similar {
			name = "similar_to_escape"
		} else if e.Escape == nil {
			return e
		}
		f := &ast.FuncCall{Loc: e.Loc, Names: []string{"pg_catalog", name}, Args: []ast.Expr{e.Pattern}}
		if e.Escape != nil {
			f.Args = append(f.Args, e.Escape)
		}
		e.Pattern, e.Escape = f, nil
	}
	return e
}

func plainNode(n any) {
	switch n := n.(type) {
	case *ast.CreateView:
		n.QueryText = ""
	case *ast.Prepare:
		n.Text = ""
	case *ast.DeclareCursor:
		n.Text = ""
	case *ast.Option: // PostgreSQL does not tell the word true from the string
		if n.Kind == ast.ConstBool {
			n.Kind = ast.ConstString
		}
	case *ast.Explain: // nor the words after EXPLAIN from options in parentheses
		if len(n.Options) > 0 {
			return
		}
		for _, o := range []struct {
			name    string
			written bool
		}{{"analyze", n.Analyze}, {"verbose", n.Verbose}} {
			if o.written {
				n.Options = append(n.Options, &ast.Option{Loc: ast.NoPos, Name: o.name})
			}
		}
	}
}
