package builtin

import (
	"slices"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// The functions below are what an assignment to a part of a column means: the column's
// new value, of the old one, the value assigned, and the subscripts. No name calls them.

func partFunction(t, value row.Type, subscripts []row.Type, k fn.Kernel) *fn.Function {
	f := &fn.Function{Name: "assign", Params: []fn.ArgType{{Type: t}, {Type: value}}, Result: fn.ArgType{Type: t}, Kernel: k}
	for _, s := range subscripts {
		f.Params = append(f.Params, fn.ArgType{Type: s})
	}
	return f
}

// AssignElement is array[i][j]... = value.
func AssignElement(t row.Type, subscripts int) *fn.Function {
	return partFunction(t, t.ElemType(), slices.Repeat([]row.Type{row.T(row.Int4)}, subscripts), fn.Rows(func(c *fn.Call, i int) error {
		p, err := newPart(t, c, i, 2)
		if err == nil {
			err = p.setElement(c.Args[1].Datum(i))
		}
		if err == nil {
			p.finish(c.Out)
		}
		return err
	}))
}

// AssignSlice is array[i:j][k:l]... = array. Of the bounds, lower and upper ones in
// turn, open tells those that are left out: they have no parameter.
func AssignSlice(t row.Type, open []bool) *fn.Function {
	given := 0
	for _, o := range open {
		if !o {
			given++
		}
	}
	return partFunction(t, t.Base(), slices.Repeat([]row.Type{row.T(row.Int4)}, given), fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[1].IsNull(i) {
			c.Out.AppendFrom(c.Args[0].Col, c.Args[0].At(i))
			return nil
		}
		p, err := newPart(t, c, i, 2)
		if err == nil {
			err = p.setSlice(open, row.NewArrayElems(t, c.Args[1].Bytes(i)).All())
		}
		if err == nil {
			p.finish(c.Out)
		}
		return err
	}))
}

// part is an array that is being changed.
type part struct {
	typ   row.Type
	dims  []row.Dim
	elems []row.Datum
	at    []int // the subscripts
}

func newPart(t row.Type, c *fn.Call, i, first int) (*part, error) {
	p := &part{typ: t}
	if !c.Args[0].IsNull(i) {
		a := row.NewArrayElems(t, c.Args[0].Bytes(i))
		p.dims, p.elems = slices.Clone(a.Dims), a.All()
	}
	for k := first; k < len(c.Args); k++ {
		if c.Args[k].IsNull(i) {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "array subscript in assignment must not be null")
		}
		p.at = append(p.at, int(c.Args[k].Int(i)))
	}
	return p, nil
}

func (p *part) finish(out *row.Column) {
	b := row.NewArrayBuilder(p.typ)
	for _, d := range p.elems {
		b.Append(d)
	}
	out.Data = b.FinishDims(out.Data, p.dims)
	out.EndBytes()
}

func (p *part) setElement(v row.Datum) error {
	switch {
	case len(p.dims) == 0:
		for _, at := range p.at {
			p.dims = append(p.dims, row.Dim{Len: 1, Lower: at})
		}
		p.elems = []row.Datum{v}
		return nil
	case len(p.dims) != len(p.at):
		return arrayError("wrong number of array subscripts")
	case len(p.dims) == 1:
		if err := p.extend(p.at[0], p.at[0]); err != nil {
			return err
		}
	}
	to := 0
	for k, d := range p.dims {
		x := p.at[k] - d.Lower
		if x < 0 || x >= d.Len {
			return arrayError("array subscript out of range")
		}
		to = to*d.Len + x
	}
	p.elems[to] = v
	return nil
}

// extend makes an array of one dimension reach from lower to upper; what is new is NULL.
func (p *part) extend(lower, upper int) error {
	d := &p.dims[0]
	before, after := max(d.Lower-lower, 0), max(upper-(d.Lower+d.Len-1), 0)
	if before+after+d.Len > row.MaxArrayElems {
		return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", row.MaxArrayElems)
	}
	if before > 0 {
		p.elems = append(slices.Repeat([]row.Datum{row.NullDatum}, before), p.elems...)
	}
	p.elems = append(p.elems, slices.Repeat([]row.Datum{row.NullDatum}, after)...)
	d.Lower, d.Len = d.Lower-before, d.Len+before+after
	return nil
}

func (p *part) setSlice(open []bool, from []row.Datum) error {
	given := p.at
	bound := func(k, otherwise int) int {
		if open[k] {
			return otherwise
		}
		v := given[0]
		given = given[1:]
		return v
	}
	n := len(open) / 2
	if len(p.dims) == 0 && slices.Contains(open, true) {
		return pgerr.New(pgerr.ArraySubscriptError, "array slice subscript must provide both boundaries").
			WithDetail("When assigning to a slice of an empty array value, slice boundaries must be fully specified.")
	}
	if len(p.dims) > 0 && len(p.dims) < n {
		return arrayError("wrong number of array subscripts")
	}
	var box []row.Dim
	size := 1
	for k := range max(n, len(p.dims)) {
		d := row.Dim{}
		if k < len(p.dims) {
			d = p.dims[k]
		}
		if k < n {
			lower := bound(2*k, d.Lower)
			upper := bound(2*k+1, d.Lower+d.Len-1)
			if lower > upper {
				return arrayError("upper bound cannot be less than lower bound")
			}
			d = row.Dim{Lower: lower, Len: upper - lower + 1}
		}
		box, size = append(box, d), size*d.Len
	}
	if size > len(from) {
		return arrayError("source array too small")
	}
	switch {
	case len(p.dims) == 0:
		p.dims, p.elems = box, from[:size]
		return nil
	case len(p.dims) == 1:
		if err := p.extend(box[0].Lower, box[0].Lower+box[0].Len-1); err != nil {
			return err
		}
	}
	return p.fill(box, from)
}

