package agg

import (
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
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
		return fn.IntervalOutOfRange()
	}
	v := datetime.Interval{Months: int32(months), Days: int32(days), Micros: micros}
	if a.average {
		var err error
		if v, err = fn.ScaleInterval(v, func(x float64) float64 { return x / float64(n) }); err != nil {
			return err
		}
	}
	out.Data = v.Append(out.Data)
	out.EndBytes()
	return nil
}
