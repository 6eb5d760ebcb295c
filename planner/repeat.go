package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// repeat makes the numbers from 0 up to, but without, its argument. It is
// generate_series by another name, which works on batches and cannot fail. Only
// Repeat makes calls.
var repeat = &fn.Function{
	Name: "repeat", Params: []fn.ArgType{{Type: row.T(row.Int4)}}, Result: fn.ArgType{Type: row.T(row.Int4)},
	Set: true, Strict: true, NoError: true, Table: repeatTable, Spread: repeatSpread,
}

// Repeat makes times rows of each row of its input, numbered from 0 by a column of
// type integer: one for each grouping set.
func Repeat(in Node, times int, number Col) Node {
	n := &expr.Const{Datum: row.IntDatum(int64(times)), Typ: row.T(row.Int4), At: -1}
	return &TableFunc{Input: in, Calls: []TableCall{{Func: repeat, Args: []Scalar{n}, Cols: []Col{number}}}}
}

func repeatTable(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
	for k := range args[0].I {
		emit(row.IntDatum(k))
	}
	return nil
}

func repeatSpread(c *fn.Call, out []row.Column, rows []int32) []int32 {
	for i := range c.N {
		if c.Null(i) {
			continue
		}
		for k := range c.Args[0].Int(i) {
			out[0].Ints = append(out[0].Ints, k)
			rows = append(rows, int32(i))
		}
	}
	return rows
}
