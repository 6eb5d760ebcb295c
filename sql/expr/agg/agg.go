// Package agg has the aggregate functions. The state of an invertible aggregate
// is a canonical text of bytes: equal multisets of rows give equal states, in
// whatever order rows came and went, so that nothing drifts and nothing stays.
package agg

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Declare adds all aggregates to a registry.
func Declare(r *fn.Registry) {
	r.Invertible("count() int8", func([]row.Type) fn.Accumulator { return count{} })
	r.Invertible("count(any) int8", func([]row.Type) fn.Accumulator { return count{} })
	for _, name := range []string{"bool_and", "every"} {
		r.Invertible(name+"(bool) bool", func([]row.Type) fn.Accumulator { return boolean{} })
	}
	r.Invertible("bool_or(bool) bool", func([]row.Type) fn.Accumulator { return boolean{or: true} })
	for _, k := range []string{"int2", "int4"} {
		r.Invertible("sum("+k+") int8", func([]row.Type) fn.Accumulator { return integers{out: row.T(row.Int8), finish: finishInt8} })
	}
	r.Invertible("sum(int8) numeric", func([]row.Type) fn.Accumulator { return integers{out: row.T(row.Numeric), finish: finishNumeric} })
	for _, k := range []string{"int2", "int4", "int8"} {
		r.Invertible("avg("+k+") numeric", func([]row.Type) fn.Accumulator { return integers{out: row.T(row.Numeric), finish: finishAverage} })
	}
	r.Invertible("sum(numeric) numeric", func([]row.Type) fn.Accumulator { return decimals{} })
	r.Invertible("avg(numeric) numeric", func([]row.Type) fn.Accumulator { return decimals{average: true} })
	r.Invertible("sum(float4) float4", func([]row.Type) fn.Accumulator { return floats{out: row.T(row.Float4)} })
	r.Invertible("sum(float8) float8", func([]row.Type) fn.Accumulator { return floats{out: row.T(row.Float8)} })
	for _, k := range []string{"float4", "float8"} {
		r.Invertible("avg("+k+") float8", func([]row.Type) fn.Accumulator { return floats{out: row.T(row.Float8), average: true} })
	}
	r.Invertible("sum(interval) interval", func([]row.Type) fn.Accumulator { return intervals{} })
	r.Invertible("avg(interval) interval", func([]row.Type) fn.Accumulator { return intervals{average: true} })
	declareBits(r)
	declareMoments(r)
	declareRegressions(r)
	declareExtremes(r)
	declareSequences(r)
	declareOrderedSets(r)
}

func declareExtremes(r *fn.Registry) {
	for _, k := range []string{"int2", "int4", "int8", "float4", "float8", "numeric", "text", "bpchar", "date", "time", "timetz",
		"timestamp", "timestamptz", "interval", "oid", "anyenum", "anyarray"} {
		r.Extreme("min("+k+") "+k, fn.Min)
		r.Extreme("max("+k+") "+k, fn.Max)
	}
}

// words reads and writes a state of 64-bit words.
func word(s []byte, k int) int64       { return int64(binary.LittleEndian.Uint64(s[8*k:])) }
func setWord(s []byte, k int, v int64) { binary.LittleEndian.PutUint64(s[8*k:], uint64(v)) }

// count is count(*) and count(x): one word.
type count struct{}

func (count) Type() row.Type         { return row.T(row.Int8) }
func (count) Init(dst []byte) []byte { return append(dst, make([]byte, 8)...) }

func (count) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if len(args) == 0 || !args[0].IsNull(i) {
		setWord(s, 0, word(s, 0)+w)
	}
	return s, nil
}

func (count) Result(s []byte, out *row.Column) error {
	out.AppendInt(word(s, 0))
	return nil
}

// boolean is bool_and and bool_or: how many values, how many of them true.
type boolean struct{ or bool }

func (boolean) Type() row.Type         { return row.T(row.Bool) }
func (boolean) Init(dst []byte) []byte { return append(dst, make([]byte, 16)...) }

func (boolean) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if c := args[0]; !c.IsNull(i) {
		setWord(s, 0, word(s, 0)+w)
		setWord(s, 1, word(s, 1)+w*c.Ints[i])
	}
	return s, nil
}

func (b boolean) Result(s []byte, out *row.Column) error {
	b.result(word(s, 0), word(s, 1), out)
	return nil
}

func (b boolean) result(all, yes int64, out *row.Column) {
	switch {
	case all == 0:
		out.AppendNull()
	case b.or:
		out.Append(row.BoolDatum(yes > 0))
	default:
		out.Append(row.BoolDatum(yes == all))
	}
}

func appendDecimal(out *row.Column, d numeric.Decimal) {
	out.Data = numeric.Append(out.Data, d)
	out.EndBytes()
}
