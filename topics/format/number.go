package format

import (
	"math"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
)

// fastDigits is how many digits always fit an int64.
const fastDigits = 18

func readInt[T int16 | int32 | int64](d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	b, p := s.b, s.p
	neg := c == '-'
	if neg {
		p++
	}
	start := p
	var v int64
	for p < len(b) {
		digit := b[p] - '0'
		if digit > 9 {
			break
		}
		v = v*10 + int64(digit)
		p++
	}
	n := p - start
	if n == 0 || n > fastDigits || b[start] == '0' && n > 1 || p < len(b) && (b[p] == '.' || b[p]|0x20 == 'e') {
		return readIntSlow[T](d, s, f, c)
	}
	if neg {
		v = -v
	}
	if int64(T(v)) != v {
		return outOfRange(f.Type, b[s.p:p])
	}
	s.p = p
	f.out.Ints = append(f.out.Ints, v)
	return nil
}

// readIntSlow takes strings, long numbers, and numbers with a point or an
// exponent that are whole all the same.
func readIntSlow[T int16 | int32 | int64](d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c == '"' {
		return readAny(d, s, f, c)
	}
	if c != '-' && !isDigit(c) {
		return d.mismatch(s, f)
	}
	num, _, err := s.number()
	if err != nil {
		return err
	}
	v, whole, fits := wholeNumber(num)
	switch {
	case !whole:
		return syntax(f.Type, num)
	case !fits || int64(T(v)) != v:
		return outOfRange(f.Type, num)
	}
	f.out.AppendInt(v)
	return nil
}

// decimal is a JSON number as digits and a power of ten: coefficient * 10^exp.
type decimal struct {
	neg         bool
	coefficient uint64
	exp         int
	exact       bool // all digits are in the coefficient
}

// splitNumber reads a number that the scanner has checked.
func splitNumber(num []byte) decimal {
	d := decimal{exact: true}
	i := 0
	if num[0] == '-' {
		d.neg, i = true, 1
	}
	point, digits := false, 0
	for ; i < len(num); i++ {
		c := num[i]
		if c == '.' {
			point = true
			continue
		}
		if !isDigit(c) {
			break
		}
		if digits < 19 {
			d.coefficient = d.coefficient*10 + uint64(c-'0')
			if d.coefficient > 0 {
				digits++
			}
			if point {
				d.exp--
			}
		} else {
			d.exact = d.exact && c == '0'
			if !point {
				d.exp++
			}
		}
	}
	if i < len(num) {
		e, err := strconv.Atoi(string(num[i+1:]))
		if err != nil || e > 1<<20 || e < -1<<20 {
			d.exact = false
			e = 0
		}
		d.exp += e
	}
	return d
}

// wholeNumber is the value of a number without a fraction.
func wholeNumber(num []byte) (v int64, whole, fits bool) {
	d := splitNumber(num)
	if d.coefficient == 0 && d.exact {
		return 0, true, true
	}
	for d.exp < 0 && d.coefficient%10 == 0 {
		d.coefficient /= 10
		d.exp++
	}
	if d.exp < 0 {
		return 0, false, false
	}
	for ; d.exp > 0; d.exp-- {
		if d.coefficient > math.MaxUint64/10 {
			return 0, true, false
		}
		d.coefficient *= 10
	}
	switch {
	case !d.exact:
		// More digits than any integer has; whether they are a fraction's no longer matters.
		return 0, true, false
	case d.neg && d.coefficient <= 1<<63:
		return -int64(d.coefficient), true, true
	case !d.neg && d.coefficient <= math.MaxInt64:
		return int64(d.coefficient), true, true
	}
	return 0, true, false
}

// pow10 are the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

func readFloat(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c == '"' {
		return readAny(d, s, f, c)
	}
	if c != '-' && !isDigit(c) {
		return d.mismatch(s, f)
	}
	num, _, err := s.number()
	if err != nil {
		return err
	}
	bits := 64
	if f.Type.Kind == row.Float4 {
		bits = 32
	}
	if n := splitNumber(num); bits == 64 && n.exact && n.coefficient < 1<<53 && n.exp >= -22 && n.exp <= 22 {
		// Both factors are exact, so one operation rounds correctly (Clinger 1990).
		v := float64(n.coefficient)
		if n.exp < 0 {
			v /= pow10[-n.exp]
		} else {
			v *= pow10[n.exp]
		}
		if n.neg {
			v = -v
		}
		f.out.AppendFloat(v)
		return nil
	}
	v, perr := strconv.ParseFloat(string(num), bits)
	if n := splitNumber(num); perr != nil || v == 0 && n.coefficient != 0 {
		return outOfRange(f.Type, num)
	}
	f.out.AppendFloat(v)
	return nil
}

func readNumeric(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c == '"' {
		return readAny(d, s, f, c)
	}
	if c != '-' && !isDigit(c) {
		return d.mismatch(s, f)
	}
	num, _, err := s.number()
	if err != nil {
		return err
	}
	n := splitNumber(num)
	if f.Type.Typmod() >= 0 || !n.exact || n.coefficient >= 1e18 || n.exp < -fastDigits || hasExponent(num) {
		return appendText(f.out, f.Type, string(num))
	}
	v := int64(n.coefficient)
	if n.neg {
		v = -v
	}
	f.out.Data = numeric.AppendSmall(f.out.Data, v, -n.exp)
	f.out.EndBytes()
	return nil
}

func hasExponent(num []byte) bool {
	for _, c := range num {
		if c|0x20 == 'e' {
			return true
		}
	}
	return false
}
