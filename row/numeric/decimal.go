// Package numeric is PostgreSQL's numeric type: exact decimals with a display
// scale, NaN and the infinities; their arithmetic with PostgreSQL's result
// scales; and their physical, key and text forms.
package numeric

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/tarndb/tarn/row/fault"
)

// Limits of the type, as PostgreSQL has them.
const (
	MaxScale        = 16383  // digits after the point
	MaxIntDigits    = 131072 // digits before the point
	MaxPrecision    = 1000   // of numeric(p, s)
	minSigDigits    = 16     // that division and the functions aim at
	maxDisplayScale = 1000   // that division and the functions stop at
)

// Decimal is a decoded value: coefficient / 10^scale. It is immutable, and its
// zero is the number 0. Two Decimals that compare equal may differ in scale
// (1.0 and 1.00), which is what their text shows.
type Decimal struct {
	form  form
	scale int32
	small int64    // the coefficient when big is nil
	big   *big.Int // a coefficient past int64, never one that fits; never modified
}

type form uint8

const (
	finite form = iota
	nan
	posInf
	negInf
)

// The values that are not numbers on the line.
var (
	NaN    = Decimal{form: nan}
	PosInf = Decimal{form: posInf}
	NegInf = Decimal{form: negInf}
	Zero   = Decimal{}
	One    = Decimal{small: 1}
)

// New makes coefficient / 10^scale; scale is from 0 to MaxScale.
func New(coefficient int64, scale int) Decimal {
	return Decimal{small: coefficient, scale: int32(scale)}
}

// FromInt64 makes an integer.
func FromInt64(v int64) Decimal { return Decimal{small: v} }

// FromBig makes coefficient / 10^scale. It keeps c when c is past int64.
func FromBig(c *big.Int, scale int) Decimal {
	if c.IsInt64() {
		return Decimal{small: c.Int64(), scale: int32(scale)}
	}
	return Decimal{big: c, scale: int32(scale)}
}

// IsNaN reports NaN.
func (d Decimal) IsNaN() bool { return d.form == nan }

// IsInf reports one of the infinities.
func (d Decimal) IsInf() bool { return d.form >= posInf }

// IsFinite reports a number.
func (d Decimal) IsFinite() bool { return d.form == finite }

// IsZero reports the number 0 of any scale.
func (d Decimal) IsZero() bool { return d.form == finite && d.big == nil && d.small == 0 }

// Scale is the display scale: the digits after the point.
func (d Decimal) Scale() int { return int(d.scale) }

// Small is the coefficient of a number whose coefficient fits an int64.
func (d Decimal) Small() (coefficient int64, ok bool) {
	return d.small, d.form == finite && d.big == nil
}

// Coefficient is the coefficient of a number, in an integer that the caller must not modify.
func (d Decimal) Coefficient() *big.Int {
	if d.big != nil {
		return d.big
	}
	return big.NewInt(d.small)
}

// Sign is -1, 0 or 1; 0 for NaN.
func (d Decimal) Sign() int {
	switch {
	case d.form == posInf:
		return 1
	case d.form == negInf:
		return -1
	case d.form == nan:
		return 0
	case d.big != nil:
		return d.big.Sign()
	case d.small > 0:
		return 1
	case d.small < 0:
		return -1
	}
	return 0
}

// smallPow10 holds the powers of ten that an int64 can.
var smallPow10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

var bigTen = big.NewInt(10)

// pow10 is 10^n in an integer of its own.
func pow10(n int) *big.Int {
	if n < len(smallPow10) {
		return big.NewInt(smallPow10[n])
	}
	return new(big.Int).Exp(bigTen, big.NewInt(int64(n)), nil)
}

// mulSmall is a*b, and whether it fits.
func mulSmall(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(abs64(a), abs64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func abs64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

// scaledUp is the coefficient that d has at a scale that is not less than its own.
func (d Decimal) scaledUp(scale int) *big.Int {
	if n := scale - int(d.scale); n > 0 {
		return new(big.Int).Mul(d.Coefficient(), pow10(n))
	}
	return d.Coefficient()
}

// smallAt is scaledUp where both coefficients fit an int64.
func (d Decimal) smallAt(scale int32) (int64, bool) {
	n := scale - d.scale
	if d.big != nil || int(n) >= len(smallPow10) {
		return 0, false
	}
	if n == 0 {
		return d.small, true
	}
	return mulSmall(d.small, smallPow10[n])
}

// digits is the number of decimal digits of the coefficient; 0 has none.
func (d Decimal) digits() int {
	if d.big != nil {
		return bigDigits(d.big)
	}
	u := abs64(d.small)
	n := 0
	for n < len(smallPow10) && u >= uint64(smallPow10[n]) {
		n++
	}
	return n
}

func bigDigits(b *big.Int) int {
	if b.Sign() == 0 {
		return 0
	}
	// The estimate from the bit length is exact or one too small.
	n := int(float64(b.BitLen()-1)*math.Log10(2)) + 1
	if b.CmpAbs(pow10(n)) >= 0 {
		n++
	} else if n > 1 && b.CmpAbs(pow10(n-1)) < 0 {
		n--
	}
	return n
}

// checked enforces the type's range on a result.
func (d Decimal) checked() (Decimal, error) {
	if d.form != finite || d.big == nil && d.scale <= MaxScale {
		return d, nil
	}
	if d.scale > MaxScale {
		d = d.Round(MaxScale)
	}
	// 2^435411 is less than 10^131072, so short numbers need no count of digits.
	if d.big != nil && d.big.BitLen() > 435411 && d.digits()-int(d.scale) > MaxIntDigits {
		return Decimal{}, errOverflow()
	}
	return d, nil
}

func errOverflow() error { return fault.New(fault.OutOfRange, "value overflows numeric format") }
func errDivZero() error  { return fault.New(fault.DivisionByZero, "division by zero") }
