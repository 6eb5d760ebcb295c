package builtin

import (
	"math"
	"math/big"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

type decimal = numeric.Decimal

// dec1 and dec2 make kernels of functions on decimals.
func dec1(f func(decimal) (decimal, error)) fn.Kernel {
	return fn.B1(func(_ *fn.Call, dst []byte, a []byte) ([]byte, error) {
		d, err := f(numeric.Decode(a))
		if err != nil {
			return dst, err
		}
		return numeric.Append(dst, d), nil
	})
}

func dec2(f func(a, b decimal) (decimal, error)) fn.Kernel {
	return fn.B2(func(_ *fn.Call, dst []byte, a, b []byte) ([]byte, error) {
		d, err := f(numeric.Decode(a), numeric.Decode(b))
		if err != nil {
			return dst, err
		}
		return numeric.Append(dst, d), nil
	})
}

func exact(f func(decimal) decimal) fn.Kernel {
	return dec1(func(d decimal) (decimal, error) { return f(d), nil })
}

func decimalOps(r *fn.Registry) {
	r.Op("+(numeric, numeric) numeric", smallOp(decimal.Add, addSmall))
	r.Op("-(numeric, numeric) numeric", smallOp(decimal.Sub, subSmall))
	r.Op("*(numeric, numeric) numeric", smallOp(decimal.Mul, mulSmall))
	r.Op("/(numeric, numeric) numeric", dec2(decimal.Div))
	r.Op("%(numeric, numeric) numeric", dec2(decimal.Mod))
	r.Op("-(numeric) numeric", exact(decimal.Neg), fn.NoError)
	r.Op("+(numeric) numeric", exact(func(d decimal) decimal { return d }), fn.NoError)
	r.Op("@(numeric) numeric", exact(decimal.Abs), fn.NoError)
	r.Op("^(numeric, numeric) numeric", dec2(decimalPower))
	r.Func("mod(numeric, numeric) numeric", dec2(decimal.Mod))
	r.Func("div(numeric, numeric) numeric", dec2(decimal.DivTrunc))
	r.Func("abs(numeric) numeric", exact(decimal.Abs), fn.NoError)
	r.Func("ceil(numeric) numeric", exact(decimal.Ceil), fn.NoError)
	r.Func("ceiling(numeric) numeric", exact(decimal.Ceil), fn.NoError)
	r.Func("floor(numeric) numeric", exact(decimal.Floor), fn.NoError)
	r.Func("round(numeric) numeric", exact(func(d decimal) decimal { return d.Round(0) }), fn.NoError)
	r.Func("trunc(numeric) numeric", exact(func(d decimal) decimal { return d.Trunc(0) }), fn.NoError)
	r.Func("round(numeric, int4) numeric", scaled(decimal.Round), fn.NoError)
	r.Func("trunc(numeric, int4) numeric", scaled(decimal.Trunc), fn.NoError)
	r.Func("trim_scale(numeric) numeric", exact(decimal.TrimScale), fn.NoError)
	r.Func("sign(numeric) numeric", exact(func(d decimal) decimal {
		if d.IsNaN() {
			return d
		}
		return numeric.FromInt64(int64(d.Sign()))
	}), fn.NoError)
	r.Func("scale(numeric) int4", scaleOf(decimal.Scale), fn.NoError)
	r.Func("min_scale(numeric) int4", scaleOf(decimal.MinScale), fn.NoError)
	r.Func("sqrt(numeric) numeric", dec1(decimalSqrt))
	r.Func("exp(numeric) numeric", dec1(decimalExp))
	r.Func("ln(numeric) numeric", dec1(decimalLn))
	ten := numeric.FromInt64(10)
	r.Func("log(numeric) numeric", dec1(func(d decimal) (decimal, error) { return decimalLog(ten, d) }))
	r.Func("log10(numeric) numeric", dec1(func(d decimal) (decimal, error) { return decimalLog(ten, d) }))
	r.Func("log(numeric, numeric) numeric", dec2(decimalLog))
	r.Func("power(numeric, numeric) numeric", dec2(decimalPower))
	r.Func("pow(numeric, numeric) numeric", dec2(decimalPower))
	r.Func("gcd(numeric, numeric) numeric", dec2(decimalGCD))
	r.Func("factorial(int8) numeric", fn.B1(func(_ *fn.Call, dst []byte, n int64) ([]byte, error) {
		switch {
		case n < 0:
			return dst, pgerr.New(pgerr.NumericValueOutOfRange, "factorial of a negative number is undefined")
		case n > 32177:
			return dst, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
		}
		return numeric.Append(dst, numeric.FromBig(new(big.Int).MulRange(1, n), 0)), nil
	}))
}

func scaleOf(f func(decimal) int) fn.Kernel {
	return fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
		d := numeric.Decode(a)
		if !d.IsFinite() {
			return 0, fn.ErrNull
		}
		return int64(f(d)), nil
	})
}

func scaled(f func(decimal, int) decimal) fn.Kernel {
	return fn.B2(func(_ *fn.Call, dst []byte, a []byte, scale int64) ([]byte, error) {
		n := int(min(max(scale, -numeric.MaxScale), numeric.MaxScale))
		return numeric.Append(dst, f(numeric.Decode(a), n)), nil
	})
}

func decimalGCD(a, b decimal) (decimal, error) {
	if !a.IsFinite() || !b.IsFinite() {
		return numeric.NaN, nil
	}
	scale := max(a.Scale(), b.Scale())
	x, y := a.Abs().Round(scale), b.Abs().Round(scale)
	return numeric.FromBig(new(big.Int).GCD(nil, nil, x.Coefficient(), y.Coefficient()), scale), nil
}

func decimalCasts(r *fn.Registry) {
	for _, w := range widths {
		r.Cast(w.typ+" -> numeric", fn.Implicit, appendEach(intToNumeric), fn.NoError)
		r.Cast("numeric -> "+w.typ, fn.Assignment, fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
			return numeric.Decode(a).ToInt64(w.name, w.lo, w.hi)
		}))
	}
	r.Cast("numeric -> float8", fn.Implicit, fn.F1(func(_ *fn.Call, a []byte) (float64, error) {
		return numeric.Decode(a).ToFloat64()
	}))
	r.Cast("numeric -> float4", fn.Implicit, fn.F1(func(_ *fn.Call, a []byte) (float64, error) { return toFloat4(numeric.Decode(a)) }))
	r.Cast("float8 -> numeric", fn.Assignment, fn.B1(func(_ *fn.Call, dst []byte, a float64) ([]byte, error) {
		return numeric.Append(dst, numeric.FromFloat64(a)), nil
	}), fn.NoError)
	r.Cast("float4 -> numeric", fn.Assignment, fn.B1(func(_ *fn.Call, dst []byte, a float64) ([]byte, error) {
		return numeric.Append(dst, numeric.FromFloat32(float32(a))), nil
	}), fn.NoError)
}

func toFloat4(d numeric.Decimal) (float64, error) {
	f, err := d.ToFloat64()
	if v := float64(float32(f)); err == nil && (math.IsInf(v, 0) != math.IsInf(f, 0) || v == 0 && f != 0) {
		return 0, pgerr.New(pgerr.NumericValueOutOfRange, "\"%s\" is out of range for type real", d)
	}
	return float64(float32(f)), err
}
