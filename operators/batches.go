package operators

import "github.com/tarndb/tarn/row"

// batches collects output rows in batches of a bounded size.
type batches struct {
	delta  row.Delta
	expect int // rows that the first batch makes room for
}

// room is a batch to which a row may be appended.
func (o *batches) room(types []row.Type) *row.Batch {
	n, reserve := len(o.delta), min(o.expect, row.BatchRows)
	if n > 0 {
		if o.delta[n-1].Len() < row.BatchRows {
			return o.delta[n-1]
		}
		reserve = row.BatchRows // there are many rows
	}
	b := row.NewBatch(types, reserve)
	o.delta = append(o.delta, b)
	return b
}

// rowsOut appends projections of rows.
type rowsOut struct {
	types []row.Type
	cols  []int // for each output column the row's column; -1: NULL
	batches
}

func (o *rowsOut) add(b *row.Batch, i int, w int64) {
	to := o.room(o.types)
	for c, from := range o.cols {
		if from < 0 {
			to.Cols[c].AppendNull()
		} else {
			to.Cols[c].AppendFrom(&b.Cols[from], i)
		}
	}
	to.Weights = append(to.Weights, w)
}

// take empties the collection.
func (o *batches) take() row.Delta {
	d := o.delta
	o.delta = nil
	return d
}
