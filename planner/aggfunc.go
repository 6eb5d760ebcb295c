package planner

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// AggFunc is a resolved aggregate function: the name and the types that pick it.
type AggFunc struct {
	Name string
	Args []row.Type // what the arguments are brought to
	Type row.Type
}

// zeroOnEmpty tells the aggregates whose value of no rows is 0 and not NULL.
func (f *AggFunc) zeroOnEmpty() bool {
	return f.Name == "count" || f.Name == "regr_count"
}

func countAgg() *AggFunc { return &AggFunc{Name: "count", Type: row.T(row.Int8)} }

func arrayAgg(t row.Type) *AggFunc {
	return &AggFunc{Name: "array_agg", Args: []row.Type{t}, Type: row.Type{Kind: row.Array, Elem: t.Kind}}
}

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
	return (schema == "" || schema == "pg_catalog") && aggNames[strings.ToLower(name)]
}

var aggNames = map[string]bool{"count": true, "sum": true, "avg": true, "min": true, "max": true, "array_agg": true, "string_agg": true, "bool_and": true, "bool_or": true, "every": true}

func resolveAgg(name string, args []row.Type) (*AggFunc, error) {
	return &AggFunc{Name: name, Args: args, Type: row.T(row.Int8)}, nil
}
