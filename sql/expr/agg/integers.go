package agg

import (
	"math/big"
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/pgerr"
)

// integers is sum and avg of integers: how many values, and their sum in 128
// bits, which no number of rows can overflow.
type integers struct {
	out    row.Type
	finish func(n int64, hi int64, lo uint64, out *row.Column) error
}

func (a integers) Type() row.Type       { return a.out }
func (integers) Init(dst []byte) []byte { return append(dst, make([]byte, 24)...) }

func (integers) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	hi, lo := mul(c.Ints[i], w)
	low, carry := bits.Add64(uint64(word(s, 1)), lo, 0)
	high, _ := bits.Add64(uint64(word(s, 2)), uint64(hi), carry)
	setWord(s, 0, word(s, 0)+w)
	setWord(s, 1, int64(low))
	setWord(s, 2, int64(high))
	return s, nil
}

func (a integers) Result(s []byte, out *row.Column) error {
	if word(s, 0) == 0 {
		out.AppendNull()
		return nil
	}
	return a.finish(word(s, 0), word(s, 2), uint64(word(s, 1)), out)
}

// mul is the signed product in 128 bits.
func mul(a, b int64) (hi int64, lo uint64) {
	h, l := bits.Mul64(uint64(a), uint64(b))
	return int64(h) - a>>63&b - b>>63&a, l
}

func bigOf(hi int64, lo uint64) *big.Int {
	v := new(big.Int).Lsh(big.NewInt(hi), 64)
	return v.Add(v, new(big.Int).SetUint64(lo))
}

func finishInt8(_ int64, hi int64, lo uint64, out *row.Column) error {
	if hi != int64(lo)>>63 {
		return pgerr.New(pgerr.NumericValueOutOfRange, "bigint out of range")
	}
	out.AppendInt(int64(lo))
	return nil
}

func sumDecimal(hi int64, lo uint64) numeric.Decimal {
	if hi == int64(lo)>>63 {
		return numeric.FromInt64(int64(lo))
	}
	return numeric.FromBig(bigOf(hi, lo), 0)
}

func finishNumeric(_ int64, hi int64, lo uint64, out *row.Column) error {
	appendDecimal(out, sumDecimal(hi, lo))
	return nil
}

func finishAverage(n int64, hi int64, lo uint64, out *row.Column) error {
	d, err := sumDecimal(hi, lo).Div(numeric.FromInt64(n))
	if err == nil {
		appendDecimal(out, d)
	}
	return err
}
