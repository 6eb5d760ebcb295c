package numeric

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/tarndb/tarn/row/fault"
)

// The functions choose the scale of their results as PostgreSQL does, from an
// estimate of the result's weight, and compute with apd to a few digits more.

const guardDigits = 8

// lnEstimate is the power of ten of |ln d|, roughly, for d > 0.
func lnEstimate(d Decimal) int {
	if d.Sign() <= 0 {
		return 0
	}
	if d.Cmp(New(9, 1)) >= 0 && d.Cmp(New(11, 1)) <= 0 {
		x, _ := d.Sub(One)
		if x.IsZero() {
			return 0
		}
		weight, first := x.lead()
		return weight*4 + int(math.Log10(float64(first)))
	}
	m, e := d.mantissa()
	return int(math.Log10(math.Abs(math.Log(m) + float64(e)*math.Ln10)))
}

// mantissa is m and e with |d| = m * 10^e approximately.
func (d Decimal) mantissa() (m float64, e int) {
	c := new(big.Int).Abs(d.Coefficient())
	n := d.digits()
	if drop := n - 17; drop > 0 {
		c.Quo(c, pow10(drop))
		e = drop
	}
	f, _ := new(big.Float).SetInt(c).Float64()
	return f, e - int(d.scale)
}

// float is the nearest float64 of a number, an infinity where it is out of range.
func (d Decimal) float() float64 {
	m, e := d.mantissa()
	f := m * math.Pow10(e)
	if d.Sign() < 0 {
		return -f
	}
	return f
}

func (d Decimal) apd() *apd.Decimal {
	c := new(apd.BigInt).SetMathBigInt(d.Coefficient())
	out := apd.NewWithBigInt(new(apd.BigInt).Abs(c), -d.scale)
	out.Negative = d.Sign() < 0
	return out
}

func fromAPD(a *apd.Decimal, scale int) (Decimal, error) {
	c := a.Coeff.MathBigInt()
	if a.Negative {
		c = new(big.Int).Neg(c)
	}
	if a.Exponent > MaxIntDigits {
		return Decimal{}, errOverflow()
	}
	if a.Exponent >= 0 {
		return FromBig(new(big.Int).Mul(c, pow10(int(a.Exponent))), 0).Round(scale).checked()
	}
	return (Decimal{big: c, scale: -a.Exponent}).Round(scale).normal().checked()
}

// normal restores the rule that big is nil where the coefficient fits.
func (d Decimal) normal() Decimal {
	if d.big != nil && d.big.IsInt64() {
		return Decimal{small: d.big.Int64(), scale: d.scale}
	}
	return d
}

// apply computes f with enough digits for a result below 10^weight at a scale.
func apply(weight, scale int, f func(*apd.Context, *apd.Decimal) (apd.Condition, error)) (Decimal, error) {
	ctx := apd.BaseContext.WithPrecision(uint32(max(weight+scale, 1) + guardDigits))
	ctx.MaxExponent, ctx.MinExponent = apd.MaxExponent, apd.MinExponent
	ctx.Traps = apd.InvalidOperation | apd.DivisionByZero | apd.Overflow
	var out apd.Decimal
	if _, err := f(ctx, &out); err != nil {
		return Decimal{}, errOverflow()
	}
	return fromAPD(&out, scale)
}

// Sqrt is the square root.
func (d Decimal) Sqrt() (Decimal, error) {
	switch {
	case d.form == nan || d.form == posInf:
		return d, nil
	case d.Sign() < 0:
		return Decimal{}, fault.New(fault.InvalidPowerArg, "cannot take square root of a negative number")
	}
	weight, _ := d.lead()
	scale := clampScale(minSigDigits-((weight+1)*4/2-1), d)
	// The integer root of the coefficient at twice the scale and two digits more.
	up := 2*(scale+1) - int(d.scale)
	c := new(big.Int).Set(d.Coefficient())
	if up >= 0 {
		c.Mul(c, pow10(up))
	} else {
		c.Quo(c, pow10(-up))
	}
	return FromBig(c.Sqrt(c), scale+1).Round(scale), nil
}

