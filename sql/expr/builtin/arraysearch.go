package builtin

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func holdsNull(a *row.ArrayElems) bool {
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		if d.Null {
			return true
		}
	}
	return false
}

func same(t row.Type, a, b row.Datum) bool {
	if a.Null || b.Null {
		return a.Null && b.Null
	}
	return row.CompareDatums(t, a, b) == 0
}

func arraySearch(r *fn.Registry) {
	oneDim := func(a *row.ArrayElems, what string) error {
		if len(a.Dims) > 1 {
			return pgerr.New(pgerr.FeatureNotSupported, "%s in multidimensional arrays is not supported", what)
		}
		return nil
	}
	r.Func("array_remove(anycompatiblearray, anycompatible) anycompatiblearray", fn.Rows(func(c *fn.Call, i int) error {
		return rebuild(c, i, func(a *row.ArrayElems) error {
			if len(a.Dims) > 1 {
				return pgerr.New(pgerr.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
			}
			return nil
		}, func(t row.Type, d row.Datum) (row.Datum, bool) { return d, !same(t, d, c.Args[1].Datum(i)) })
	}), fn.NotStrict, fn.Equates)
	r.Func("array_replace(anycompatiblearray, anycompatible, anycompatible) anycompatiblearray", fn.Rows(func(c *fn.Call, i int) error {
		return rebuild(c, i, func(*row.ArrayElems) error { return nil }, func(t row.Type, d row.Datum) (row.Datum, bool) {
			if same(t, d, c.Args[1].Datum(i)) {
				return c.Args[2].Datum(i), true
			}
			return d, true
		})
	}), fn.NotStrict, fn.Equates)
	position := fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			return fn.ErrNull
		}
		a := arrayArg(c, 0, i)
		if err := oneDim(a, "searching for elements"); err != nil {
			return err
		}
		if a.N == 0 || c.Args[1].IsNull(i) && !holdsNull(arrayArg(c, 0, i)) {
			return fn.ErrNull // before the other arguments are looked at, as PostgreSQL does
		}
		from := int64(0)
		if len(c.Args) > 2 {
			if c.Args[2].IsNull(i) {
				return pgerr.New(pgerr.NullValueNotAllowed, "initial position must not be null")
			}
			from = c.Args[2].Int(i)
		}
		at := int64(1)
		if len(a.Dims) == 1 {
			at = int64(a.Dims[0].Lower)
		}
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			if (len(c.Args) < 3 || at >= from) && same(a.Elem, d, c.Args[1].Datum(i)) {
				c.Out.AppendInt(at)
				return nil
			}
			at++
		}
		return fn.ErrNull
	})
	r.Func("array_position(anycompatiblearray, anycompatible) int4", position, fn.NotStrict, fn.Equates)
	r.Func("array_position(anycompatiblearray, anycompatible, int4) int4", position, fn.NotStrict, fn.Equates)
	r.Func("array_positions(anycompatiblearray, anycompatible) int4[]", fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			return fn.ErrNull
		}
		a := arrayArg(c, 0, i)
		if err := oneDim(a, "searching for elements"); err != nil {
			return err
		}
		b := row.NewArrayBuilder(row.ArrayOf(row.Int4))
		at := int64(1)
		if len(a.Dims) == 1 {
			at = int64(a.Dims[0].Lower)
		}
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			if same(a.Elem, d, c.Args[1].Datum(i)) {
				b.Append(row.IntDatum(at))
			}
			at++
		}
		finishArray(c, b, nil)
		return nil
	}), fn.NotStrict, fn.Equates)
}

// rebuild maps or drops the elements of the array that is the first argument.
func rebuild(c *fn.Call, i int, check func(*row.ArrayElems) error, f func(t row.Type, d row.Datum) (row.Datum, bool)) error {
	if c.Args[0].IsNull(i) {
		return fn.ErrNull
	}
	a := arrayArg(c, 0, i)
	if err := check(a); err != nil {
		return err
	}
	b := row.NewArrayBuilder(c.Out.Type)
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		if v, keep := f(a.Elem, d); keep {
			b.Append(v)
		}
	}
	dims := slices.Clone(a.Dims)
	if len(dims) == 1 {
		dims[0].Len = b.Len()
	}
	finishArray(c, b, dims)
	return nil
}
