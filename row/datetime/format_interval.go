package datetime

import (
	"math"
	"strconv"
)

// IntervalStyle is PostgreSQL's setting of the name.
type IntervalStyle uint8

// The styles; the zero value is the default.
const (
	StylePostgres IntervalStyle = iota
	StyleVerbose
	StyleSQL
	StyleISO
)

// IntervalStyles are the styles' names.
var IntervalStyles = []string{"postgres", "postgres_verbose", "sql_standard", "iso_8601"}

// Append appends the text form of an interval.
func (s IntervalStyle) Append(dst []byte, v Interval) []byte {
	switch s {
	case StyleVerbose:
		return v.appendVerbose(dst)
	case StyleSQL:
		return v.appendSQL(dst)
	case StyleISO:
		return v.appendISO(dst)
	}
	return v.AppendText(dst)
}

// AppendText appends the text form of an interval in the style "postgres".
func (v Interval) AppendText(dst []byte) []byte {
	start := len(dst)
	negative := false // whether the part before was, which makes a plus sign appear
	part := func(n int64, unit string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if negative && n > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, n, 10), unit...)
		if n != 1 {
			dst = append(dst, 's')
		}
		negative = n < 0
	}
	part(int64(v.Months/12), " year")
	part(int64(v.Months%12), " mon")
	part(int64(v.Days), " day")
	if v.Micros == 0 && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	u := uint64(v.Micros)
	if v.Micros < 0 {
		dst = append(dst, '-')
		u = -u
	} else if negative {
		dst = append(dst, '+')
	}
	if u > math.MaxInt64 {
		return append(dst, "2562047788:00:54.775808"...)
	}
	return AppendTime(dst, int64(u))
}

// intervalParts are how many years, months, days, hours, minutes, seconds and
// microseconds an interval has, without their signs.
type intervalParts [7]uint64

// parts takes an interval apart. Some part is negative if neg, and positive if pos.
func (v Interval) parts() (p intervalParts, minus [7]bool, neg, pos bool) {
	micros := v.Micros
	for i, n := range [7]int64{
		int64(v.Months / 12), int64(v.Months % 12), int64(v.Days),
		micros / Hour, micros / Minute % 60, micros / Second % 60, micros % Second,
	} {
		p[i], minus[i] = uint64(abs(n)), n < 0
		neg, pos = neg || n < 0, pos || n > 0
	}
	return p, minus, neg, pos
}

// appendClock appends h:mm:ss.ffffff.
func (p intervalParts) appendClock(dst []byte) []byte {
	dst = append(strconv.AppendUint(dst, p[3], 10), ':')
	dst = append(appendPadded(dst, int64(p[4]), 2), ':')
	return p.appendSeconds(appendPadded(dst, int64(p[5]), 2))
}

func (p intervalParts) appendSeconds(dst []byte) []byte { return appendFraction(dst, int64(p[6])) }

// appendVerbose is @ 1 year 2 mons ago: the sign of the first part holds for all, and
// parts of the other sign have a minus.
func (v Interval) appendVerbose(dst []byte) []byte {
	p, minus, neg, pos := v.parts()
	dst = append(dst, '@')
	if !neg && !pos {
		return append(dst, " 0"...)
	}
	first, ago := true, false
	part := func(n uint64, negative bool, unit string, fraction uint64) {
		if n == 0 && fraction == 0 {
			return
		}
		if first {
			first, ago = false, negative
		}
		dst = append(dst, ' ')
		if negative != ago {
			dst = append(dst, '-')
		}
		dst = appendFraction(strconv.AppendUint(dst, n, 10), int64(fraction))
		dst = append(dst, unit...)
		// PostgreSQL has "-1 mons", but "-1 sec".
		if n != 1 || fraction != 0 || negative != ago && unit != " sec" {
			dst = append(dst, 's')
		}
	}
	for i, unit := range [...]string{" year", " mon", " day", " hour", " min"} {
		part(p[i], minus[i], unit, 0)
	}
	part(p[5], minus[5] || minus[6], " sec", p[6])
	if ago {
		dst = append(dst, " ago"...)
	}
	return dst
}

// appendSQL is what the SQL standard writes: 1-2 of years and months, 3 4:05:06 of days
// and times. It has no form for both, or for signs that differ: those have all parts, each with its sign.
func (v Interval) appendSQL(dst []byte) []byte {
	p, minus, neg, pos := v.parts()
	if !neg && !pos {
		return append(dst, '0')
	}
	months, days, clock := v.Months != 0, v.Days != 0, v.Micros != 0
	if neg && pos || months && (days || clock) {
		sign := func(negative bool) { dst = append(dst, "+-"[btoi(negative)]) }
		sign(minus[0] || minus[1])
		dst = append(p.appendMonths(dst), ' ')
		sign(minus[2])
		dst = append(strconv.AppendUint(dst, p[2], 10), ' ')
		sign(v.Micros < 0)
		return p.appendClock(dst)
	}
	if neg {
		dst = append(dst, '-')
	}
	switch {
	case months:
		return p.appendMonths(dst)
	case days:
		dst = append(strconv.AppendUint(dst, p[2], 10), ' ')
	}
	return p.appendClock(dst)
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
}

func (p intervalParts) appendMonths(dst []byte) []byte {
	dst = append(strconv.AppendUint(dst, p[0], 10), '-')
	return strconv.AppendUint(dst, p[1], 10)
}

// appendISO is ISO 8601's duration by units: P1Y2M3DT4H5M6S.
func (v Interval) appendISO(dst []byte) []byte {
	p, minus, neg, pos := v.parts()
	if !neg && !pos {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	part := func(i int, unit byte) {
		if p[i] == 0 {
			return
		}
		if minus[i] {
			dst = append(dst, '-')
		}
		dst = append(strconv.AppendUint(dst, p[i], 10), unit)
	}
	part(0, 'Y')
	part(1, 'M')
	part(2, 'D')
	if v.Micros == 0 {
		return dst
	}
	dst = append(dst, 'T')
	part(3, 'H')
	part(4, 'M')
	if p[5] == 0 && p[6] == 0 {
		return dst
	}
	if minus[5] || minus[6] {
		dst = append(dst, '-')
	}
	return append(p.appendSeconds(strconv.AppendUint(dst, p[5], 10)), 'S')
}
