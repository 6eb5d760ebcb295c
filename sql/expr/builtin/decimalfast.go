package builtin

import (
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Kernels over numerics in the small form, whose coefficient is an int64: they
// work on the bytes, and leave the others to Decimal.

// appendEach is fn.Append for what cannot fail.
func appendEach(f func(c *fn.Call, i int, dst []byte) []byte) fn.Kernel {
	return fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) { return f(c, i, dst), nil })
}

func intToNumeric(c *fn.Call, i int, dst []byte) []byte {
	return numeric.AppendSmall(dst, c.Args[0].Int(i), 0)
}

// smallOp is dec2 with a way for two small operands; fast reports whether it
// could do it.
func smallOp(slow func(a, b decimal) (decimal, error), fast func(a int64, s int, b int64, t int) (v int64, scale int, ok bool)) fn.Kernel {
	return fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		a, b := c.Args[0].Bytes(i), c.Args[1].Bytes(i)
		x, s, ok1 := numeric.DecodeSmall(a)
		y, t, ok2 := numeric.DecodeSmall(b)
		if ok1 && ok2 {
			if v, scale, ok := fast(x, s, y, t); ok {
				return numeric.AppendSmall(dst, v, scale), nil
			}
		}
		d, err := slow(numeric.Decode(a), numeric.Decode(b))
		if err != nil {
			return dst, err
		}
		return numeric.Append(dst, d), nil
	})
}

func addSmall(a int64, s int, b int64, t int) (int64, int, bool) {
	sum := a + b
	return sum, s, s == t && (sum > a) == (b > 0)
}

func subSmall(a int64, s int, b int64, t int) (int64, int, bool) {
	diff := a - b
	return diff, s, s == t && (diff < a) == (b > 0)
}

func mulSmall(a int64, s int, b int64, t int) (int64, int, bool) {
	v, ok := mulInt64(a, b)
	return v, s + t, ok && s+t < 64
}

// mulInt64 is the product where it fits.
func mulInt64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	high := int64(hi) - a>>63&b - b>>63&a
	return int64(lo), high == int64(lo)>>63
}

var powersOf10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// scaleTo is a coefficient at a greater scale.
func scaleTo(v int64, from, to int) (int64, bool) {
	if to-from >= len(powersOf10) {
		return 0, false
	}
	return mulInt64(v, powersOf10[to-from])
}

// compareNumerics has a way for a constant on the right.
func compareNumerics(op fn.Comparison) fn.Kernel {
	general := compareWith(compareNumeric)(op)
	return func(c *fn.Call) {
		a, b := &c.Args[0], &c.Args[1]
		if !a.Const && b.Const {
			if v, scale, ok := numeric.DecodeSmall(b.Bytes(0)); ok {
				compareToSmall(c, op, v, scale)
				return
			}
		}
		general(c)
	}
}

// compareToSmall brings the constant to each row's scale, which is mostly the same.
func compareToSmall(c *fn.Call, op fn.Comparison, v int64, scale int) {
	out, col := results(c), c.Args[0].Col
	atScale, bound, fits := scale, v, true
	for i := range out {
		if c.Null(i) {
			continue
		}
		x, s, ok := numeric.DecodeSmall(col.Data[col.Offs[i]:col.Offs[i+1]])
		if ok && s != atScale {
			atScale, fits = s, false
			if s >= scale {
				bound, fits = scaleTo(v, scale, s)
			}
		}
		if ok && fits {
			out[i] = toBool(holds(op, orderInts(x, bound)))
		} else {
			out[i] = toBool(holds(op, compareNumeric(col, i, c.Args[1].Col, 0)))
		}
	}
}

// compareNumeric compares coefficients where the scales can be made equal.
func compareNumeric(a *row.Column, i int, b *row.Column, j int) int {
	x, s, ok1 := numeric.DecodeSmall(a.Bytes(i))
	y, t, ok2 := numeric.DecodeSmall(b.Bytes(j))
	if ok1 && ok2 {
		switch {
		case s < t:
			x, ok1 = scaleTo(x, s, t)
		case t < s:
			y, ok2 = scaleTo(y, t, s)
		}
		if ok1 && ok2 {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	return row.CompareValues(a, i, b, j)
}