// Exp is e^d.
func (d Decimal) Exp() (Decimal, error) {
	switch d.form {
	case nan, posInf:
		return d, nil
	case negInf:
		return Zero, nil
	}
	val := math.Max(-2000, math.Min(2000, d.float()*0.434294481903252))
	scale := clampScale(minSigDigits-int(val), d)
	whole := d.float() * math.Log10E
	if whole > MaxIntDigits {
		return Decimal{}, errOverflow()
	}
	if whole < float64(-scale-2) {
		return Decimal{scale: int32(scale)}, nil
	}
	return apply(int(whole)+2, scale, func(c *apd.Context, out *apd.Decimal) (apd.Condition, error) {
		return c.Exp(out, d.apd())
	})
}

func (d Decimal) checkLog() error {
	switch {
	case d.form == nan || d.Sign() > 0:
		return nil
	case d.IsZero():
		return fault.New(fault.InvalidLogArg, "cannot take logarithm of zero")
	}
	return fault.New(fault.InvalidLogArg, "cannot take logarithm of a negative number")
}

// Ln is the natural logarithm.
func (d Decimal) Ln() (Decimal, error) {
	if err := d.checkLog(); err != nil || d.form != finite {
		return d, err
	}
	scale := clampScale(minSigDigits-lnEstimate(d), d)
	return apply(7, scale, func(c *apd.Context, out *apd.Decimal) (apd.Condition, error) {
		return c.Ln(out, d.apd())
	})
}

// Log10 is the logarithm to base 10.
func (d Decimal) Log10() (Decimal, error) { return Log(FromInt64(10), d) }

// Log is the logarithm of d to a base.
func Log(base, d Decimal) (Decimal, error) {
	if base.form == nan || d.form == nan {
		return NaN, nil
	}
	if err := base.checkLog(); err != nil && d.form != negInf {
		return Decimal{}, err
	}
	if err := d.checkLog(); err != nil {
		return Decimal{}, err
	}
	if base.form != finite || d.form != finite {
		return logInfinite(base, d), nil
	}
	if base.Cmp(One) == 0 {
		return Decimal{}, errDivZero()
	}
	scale := clampScale(minSigDigits-(lnEstimate(d)-lnEstimate(base)), base, d)
	return apply(7, scale, func(c *apd.Context, out *apd.Decimal) (apd.Condition, error) {
		wide := *c
		wide.Precision += guardDigits
		var num, den apd.Decimal
		if cond, err := wide.Ln(&num, d.apd()); err != nil {
			return cond, err
		}
		if cond, err := wide.Ln(&den, base.apd()); err != nil {
			return cond, err
		}
		return c.Quo(out, &num, &den)
	})
}

func logInfinite(base, d Decimal) Decimal {
	switch {
	case base.form == nan || d.form == nan || base.form == posInf && d.form == posInf:
		return NaN
	case base.form == posInf:
		return Zero
	}
	return PosInf
}

// Pow is d raised to the power of o.
func (d Decimal) Pow(o Decimal) (Decimal, error) {
	if d.form != finite || o.form != finite {
		return powInfinite(d, o)
	}
	whole := o.Trunc(0).Cmp(o) == 0
	if d.Sign() < 0 && !whole {
		return Decimal{}, fault.New(fault.InvalidPowerArg, "a negative number raised to a non-integer power yields a complex result")
	}
	if d.IsZero() && o.Sign() < 0 {
		return Decimal{}, fault.New(fault.InvalidPowerArg, "zero raised to a negative power is undefined")
	}
	if whole {
		if n := o.Trunc(0); n.big == nil && n.small >= math.MinInt32 && n.small <= math.MaxInt32 {
			return d.powInt(int(n.small), int(o.scale))
		}
	}
	if d.IsZero() {
		return Decimal{scale: minSigDigits}, nil
	}
	return d.powReal(o)
}

