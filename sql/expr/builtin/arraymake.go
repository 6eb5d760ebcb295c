package builtin

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

const maxArrayDims = 6

// arrayMakeFuncs declares what makes arrays of other things, cuts them, or looks
// values up in them.
func arrayMakeFuncs(r *fn.Registry) {
	fill := fn.Rows(fillArray)
	r.Func("array_fill(anyelement, int4[]) anyarray", fill, fn.NotStrict)
	r.Func("array_fill(anyelement, int4[], int4[]) anyarray", fill, fn.NotStrict)
	r.Func("trim_array(anyarray, int4) anyarray", fn.Rows(trimArray))
	r.Func("width_bucket(anycompatible, anycompatiblearray) int4", fn.Rows(bucketOf), fn.Orders)
	count := func(nulls bool) fn.Kernel {
		return fn.Rows(func(c *fn.Call, i int) error {
			n := int64(0)
			for k := range c.Args {
				n += toBool(c.Args[k].IsNull(i) == nulls)
			}
			c.Out.AppendInt(n)
			return nil
		})
	}
	r.Func("num_nulls(variadic any) int4", count(true), fn.NotStrict, fn.NoError)
	r.Func("num_nonnulls(variadic any) int4", count(false), fn.NotStrict, fn.NoError)
}

func wrongSubscripts(detail string) error {
	return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts").WithDetail("%s", detail)
}

// fillDims reads one of array_fill's lists of numbers.
func fillDims(c *fn.Call, k, i int) ([]int64, error) {
	a := arrayArg(c, k, i)
	if len(a.Dims) > 1 {
		return nil, wrongSubscripts("Dimension array must be one dimensional.")
	}
	out := make([]int64, 0, a.N)
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		if d.Null {
			return nil, pgerr.New(pgerr.NullValueNotAllowed, "dimension values cannot be null")
		}
		out = append(out, d.I)
	}
	return out, nil
}

func fillArray(c *fn.Call, i int) error {
	for k := 1; k < len(c.Args); k++ {
		if c.Args[k].IsNull(i) {
			return pgerr.New(pgerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
		}
	}
	lens, err := fillDims(c, 1, i)
	if err != nil {
		return err
	}
	if len(lens) > maxArrayDims {
		return pgerr.New(pgerr.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(lens), maxArrayDims)
	}
	var lowers []int64
	if len(c.Args) > 2 {
		if lowers, err = fillDims(c, 2, i); err != nil {
			return err
		}
		if len(lowers) != len(lens) {
			return wrongSubscripts("Low bound array has different size than dimensions array.")
		}
	}
	n := int64(len(lens))
	dims := make([]row.Dim, len(lens))
	for k, l := range lens {
		dims[k] = row.Dim{Len: int(l), Lower: 1}
		if lowers != nil {
			dims[k].Lower = int(lowers[k])
		}
		if k == 0 {
			n = 1
		}
		if n *= l; l < 0 || n > row.MaxArrayElems {
			return pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", row.MaxArrayElems)
		}
	}
	b := row.NewArrayBuilder(c.Out.Type)
	value := c.Args[0].Datum(i)
	for range n {
		b.Append(value)
	}
	finishArray(c, b, dims)
	return nil
}

// trimArray drops elements at the end of the first dimension.
func trimArray(c *fn.Call, i int) error {
	a, n := arrayArg(c, 0, i), c.Args[1].Int(i)
	length := int64(0)
	if len(a.Dims) > 0 {
		length = int64(a.Dims[0].Len)
	}
	if n < 0 || n > length {
		return arrayError("number of elements to trim must be between 0 and %d", length)
	}
	b := row.NewArrayBuilder(c.Out.Type)
	dims := make([]row.Dim, len(a.Dims))
	keep := length - n
	for k, d := range a.Dims {
		dims[k] = row.Dim{Len: d.Len, Lower: 1}
		if k == 0 {
			dims[k].Len = int(keep)
		} else {
			keep *= int64(d.Len)
		}
	}
	for ; keep > 0; keep-- {
		d, ok := a.Next()
		if !ok {
			return a.Err()
		}
		b.Append(d)
	}
	finishArray(c, b, dims)
	return nil
}

// bucketOf is how many of the sorted thresholds are not greater than the value.
func bucketOf(c *fn.Call, i int) error {
	a := arrayArg(c, 1, i)
	if len(a.Dims) > 1 {
		return arrayError("thresholds must be one-dimensional array")
	}
	bounds := a.All()
	for _, d := range bounds {
		if d.Null {
			return pgerr.New(pgerr.NullValueNotAllowed, "thresholds array must not contain NULLs")
		}
	}
	value := c.Args[0].Datum(i)
	lo, hi := 0, len(bounds)
	for lo < hi {
		if mid := (lo + hi) / 2; row.CompareDatums(a.Elem, value, bounds[mid]) < 0 {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	c.Out.AppendInt(int64(lo))
	return nil
}
