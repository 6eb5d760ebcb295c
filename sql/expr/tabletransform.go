package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// TableCall is a call of a table function over columns of the input.
type TableCall struct {
	Func *Function
	Args []Expr
	// Types are the types of the result columns; for a function with one result
	// column, the resolution's result type.
	Types []row.Type
}

// TableTypes are the types of a table function's result columns, given the result
// type of its resolution.
func TableTypes(f *Function, result row.Type) []row.Type {
	if len(f.Columns) == 0 {
		return []row.Type{result}
	}
	out := make([]row.Type, len(f.Columns))
	for i, c := range f.Columns {
		out[i] = c.Type
	}
	return out
}

// Unnest joins each row with the rows that table functions make of it: the
// chosen columns of the input, then the functions' columns side by side, the
// shorter ones filled up with NULLs, then the ordinal from 1 if asked for. A row
// for which no function makes a row disappears.
type Unnest struct {
	prog    *Program
	ctx     *Context
	calls   []TableCall
	keep    []int
	types   []row.Type
	ordinal bool
}

// NewUnnest makes the transform for inputs of the given types. The context is
// kept, as by NewTransform.
func NewUnnest(calls []TableCall, inputTypes []row.Type, keep []int, ordinal bool, ctx *Context) (*Unnest, error) {
	u := &Unnest{ctx: ctx, calls: calls, keep: keep, ordinal: ordinal}
	var args []Expr
	for _, i := range keep {
		u.types = append(u.types, inputTypes[i])
	}
	for _, c := range calls {
		if !c.Func.Set {
			return nil, pgerr.New(pgerr.InternalError, "%s is not a table function", c.Func.Name)
		}
		args = append(args, c.Args...)
		u.types = append(u.types, c.Types...)
	}
	if ordinal {
		u.types = append(u.types, row.T(row.Int8))
	}
	var err error
	u.prog, err = Compile(args, inputTypes)
	return u, err
}

// Types are the types of the result's columns.
func (u *Unnest) Types() []row.Type { return u.types }

// Apply computes the result for a batch; rows that fail are reported and left out.
func (u *Unnest) Apply(in *row.Batch, errs func(i int, err error)) *row.Batch {
	args, failed := u.prog.Eval(u.ctx, in, nil)
	failed.Each(errs)
	out := row.NewBatch(u.types, in.Len())
	sites := make([]any, len(u.calls))
	made := make([][]row.Row, len(u.calls))
	for i := 0; i < in.Len(); i++ {
		if failed.Has(i) {
			continue
		}
		if err := u.run(args, i, sites, made); err != nil {
			errs(i, visible(err))
			continue
		}
		u.emit(out, in, i, made)
	}
	return out
}

// run calls the functions for one row.
func (u *Unnest) run(args []row.Column, i int, sites []any, made [][]row.Row) error {
	for k, call := range u.calls {
		made[k] = made[k][:0]
		n := len(call.Args)
		mine := args[:n]
		args = args[n:]
		values, cols := make([]row.Datum, n), make([]fn.Arg, n)
		null := false
		for j := range mine {
			values[j], cols[j] = mine[j].Datum(i), fn.Arg{Col: &mine[j]}
			null = null || values[j].Null
		}
		if null && call.Func.Strict {
			continue
		}
		c := fn.NewCall(u.ctx, 1, cols, nil, &sites[k], nil, nil)
		err := call.Func.Table(c, values, func(r ...row.Datum) { made[k] = append(made[k], append(row.Row(nil), r...)) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (u *Unnest) emit(out, in *row.Batch, i int, made [][]row.Row) {
	rows := 0
	for _, m := range made {
		rows = max(rows, len(m))
	}
	for j := 0; j < rows; j++ {
		at := 0
		for _, k := range u.keep {
			out.Cols[at].AppendFrom(&in.Cols[k], i)
			at++
		}
		for k, call := range u.calls {
			for c := range call.Types {
				if j < len(made[k]) {
					out.Cols[at].Append(made[k][j][c])
				} else {
					out.Cols[at].AppendNull()
				}
				at++
			}
		}
		if u.ordinal {
			out.Cols[at].AppendInt(int64(j) + 1)
		}
		out.Weights = append(out.Weights, in.Weights[i])
	}
}
