package row

import (
	"math"
	"strconv"

	"github.com/tarndb/tarn/row/datetime"
)

// Forms is which of their text forms values have, where PostgreSQL leaves that to a
// session's settings. The zero value is PostgreSQL's defaults.
type Forms struct {
	Dates        datetime.DateStyle
	Intervals    datetime.IntervalStyle
	EscapedBytea bool // bytea_output is escape, not hex
	// RoundedFloats is 0 for the shortest digits that read back as the same value, and
	// else by how many digits, less one, floats are rounded: 1 - extra_float_digits.
	RoundedFloats uint8
}

// appendChosen appends the text form of a value whose form the settings choose; done
// is false for those of other types.
func (s *Style) appendChosen(dst []byte, k Kind, d Datum) (_ []byte, done bool) {
	switch k {
	case Float4, Float8:
		if s.RoundedFloats == 0 {
			return dst, false
		}
		digits := digits64
		if k == Float4 {
			digits = digits32
		}
		return appendRounded(dst, d.F, digits+1-int(s.RoundedFloats)), true
	case Bytea:
		if !s.EscapedBytea {
			return dst, false
		}
		return appendEscaped(dst, d.B), true
	case Date:
		return s.Dates.AppendDate(dst, d.I), true
	case Timestamp:
		return s.Dates.AppendTimestamp(dst, d.I), true
	case Timestamptz:
		return s.Dates.AppendTimestamptz(dst, d.I, s.zone()), true
	case Interval:
		return s.Intervals.Append(dst, datetime.DecodeInterval(d.B)), true
	}
	return dst, false
}

// appendFloat appends the shortest digits that read back as v; an exponent is
// used as PostgreSQL does, outside 1e-4 to 1e15 (1e6 for real).
func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case v == 0:
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	limit := 1e15
	if bits == 32 {
		limit = 1e6
	}
	if a := math.Abs(v); a >= 1e-4 && a < limit {
		return strconv.AppendFloat(dst, v, 'f', -1, bits)
	}
	return strconv.AppendFloat(dst, v, 'e', -1, bits)
}

// The digits that every float of these sizes keeps, C's DBL_DIG and FLT_DIG.
const (
	digits64 = 15
	digits32 = 6
)

// appendRounded appends a float with a number of digits, as C's %g does.
func appendRounded(dst []byte, v float64, digits int) []byte {
	if v != v || math.IsInf(v, 0) {
		return appendFloat(dst, v, 64)
	}
	return strconv.AppendFloat(dst, v, 'g', max(digits, 1), 64)
}

// appendEscaped appends bytes as bytea_output escape has it: what is printable in
// ASCII as it stands, and the rest in octal.
func appendEscaped(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case c == '\\':
			dst = append(dst, c, c)
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
