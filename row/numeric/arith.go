package numeric

import (
	"math"
	"math/big"
	"math/bits"
)

// Cmp is -1, 0 or 1 in PostgreSQL's order: NaN equals itself and is greater than
// everything else; scale does not matter.
func (d Decimal) Cmp(o Decimal) int {
	if d.form != finite || o.form != finite {
		return compareInt(d.form.rank(), o.form.rank())
	}
	scale := max(d.scale, o.scale)
	a, ok1 := d.smallAt(scale)
	b, ok2 := o.smallAt(scale)
	if ok1 && ok2 {
		return compareInt(a, b)
	}
	if s, t := d.Sign(), o.Sign(); s != t {
		return compareInt(s, t)
	}
	return d.scaledUp(int(scale)).Cmp(o.scaledUp(int(scale)))
}

func (f form) rank() int {
	switch f {
	case negInf:
		return -1
	case finite:
		return 0
	case posInf:
		return 1
	}
	return 2
}

func compareInt[T int | int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Neg is -d.
func (d Decimal) Neg() Decimal {
	switch {
	case d.form == posInf:
		return NegInf
	case d.form == negInf:
		return PosInf
	case d.form == nan:
		return d
	case d.big == nil && d.small != -1<<63:
		return Decimal{small: -d.small, scale: d.scale}
	}
	return FromBig(new(big.Int).Neg(d.Coefficient()), int(d.scale))
}

// Abs is the absolute value.
func (d Decimal) Abs() Decimal {
	if d.Sign() < 0 {
		return d.Neg()
	}
	return d
}

// Add is d + o; the scale is the greater of the two.
func (d Decimal) Add(o Decimal) (Decimal, error) {
	if d.form != finite || o.form != finite {
		switch {
		case d.form == nan || o.form == nan:
			return NaN, nil
		case d.form == finite:
			return o, nil
		case o.form == finite || o.form == d.form:
			return d, nil
		}
		return NaN, nil
	}
	scale := max(d.scale, o.scale)
	a, ok1 := d.smallAt(scale)
	b, ok2 := o.smallAt(scale)
	if ok1 && ok2 {
		if s := a + b; (s > a) == (b > 0) {
			return Decimal{small: s, scale: scale}, nil
		}
	}
	sum := new(big.Int).Add(d.scaledUp(int(scale)), o.scaledUp(int(scale)))
	return FromBig(sum, int(scale)).checked()
}

// Sub is d - o; the scale is the greater of the two.
func (d Decimal) Sub(o Decimal) (Decimal, error) { return d.Add(o.Neg()) }

// Mul is d * o; the scale is the sum of the two.
func (d Decimal) Mul(o Decimal) (Decimal, error) {
	if d.form != finite || o.form != finite {
		return signed(d, o), nil
	}
	scale := d.scale + o.scale
	if d.big == nil && o.big == nil && scale <= MaxScale {
		if p, ok := mulSmall(d.small, o.small); ok {
			return Decimal{small: p, scale: scale}, nil
		}
	}
	return FromBig(new(big.Int).Mul(d.Coefficient(), o.Coefficient()), int(scale)).checked()
}

// signed is the product or quotient of two values one of which is an infinity or NaN.
func signed(d, o Decimal) Decimal {
	if d.form == nan || o.form == nan {
		return NaN
	}
	switch d.Sign() * o.Sign() {
	case 1:
		return PosInf
	case -1:
		return NegInf
	}
	return NaN
}

// Div is d / o, rounded to the scale that PostgreSQL gives a quotient: enough
// for 16 significant digits, and no less than either operand's.
func (d Decimal) Div(o Decimal) (Decimal, error) {
	switch {
	case d.form == nan || o.form == nan:
		return NaN, nil
	case o.IsZero():
		return Decimal{}, errDivZero()
	case d.form != finite && o.form != finite:
		return NaN, nil
	case d.form != finite:
		return signed(d, o), nil
	case o.form != finite:
		return Zero, nil
	}
	return d.quotient(o, divScale(d, o), true).checked()
}

// DivTrunc is the integer quotient, towards zero.
func (d Decimal) DivTrunc(o Decimal) (Decimal, error) {
	if d.form != finite || o.form != finite || o.IsZero() {
		return d.Div(o)
	}
	return d.quotient(o, 0, false).checked()
}

// quotient divides two numbers to a scale, rounding half away from zero or truncating.
func (d Decimal) quotient(o Decimal, scale int, half bool) Decimal {
	shift := scale - int(d.scale) + int(o.scale)
	if d.big == nil && o.big == nil && shift >= 0 && shift < len(smallPow10) {
		if q, ok := quotientSmall(d.small, smallPow10[shift], o.small, half); ok {
			return Decimal{small: q, scale: int32(scale)}
		}
	}
	n, m := new(big.Int).Set(d.Coefficient()), new(big.Int).Set(o.Coefficient())
	if shift >= 0 {
		n.Mul(n, pow10(shift))
	} else {
		m.Mul(m, pow10(-shift))
	}
	if m.Sign() < 0 {
		n.Neg(n)
		m.Neg(m)
	}
	return FromBig(divBig(n, m, half), scale)
}

// quotientSmall is a * b / m, for b over 0, where that fits; the product need not.
func quotientSmall(a, b, m int64, half bool) (int64, bool) {
	size := func(v int64) uint64 {
		if v < 0 {
			return -uint64(v)
		}
		return uint64(v)
	}
	hi, lo := bits.Mul64(size(a), uint64(b))
	by := size(m)
	if hi >= by {
		return 0, false
	}
	q, rest := bits.Div64(hi, lo, by)
	if q >= math.MaxInt64 {
		return 0, false
	}
	if half && rest >= by-rest {
		q++
	}
	if (a < 0) != (m < 0) {
		return -int64(q), true
	}
	return int64(q), true
}

// Mod is the remainder of the quotient towards zero; it has the sign of d.
func (d Decimal) Mod(o Decimal) (Decimal, error) {
	switch {
	case d.form == nan || o.form == nan:
		return NaN, nil
	case o.IsZero():
		return Decimal{}, errDivZero()
	case d.form != finite:
		return NaN, nil
	case o.form != finite:
		return d, nil
	}
	scale := max(d.scale, o.scale)
	a, ok1 := d.smallAt(scale)
	b, ok2 := o.smallAt(scale)
	if ok1 && ok2 {
		if b == -1 {
			return Decimal{scale: scale}, nil
		}
		return Decimal{small: a % b, scale: scale}, nil
	}
	return FromBig(new(big.Int).Rem(d.scaledUp(int(scale)), o.scaledUp(int(scale))), int(scale)), nil
}

// PostgreSQL computes scales from numbers in base 10000; lead gives the weight
// (the power of 10000) and the value of the first such digit. Zero has (0, 0).
func (d Decimal) lead() (weight, first int) {
	if d.IsZero() {
		return 0, 0
	}
	n := d.digits()
	exp := n - int(d.scale) - 1
	weight = floorDiv(exp, 4)
	want := exp - 4*weight + 1
	if n <= want {
		first = int(new(big.Int).Abs(d.Coefficient()).Int64())
		for ; n < want; n++ {
			first *= 10
		}
		return weight, first
	}
	if d.big == nil {
		return weight, int(abs64(d.small) / uint64(smallPow10[n-want]))
	}
	q := new(big.Int).Quo(d.big, pow10(n-want))
	return weight, int(q.Abs(q).Int64())
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// divScale is the scale of a quotient.
func divScale(d, o Decimal) int {
	w1, f1 := d.lead()
	w2, f2 := o.lead()
	w := w1 - w2
	if f1 <= f2 {
		w--
	}
	return clampScale(minSigDigits-4*w, d, o)
}

// clampScale makes a computed scale no less than the operands' and PostgreSQL's limits.
func clampScale(scale int, args ...Decimal) int {
	for _, a := range args {
		scale = max(scale, int(a.scale))
	}
	return min(max(scale, 0), maxDisplayScale)
}
