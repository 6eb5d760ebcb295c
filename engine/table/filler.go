package table

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Filler makes whole rows of a table from rows that have some of its columns: the
// others get their defaults and generated values.
type Filler struct {
	ctx    *expr.Context
	types  []row.Type
	from   []int                 // by column: where its value stands, -1 for none
	values map[int]*expr.Program // of columns without one, over the whole row
	later  map[int]bool          // those that read the others
}

// NewFiller compiles what the columns without a place in from need.
func NewFiller(rel *planner.Relation, from []int, opts bind.Options, ctx *expr.Context) (*Filler, error) {
	f := &Filler{ctx: ctx, from: from, values: map[int]*expr.Program{}, later: map[int]bool{}}
	for _, c := range rel.Columns {
		f.types = append(f.types, c.Type)
	}
	for i, c := range rel.Columns {
		if from[i] >= 0 || c.Default == nil && c.Generated == nil {
			continue
		}
		var e expr.Expr
		var err error
		if f.later[i] = c.Generated != nil; f.later[i] {
			e, err = bind.Generated(c.Generated, rel, c, opts)
		} else {
			e, err = bind.Default(c.Default, c, opts)
		}
		if err != nil {
			return nil, err
		}
		if f.values[i], err = expr.Compile([]expr.Expr{e}, f.types); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Fill makes the rows whole. The result shares columns with b.
func (f *Filler) Fill(b *row.Batch) (*row.Batch, error) {
	out := &row.Batch{Cols: make([]row.Column, len(f.types)), Weights: b.Weights}
	for i, from := range f.from {
		if from >= 0 {
			out.Cols[i] = b.Cols[from]
			continue
		}
		out.Cols[i] = row.NewColumn(f.types[i], b.Len())
		for range b.Len() {
			out.Cols[i].AppendNull()
		}
	}
	for _, later := range []bool{false, true} {
		for i := range f.types {
			if f.values[i] == nil || f.later[i] != later {
				continue
			}
			cols, errs := f.values[i].Eval(f.ctx, out, nil)
			if err := errs.First(); err != nil {
				return nil, err
			}
			out.Cols[i] = cols[0]
		}
	}
	return out, nil
}

// Judge gives the first row that breaks a rule of the table, -1 if none does.
func (r *Rules) Judge(ctx *expr.Context, rows *row.Batch) (int, error) {
	v := r.judge(ctx, rows)
	for i := range rows.Len() {
		if err := v.row(i); err != nil {
			return i, err
		}
	}
	return -1, nil
}
