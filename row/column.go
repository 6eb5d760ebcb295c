package row

import "math"

// Column is the values of one attribute of a batch. Which slice is used follows
// from Type.Phys(). A column is append-only while it is built and read-only
// from then on; columns may be shared between batches.
//
// The slot of a NULL holds zero (an empty string in bytes columns), so that
// kernels may compute on it without looking.
type Column struct {
	Type   Type
	Nulls  []uint64 // bit set = NULL; nil or short when the rows past its end are not NULL
	Ints   []int64
	Floats []float64
	Data   []byte
	Offs   []uint32 // value i is Data[Offs[i]:Offs[i+1]]; len is rows+1, or 0 for no rows
}

// NewColumn makes an empty column with room for n rows.
func NewColumn(t Type, n int) Column {
	c := Column{Type: t}
	switch t.Phys() {
	case PhysInt:
		c.Ints = make([]int64, 0, n)
	case PhysFloat:
		c.Floats = make([]float64, 0, n)
	default:
		c.Offs = append(make([]uint32, 0, n+1), 0)
	}
	return c
}

// Len is the number of rows.
func (c *Column) Len() int {
	switch c.Type.Phys() {
	case PhysInt:
		return len(c.Ints)
	case PhysFloat:
		return len(c.Floats)
	default:
		return max(0, len(c.Offs)-1)
	}
}

// IsNull reports whether row i is NULL.
func (c *Column) IsNull(i int) bool {
	w := i >> 6
	return w < len(c.Nulls) && c.Nulls[w]&(1<<(uint(i)&63)) != 0
}

// HasNulls reports whether any row may be NULL.
func (c *Column) HasNulls() bool {
	for _, w := range c.Nulls {
		if w != 0 {
			return true
		}
	}
	return false
}

// SetNull marks row i NULL.
func (c *Column) SetNull(i int) {
	w := i >> 6
	for len(c.Nulls) <= w {
		c.Nulls = append(c.Nulls, 0)
	}
	c.Nulls[w] |= 1 << (uint(i) & 63)
}

// Bytes is row i of a bytes column. The result aliases the column.
func (c *Column) Bytes(i int) []byte { return c.Data[c.Offs[i]:c.Offs[i+1]:c.Offs[i+1]] }

// AppendInt appends to a PhysInt column.
func (c *Column) AppendInt(v int64) { c.Ints = append(c.Ints, v) }

// AppendFloat appends to a PhysFloat column.
func (c *Column) AppendFloat(v float64) { c.Floats = append(c.Floats, v) }

// AppendBytes appends a copy of v to a PhysBytes column.
func (c *Column) AppendBytes(v []byte) {
	c.Data = append(c.Data, v...)
	c.endBytes()
}

// AppendString appends to a PhysBytes column.
func (c *Column) AppendString(v string) {
	c.Data = append(c.Data, v...)
	c.endBytes()
}

// EndBytes ends a value that the caller appended to c.Data by itself.
func (c *Column) EndBytes() { c.endBytes() }

func (c *Column) endBytes() {
	if len(c.Offs) == 0 {
		c.Offs = append(c.Offs, 0)
	}
	if len(c.Data) > math.MaxUint32 {
		panic("row: a column's data is past 4 GiB; batches must be bounded")
	}
	c.Offs = append(c.Offs, uint32(len(c.Data)))
}

// AppendNull appends a NULL.
func (c *Column) AppendNull() {
	n := c.Len()
	switch c.Type.Phys() {
	case PhysInt:
		c.Ints = append(c.Ints, 0)
	case PhysFloat:
		c.Floats = append(c.Floats, 0)
	default:
		c.endBytes()
	}
	c.SetNull(n)
}

// Append appends a datum of the column's type.
func (c *Column) Append(d Datum) {
	if d.Null {
		c.AppendNull()
		return
	}
	switch c.Type.Phys() {
	case PhysInt:
		c.AppendInt(d.I)
	case PhysFloat:
		c.AppendFloat(d.F)
	default:
		c.AppendBytes(d.B)
	}
}

// AppendFrom appends row i of src, which must have the same physical form.
func (c *Column) AppendFrom(src *Column, i int) {
	if src.IsNull(i) {
		c.AppendNull()
		return
	}
	switch c.Type.Phys() {
	case PhysInt:
		c.Ints = append(c.Ints, src.Ints[i])
	case PhysFloat:
		c.Floats = append(c.Floats, src.Floats[i])
	default:
		c.AppendBytes(src.Bytes(i))
	}
}

// AppendColumn appends all rows of src, which must have the same physical form.
func (c *Column) AppendColumn(src *Column) {
	n := c.Len()
	switch c.Type.Phys() {
	case PhysInt:
		c.Ints = append(c.Ints, src.Ints...)
	case PhysFloat:
		c.Floats = append(c.Floats, src.Floats...)
	default:
		if len(c.Offs) == 0 {
			c.Offs = append(c.Offs, 0)
		}
		base := uint64(len(c.Data))
		if base+uint64(len(src.Data)) > math.MaxUint32 {
			panic("row: a column's data is past 4 GiB; batches must be bounded")
		}
		c.Data = append(c.Data, src.Data...)
		for _, o := range src.Offs[min(1, len(src.Offs)):] {
			c.Offs = append(c.Offs, uint32(base)+o)
		}
	}
	if src.HasNulls() {
		for i, m := 0, src.Len(); i < m; i++ {
			if src.IsNull(i) {
				c.SetNull(n + i)
			}
		}
	}
}

