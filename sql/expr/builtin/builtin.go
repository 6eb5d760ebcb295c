// Package builtin declares every function, operator and cast that Tarn has.
package builtin

import (
	"sync"

	"github.com/tarndb/tarn/sql/expr/agg"
	"github.com/tarndb/tarn/sql/expr/builtin/bits"
	"github.com/tarndb/tarn/sql/expr/builtin/jsonpaths"
	"github.com/tarndb/tarn/sql/expr/builtin/patterns"
	"github.com/tarndb/tarn/sql/expr/builtin/system"
	"github.com/tarndb/tarn/sql/expr/builtin/texts"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// parameterNames are the names by which PostgreSQL's functions take arguments, with
// the defaults of those that may be left out.
var parameterNames = map[string][]string{
	"json_array_element": {"from_json element_index"}, "json_array_element_text": {"from_json element_index"},
	"jsonb_array_element": {"from_json element_index"}, "jsonb_array_element_text": {"from_json element_index"},
	"json_object_field": {"from_json field_name"}, "json_object_field_text": {"from_json field_name"},
	"jsonb_object_field": {"from_json field_name"}, "jsonb_object_field_text": {"from_json field_name"},
	"jsonb_insert":  {"jsonb_in path replacement insert_after=false"},
	"jsonb_set":     {"jsonb_in path replacement create_if_missing=true"},
	"jsonb_set_lax": {"jsonb_in path replacement create_if_missing=true null_value_treatment=use_json_null"},
	"make_date":     {"year month day"}, "make_time": {"hour min sec"},
	"make_interval":    {"years=0 months=0 weeks=0 days=0 hours=0 mins=0 secs=0.0"},
	"make_timestamp":   {"year month mday hour min sec"},
	"make_timestamptz": {"year month mday hour min sec", "year month mday hour min sec timezone"},
	"parse_ident":      {"str strict=true"},
}

// Registry holds all of them; it is made once.
var Registry = sync.OnceValue(func() *fn.Registry {
	r := fn.NewRegistry()
	for _, declare := range []func(*fn.Registry){
		compareOps, integerOps, integerCasts, floatOps, floatFuncs, floatCasts, decimalOps, decimalCasts, agg.Declare, jsonAggregates,
		stringFuncs, stringCasts, likeOps, patterns.Declare, encodingFuncs, temporalOps, clockFuncs, calendarFuncs, temporalCasts, timetzFuncs,
		fieldFuncs, jsonOps, jsonObjects, jsonpaths.Declare, arrayFuncs, arrayMakeFuncs, seriesTables, system.Declare, makeFuncs, toCharFuncs, fromCharFuncs, recordOps, jsonRecords,
		degreeFuncs, decimalMore, sessionFuncs, texts.Declare, bits.Declare, windowFuncs, enumFuncs,
	} {
		declare(r)
	}
	for name, params := range parameterNames {
		for _, p := range params {
			r.Named(name, p)
		}
	}
	return r
})