// fill puts values into a box of the array, in order.
func (p *part) fill(box []row.Dim, from []row.Datum) error {
	for k, d := range p.dims {
		if box[k].Lower < d.Lower || box[k].Lower+box[k].Len > d.Lower+d.Len {
			return arrayError("array subscript out of range")
		}
	}
	for at := range p.elems {
		inside, rest := true, at
		for k := len(p.dims) - 1; k >= 0; k-- {
			x := rest%p.dims[k].Len + p.dims[k].Lower - box[k].Lower
			rest /= p.dims[k].Len
			inside = inside && x >= 0 && x < box[k].Len
		}
		if inside {
			p.elems[at], from = from[0], from[1:]
		}
	}
	return nil
}

// AssignMember is jsonb[key][index]... = value. array says that the first subscript
// is a number: a NULL becomes an array then, else an object.
func AssignMember(subscripts int, array bool) *fn.Function {
	t := row.T(row.JSONB)
	return partFunction(t, t, slices.Repeat([]row.Type{row.T(row.Text)}, subscripts), fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		v, to := []byte("{}"), []byte("null")
		if array {
			v = []byte("[]")
		}
		if !c.Args[0].IsNull(i) {
			v = c.Args[0].Bytes(i)
		}
		if !c.Args[1].IsNull(i) {
			to = c.Args[1].Bytes(i)
		}
		var path []string
		for k := 2; k < len(c.Args); k++ {
			if c.Args[k].IsNull(i) {
				return dst, pgerr.New(pgerr.NullValueNotAllowed, "jsonb subscript in assignment must not be null")
			}
			path = append(path, string(c.Args[k].Bytes(i)))
		}
		text, err := assignMember(v, path, to, 1)
		if err != nil {
			return dst, err
		}
		return canonical(dst, text)
	}))
}

// assignMember gives v with the value put in at the path, whose first element has the
// given position. What is missing on the way is made.
func assignMember(v []byte, path []string, to []byte, position int) ([]byte, error) {
	if len(path) == 0 {
		return to, nil
	}
	switch jsonb.KindOf(v) {
	case jsonb.Object:
		return assignField(v, path, to, position)
	case jsonb.Array:
		return assignIndex(v, path, to, position)
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
		WithDetail("The path assumes key is a composite object, but it is a scalar value.")
}

func assignField(v []byte, path []string, to []byte, position int) ([]byte, error) {
	out, done := []byte{'{'}, false
	m := membersOf(v)
	for key, value, ok := m.next(); ok; key, value, ok = m.next() {
		if plainKey(key, path[0]) {
			inner, err := assignMember(value, path[1:], to, position+1)
			if err != nil {
				return nil, err
			}
			value, done = inner, true
		}
		out = appendMember(out, key, value)
	}
	if !done {
		out = appendMember(out, jsonb.AppendQuoted(nil, []byte(path[0])), made(path[1:], to))
	}
	return append(out, '}'), nil
}

func assignIndex(v []byte, path []string, to []byte, position int) ([]byte, error) {
	at, err := strconv.ParseInt(path[0], 10, 32)
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidTextRepresentation, "path element at position %d is not an integer: \"%s\"", position, path[0])
	}
	n := int64(jsonLen(v))
	if at < 0 {
		if -at > n {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "path element at position %d is out of range: %d", position, at)
		}
		at += n
	}
	out, i := []byte{'['}, int64(0)
	m := membersOf(v)
	for _, value, ok := m.next(); ok; _, value, ok = m.next() {
		if i == at {
			if value, err = assignMember(value, path[1:], to, position+1); err != nil {
				return nil, err
			}
		}
		out = appendMember(out, nil, value)
		i++
	}
	for ; i < at; i++ {
		out = appendMember(out, nil, []byte("null"))
	}
	if i == at {
		out = appendMember(out, nil, made(path[1:], to))
	}
	return append(out, ']'), nil
}

// made is the value within what a path makes: arrays where it has numbers.
func made(path []string, to []byte) []byte {
	for k := len(path) - 1; k >= 0; k-- {
		at, err := strconv.ParseInt(path[k], 10, 32)
		if err != nil {
			to = append(appendMember([]byte{'{'}, jsonb.AppendQuoted(nil, []byte(path[k])), to), '}')
			continue
		}
		out := []byte{'['}
		for ; at > 0; at-- {
			out = appendMember(out, nil, []byte("null"))
		}
		to = append(appendMember(out, nil, to), ']')
	}
	return to
}
