package builtin

import (
	"math"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func floatOverflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: underflow")
}

// arithmetic is a binary operation on floats and when its result is out of range.
type arithmetic struct {
	symbol string
	apply  func(a, b float64) float64
	// zero reports that a result of 0 is exact.
	zero func(a, b float64) bool
}

var floatArithmetic = []arithmetic{
	{"+", func(a, b float64) float64 { return a + b }, func(a, b float64) bool { return true }},
	{"-", func(a, b float64) float64 { return a - b }, func(a, b float64) bool { return true }},
	{"*", func(a, b float64) float64 { return a * b }, func(a, b float64) bool { return a == 0 || b == 0 }},
	{"/", func(a, b float64) float64 { return a / b }, func(a, b float64) bool { return a == 0 || math.IsInf(b, 0) }},
}

func floatOps(r *fn.Registry) {
	for _, a := range []string{"float4", "float8"} {
		for _, b := range []string{"float4", "float8"} {
			out := "float8"
			if a == b {
				out = a
			}
			for _, op := range floatArithmetic {
				r.Op(op.symbol+"("+a+", "+b+") "+out, floatKernel(op, out == "float4"))
			}
		}
		sig := "(" + a + ") " + a
		r.Op("-"+sig, float1(func(x float64) float64 { return -x }), fn.NoError)
		r.Op("+"+sig, float1(func(x float64) float64 { return x }), fn.NoError)
		r.Op("@"+sig, float1(math.Abs), fn.NoError)
		r.Func("abs"+sig, float1(math.Abs), fn.NoError)
	}
}

func float1(f func(float64) float64) fn.Kernel {
	return fn.F1(func(_ *fn.Call, a float64) (float64, error) { return f(a), nil })
}

func floatKernel(op arithmetic, single bool) fn.Kernel {
	return func(c *fn.Call) {
		a, b := &c.Args[0], &c.Args[1]
		for i := 0; i < c.N; i++ {
			x, y := a.Float(i), b.Float(i)
			v, err := op.checked(x, y, single)
			c.Out.AppendFloat(v)
			if err != nil {
				c.Fail(i, err)
			}
		}
	}
}

func (op arithmetic) checked(x, y float64, single bool) (float64, error) {
	if op.symbol == "/" && y == 0 && x == x {
		return 0, divisionByZero()
	}
	v := op.apply(x, y)
	if single {
		v = float64(float32(v))
	}
	switch {
	case math.IsInf(v, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0):
		return 0, floatOverflow()
	case v == 0 && !op.zero(x, y):
		return 0, floatUnderflow()
	}
	return v, nil
}

// ranged is a function of one float with an overflow check.
func ranged(f func(float64) float64) fn.Kernel {
	return fn.F1(func(_ *fn.Call, a float64) (float64, error) {
		v := f(a)
		if math.IsInf(v, 0) && !math.IsInf(a, 0) {
			return 0, floatOverflow()
		}
		return v, nil
	})
}

// within is a function whose argument must lie in [lo, hi].
func within(lo, hi float64, f func(float64) float64) fn.Kernel {
	return fn.F1(func(_ *fn.Call, a float64) (float64, error) {
		if a < lo || a > hi {
			return 0, pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
		}
		return f(a), nil
	})
}

