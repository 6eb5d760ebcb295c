// Package builtin declares every function, operator and cast that Tarn has.
package builtin

import (
	"sync"

	"github.com/tarndb/tarn/sql/expr/agg"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Registry holds all of them; it is made once.
var Registry = sync.OnceValue(func() *fn.Registry {
	r := fn.NewRegistry()
	for _, declare := range []func(*fn.Registry){
		compareOps, integerOps, integerCasts, floatOps, floatFuncs, floatCasts, decimalOps, decimalCasts, agg.Declare, jsonAggregates,
		stringFuncs, stringCasts, likeOps, regexOps, encodingFuncs, temporalOps, clockFuncs, calendarFuncs, temporalCasts,
		fieldFuncs, jsonOps, arrayFuncs, seriesTables, systemFuncs, makeFuncs, toCharFuncs, fromCharFuncs, recordOps, jsonRecords,
	} {
		declare(r)
	}
	return r
})
