package builtin

import (
	"math"
	"math/big"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Roots, logarithms and powers of numerics. The scales of the results are those
// of PostgreSQL's numeric.c: at least 16 significant digits, and no fewer digits
// after the point than the operands have. The values are computed in binary
// floating point with guard bits enough that the last decimal digit is right.

const (
	minDigits = 16
	maxScale  = 1000
	guardBits = 96
)

// resultScale is the scale for a value of about 10^exponent.
func resultScale(exponent int, args ...decimal) int {
	s := minDigits - exponent
	for _, a := range args {
		s = max(s, a.Scale())
	}
	return min(max(s, 0), maxScale)
}

func toFloat(d decimal, prec uint) *big.Float {
	f := new(big.Float).SetPrec(prec).SetInt(d.Coefficient())
	if d.Scale() > 0 {
		p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale())), nil)
		f.Quo(f, new(big.Float).SetPrec(prec).SetInt(p))
	}
	return f
}

// fromFloat rounds half away from zero at a scale.
func fromFloat(f *big.Float, scale int) decimal {
	prec := f.Prec() + 64
	p := new(big.Float).SetPrec(prec).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	p.Mul(p, f)
	half := big.NewFloat(0.5)
	if p.Sign() < 0 {
		half = big.NewFloat(-0.5)
	}
	i, _ := p.Add(p, half).Int(nil)
	return numeric.FromBig(i, scale)
}

func precision(digits int) uint { return uint(float64(max(digits, 1))*math.Log2(10)) + guardBits }

// exponent10 is the decimal exponent of a positive number's first digit.
func exponent10(d decimal) int {
	return len(new(big.Int).Abs(d.Coefficient()).String()) - d.Scale() - 1
}

// baseWeight is the power of 10000 of the first base-10000 digit.
func baseWeight(d decimal) int { return floorDiv(exponent10(d), 4) }

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func decimalSqrt(d decimal) (decimal, error) {
	switch {
	case d.IsNaN() || d.IsInf() && d.Sign() > 0:
		return d, nil
	case d.Sign() < 0:
		return d, pgerr.New(pgerr.InvalidArgumentForPower, "cannot take square root of a negative number")
	}
	// Zero has the weight of 1.
	weight := 1
	if d.Sign() > 0 {
		weight = floorDiv((baseWeight(d)+1)*4, 2) - 1
	}
	scale := resultScale(weight, d)
	// One digit more than asked for, so that the rounding is exact enough.
	shifted := d.Round(d.Scale())
	c := new(big.Int).Set(shifted.Coefficient())
	up := 2*(scale+1) - d.Scale()
	if up >= 0 {
		c.Mul(c, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(up)), nil))
	} else {
		c.Quo(c, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-up)), nil))
	}
	return numeric.FromBig(c.Sqrt(c), scale+1).Round(scale), nil
}

// expFloat is e^x: x is halved until it is small, and the series is squared back.
func expFloat(x *big.Float, prec uint) *big.Float {
	work := prec + 64
	y := new(big.Float).SetPrec(work).Set(x)
	halvings := 0
	if e := y.MantExp(nil); e > -8 && y.Sign() != 0 {
		halvings = e + 8
		y.SetMantExp(y, -halvings)
	}
	sum := new(big.Float).SetPrec(work).SetInt64(1)
	term := new(big.Float).SetPrec(work).SetInt64(1)
	for n := int64(1); term.Sign() != 0 && term.MantExp(nil) > -int(work); n++ {
		term.Mul(term, y)
		term.Quo(term, new(big.Float).SetPrec(work).SetInt64(n))
		sum.Add(sum, term)
	}
	for ; halvings > 0; halvings-- {
		sum.Mul(sum, sum)
	}
	return sum
}

// lnFloat is ln x for x > 0: Newton's method on e^y, from the machine's logarithm.
func lnFloat(x *big.Float, prec uint) *big.Float {
	work := prec + 64
	mant := new(big.Float)
	e := x.MantExp(mant)
	m, _ := mant.Float64()
	y := new(big.Float).SetPrec(work).SetFloat64(math.Log(m) + float64(e)*math.Ln2)
	for good := uint(48); ; good *= 2 {
		// y += 2 (x - e^y) / (x + e^y) triples the digits; doubling is counted on.
		ey := expFloat(y, work)
		num := new(big.Float).SetPrec(work).Sub(x, ey)
		den := new(big.Float).SetPrec(work).Add(x, ey)
		num.Quo(num, den)
		y.Add(y, num.Mul(num, big.NewFloat(2)))
		if good > work {
			return y
		}
	}
}

