package builtin

import (
	"math"
	"math/big"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// decimalMore declares the functions on numerics that take more than arithmetic.
func decimalMore(r *fn.Registry) {
	r.Func("width_bucket(numeric, numeric, numeric, int4) int4", fn.Rows(decimalBucket))
	r.Func("lcm(numeric, numeric) numeric", dec2(decimalLCM))
}

func decimalLCM(a, b decimal) (decimal, error) {
	if !a.IsFinite() || !b.IsFinite() {
		return numeric.NaN, nil
	}
	scale := max(a.Scale(), b.Scale())
	x, y := a.Abs().Round(scale).Coefficient(), b.Abs().Round(scale).Coefficient()
	if x.Sign() == 0 || y.Sign() == 0 {
		return numeric.FromBig(new(big.Int), scale), nil
	}
	m := new(big.Int).GCD(nil, nil, x, y)
	m.Mul(m.Quo(x, m), y)
	if len(m.String())-scale > numeric.MaxIntDigits {
		return numeric.Zero, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	return numeric.FromBig(m, scale), nil
}

// decimalBucket numbers the buckets between two bounds, which may be given in
// either order, from 1; what is outside is in bucket 0 or in one more than there are.
func decimalBucket(c *fn.Call, i int) error {
	x, lo, hi := numeric.Decode(c.Args[0].Bytes(i)), numeric.Decode(c.Args[1].Bytes(i)), numeric.Decode(c.Args[2].Bytes(i))
	n := c.Args[3].Int(i)
	bad := func(message string) error { return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", message) }
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case x.IsNaN() || lo.IsNaN() || hi.IsNaN():
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case !lo.IsFinite() || !hi.IsFinite():
		return bad("lower and upper bounds must be finite")
	case lo.Cmp(hi) == 0:
		return bad("lower bound cannot equal upper bound")
	}
	down := lo.Cmp(hi) > 0
	before, after := x.Cmp(lo) < 0, x.Cmp(hi) >= 0
	if down {
		before, after = x.Cmp(lo) > 0, x.Cmp(hi) <= 0
	}
	switch {
	case before:
		c.Out.AppendInt(0)
	case after:
		if n == math.MaxInt32 {
			return widths[1].overflow()
		}
		c.Out.AppendInt(n + 1)
	default:
		c.Out.AppendInt(bucketNumber(x, lo, hi, n))
	}
	return nil
}

// bucketNumber is n (x - lo) / (hi - lo), rounded down, and one.
func bucketNumber(x, lo, hi decimal, n int64) int64 {
	scale := max(x.Scale(), lo.Scale(), hi.Scale())
	whole := func(d decimal) *big.Int { return new(big.Int).Set(d.Round(scale).Coefficient()) }
	base := whole(lo)
	reach, span := whole(x), whole(hi)
	reach.Sub(reach, base)
	span.Sub(span, base)
	reach.Mul(reach, big.NewInt(n))
	reach.Quo(reach, span)
	return reach.Int64() + 1
}
