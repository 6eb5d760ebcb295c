package system

import (
	"math"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// sizeUnits are the units of sizes, each 1024 of the one before it.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

func sizeFuncs(r *fn.Registry) {
	r.Func("pg_size_pretty(int8) text", fn.B1(func(_ *fn.Call, dst []byte, n int64) ([]byte, error) { return appendSize(dst, n), nil }), fn.NoError)
	r.Func("pg_size_pretty(numeric) text", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		return appendDecimalSize(dst, numeric.Decode(a))
	}))
	r.Func("pg_size_bytes(text) int8", fn.F1(func(_ *fn.Call, s string) (int64, error) { return sizeBytes(s) }))
}

// appendSize shows bytes in the greatest unit in which they are under 10240, rounded.
func appendSize(dst []byte, n int64) []byte {
	text := func(v int64, unit string) []byte {
		return append(row.AppendText(dst, row.T(row.Int8), row.IntDatum(v), nil), " "+unit...)
	}
	if n > -10*1024 && n < 10*1024 {
		return text(n, "bytes")
	}
	// Half units are kept to the last, for the rounding.
	half := n / 512
	for _, unit := range sizeUnits[1:5] {
		if max(half, -half) < 20*1024-1 {
			return text(roundHalf(half), unit)
		}
		half /= 1024
	}
	return text(roundHalf(half), "PB")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func roundHalf(v int64) int64 {
	if v > 0 {
		return (v + 1) / 2
	}
	return (v - 1) / 2
}

// appendDecimalSize does the same for numbers that are not whole or do not fit.
func appendDecimalSize(dst []byte, d numeric.Decimal) ([]byte, error) {
	limit := numeric.FromInt64(10 * 1024)
	for i, unit := range sizeUnits {
		if d.Abs().Cmp(limit) < 0 || i == len(sizeUnits)-1 {
			if i > 0 {
				d = halved(d)
			}
			return append(d.AppendText(dst), " "+unit...), nil
		}
		// The first unit is divided by half of itself, see appendSize.
		by := int64(1024)
		if i == 0 {
			by, limit = 512, numeric.FromInt64(20*1024-1)
		}
		var err error
		if d, err = d.DivTrunc(numeric.FromInt64(by)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// halved is half of a whole number, rounded away from zero.
func halved(d numeric.Decimal) numeric.Decimal {
	one := numeric.FromInt64(1)
	if d.Sign() < 0 {
		one = one.Neg()
	}
	if sum, err := d.Add(one); err == nil {
		d = sum
	}
	if half, err := d.DivTrunc(numeric.FromInt64(2)); err == nil {
		d = half
	}
	return d
}

// sizeBytes reads a number and a unit.
func sizeBytes(s string) (int64, error) {
	bad := func() *pgerr.Error { return pgerr.New(pgerr.InvalidParameterValue, "invalid size: \"%s\"", s) }
	number, unit := cutNumber(strings.TrimLeft(s, " \t\n\r\v\f"))
	if number == "" {
		return 0, bad()
	}
	d, err := numeric.Parse(number)
	if err != nil {
		return 0, fn.Visible(err)
	}
	if unit = strings.Trim(unit, " \t\n\r\v\f"); unit != "" {
		at := -1
		for i, u := range sizeUnits {
			if strings.EqualFold(u, unit) {
				at = i
			}
		}
		if at < 0 {
			return 0, bad().WithDetail("Invalid size unit: \"%s\".", unit).
				WithHint(`Valid units are "bytes", "kB", "MB", "GB", "TB", and "PB".`)
		}
		if d, err = d.Mul(numeric.FromInt64(1 << (10 * at))); err != nil {
			return 0, fn.Visible(err)
		}
	}
	return d.ToInt64("bigint", math.MinInt64, math.MaxInt64)
}

// cutNumber cuts a decimal number off the front of s; it is empty where none starts.
func cutNumber(s string) (number, rest string) {
	i := 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	digits := 0
	for point := false; i < len(s) && (isDigit(s[i]) || s[i] == '.' && !point); i++ {
		if s[i] == '.' {
			point = true
		} else {
			digits++
		}
	}
	if digits == 0 {
		return "", s
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		at := i + 1
		if at < len(s) && (s[at] == '-' || s[at] == '+') {
			at++
		}
		end := at
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		if end > at {
			i = end
		}
	}
	return s[:i], s[i:]
}
