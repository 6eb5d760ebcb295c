package bind

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// withoutNames is the call with its named arguments as plain ones, and their names:
// those of the last arguments, or nil.
func withoutNames(e *ast.FuncCall) (*ast.FuncCall, []string, error) {
	var names []string
	args := make([]ast.Expr, len(e.Args))
	for i, a := range e.Args {
		n, ok := a.(*ast.NamedArg)
		switch {
		case ok && slices.Contains(names, n.Name):
			return nil, nil, pgerr.New(pgerr.SyntaxError, "argument name \"%s\" used more than once", n.Name).At(n.Pos())
		case ok:
			names, a = append(names, n.Name), n.Arg
		case names != nil:
			return nil, nil, pgerr.New(pgerr.SyntaxError, "positional argument cannot follow named argument").At(a.Pos())
		}
		args[i] = a
	}
	if names == nil {
		return e, nil, nil
	}
	plain := *e
	plain.Args = args
	return &plain, names, nil
}

// placeArgs puts arguments into the order of the parameters that their names mean
// and fills in defaults.
func placeArgs(pos int, schema, name string, args []planner.Scalar, names []string) ([]planner.Scalar, error) {
	positional := len(args) - len(names)
	slots, ok := expr.Registry().Place(name, positional, names)
	if !ok || schema != "" && schema != "pg_catalog" {
		types := make([]string, len(args))
		for i, a := range args {
			types[i] = fn.TypeName(a.Type())
			if i >= positional {
				types[i] = names[i-positional] + " => " + types[i]
			}
		}
		if schema != "" {
			name = schema + "." + name
		}
		return nil, pgerr.New(pgerr.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(types, ", ")).At(pos).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
	}
	out := make([]planner.Scalar, len(slots))
	for i, slot := range slots {
		if slot.Arg >= 0 {
			out[i] = args[slot.Arg]
		} else {
			out[i] = &expr.Const{Datum: row.StringDatum(slot.Default), At: pos}
		}
	}
	return out, nil
}
