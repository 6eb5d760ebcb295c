package builtin

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// arrayConcat declares what joins arrays and elements.
func arrayConcat(r *fn.Registry) {
	appendElem := fn.Rows(func(c *fn.Call, i int) error { return joinElement(c, i, 0, 1, false) })
	prepend := fn.Rows(func(c *fn.Call, i int) error { return joinElement(c, i, 1, 0, true) })
	cat := fn.Rows(joinArrays)
	r.Func("array_append(anycompatiblearray, anycompatible) anycompatiblearray", appendElem, fn.NotStrict)
	r.Func("array_prepend(anycompatible, anycompatiblearray) anycompatiblearray", prepend, fn.NotStrict)
	r.Func("array_cat(anycompatiblearray, anycompatiblearray) anycompatiblearray", cat, fn.NotStrict)
	r.Op("||(anycompatiblearray, anycompatible) anycompatiblearray", appendElem, fn.NotStrict)
	r.Op("||(anycompatible, anycompatiblearray) anycompatiblearray", prepend, fn.NotStrict)
	r.Op("||(anycompatiblearray, anycompatiblearray) anycompatiblearray", cat, fn.NotStrict)
}

func joinElement(c *fn.Call, i, arr, elem int, front bool) error {
	b := row.NewArrayBuilder(c.Out.Type)
	lower := 1
	if !c.Args[arr].IsNull(i) {
		a := arrayArg(c, arr, i)
		if len(a.Dims) > 1 {
			return pgerr.New("22000", "argument must be empty or one-dimensional array")
		}
		if len(a.Dims) == 1 {
			lower = a.Dims[0].Lower
		}
		if front {
			b.Append(c.Args[elem].Datum(i))
		}
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			b.Append(d)
		}
	} else if front {
		b.Append(c.Args[elem].Datum(i))
	}
	if !front {
		b.Append(c.Args[elem].Datum(i))
	}
	finishArray(c, b, []row.Dim{{Len: b.Len(), Lower: lower}})
	return nil
}

func joinArrays(c *fn.Call, i int) error {
	for k := range c.Args {
		if c.Args[k].IsNull(i) {
			if c.Args[1-k].IsNull(i) {
				return fn.ErrNull
			}
			c.Out.AppendBytes(c.Args[1-k].Bytes(i))
			return nil
		}
	}
	x, y := arrayArg(c, 0, i), arrayArg(c, 1, i)
	switch {
	case x.N == 0:
		c.Out.AppendBytes(c.Args[1].Bytes(i))
		return nil
	case y.N == 0:
		c.Out.AppendBytes(c.Args[0].Bytes(i))
		return nil
	}
	dims, ok := joinDims(x.Dims, y.Dims)
	if !ok {
		return incompatible(len(x.Dims), len(y.Dims))
	}
	b := row.NewArrayBuilder(c.Out.Type)
	for _, a := range []*row.ArrayElems{x, y} {
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			b.Append(d)
		}
	}
	finishArray(c, b, dims)
	return nil
}

// incompatible is the error of joining arrays of so many dimensions.
func incompatible(x, y int) error {
	e := pgerr.New(pgerr.ArraySubscriptError, "cannot concatenate incompatible arrays")
	switch {
	case x == y:
		return e.WithDetail("Arrays with differing element dimensions are not compatible for concatenation.")
	case x == y+1, y == x+1:
		return e.WithDetail("Arrays with differing dimensions are not compatible for concatenation.")
	}
	return e.WithDetail("Arrays of %d and %d dimensions are not compatible for concatenation.", x, y)
}

func joinDims(x, y []row.Dim) ([]row.Dim, bool) {
	same := func(a, b []row.Dim) bool {
		return slices.Equal(a, b)
	}
	switch {
	case len(x) == len(y) && same(x[1:], y[1:]):
		out := slices.Clone(x)
		out[0].Len += y[0].Len
		return out, true
	case len(x) == len(y)+1 && same(x[1:], y):
		out := slices.Clone(x)
		out[0].Len++
		return out, true
	case len(x)+1 == len(y) && same(x, y[1:]):
		out := slices.Clone(y)
		out[0].Len++
		return out, true
	}
	return nil, false
}
