// Package datetime is PostgreSQL's date, time, timestamp and interval: calendar
// arithmetic, input syntaxes, text forms in all of DateStyle and IntervalStyle, and
// the physical and key forms of intervals.
package datetime

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/ordered"
)

// Units in microseconds.
const (
	Millisecond int64 = 1000
	Second      int64 = 1000 * Millisecond
	Minute      int64 = 60 * Second
	Hour        int64 = 60 * Minute
	Day         int64 = 24 * Hour
)

// Interval is PostgreSQL's: three parts that do not carry into each other.
type Interval struct {
	Months int32
	Days   int32
	Micros int64
}

// IntervalSize is the length of the physical form, which is also the wire's
// binary form: microseconds (8 bytes), days (4), months (4), big-endian.
const IntervalSize = 16

// Append appends the physical form.
func (v Interval) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}

// DecodeInterval reads the physical form; short bytes are the zero interval.
func DecodeInterval(b []byte) Interval {
	if len(b) < IntervalSize {
		return Interval{}
	}
	return Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}
}

// span is the length that comparison sees: months of 30 days, days of 24 hours,
// as a 128-bit number of microseconds.
func (v Interval) span() (hi int64, lo uint64) {
	days := int64(v.Months)*30 + int64(v.Days)
	h, l := bits.Mul64(uint64(abs(days)), uint64(Day))
	if days < 0 {
		var borrow uint64
		l, borrow = bits.Sub64(0, l, 0)
		h, _ = bits.Sub64(0, h, borrow)
	}
	l, carry := bits.Add64(l, uint64(v.Micros), 0)
	h, _ = bits.Add64(h, uint64(v.Micros>>63), carry)
	return int64(h), l
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// Span is the interval's normalized length, for hashing and for keys.
func (v Interval) Span() (hi int64, lo uint64) { return v.span() }

// Cmp is -1, 0 or 1 by normalized length.
func (v Interval) Cmp(o Interval) int {
	h1, l1 := v.span()
	h2, l2 := o.span()
	switch {
	case h1 < h2 || h1 == h2 && l1 < l2:
		return -1
	case h1 == h2 && l1 == l2:
		return 0
	}
	return 1
}

// The key form is the normalized length: an ordered integer where 64 bits hold
// it, else a byte on the outer side of those and the length in 128 bits.
const (
	keyBelow = 0x07
	keyAbove = 0xf8
)

// AppendKey appends the key form.
func (v Interval) AppendKey(dst []byte) []byte {
	hi, lo := v.span()
	if hi == int64(lo)>>63 {
		return ordered.AppendInt(dst, int64(lo))
	}
	if hi < 0 {
		dst = append(dst, keyBelow)
	} else {
		dst = append(dst, keyAbove)
	}
	dst = binary.BigEndian.AppendUint64(dst, uint64(hi))
	return binary.BigEndian.AppendUint64(dst, lo)
}

// IntervalKeyLen is the length of the key form that src starts with; 0 when there is none.
func IntervalKeyLen(src []byte, mask byte) int {
	if len(src) > 0 && (src[0]^mask == keyBelow || src[0]^mask == keyAbove) {
		if len(src) < 17 {
			return 0
		}
		return 17
	}
	return ordered.IntLen(src, mask)
}

// IntervalFromKey reads an ascending key form as the interval of that length
// whose parts are as PostgreSQL's justify_interval makes them.
func IntervalFromKey(key []byte) (Interval, error) {
	var hi int64
	var lo uint64
	if len(key) == 17 {
		hi, lo = int64(binary.BigEndian.Uint64(key[1:])), binary.BigEndian.Uint64(key[9:])
		if hi == int64(lo)>>63 || (hi < 0) != (key[0] == keyBelow) {
			return Interval{}, fault.Corrupt("interval key")
		}
	} else {
		v, n, ok := ordered.Int(key, 0)
		if !ok || n != len(key) {
			return Interval{}, fault.Corrupt("interval key")
		}
		hi, lo = v>>63, uint64(v)
	}
	neg := hi < 0
	if neg {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		h, _ := bits.Sub64(0, uint64(hi), borrow)
		hi = int64(h)
	}
	if uint64(hi) >= uint64(Day) {
		return Interval{}, fault.Corrupt("interval key")
	}
	q, r := bits.Div64(uint64(hi), lo, uint64(Day))
	return fromDays(q, r, neg)
}

// fromDays makes an interval of days and the microseconds of one more. Longer
// ones than months can hold fill the days, and then the microseconds.
func fromDays(days, micros uint64, neg bool) (Interval, error) {
	limit, microLimit, sign := uint64(math.MaxInt32), uint64(math.MaxInt64), int64(1)
	if neg {
		limit, microLimit, sign = limit+1, microLimit+1, -1
	}
	months := min(days/30, limit)
	days -= 30 * months
	rest := days - min(days, limit)
	days -= rest
	hi, lo := bits.Mul64(rest, uint64(Day))
	micros, carry := bits.Add64(micros, lo, 0)
	if hi != 0 || carry != 0 || micros > microLimit {
		return Interval{}, fault.Corrupt("interval key")
	}
	return Interval{Months: int32(sign * int64(months)), Days: int32(sign * int64(days)), Micros: sign * int64(micros)}, nil
}
