package agg

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

func declareSequences(r *fn.Registry) {
	r.Sequence("string_agg(text, text) text", func([]row.Type) fn.Sequence { return joined{row.T(row.Text)} })
	r.Sequence("string_agg(bytea, bytea) bytea", func([]row.Type) fn.Sequence { return joined{row.T(row.Bytea)} })
	r.Sequence("array_agg(anynonarray) anyarray", func(args []row.Type) fn.Sequence { return listed{row.ArrayOf(args[0].Kind)} })
}

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

// listed is array_agg: NULLs are elements, no rows are NULL.
type listed struct{ out row.Type }

func (a listed) Type() row.Type { return a.out }

func (a listed) Result(args []*row.Column, rows []int32, out *row.Column) error {
	if len(rows) == 0 {
		out.AppendNull()
		return nil
	}
	b := row.NewArrayBuilder(a.out)
	for _, i := range rows {
		b.AppendFrom(args[0], int(i))
	}
	out.Data = b.Finish(out.Data)
	out.EndBytes()
	return nil
}
