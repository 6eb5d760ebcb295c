package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func (b *binder) onlyForAggregates(e *ast.FuncCall, name string) error {
	word := ""
	switch {
	case e.Star:
		word = name + "(*)"
	case e.Distinct:
		word = "DISTINCT"
	case len(e.OrderBy) > 0:
		word = "ORDER BY"
	case e.Filter != nil:
		word = "FILTER"
	default:
		return nil
	}
	return pgerr.New(pgerr.WrongObjectType, "%s specified, but %s is not an aggregate function", word, name).At(e.Pos())
}

// aggCall binds an aggregate. It belongs to the innermost query that makes a
// column of its arguments, or to this one if they read none.
func (b *binder) aggCall(s *scope, e *ast.FuncCall, name string) (planner.Scalar, error) {
	inner := s.inAggregate()
	if len(e.Args) == 0 && !e.Star && name == "count" {
		return nil, pgerr.New(pgerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", name).At(e.Pos())
	}
	args, err := b.callArgs(inner, e)
	if err != nil {
		return nil, err
	}
	g := planner.Agg{Distinct: e.Distinct}
	if g.Func, g.Args, err = b.resolveAggregate(e, name, args); err != nil {
		return nil, err
	}
	if g.Filter, err = b.aggFilter(inner, e); err != nil {
		return nil, err
	}
	if g.Order, err = b.aggOrder(inner, e, g.Args); err != nil {
		return nil, err
	}
	if g.Func.Kind != fn.Ordered {
		g.Order = nil // the value is the same in every order
	}
	owner := aggOwner(s, planner.ExprCols((&planner.Aggregate{Aggs: []planner.Agg{g}}).Exprs()...))
	if owner.aggs == nil {
		return nil, aggNotAllowed(owner.clause, e.Pos())
	}
	if owner.recursive {
		return nil, pgerr.New(pgerr.InvalidRecursion, "aggregate functions are not allowed in a recursive query's recursive term").At(e.Pos())
	}
	g.Col = b.newCol(name, name, g.Func.Type)
	ref := planner.ColumnExpr(owner.aggs.add(b, g)).(*expr.ColRef)
	ref.At = e.Pos()
	return ref, nil
}

func (b *binder) aggFilter(inner *scope, e *ast.FuncCall) (planner.Scalar, error) {
	if e.Filter == nil {
		return nil, nil
	}
	inner.clause = "FILTER"
	return b.condition(inner, e.Filter, "FILTER")
}

// inAggregate is the clause of an aggregate's arguments.
const inAggregate = "aggregate function calls"

// inAggregate is the scope of an aggregate's arguments.
func (s *scope) inAggregate() *scope {
	return &scope{parent: s.parent, ctes: s.ctes, table: s.table, items: s.items, clause: inAggregate}
}

func aggNotAllowed(clause string, pos int) error {
	if clause == inAggregate {
		return pgerr.New(pgerr.GroupingError, "aggregate function calls cannot be nested").At(pos)
	}
	return notAllowed("aggregate functions", clause, pos)
}

func notAllowed(what, clause string, pos int) error {
	if clause == "" {
		clause = "FROM clause of their own query level"
	}
	return pgerr.New(pgerr.GroupingError, "%s are not allowed in %s", what, clause).At(pos)
}

func (b *binder) resolveAggregate(e *ast.FuncCall, name string, args []planner.Scalar) (*planner.AggFunc, []planner.Scalar, error) {
	f, err := resolveAgg(e, name, typesOf(args))
	if err != nil {
		return nil, nil, err
	}
	if f.Kind == fn.OrderedSet {
		return nil, nil, pgerr.New(pgerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name).At(e.Pos())
	}
	for i := range args {
		if args[i], err = b.typing.Coerce(args[i], f.Args[i], expr.Implicit); err != nil {
			return nil, nil, err
		}
		if e.Distinct && !args[i].Type().Comparable() {
			return nil, nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", args[i].Type()).At(args[i].Pos())
		}
	}
	return f, args, nil
}

// resolveAgg picks an aggregate. An error about polymorphic types has no place, as in
// PostgreSQL.
func resolveAgg(e *ast.FuncCall, name string, types []row.Type) (*planner.AggFunc, error) {
	f, err := planner.ResolveAgg(name, types)
	if pe, ok := pgerr.As(err); ok && pgerr.Code(err) != pgerr.DatatypeMismatch {
		return nil, misplacedOrder(pe.At(e.Pos()), e)
	}
	if err == nil {
		err = f.CheckElements(f.Args)
	}
	return f, err
}

func (b *binder) aggOrder(s *scope, e *ast.FuncCall, args []planner.Scalar) ([]planner.SortExpr, error) {
	var out []planner.SortExpr
	for _, o := range e.OrderBy {
		desc, nullsFirst, err := sortOptions(o)
		if err != nil {
			return nil, err
		}
		by, err := b.expr(s, o.Expr)
		if err != nil {
			return nil, err
		}
		if by, err = b.known(by); err != nil {
			return nil, err
		}
		if err := orderable(by.Type(), o.Expr.Pos()); err != nil {
			return nil, err
		}
		if e.Distinct {
			listed := false
			for _, a := range args {
				listed = listed || expr.Equal(a, by)
			}
			if !listed {
				return nil, pgerr.New(pgerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(o.Expr.Pos())
			}
		}
		out = append(out, planner.SortExpr{Expr: by, Desc: desc, NullsFirst: nullsFirst})
	}
	return out, nil
}

// aggOwner finds the query level whose columns an aggregate reads.
func aggOwner(s *scope, reads planner.ColSet) *scope {
	if reads.Empty() {
		return s
	}
	for at := s; at != nil; at = at.parent {
		for _, it := range at.items {
			for _, c := range it.Cols {
				if reads.Has(c.Col.ID) {
					return at
				}
			}
		}
	}
	return s
}

func isAggregate(schema, name string) bool {
	return (schema == "" || schema == "pg_catalog") && expr.Registry().HasAggregate(name)
}
