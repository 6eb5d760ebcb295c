package fn

import (
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// SystemFunc declares a function that Context.System answers. Such functions are
// stable at best: they look at the server.
func (r *Registry) SystemFunc(signature string, props ...Property) *Function {
	f := r.Func(signature, nil, props...)
	f.Kernel, f.System = systemKernel(f.Name), true
	f.Volatility = max(f.Volatility, Stable)
	return f
}

func systemKernel(name string) Kernel {
	return Rows(func(c *Call, i int) error {
		if c.Ctx == nil || c.Ctx.System == nil {
			return pgerr.New(pgerr.FeatureNotSupported, "%s is not available here", name)
		}
		types, args := make([]row.Type, len(c.Args)), make([]row.Datum, len(c.Args))
		for k := range c.Args {
			types[k], args[k] = c.Args[k].Col.Type, c.Args[k].Datum(i)
		}
		d, err := c.Ctx.System.Call(name, types, args)
		if err != nil {
			return err
		}
		c.Out.Append(d)
		return nil
	})
}

// CallColumn runs a function over whole columns, outside a program; the first
// row that fails fails the call.
func CallColumn(ctx *Context, f *Function, cols []*row.Column, out *row.Column) error {
	n := cols[0].Len()
	args := make([]Arg, len(cols))
	var nulls []uint64
	for i, col := range cols {
		args[i] = Arg{Col: col}
		if f.Strict {
			nulls = OrNulls(nulls, col.Nulls, n)
		}
	}
	var site any
	var first error
	c := NewCall(ctx, n, args, out, &site, nulls, func(_ int, err error) {
		if first == nil {
			first = err
		}
	})
	f.Kernel(c)
	SetNulls(out, nulls)
	return first
}

// OrNulls is the union of two null bitmaps of n rows; it may return one of them.
func OrNulls(a, b []uint64, n int) []uint64 {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]uint64, max(len(a), len(b)))
	copy(out, a)
	for i, w := range b {
		out[i] |= w
	}
	return out
}

// SetNulls marks the rows of a bitmap NULL and zeroes what kernels left there.
func SetNulls(c *row.Column, nulls []uint64) {
	n := c.Len()
	for w, word := range nulls {
		for ; word != 0; word &= word - 1 {
			i := w<<6 + bits.TrailingZeros64(word)
			if i >= n {
				return
			}
			c.SetNull(i)
			switch c.Type.Phys() {
			case row.PhysInt:
				c.Ints[i] = 0
			case row.PhysFloat:
				c.Floats[i] = 0
			}
		}
	}
}
