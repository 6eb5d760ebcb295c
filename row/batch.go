package row

// Batch is columns of rows with a weight for each: +1 insert, -1 retract, and
// any other integer. A batch is a Z-set once it is consolidated. Whoever is
// given a batch reads it; only its maker may append.
type Batch struct {
	Cols    []Column
	Weights []int64
}

// BatchRows is the size that producers of batches aim at.
const BatchRows = 4096

// NewBatch makes an empty batch of the given column types with room for n rows.
func NewBatch(types []Type, n int) *Batch {
	b := &Batch{Cols: make([]Column, len(types)), Weights: make([]int64, 0, n)}
	for i, t := range types {
		b.Cols[i] = NewColumn(t, n)
	}
	return b
}

// Len is the number of rows (weights may be any integer, zero included).
func (b *Batch) Len() int { return len(b.Weights) }

// Total is how many rows there are, each as often as its weight says.
func (b *Batch) Total() int64 {
	n := int64(0)
	for _, w := range b.Weights {
		n += w
	}
	return n
}

// Bytes is about the memory that the rows occupy.
func (b *Batch) Bytes() int64 {
	n := int64(8 * len(b.Weights))
	for i := range b.Cols {
		c := &b.Cols[i]
		n += int64(8*(len(c.Ints)+len(c.Floats)+len(c.Nulls)) + len(c.Data) + 4*len(c.Offs))
	}
	return n
}

// Types lists the column types.
func (b *Batch) Types() []Type {
	out := make([]Type, len(b.Cols))
	for i := range b.Cols {
		out[i] = b.Cols[i].Type
	}
	return out
}

// AppendRow appends a row outside a batch, copying it.
func (b *Batch) AppendRow(r Row, weight int64) {
	for i := range b.Cols {
		b.Cols[i].Append(r[i])
	}
	b.Weights = append(b.Weights, weight)
}

// AppendFrom appends row i of src, which has the same types, with a weight.
func (b *Batch) AppendFrom(src *Batch, i int, weight int64) {
	for c := range b.Cols {
		b.Cols[c].AppendFrom(&src.Cols[c], i)
	}
	b.Weights = append(b.Weights, weight)
}

// Row copies row i out of the batch; its bytes alias the batch.
func (b *Batch) Row(i int) Row {
	r := make(Row, len(b.Cols))
	for c := range b.Cols {
		r[c] = b.Cols[c].Datum(i)
	}
	return r
}

// Gather makes a new batch of the rows in sel, in that order.
func (b *Batch) Gather(sel []int32) *Batch {
	out := &Batch{Cols: make([]Column, len(b.Cols)), Weights: make([]int64, len(sel))}
	for c := range b.Cols {
		out.Cols[c] = b.Cols[c].Gather(sel)
	}
	for j, i := range sel {
		out.Weights[j] = b.Weights[i]
	}
	return out
}

// Project makes a batch that shares the chosen columns and the weights with b.
func (b *Batch) Project(cols []int) *Batch {
	out := &Batch{Cols: make([]Column, len(cols)), Weights: b.Weights}
	for i, c := range cols {
		out.Cols[i] = b.Cols[c]
	}
	return out
}

// Slice is the rows [from, to). It shares the values' memory.
func (b *Batch) Slice(from, to int) *Batch {
	out := &Batch{Cols: make([]Column, len(b.Cols)), Weights: b.Weights[from:to:to]}
	for i := range b.Cols {
		if c := &b.Cols[i]; c.Len() > 0 {
			out.Cols[i] = c.slice(from, to)
		} else {
			out.Cols[i].Type = c.Type // left out: nobody reads it
		}
	}
	return out
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	for c := range b.Cols {
		b.Cols[c].Reset()
	}
	b.Weights = b.Weights[:0]
}

// Delta is a change to a collection: the sum of its batches. nil is no change.
type Delta []*Batch

// Bytes is about the memory that the rows occupy.
func (d Delta) Bytes() int64 {
	n := int64(0)
	for _, b := range d {
		n += b.Bytes()
	}
	return n
}

// Rows counts the rows of all batches.
func (d Delta) Rows() int {
	n := 0
	for _, b := range d {
		n += b.Len()
	}
	return n
}

// InOne puts the delta's rows, which have the columns' types, into one batch; that of a
// delta of one batch is that batch.
func (d Delta) InOne(types []Type) *Batch {
	if len(d) == 1 {
		return d[0]
	}
	out := NewBatch(types, d.Rows())
	for _, b := range d {
		for c := range out.Cols {
			out.Cols[c].AppendColumn(&b.Cols[c])
		}
		out.Weights = append(out.Weights, b.Weights...)
	}
	return out
}