// AppendGather appends the rows of src in sel, in that order; src must have the
// same physical form.
func (c *Column) AppendGather(src *Column, sel []int32) {
	n := c.Len()
	switch c.Type.Phys() {
	case PhysInt:
		for _, i := range sel {
			c.Ints = append(c.Ints, src.Ints[i])
		}
	case PhysFloat:
		for _, i := range sel {
			c.Floats = append(c.Floats, src.Floats[i])
		}
	default:
		for _, i := range sel {
			c.Data = append(c.Data, src.Data[src.Offs[i]:src.Offs[i+1]]...)
			c.endBytes()
		}
	}
	if src.HasNulls() {
		for j, i := range sel {
			if src.IsNull(int(i)) {
				c.SetNull(n + j)
			}
		}
	}
}

// Datum is row i. Its bytes alias the column.
func (c *Column) Datum(i int) Datum {
	if c.IsNull(i) {
		return NullDatum
	}
	switch c.Type.Phys() {
	case PhysInt:
		return Datum{I: c.Ints[i]}
	case PhysFloat:
		return Datum{F: c.Floats[i]}
	default:
		return Datum{B: c.Bytes(i)}
	}
}

// Reset empties the column and keeps its memory.
func (c *Column) Reset() {
	c.Nulls = c.Nulls[:0]
	c.Ints = c.Ints[:0]
	c.Floats = c.Floats[:0]
	c.Data = c.Data[:0]
	if cap(c.Offs) > 0 {
		c.Offs = append(c.Offs[:0], 0)
	}
}

// Truncate cuts the column to n rows.
func (c *Column) Truncate(n int) {
	switch c.Type.Phys() {
	case PhysInt:
		c.Ints = c.Ints[:n]
	case PhysFloat:
		c.Floats = c.Floats[:n]
	default:
		if len(c.Offs) > 0 {
			c.Offs = c.Offs[:n+1]
			c.Data = c.Data[:c.Offs[n]]
		}
	}
	c.truncateNulls(n)
}

func (c *Column) truncateNulls(n int) {
	if words := (n + 63) >> 6; words < len(c.Nulls) {
		c.Nulls = c.Nulls[:words]
	}
	if w := n >> 6; w < len(c.Nulls) {
		c.Nulls[w] &= 1<<(uint(n)&63) - 1
	}
}

// slice is the rows [from, to).
func (c *Column) slice(from, to int) Column {
	out := Column{Type: c.Type}
	if len(c.Nulls) > from>>6 {
		for w := from >> 6; w < min(len(c.Nulls), (to+63)>>6); w++ {
			bits := c.Nulls[w] >> (uint(from) & 63)
			if from&63 != 0 && w+1 < len(c.Nulls) {
				bits |= c.Nulls[w+1] << (64 - uint(from)&63)
			}
			out.Nulls = append(out.Nulls, bits)
		}
		out.truncateNulls(to - from)
	}
	switch c.Type.Phys() {
	case PhysInt:
		out.Ints = c.Ints[from:to:to]
	case PhysFloat:
		out.Floats = c.Floats[from:to:to]
	default:
		base, end := c.Offs[from], c.Offs[to]
		out.Data = c.Data[base:end:end]
		out.Offs = make([]uint32, to-from+1)
		for i := range out.Offs {
			out.Offs[i] = c.Offs[from+i] - base
		}
	}
	return out
}

// Gather makes a new column of the rows in sel, in that order.
func (c *Column) Gather(sel []int32) Column {
	out := NewColumn(c.Type, len(sel))
	switch c.Type.Phys() {
	case PhysInt:
		out.Ints = out.Ints[:len(sel)]
		for j, i := range sel {
			out.Ints[j] = c.Ints[i]
		}
	case PhysFloat:
		out.Floats = out.Floats[:len(sel)]
		for j, i := range sel {
			out.Floats[j] = c.Floats[i]
		}
	default:
		out.gatherBytes(c, sel)
	}
	if c.HasNulls() {
		for j, i := range sel {
			if c.IsNull(int(i)) {
				out.SetNull(j)
			}
		}
	}
	return out
}

func (c *Column) gatherBytes(from *Column, sel []int32) {
	size := 0
	for _, i := range sel {
		size += int(from.Offs[i+1] - from.Offs[i])
	}
	if size > math.MaxUint32 {
		panic("row: a column's data is past 4 GiB; batches must be bounded")
	}
	c.Data, c.Offs = make([]byte, size), c.Offs[:len(sel)+1]
	at := 0
	for j, i := range sel {
		at += copy(c.Data[at:], from.Data[from.Offs[i]:from.Offs[i+1]])
		c.Offs[j+1] = uint32(at)
	}
}
