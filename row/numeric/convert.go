package numeric

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/tarndb/tarn/row/fault"
)

// FromFloat64 converts as PostgreSQL does: to 15 significant digits.
func FromFloat64(v float64) Decimal { return fromFloat(v, 15) }

// FromFloat32 converts as PostgreSQL does: to 6 significant digits.
func FromFloat32(v float32) Decimal { return fromFloat(float64(v), 6) }

func fromFloat(v float64, digits int) Decimal {
	switch {
	case v != v:
		return NaN
	case math.IsInf(v, 1):
		return PosInf
	case math.IsInf(v, -1):
		return NegInf
	}
	d, err := Parse(strconv.FormatFloat(v, 'g', digits, 64))
	if err != nil {
		return NaN
	}
	return d.TrimScale()
}

// ToFloat64 is the nearest float, or the error that the value is out of its range.
func (d Decimal) ToFloat64() (float64, error) {
	switch d.form {
	case nan:
		return math.NaN(), nil
	case posInf:
		return math.Inf(1), nil
	case negInf:
		return math.Inf(-1), nil
	}
	const exact = 1 << 53
	if d.big == nil && d.scale <= 15 && d.small < exact && d.small > -exact {
		return float64(d.small) / float64(smallPow10[d.scale]), nil
	}
	s := d.String()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f == 0 && !d.IsZero() {
		return 0, fault.New(fault.OutOfRange, "\"%s\" is out of range for type double precision", s)
	}
	return f, nil
}

// ToInt64 rounds to an integer of a type that is named in errors and has the given limits.
func (d Decimal) ToInt64(typeName string, lo, hi int64) (int64, error) {
	switch d.form {
	case nan:
		return 0, fault.New(fault.Unsupported, "cannot convert NaN to %s", typeName)
	case posInf, negInf:
		return 0, fault.New(fault.Unsupported, "cannot convert infinity to %s", typeName)
	}
	r := d.Round(0)
	if r.big != nil || r.small < lo || r.small > hi {
		return 0, fault.New(fault.OutOfRange, "%s out of range", typeName)
	}
	return r.small, nil
}

// Typmod packs numeric(precision, scale) as PostgreSQL does.
func Typmod(precision, scale int) int32 { return int32(precision<<16|scale&0x7ff) + 4 }

// SplitTypmod is the precision and scale of a typmod that is not -1.
func SplitTypmod(typmod int32) (precision, scale int) {
	m := typmod - 4
	return int(m>>16) & 0xffff, int((m&0x7ff)^1024) - 1024
}

// ApplyTypmod rounds d to the scale of numeric(precision, scale) and checks that it fits.
func (d Decimal) ApplyTypmod(typmod int32) (Decimal, error) {
	if typmod < 4 || d.form == nan {
		return d, nil
	}
	precision, scale := SplitTypmod(typmod)
	if d.form != finite {
		return Decimal{}, fieldOverflow(fmt.Sprintf(
			"A field with precision %d, scale %d cannot hold an infinite value.", precision, scale))
	}
	r := d.Round(scale)
	whole := precision - scale
	if fits(r, whole) {
		return r, nil
	}
	limit := "1"
	if whole != 0 {
		limit = fmt.Sprintf("10^%d", whole)
	}
	return Decimal{}, fieldOverflow(fmt.Sprintf(
		"A field with precision %d, scale %d must round to an absolute value less than %s.", precision, scale, limit))
}

// fits reports that |d| is less than 10^whole.
func fits(d Decimal, whole int) bool {
	if d.IsZero() {
		return true
	}
	if n := whole + int(d.scale); d.big == nil && n >= 0 && n < len(smallPow10) {
		return abs64(d.small) < uint64(smallPow10[n])
	}
	return d.digits()-int(d.scale) <= whole
}

func fieldOverflow(detail string) error {
	return &fault.Error{Code: fault.OutOfRange, Message: "numeric field overflow", Detail: detail}
}

// Binary form of the wire protocol: digits in base 10000, most significant
// first; then the display scale says how much of them is shown.
const (
	signNeg    = 0x4000
	signNaN    = 0xc000
	signPosInf = 0xd000
	signNegInf = 0xf000
	infScale   = 0x20 // what PostgreSQL sends beside an infinity; readers pass over it
)