// powInt raises to an integer power; scale is the exponent's own.
func (d Decimal) powInt(n, expScale int) (Decimal, error) {
	exp := Decimal{scale: int32(expScale)}
	if d.IsZero() || n == 0 {
		if n == 0 {
			return One.Round(clampScale(minSigDigits, d, exp)), nil
		}
		return Decimal{scale: int32(clampScale(minSigDigits, d, exp))}, nil
	}
	m, e := d.mantissa()
	f := float64(n) * (math.Log10(m) + float64(e))
	if f > MaxIntDigits+4 {
		return Decimal{}, errOverflow()
	}
	scale := clampScale(minSigDigits, d, exp)
	if f+1 < -maxDisplayScale {
		return Decimal{scale: int32(scale)}, nil
	}
	switch n {
	case 1:
		return d.Round(scale).checked()
	case -1:
		return One.quotient(d, scale, true).checked()
	}
	if n > 0 && n*d.digits() < 100000 {
		c := new(big.Int).Exp(d.Coefficient(), big.NewInt(int64(n)), nil)
		return (Decimal{big: c, scale: d.scale * int32(n)}).Round(scale).normal().checked()
	}
	return apply(int(math.Max(f, 0))+2, scale, func(c *apd.Context, out *apd.Decimal) (apd.Condition, error) {
		c.Precision += 10 // the relative error grows with the exponent
		return integerPower(c, out, d.apd(), n)
	})
}

// integerPower is square and multiply within the context's precision.
func integerPower(c *apd.Context, out, base *apd.Decimal, n int) (cond apd.Condition, err error) {
	result, square := apd.New(1, 0), base
	for k := max(n, -n); k > 0; k >>= 1 {
		if k&1 == 1 {
			if cond, err = c.Mul(result, result, square); err != nil {
				return cond, err
			}
		}
		next := new(apd.Decimal)
		if cond, err = c.Mul(next, square, square); err != nil {
			return cond, err
		}
		square = next
	}
	if n < 0 {
		return c.Quo(out, apd.New(1, 0), result)
	}
	out.Set(result)
	return 0, nil
}

// powReal is exp(o ln |d|), with the sign of an odd integer power.
func (d Decimal) powReal(o Decimal) (Decimal, error) {
	base := d.Abs()
	m, e := base.mantissa()
	f := o.float() * (math.Log10(m) + float64(e))
	const crude = (maxDisplayScale + MaxIntDigits) * 3.01
	if f > MaxIntDigits+4 || f > crude {
		return Decimal{}, errOverflow()
	}
	if f < -maxDisplayScale-1 {
		return Decimal{scale: maxDisplayScale}, nil
	}
	scale := clampScale(minSigDigits-int(f), d, o)
	r, err := apply(int(math.Max(f, 0))+2, scale, func(c *apd.Context, out *apd.Decimal) (apd.Condition, error) {
		wide := *c
		wide.Precision += uint32(guardDigits + o.digits())
		var ln apd.Decimal
		if cond, err := wide.Ln(&ln, base.apd()); err != nil {
			return cond, err
		}
		if cond, err := wide.Mul(&ln, &ln, o.apd()); err != nil {
			return cond, err
		}
		return c.Exp(out, &ln)
	})
	odd := o.Trunc(0).Coefficient().Bit(0) == 1
	if err == nil && d.Sign() < 0 && odd {
		r = r.Neg()
	}
	return r, err
}

// powInfinite follows the C library's rules for infinities and NaN.
func powInfinite(d, o Decimal) (Decimal, error) {
	switch {
	case d.form == nan:
		if o.IsZero() {
			return One, nil
		}
		return NaN, nil
	case o.form == nan:
		if d.form == finite && d.Cmp(One) == 0 {
			return One, nil
		}
		return NaN, nil
	case d.IsZero() && o.Sign() < 0:
		return Decimal{}, fault.New(fault.InvalidPowerArg, "zero raised to a negative power is undefined")
	case o.form != finite:
		switch c := d.Abs().Cmp(One); {
		case c == 0:
			return One, nil
		case (c > 0) == (o.form == posInf):
			return PosInf, nil
		}
		return Zero, nil
	case o.IsZero():
		return One, nil
	case d.form == posInf:
		if o.Sign() > 0 {
			return PosInf, nil
		}
		return Zero, nil
	}
	if o.Trunc(0).Cmp(o) != 0 {
		return Decimal{}, fault.New(fault.InvalidPowerArg, "a negative number raised to a non-integer power yields a complex result")
	}
	if o.Sign() < 0 {
		return Zero, nil
	}
	if o.Trunc(0).Coefficient().Bit(0) == 1 {
		return NegInf, nil
	}
	return PosInf, nil
}