func floatFuncs(r *fn.Registry) {
	for name, f := range map[string]func(float64) float64{
		"ceil": math.Ceil, "ceiling": math.Ceil, "floor": math.Floor, "round": math.RoundToEven, "trunc": math.Trunc,
		"sign": sign, "cbrt": math.Cbrt, "degrees": func(x float64) float64 { return x / (math.Pi / 180) },
		"radians": func(x float64) float64 { return x * (math.Pi / 180) }, "atan": math.Atan, "tanh": math.Tanh, "asinh": math.Asinh,
	} {
		r.Func(name+"(float8) float8", float1(f), fn.NoError)
	}
	for name, f := range map[string]func(float64) float64{"sinh": math.Sinh, "cosh": math.Cosh} {
		r.Func(name+"(float8) float8", float1(f), fn.NoError) // infinity where the result is too large
	}
	for name, f := range map[string]func(float64) float64{
		"sin": math.Sin, "cos": math.Cos, "tan": math.Tan, "cot": func(x float64) float64 { return 1 / math.Tan(x) },
	} {
		r.Func(name+"(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) {
			if math.IsInf(a, 0) {
				return 0, pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
			}
			return f(a), nil
		}))
	}
	r.Func("asin(float8) float8", within(-1, 1, math.Asin))
	r.Func("acos(float8) float8", within(-1, 1, math.Acos))
	r.Func("atanh(float8) float8", within(-1, 1, math.Atanh))
	r.Func("acosh(float8) float8", within(1, math.Inf(1), math.Acosh))
	r.Func("atan2(float8, float8) float8", fn.F2(func(_ *fn.Call, a, b float64) (float64, error) { return math.Atan2(a, b), nil }), fn.NoError)
	r.Func("pi() float8", fn.F0(func(*fn.Call) (float64, error) { return math.Pi, nil }), fn.NoError)
	r.Func("sqrt(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) { return floatSqrt(a) }))
	r.Op("|/(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) { return floatSqrt(a) }))
	r.Op("||/(float8) float8", float1(math.Cbrt), fn.NoError)
	r.Func("exp(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) { return floatExp(a) }))
	r.Func("ln(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) { return floatLog(a, math.Log) }))
	for _, name := range []string{"log", "log10"} {
		r.Func(name+"(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) { return floatLog(a, math.Log10) }))
	}
	pow := fn.F2(func(_ *fn.Call, a, b float64) (float64, error) { return floatPow(a, b) })
	r.Func("power(float8, float8) float8", pow)
	r.Func("pow(float8, float8) float8", pow)
	r.Op("^(float8, float8) float8", pow)
	r.Func("width_bucket(float8, float8, float8, int4) int4", fn.Rows(widthBucket))
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0 // also of NaN, and without the sign of -0
}

func floatSqrt(a float64) (float64, error) {
	if a < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	return math.Sqrt(a), nil
}

func floatExp(a float64) (float64, error) {
	v := math.Exp(a)
	switch {
	case math.IsInf(v, 0) && !math.IsInf(a, 0):
		return 0, floatOverflow()
	case v == 0 && !math.IsInf(a, 0):
		return 0, floatUnderflow()
	}
	return v, nil
}

func floatLog(a float64, log func(float64) float64) (float64, error) {
	if a == 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	if a < 0 {
		return 0, pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	}
	return log(a), nil
}

func floatPow(a, b float64) (float64, error) {
	switch {
	case a == 0 && b < 0:
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case a < 0 && math.Floor(b) != b && !math.IsInf(b, 0) && b == b:
		return 0, pgerr.New(pgerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	}
	v := math.Pow(a, b)
	switch {
	case math.IsInf(a, 0) || math.IsInf(b, 0):
	case math.IsInf(v, 0):
		return 0, floatOverflow()
	case v == 0 && a != 0:
		return 0, floatUnderflow()
	}
	return v, nil
}

func widthBucket(c *fn.Call, i int) error {
	x, lo, hi, n := c.Args[0].Float(i), c.Args[1].Float(i), c.Args[2].Float(i), c.Args[3].Int(i)
	bad := func(message string) error { return pgerr.New(pgerr.InvalidArgumentForWidthBucket, "%s", message) }
	switch {
	case n <= 0:
		return bad("count must be greater than zero")
	case x != x || lo != lo || hi != hi:
		return bad("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(lo, 0) || math.IsInf(hi, 0):
		return bad("lower and upper bounds must be finite")
	case lo == hi:
		return bad("lower bound cannot equal upper bound")
	}
	reach, span := x-lo, hi-lo
	if hi < lo {
		reach, span = lo-x, lo-hi
	}
	switch {
	case reach < 0:
		c.Out.AppendInt(0)
	case reach >= span:
		if n >= math.MaxInt32 {
			return widths[1].overflow()
		}
		c.Out.AppendInt(n + 1)
	default:
		c.Out.AppendInt(min(int64(float64(n)*(reach/span))+1, n))
	}
	return nil
}

// floatCasts converts between the floats and the integers; to an integer the
// value is rounded half to even.
func floatCasts(r *fn.Registry) {
	r.Cast("float4 -> float8", fn.Implicit, float1(func(x float64) float64 { return x }), fn.NoError)
	r.Cast("float8 -> float4", fn.Assignment, fn.F1(func(_ *fn.Call, a float64) (float64, error) {
		v := float64(float32(a))
		switch {
		case math.IsInf(v, 0) && !math.IsInf(a, 0):
			return 0, floatOverflow()
		case v == 0 && a != 0:
			return 0, floatUnderflow()
		}
		return v, nil
	}))
	for _, f := range []string{"float4", "float8"} {
		for _, w := range widths {
			r.Cast(f+" -> "+w.typ, fn.Assignment, fn.F1(func(_ *fn.Call, a float64) (int64, error) {
				v := math.RoundToEven(a)
				// hi+1 is exact as a float where hi is not.
				if !(v >= float64(w.lo) && v < -float64(w.lo)) {
					return 0, w.overflow()
				}
				return int64(v), nil
			}))
			single := f == "float4"
			r.Cast(w.typ+" -> "+f, fn.Implicit, fn.F1(func(_ *fn.Call, a int64) (float64, error) {
				if single {
					return float64(float32(a)), nil
				}
				return float64(a), nil
			}), fn.NoError)
		}
	}
}
