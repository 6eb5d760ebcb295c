package scan

import "github.com/tarndb/tarn/row"

// Widened is a batch of some of a relation's columns with the others, empty, beside them.
func Widened(b *row.Batch, types []row.Type, attrs []int) *row.Batch {
	out := &row.Batch{Cols: make([]row.Column, len(types)), Weights: b.Weights}
	for i, t := range types {
		out.Cols[i] = row.NewColumn(t, 0)
	}
	for i, a := range attrs {
		out.Cols[a] = b.Cols[i]
	}
	return out
}

// Choose lists the types of some columns.
func Choose(types []row.Type, cols []int) []row.Type {
	out := make([]row.Type, len(cols))
	for i, c := range cols {
		out[i] = types[c]
	}
	return out
}