// maxExponent is where exp stops, long before the result is past the type's range.
const maxExponent = 6000

func decimalExp(d decimal) (decimal, error) {
	switch {
	case d.IsInf() && d.Sign() < 0:
		return numeric.Zero, nil
	case !d.IsFinite():
		return d, nil
	}
	x, err := d.ToFloat64()
	if err != nil {
		return d, err
	}
	estimate := x * math.Log10E
	if x >= maxExponent {
		return d, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	exponent := int(max(estimate, -maxScale))
	scale := resultScale(exponent, d)
	if estimate < -maxScale {
		return numeric.New(0, scale), nil
	}
	prec := precision(exponent + scale + 8)
	return fromFloat(expFloat(toFloat(d, prec), prec), scale), nil
}

func checkLog(d decimal) error {
	switch {
	case d.IsNaN():
	case d.Sign() < 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
	case d.Sign() == 0:
		return pgerr.New(pgerr.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return nil
}

// lnExponent estimates the decimal exponent of ln d, as PostgreSQL does: for a
// value near 1 from its distance to 1.
func lnExponent(d decimal) int {
	one := numeric.FromInt64(1)
	if diff, err := d.Sub(one); err == nil {
		if a := diff.Abs(); a.Cmp(numeric.New(1, 1)) < 0 {
			if a.Sign() == 0 {
				return 0
			}
			return int(math.Floor(float64(exponent10(a)) + leading(a)))
		}
	}
	ln := math.Abs(math.Log(leadingValue(d)) + float64(exponent10(d))*math.Ln10)
	return int(math.Trunc(math.Log10(ln)))
}

// leading is the fraction of the decimal logarithm that the first digits give.
func leading(d decimal) float64 { return math.Log10(leadingValue(d)) }

// leadingValue is the number scaled into [1, 10).
func leadingValue(d decimal) float64 {
	s := new(big.Int).Abs(d.Coefficient()).String()
	v := 0.0
	for i := 0; i < len(s) && i < 17; i++ {
		v += float64(s[i]-'0') * math.Pow10(-i)
	}
	return v
}

func decimalLn(d decimal) (decimal, error) {
	if err := checkLog(d); err != nil || !d.IsFinite() {
		return d, err
	}
	scale := resultScale(lnExponent(d), d)
	prec := precision(scale + 12 + max(exponent10(d), -exponent10(d), 0)/8)
	return fromFloat(lnFloat(toFloat(d, prec+precision(d.Scale())), prec), scale), nil
}

func decimalLog(base, d decimal) (decimal, error) {
	if base.IsNaN() || d.IsNaN() {
		return numeric.NaN, nil
	}
	if base.Sign() == 0 && d.Sign() < 0 && !d.IsNaN() && !d.IsFinite() {
		return numeric.Zero, checkLog(d)
	}
	if err := checkLog(base); err != nil {
		return d, err
	}
	if err := checkLog(d); err != nil {
		return d, err
	}
	switch {
	case base.IsInf() && d.IsInf():
		return numeric.NaN, nil
	case base.IsInf():
		return numeric.Zero, nil
	case d.IsInf():
		return d, nil
	}
	lb, ld := lnExponent(base), lnExponent(d)
	scale := resultScale(ld-lb, base, d)
	prec := precision(scale + 16 + max(lb, -lb))
	denominator := lnFloat(toFloat(base, prec+precision(base.Scale())), prec)
	if denominator.Sign() == 0 {
		return d, divisionByZero()
	}
	numerator := lnFloat(toFloat(d, prec+precision(d.Scale())), prec)
	return fromFloat(numerator.Quo(numerator, denominator), scale), nil
}

func decimalPower(base, exp decimal) (decimal, error) {
	if !base.IsFinite() || !exp.IsFinite() {
		return specialPower(base, exp)
	}
	integer := exp.Trunc(0).Cmp(exp) == 0
	switch {
	case base.Sign() == 0 && exp.Sign() < 0:
		return base, pgerr.New(pgerr.InvalidArgumentForPower, "zero raised to a negative power is undefined")
	case base.Sign() < 0 && !integer:
		return base, pgerr.New(pgerr.InvalidArgumentForPower, "a negative number raised to a non-integer power yields a complex result")
	case exp.Sign() == 0:
		return numeric.FromInt64(1).Round(integerScale(base)), nil
	case base.Sign() == 0:
		return numeric.New(0, min(max(minDigits, base.Scale(), exp.Scale()), maxScale)), nil
	}
	if integer {
		if n, ok := exp.Trunc(0).Small(); ok && n == int64(int32(n)) {
			return integerPower(base, n)
		}
	}
	return generalPower(base, exp, integer)
}

// integerScale is the scale of a power with an integer exponent.
func integerScale(base decimal) int { return min(max(minDigits, base.Scale()), maxScale) }

// integerPower squares exactly while that is cheap and in floating point otherwise.
func integerPower(base decimal, n int64) (decimal, error) {
	lg := leading(base) + float64(exponent10(base))
	estimate := lg * float64(n)
	if estimate > float64(numeric.MaxIntDigits) {
		return base, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	scale := integerScale(base)
	switch n {
	case 1:
		return base.Round(scale), nil
	case 2:
		p := new(big.Int).Mul(base.Coefficient(), base.Coefficient())
		return numeric.FromBig(p, 2*base.Scale()).Round(scale), nil
	}
	if estimate < -float64(maxScale) {
		return numeric.New(0, scale), nil
	}
	digits := max(int(estimate), 0) + scale + 16 + len(new(big.Int).SetInt64(n).String())
	prec := precision(digits)
	x := toFloat(base, prec)
	result := new(big.Float).SetPrec(prec).SetInt64(1)
	for u := magnitude(n); u > 0; u >>= 1 {
		if u&1 != 0 {
			result.Mul(result, x)
		}
		x.Mul(x, x)
	}
	if n < 0 {
		result.Quo(new(big.Float).SetPrec(prec).SetInt64(1), result)
	}
	return fromFloat(result, scale), nil
}

func generalPower(base, exp decimal, integer bool) (decimal, error) {
	negative := base.Sign() < 0 && new(big.Int).And(exp.Trunc(0).Coefficient(), big.NewInt(1)).Sign() != 0
	abs := base.Abs()
	lg := leading(abs) + float64(exponent10(abs))
	e, err := exp.ToFloat64()
	if err != nil {
		return base, err
	}
	estimate := lg * e
	if estimate > float64(numeric.MaxIntDigits) {
		return base, pgerr.New(pgerr.NumericValueOutOfRange, "value overflows numeric format")
	}
	scale := min(max(minDigits-int(math.Trunc(estimate)), base.Scale(), exp.Scale(), 0), maxScale)
	if estimate < -float64(maxScale) {
		return numeric.New(0, scale), nil
	}
	prec := precision(max(int(estimate), 0) + scale + 24 + max(exponent10(exp), 0))
	ln := lnFloat(toFloat(abs, prec+precision(base.Scale())), prec)
	ln.Mul(ln, toFloat(exp, prec))
	d := fromFloat(expFloat(ln, prec), scale)
	if negative && integer {
		d = d.Neg()
	}
	return d, nil
}

// specialPower follows POSIX for infinities and NaN.
func specialPower(base, exp decimal) (decimal, error) {
	one := numeric.FromInt64(1)
	switch {
	case base.IsFinite() && base.Cmp(one) == 0 || exp.IsFinite() && exp.Sign() == 0:
		return one, nil
	case base.IsNaN() || exp.IsNaN():
		return numeric.NaN, nil
	}
	b, err := base.ToFloat64()
	if err != nil {
		return base, err
	}
	e, err := exp.ToFloat64()
	if err != nil {
		return base, err
	}
	f, err := floatPow(b, e)
	if err != nil {
		return base, err
	}
	return numeric.FromFloat64(f), nil
}
