package agg

import (
	"math"
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// intervals is sum and avg of intervals: the count, the sums of months and days
// as words, and that of microseconds in two.
type intervals struct{ average bool }

func (intervals) Type() row.Type         { return row.T(row.Interval) }
func (intervals) Init(dst []byte) []byte { return append(dst, make([]byte, 40)...) }

func (intervals) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	v := datetime.DecodeInterval(c.Bytes(i))
	hi, lo := mul(v.Micros, w)
	low, carry := bits.Add64(uint64(word(s, 3)), lo, 0)
	high, _ := bits.Add64(uint64(word(s, 4)), uint64(hi), carry)
	setWord(s, 0, word(s, 0)+w)
	setWord(s, 1, word(s, 1)+w*int64(v.Months))
	setWord(s, 2, word(s, 2)+w*int64(v.Days))
	setWord(s, 3, int64(low))
	setWord(s, 4, int64(high))
	return s, nil
}

func (a intervals) Result(s []byte, out *row.Column) error {
	n, months, days := word(s, 0), word(s, 1), word(s, 2)
	if n == 0 {
		out.AppendNull()
		return nil
	}
	micros, hi := word(s, 3), word(s, 4)
	if hi != micros>>63 || months != int64(int32(months)) || days != int64(int32(days)) {
		return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
	}
	v := datetime.Interval{Months: int32(months), Days: int32(days), Micros: micros}
	if a.average {
		v = divide(v, float64(n))
	}
	out.Data = v.Append(out.Data)
	out.EndBytes()
	return nil
}

// divide spreads what whole months and days leave over to days and microseconds.
func divide(v datetime.Interval, by float64) datetime.Interval {
	months, days := float64(v.Months)/by, float64(v.Days)/by
	out := datetime.Interval{Months: int32(months), Days: int32(days)}
	rest := roundMicro((months - math.Trunc(months)) * 30)
	whole := math.Trunc(rest)
	seconds := roundMicro((days - math.Trunc(days) + rest - whole) * 86400)
	if math.Abs(seconds) >= 86400 {
		extra := math.Trunc(seconds / 86400)
		whole += extra
		seconds -= extra * 86400
	}
	out.Days += int32(whole)
	out.Micros = int64(math.RoundToEven(float64(v.Micros)/by + seconds*1e6))
	return out
}

func roundMicro(v float64) float64 { return math.RoundToEven(v*1e6) / 1e6 }
