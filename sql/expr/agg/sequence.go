package agg

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func declareSequences(r *fn.Registry) {
	for _, k := range []row.Kind{row.Text, row.Bytea} {
		name := row.T(k).Name()
		r.Sequence("string_agg("+name+", "+name+") "+name, func([]row.Type, *fn.Context) fn.Sequence { return joined{row.T(k)} })
	}
	r.Sequence("array_agg(anynonarray) anyarray", func(args []row.Type, _ *fn.Context) fn.Sequence {
		return listed{out: args[0].Base().ArrayType()}
	})
	r.Sequence("array_agg(anyarray) anyarray", func(args []row.Type, _ *fn.Context) fn.Sequence {
		return stacked{row.NewArrayElems(args[0], nil).Elem.Base().ArrayType()}
	})
}

// Sorted is the array of the values that are not NULL, or NULL without any: what
// ordered sets are computed from. The call orders by its argument.
var Sorted = fn.NewSequence("sorted(anynonarray) anyarray", func(args []row.Type, _ *fn.Context) fn.Sequence {
	return listed{out: args[0].Base().ArrayType(), skipNulls: true}
})

// joined is string_agg: NULL values are left out, a NULL delimiter is empty.
type joined struct{ out row.Type }

func (a joined) Type() row.Type { return a.out }

func (joined) Result(args []*row.Column, rows []int32, out *row.Column) error {
	any := false
	for _, i := range rows {
		if args[0].IsNull(int(i)) {
			continue
		}
		if any && !args[1].IsNull(int(i)) {
			out.Data = append(out.Data, args[1].Bytes(int(i))...)
		}
		out.Data = append(out.Data, args[0].Bytes(int(i))...)
		any = true
	}
	if !any {
		out.AppendNull()
		return nil
	}
	out.EndBytes()
	return nil
}

// listed is array_agg: NULLs are elements unless they are skipped, no rows are NULL.
type listed struct {
	out       row.Type
	skipNulls bool
}

func (a listed) Type() row.Type { return a.out }

func (a listed) Result(args []*row.Column, rows []int32, out *row.Column) error {
	b := row.NewArrayBuilder(a.out)
	for _, i := range rows {
		if !a.skipNulls || !args[0].IsNull(int(i)) {
			b.AppendFrom(args[0], int(i))
		}
	}
	if b.Len() == 0 {
		out.AppendNull()
		return nil
	}
	out.Data = b.Finish(out.Data)
	out.EndBytes()
	return nil
}

// stacked is array_agg of arrays: they become the elements of an array of one
// dimension more, and must be of one shape.
type stacked struct{ out row.Type }

func (a stacked) Type() row.Type { return a.out }

func (a stacked) Result(args []*row.Column, rows []int32, out *row.Column) error {
	if len(rows) == 0 {
		out.AppendNull()
		return nil
	}
	b := row.NewArrayBuilder(a.out)
	var inner []row.Dim
	for k, i := range rows {
		if args[0].IsNull(int(i)) {
			return pgerr.New(pgerr.NullValueNotAllowed, "cannot accumulate null arrays")
		}
		e := row.NewArrayElems(args[0].Type, args[0].Bytes(int(i)))
		switch {
		case len(e.Dims) == 0:
			return pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case len(e.Dims) == row.MaxDims:
			return pgerr.New(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", row.MaxDims+1, row.MaxDims)
		case k == 0:
			inner = e.Dims
		case !slices.Equal(e.Dims, inner):
			return pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
		for d, ok := e.Next(); ok; d, ok = e.Next() {
			b.Append(d)
		}
	}
	out.Data = b.FinishDims(out.Data, append([]row.Dim{{Len: len(rows), Lower: 1}}, inner...))
	out.EndBytes()
	return nil
}
