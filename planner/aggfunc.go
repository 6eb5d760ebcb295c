package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// AggFunc is an aggregate function resolved for the types of a call.
type AggFunc struct {
	*expr.Aggregate
	Args []row.Type // what the arguments are brought to
	Type row.Type   // of the result
}

// zeroOnEmpty tells the aggregates whose value of no rows is 0 and not NULL.
func (f *AggFunc) zeroOnEmpty() bool {
	return f.Name == "count" || f.Name == "regr_count"
}

func countAgg() *AggFunc { return mustAgg("count") }

func arrayAgg(t row.Type) *AggFunc { return mustAgg("array_agg", t) }

// rowFunction is a function in FROM that returns no set: its value is one row.
func rowFunction(name string, t row.Type) *fn.Function {
	return &fn.Function{
		Name: name, Params: []fn.ArgType{{Type: t}}, Result: fn.ArgType{Type: t}, Set: true, NoError: true,
		Table: func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			emit(args[0])
			return nil
		},
	}
}

// atMostOne is what MaxOne becomes: the identity on a count of rows that fails
// above one.
var atMostOne = &fn.Function{
	Name: "at_most_one", Params: []fn.ArgType{{Type: row.T(row.Int8)}}, Result: fn.ArgType{Type: row.T(row.Bool)}, Strict: true,
	Kernel: fn.F1(func(_ *fn.Call, n int64) (bool, error) {
		if n > 1 {
			return false, pgerr.New(pgerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
		}
		return n == 1, nil
	}),
}

func isAggregate(schema, name string) bool {
	return (schema == "" || schema == "pg_catalog") && expr.Registry().HasAggregate(name)
}

func resolveAgg(name string, args []row.Type) (*AggFunc, error) {
	r, err := expr.ResolveAggregate("", name, args)
	if err != nil {
		return nil, err
	}
	return &AggFunc{Aggregate: r.Func, Args: r.Args, Type: r.Result}, nil
}

// mustAgg resolves an aggregate that always exists.
func mustAgg(name string, args ...row.Type) *AggFunc {
	f, err := resolveAgg(name, args)
	if err != nil {
		panic("planner: " + err.Error())
	}
	return f
}