var bigBase = big.NewInt(10000)

// AppendBinary appends the wire protocol's binary form.
func (d Decimal) AppendBinary(dst []byte) []byte {
	header := func(digits, weight, sign, scale int) {
		dst = append(dst, byte(digits>>8), byte(digits), byte(weight>>8), byte(weight),
			byte(sign>>8), byte(sign), byte(scale>>8), byte(scale))
	}
	switch d.form {
	case nan:
		header(0, 0, signNaN, 0)
		return dst
	case posInf:
		header(0, 0, signPosInf, infScale)
		return dst
	case negInf:
		header(0, 0, signNegInf, infScale)
		return dst
	}
	sign := 0
	if d.Sign() < 0 {
		sign = signNeg
	}
	var buf [6]uint16
	groups := d.groups(&buf)
	// groups end at the point plus as many as cover the scale.
	weight := len(groups) - 1 - (int(d.scale)+3)/4
	for len(groups) > 0 && groups[0] == 0 {
		groups = groups[1:]
		weight--
	}
	for len(groups) > 0 && groups[len(groups)-1] == 0 {
		groups = groups[:len(groups)-1]
	}
	if len(groups) == 0 {
		weight, sign = 0, 0
	}
	header(len(groups), weight, sign, int(d.scale))
	for _, g := range groups {
		dst = append(dst, byte(g>>8), byte(g))
	}
	return dst
}

// groups is |coefficient| in base 10000, aligned so that the point is between two
// groups; in buf where it fits.
func (d Decimal) groups(buf *[6]uint16) []uint16 {
	pad := (4 - int(d.scale)%4) % 4
	if d.big == nil {
		u, at := abs64(d.small), len(buf)-1
		first := uint64(smallPow10[4-pad])
		buf[at] = uint16(u % first * uint64(smallPow10[pad]))
		for u /= first; u > 0; u /= 10000 {
			at--
			buf[at] = uint16(u % 10000)
		}
		return buf[at:]
	}
	s := new(big.Int).Abs(d.Coefficient()).Text(10)
	for i := 0; i < pad; i++ {
		s += "0"
	}
	out := make([]uint16, 0, len(s)/4+1)
	for end := len(s) % 4; ; end += 4 {
		if end > 0 {
			v, _ := strconv.Atoi(s[max(0, end-4):end])
			out = append(out, uint16(v))
		}
		if end >= len(s) {
			return out
		}
	}
}

// ParseBinary reads the wire protocol's binary form.
func ParseBinary(b []byte) (Decimal, error) {
	word := func(i int) int { return int(b[2*i])<<8 | int(b[2*i+1]) }
	if len(b) < 8 {
		return Decimal{}, fault.New("08P01", "insufficient data left in message")
	}
	n, weight, sign, scale := word(0), int(int16(word(1))), word(2), word(3)
	if len(b) != 8+2*n {
		return Decimal{}, fault.New(fault.InvalidBinary, "incorrect binary data format")
	}
	switch sign {
	case signNaN:
		return NaN, nil
	case signPosInf:
		return PosInf, nil
	case signNegInf:
		return NegInf, nil
	case 0, signNeg:
	default:
		return Decimal{}, fault.New(fault.InvalidBinary, "invalid sign in external \"numeric\" value")
	}
	if scale > MaxScale {
		return Decimal{}, fault.New(fault.InvalidBinary, "invalid scale in external \"numeric\" value")
	}
	c := new(big.Int)
	for i := 0; i < n; i++ {
		g := word(4 + i)
		if g > 9999 {
			return Decimal{}, fault.New(fault.InvalidBinary, "invalid digit in external \"numeric\" value")
		}
		c.Add(c.Mul(c, bigBase), big.NewInt(int64(g)))
	}
	if sign == signNeg {
		c.Neg(c)
	}
	// The value is c * 10000^(weight-n+1); digits past the scale are cut off.
	if c.Sign() == 0 {
		return Decimal{scale: int32(scale)}, nil
	}
	exp := 4 * (weight - n + 1)
	if exp+scale >= 0 {
		c.Mul(c, pow10(exp+scale))
	} else {
		c.Quo(c, pow10(-exp-scale))
	}
	return FromBig(c, scale).checked()
}
