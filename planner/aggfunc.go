package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/agg"
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
	return f.Name == "count" || f.Name == "regr_count" || f.Aggregate == agg.CountLists
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

// mergeAggs add up what an aggregate gave for parts of a group.
var (
	mergeCounts = &AggFunc{agg.MergeCounts, []row.Type{row.T(row.Int8)}, row.T(row.Int8)}
	mergeSums   = &AggFunc{agg.MergeSums, []row.Type{row.T(row.Int8)}, row.T(row.Int8)}
)

// ResolveAgg picks the aggregate for arguments of the types given, as PostgreSQL
// does; an error is a *pgerr.Error without a position.
func ResolveAgg(name string, args []row.Type) (*AggFunc, error) {
	r, err := expr.ResolveAggregate("", name, args)
	if err != nil {
		return nil, err
	}
	return &AggFunc{Aggregate: r.Func, Args: r.Args, Type: r.Result}, nil
}

// MustAgg resolves an aggregate that always exists.
func MustAgg(name string, args ...row.Type) *AggFunc {
	f, err := ResolveAgg(name, args)
	if err != nil {
		panic("planner: " + err.Error())
	}
	return f
}
