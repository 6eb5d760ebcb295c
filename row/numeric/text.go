package numeric

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

// AppendText appends PostgreSQL's text form.
func (d Decimal) AppendText(dst []byte) []byte {
	switch d.form {
	case nan:
		return append(dst, "NaN"...)
	case posInf:
		return append(dst, "Infinity"...)
	case negInf:
		return append(dst, "-Infinity"...)
	}
	var buf [24]byte
	var digits []byte
	if d.big == nil {
		digits = strconv.AppendInt(buf[:0], d.small, 10)
	} else {
		digits = d.big.Append(nil, 10)
	}
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	whole := len(digits) - int(d.scale)
	if whole > 0 {
		dst = append(dst, digits[:whole]...)
		digits = digits[whole:]
	} else {
		dst = append(dst, '0')
	}
	if d.scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for ; whole < 0; whole++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// String is the text form.
func (d Decimal) String() string { return string(d.AppendText(nil)) }

// Parse reads PostgreSQL's input syntax of numeric.
func Parse(s string) (Decimal, error) {
	t := strings.Trim(s, " \t\n\r\v\f")
	d, ok := parseSpecial(t)
	if ok {
		return d, nil
	}
	neg, digits, scale, ok := splitNumber(t)
	if ok && scale < -math.MaxInt32/4 {
		return Decimal{}, errOverflow()
	}
	if !ok {
		return Decimal{}, fault.Syntax("numeric", s)
	}
	if len(digits) <= 18 && scale >= 0 && scale <= MaxScale {
		c, _ := strconv.ParseInt("0"+digits, 10, 64)
		if neg {
			c = -c
		}
		return Decimal{small: c, scale: int32(scale)}, nil
	}
	return bigNumber(neg, digits, scale)
}

func bigNumber(neg bool, digits string, scale int) (Decimal, error) {
	if scale > MaxScale {
		return Decimal{}, errOverflow()
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return Decimal{scale: int32(max(scale, 0))}, nil
	}
	if len(digits)-scale > MaxIntDigits {
		return Decimal{}, errOverflow()
	}
	if scale < 0 {
		digits += strings.Repeat("0", -scale)
		scale = 0
	}
	c, _ := new(big.Int).SetString(digits, 10)
	if neg {
		c.Neg(c)
	}
	return FromBig(c, scale), nil
}

func parseSpecial(t string) (Decimal, bool) {
	if t == "" || t[len(t)-1] >= '0' && t[len(t)-1] <= '9' || t[len(t)-1] == '.' {
		return Decimal{}, false
	}
	switch strings.ToLower(t) {
	case "nan":
		return NaN, true
	case "infinity", "+infinity", "inf", "+inf":
		return PosInf, true
	case "-infinity", "-inf":
		return NegInf, true
	}
	return Decimal{}, false
}

// splitNumber takes [+-]digits[.digits][e[+-]digits] apart: the digits without
// the point, and how many of them are after it (less the exponent).
func splitNumber(t string) (neg bool, digits string, scale int, ok bool) {
	if t != "" && (t[0] == '-' || t[0] == '+') {
		neg, t = t[0] == '-', t[1:]
	}
	i := countDigits(t)
	digits = t[:i]
	t = t[i:]
	if t != "" && t[0] == '.' {
		n := countDigits(t[1:])
		digits, scale = digits+t[1:1+n], n
		t = t[1+n:]
	}
	if digits == "" {
		return false, "", 0, false
	}
	if t == "" {
		return neg, digits, scale, true
	}
	if t[0] != 'e' && t[0] != 'E' {
		return false, "", 0, false
	}
	exp, err := strconv.Atoi(t[1:])
	if errors.Is(err, strconv.ErrRange) || exp > math.MaxInt32/2 || exp < -math.MaxInt32/2 {
		return neg, digits, -math.MaxInt32 / 2, true // past any range; the sign does not matter
	}
	if err != nil {
		return false, "", 0, false
	}
	scale -= exp
	if scale < 0 && len(digits) < 18 && len(digits)-scale <= 18 {
		// Small enough to stay on the fast path with its zeros written out.
		digits, scale = digits+strings.Repeat("0", -scale), 0
	}
	return neg, digits, scale, true
}

func countDigits(t string) int {
	i := 0
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	return i
}
