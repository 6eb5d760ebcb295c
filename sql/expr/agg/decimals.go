package agg

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
)

// decimals is sum and avg of numerics. The scale of PostgreSQL's result is the
// greatest scale among the values; for that to survive retractions the state
// counts and sums the values of each scale apart.
//
// The compact state, for one scale under 64: 0, scale, count and 128-bit sum as
// words. The long state: 1, then four varints (NaNs, infinities, negative
// infinities, number of scales), then for each scale, ascending: scale and count
// as varints, the sum's length, sign and magnitude. The compact state is used whenever it can be.
type decimals struct{ average bool }

const compactSize = 2 + 24

type scaleSum struct {
	scale int
	count int64
	sum   *big.Int
}

type decimalSums struct {
	special [3]int64 // NaN, Infinity, -Infinity
	scales  []scaleSum
}

func (decimals) Type() row.Type         { return row.T(row.Numeric) }
func (decimals) Init(dst []byte) []byte { return append(dst, make([]byte, compactSize)...) }

func (decimals) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	v := c.Bytes(i)
	if coefficient, scale, ok := numeric.DecodeSmall(v); ok && addCompact(s, coefficient, scale, w) {
		return s, nil
	}
	sums := decodeSums(s)
	sums.add(numeric.Decode(v), w)
	return sums.encode(s[:0]), nil
}

// addCompact adds to a compact state in place, if the result is one too.
func addCompact(s []byte, coefficient int64, scale int, w int64) bool {
	if s[0] != 0 || int(s[1]) != scale && word(s[2:], 0) != 0 {
		return false
	}
	n, low, high := word(s[2:], 0), uint64(word(s[2:], 1)), uint64(word(s[2:], 2))
	if n == 0 && (low|high) != 0 && int(s[1]) != scale {
		return false
	}
	hi, lo := mul(coefficient, w)
	sum, carry := bits.Add64(low, lo, 0)
	top, _ := bits.Add64(high, uint64(hi), carry)
	if (int64(high)^int64(top))&(hi^int64(top)) < 0 {
		return false
	}
	n += w
	s[1] = byte(scale)
	if n == 0 && sum|top == 0 {
		s[1] = 0
	}
	setWord(s[2:], 0, n)
	setWord(s[2:], 1, int64(sum))
	setWord(s[2:], 2, int64(top))
	return true
}

func decodeSums(s []byte) decimalSums {
	var d decimalSums
	if s[0] == 0 {
		e := scaleSum{int(s[1]), word(s[2:], 0), bigOf(word(s[2:], 2), uint64(word(s[2:], 1)))}
		if e.count != 0 || e.sum.Sign() != 0 {
			d.scales = append(d.scales, e)
		}
		return d
	}
	s = s[1:]
	next := func() int64 {
		v, n := binary.Varint(s)
		s = s[n:]
		return v
	}
	for i := range d.special {
		d.special[i] = next()
	}
	for n := next(); n > 0; n-- {
		e := scaleSum{scale: int(next()), count: next(), sum: new(big.Int)}
		size := next()
		e.sum.SetBytes(s[1 : 1+size])
		if s[0] != 0 {
			e.sum.Neg(e.sum)
		}
		s = s[1+size:]
		d.scales = append(d.scales, e)
	}
	return d
}

func (d *decimalSums) add(v numeric.Decimal, w int64) {
	switch {
	case v.IsNaN():
		d.special[0] += w
		return
	case v.IsInf() && v.Sign() > 0:
		d.special[1] += w
		return
	case v.IsInf():
		d.special[2] += w
		return
	}
	at, found := slices.BinarySearchFunc(d.scales, v.Scale(), func(e scaleSum, scale int) int { return e.scale - scale })
	if !found {
		d.scales = slices.Insert(d.scales, at, scaleSum{scale: v.Scale(), sum: new(big.Int)})
	}
	e := &d.scales[at]
	e.count += w
	e.sum.Add(e.sum, new(big.Int).Mul(v.Coefficient(), big.NewInt(w)))
	if e.count == 0 && e.sum.Sign() == 0 {
		d.scales = slices.Delete(d.scales, at, at+1)
	}
}

func (d *decimalSums) encode(dst []byte) []byte {
	if d.special == [3]int64{} && len(d.scales) <= 1 {
		out := append(dst, make([]byte, compactSize)...)
		s := out[len(dst):]
		if len(d.scales) == 0 {
			return out
		}
		if e := d.scales[0]; e.scale < 64 && e.sum.BitLen() < 127 {
			hi := new(big.Int).Rsh(e.sum, 64).Int64()
			lo := new(big.Int).And(e.sum, new(big.Int).SetUint64(math.MaxUint64)).Uint64()
			s[1] = byte(e.scale)
			setWord(s[2:], 0, e.count)
			setWord(s[2:], 1, int64(lo))
			setWord(s[2:], 2, hi)
			return out
		}
	}
	dst = append(dst, 1)
	for _, n := range d.special {
		dst = binary.AppendVarint(dst, n)
	}
	dst = binary.AppendVarint(dst, int64(len(d.scales)))
	for _, e := range d.scales {
		dst = binary.AppendVarint(dst, int64(e.scale))
		dst = binary.AppendVarint(dst, e.count)
		b := e.sum.Bytes()
		dst = binary.AppendVarint(dst, int64(len(b)))
		sign := byte(0)
		if e.sum.Sign() < 0 {
			sign = 1
		}
		dst = append(append(dst, sign), b...)
	}
	return dst
}

// total is the sum at the greatest scale, and the number of values.
func (d *decimalSums) total() (numeric.Decimal, int64, error) {
	n := d.special[0] + d.special[1] + d.special[2]
	sum := numeric.Zero
	var err error
	for _, e := range d.scales {
		n += e.count
		if sum, err = sum.Add(numeric.FromBig(e.sum, e.scale)); err != nil {
			return sum, n, err
		}
	}
	switch {
	case d.special[0] != 0 || d.special[1] != 0 && d.special[2] != 0:
		sum = numeric.NaN
	case d.special[1] != 0:
		sum = numeric.PosInf
	case d.special[2] != 0:
		sum = numeric.NegInf
	}
	return sum, n, nil
}

func (a decimals) Result(s []byte, out *row.Column) error {
	sums := decodeSums(s)
	sum, n, err := sums.total()
	if err != nil {
		return err
	}
	if n == 0 {
		out.AppendNull()
		return nil
	}
	if a.average {
		if sum, err = sum.Div(numeric.FromInt64(n)); err != nil {
			return err
		}
	}
	appendDecimal(out, sum)
	return nil
}
