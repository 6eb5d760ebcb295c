package table

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Change turns the rows of a bound write into the table's change and the number of
// rows that it concerns. A row that breaks a rule of the table is an error.
func Change(w *planner.Write, b *row.Batch, opts bind.Options, ctx *expr.Context) (*row.Batch, int64, error) {
	rules, err := NewRules(w.Rel, opts)
	if err != nil {
		return nil, 0, err
	}
	out := row.NewBatch(rules.types, 2*b.Len())
	n := int64(0)
	if w.New > 0 {
		fresh := b.Project(span(w.Old, w.Old+w.New))
		v := rules.judge(ctx, fresh)
		for i := range fresh.Len() {
			if err := v.row(i); err != nil {
				return nil, 0, err
			}
			out.AppendFrom(fresh, i, b.Weights[i])
		}
	}
	for i := range b.Len() {
		n += b.Weights[i]
		if w.Old > 0 {
			out.AppendRow(b.Row(i)[:w.Old], -b.Weights[i])
		}
	}
	if out.Len() == 0 {
		return nil, n, nil
	}
	if w.Old == 0 {
		return out, n, nil // in the order of the statement, for the error of the first bad row
	}
	return row.Consolidate(row.Delta{out}), n, nil
}

// span lists the numbers from..to-1.
func span(from, to int) []int {
	out := make([]int, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, i)
	}
	return out
}
