package datetime

import (
	"strconv"
	"time"
)

// AppendDate appends the text form of a date.
func AppendDate(dst []byte, days int64) []byte {
	switch days {
	case DateNegInf:
		return append(dst, "-infinity"...)
	case DatePosInf:
		return append(dst, "infinity"...)
	}
	year, month, day := Civil(days)
	dst = appendYMD(dst, year, month, day)
	return appendEra(dst, year)
}

func appendYMD(dst []byte, year int64, month, day int) []byte {
	if year <= 0 {
		year = 1 - year
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), int64(month), 2)
	return appendPadded(append(dst, '-'), int64(day), 2)
}

func appendEra(dst []byte, year int64) []byte {
	if year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

func appendPadded(dst []byte, v int64, width int) []byte {
	for limit := int64(10); width > 1; width-- {
		if v < limit {
			for w := width; w > 1; w-- {
				dst = append(dst, '0')
			}
			break
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, v, 10)
}

// AppendTime appends the text form of a time of day.
func AppendTime(dst []byte, micros int64) []byte {
	dst = appendPadded(dst, micros/Hour, 2)
	dst = appendPadded(append(dst, ':'), micros/Minute%60, 2)
	dst = appendPadded(append(dst, ':'), micros/Second%60, 2)
	return appendFraction(dst, micros%Second)
}

// appendFraction appends .ffffff without trailing zeros, nothing for zero.
func appendFraction(dst []byte, micros int64) []byte {
	if micros == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), micros, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// AppendTimestamp appends the text form of a timestamp without time zone.
func AppendTimestamp(dst []byte, ts int64) []byte {
	if dst, ok := appendInfinite(dst, ts); ok {
		return dst
	}
	days, micros := Split(ts)
	year, month, day := Civil(days)
	dst = appendYMD(dst, year, month, day)
	dst = AppendTime(append(dst, ' '), micros)
	return appendEra(dst, year)
}

func appendInfinite(dst []byte, ts int64) ([]byte, bool) {
	switch ts {
	case TimestampNegInf:
		return append(dst, "-infinity"...), true
	case TimestampPosInf:
		return append(dst, "infinity"...), true
	}
	return dst, false
}

// AppendTimestamptz appends the text form of a timestamp with time zone, in a zone.
func AppendTimestamptz(dst []byte, ts int64, zone *time.Location) []byte {
	if dst, ok := appendInfinite(dst, ts); ok {
		return dst
	}
	offset := Offset(ts, zone)
	days, micros := Split(ts + int64(offset)*Second)
	year, month, day := Civil(days)
	dst = appendYMD(dst, year, month, day)
	dst = AppendTime(append(dst, ' '), micros)
	dst = AppendOffset(dst, offset)
	return appendEra(dst, year)
}

// AppendOffset appends +hh[:mm[:ss]] for seconds east of UTC.
func AppendOffset(dst []byte, offset int) []byte {
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	dst = appendPadded(append(dst, sign), int64(offset/3600), 2)
	if offset%3600 != 0 {
		dst = appendPadded(append(dst, ':'), int64(offset/60%60), 2)
	}
	if offset%60 != 0 {
		dst = appendPadded(append(dst, ':'), int64(offset%60), 2)
	}
	return dst
}

// Offset is a zone's offset at an instant, in seconds east of UTC.
func Offset(ts int64, zone *time.Location) int {
	if zone == time.UTC {
		return 0
	}
	seconds := floorDiv(ts, Second) - UnixEpochMicro/Second // in microseconds the last days would overflow
	_, offset := time.Unix(seconds, 0).In(zone).Zone()
	return offset
}

// FromLocal is the instant of a local timestamp in a zone. In a gap the offset
// before it counts, and of two instants the one in standard time, as PostgreSQL has it.
func FromLocal(local int64, zone *time.Location) int64 {
	if zone == time.UTC || local == TimestampNegInf || local == TimestampPosInf {
		return local
	}
	before := Offset(local-Day, zone)
	after := Offset(local+Day, zone)
	a, b := local-int64(before)*Second, local-int64(after)*Second
	if before == after {
		if at := Offset(a, zone); at != before {
			return local - int64(at)*Second
		}
		return a
	}
	okA, okB := Offset(a, zone) == before, Offset(b, zone) == after
	switch {
	case okA && !okB:
		return a
	case okB && !okA:
		return b
	case okA && okB:
		// The clock was set back: the later instant, which is standard time.
		return max(a, b)
	}
	return a
}
