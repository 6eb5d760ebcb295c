package agg

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// moment tells variance from standard deviation, of a sample or of all.
type moment struct {
	sample bool
	root   bool
}

func declareMoments(r *fn.Registry) {
	for name, m := range map[string]moment{
		"variance": {sample: true}, "var_samp": {sample: true}, "var_pop": {},
		"stddev": {sample: true, root: true}, "stddev_samp": {sample: true, root: true}, "stddev_pop": {root: true},
	} {
		for _, k := range []string{"int2", "int4", "int8", "numeric"} {
			r.Invertible(name+"("+k+") numeric", func(args []row.Type) fn.Accumulator {
				return decimalMoments{moment: m, integer: args[0].Kind != row.Numeric}
			})
		}
		for _, k := range []string{"float4", "float8"} {
			r.Invertible(name+"("+k+") float8", func([]row.Type) fn.Accumulator { return floatMoments{m} })
		}
	}
}

// decimalMoments keeps the sums of the values and of their squares, each as
// decimals keeps a sum: the length of the first as a varint, then the two.
type decimalMoments struct {
	moment
	integer bool
}

func (decimalMoments) Type() row.Type { return row.T(row.Numeric) }

func (decimalMoments) Init(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, compactSize)
	return append(dst, make([]byte, 2*compactSize)...)
}

func (a decimalMoments) sums(s []byte) (x, x2 decimalSums) {
	size, n := binary.Uvarint(s)
	s = s[n:]
	return decodeSums(s[:size]), decodeSums(s[size:])
}

func (a decimalMoments) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	v := numeric.Decimal{}
	if a.integer {
		v = numeric.FromInt64(c.Ints[i])
	} else {
		v = numeric.Decode(c.Bytes(i))
	}
	if addCompactMoments(s, v, w) {
		return s, nil
	}
	x, x2 := a.sums(s)
	x.add(v, w)
	if v.IsFinite() {
		// Unlike Mul, this keeps all digits.
		x2.add(numeric.FromBig(new(big.Int).Mul(v.Coefficient(), v.Coefficient()), 2*v.Scale()), w)
	}
	first := x.encode(nil)
	s = binary.AppendUvarint(s[:0], uint64(len(first)))
	return x2.encode(append(s, first...)), nil
}

// addCompactMoments adds in place to two compact states a value whose square fits 64 bits.
func addCompactMoments(s []byte, v numeric.Decimal, w int64) bool {
	x, ok := v.Small()
	const limit = 3037000499 // the root of 2^63
	if !ok || x > limit || x < -limit || len(s) != 1+2*compactSize || s[0] != compactSize || 2*v.Scale() >= 64 {
		return false
	}
	var before [1 + 2*compactSize]byte
	copy(before[:], s)
	if addCompact(s[1:1+compactSize], x, v.Scale(), w) && addCompact(s[1+compactSize:], x*x, 2*v.Scale(), w) {
		return true
	}
	copy(s, before[:])
	return false
}

func (a decimalMoments) Result(s []byte, out *row.Column) error {
	x, x2 := a.sums(s)
	sum, n, err := x.total()
	if err != nil {
		return err
	}
	if n == 0 || a.sample && n == 1 {
		out.AppendNull()
		return nil
	}
	if !sum.IsFinite() {
		appendDecimal(out, numeric.NaN)
		return nil
	}
	squares, _, err := x2.total()
	if err != nil {
		return err
	}
	d, err := a.finish(n, sum, squares)
	if err == nil {
		appendDecimal(out, d)
	}
	return err
}

// finish is (n * squares - sum^2) / (n * (n - 1)), and its root at the same scale.
func (a moment) finish(n int64, sum, squares numeric.Decimal) (numeric.Decimal, error) {
	scale := 2 * sum.Scale()
	s2 := numeric.FromBig(new(big.Int).Mul(sum.Coefficient(), sum.Coefficient()), scale)
	ns := numeric.FromBig(new(big.Int).Mul(squares.Coefficient(), big.NewInt(n)), squares.Scale())
	top, err := ns.Sub(s2)
	if err != nil || top.Sign() <= 0 {
		return numeric.Zero, err
	}
	m := n
	if a.sample {
		m = n - 1
	}
	bottom := numeric.FromBig(new(big.Int).Mul(big.NewInt(n), big.NewInt(m)), 0)
	d, err := top.Div(bottom)
	if err != nil || !a.root {
		return d, err
	}
	return root(d), nil
}

// root is the square root at the scale of d, rounded.
func root(d numeric.Decimal) numeric.Decimal {
	c := new(big.Int).Mul(d.Coefficient(), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale()+2)), nil))
	return numeric.FromBig(c.Sqrt(c), d.Scale()+1).Round(d.Scale())
}

// floatMoments keeps two exact sums: the state of floats for the values, its
// length before it as 2 bytes, and the limbs of the squares.
type floatMoments struct{ moment }

func (floatMoments) Type() row.Type { return row.T(row.Float8) }

func (floatMoments) Init(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, floatHead)
	return append(dst, make([]byte, floatHead+2)...)
}

func (floatMoments) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	size := int(binary.LittleEndian.Uint16(s))
	first := append(make([]byte, 0, size+32), s[2:2+size]...)
	squares := append(make([]byte, 0, len(s)-size+32), s[2+size:]...)
	first, err := floats{}.Update(first, args, i, w)
	if err != nil {
		return s, err
	}
	if v := c.Floats[i]; special(v) == 0 {
		m, e := split(v)
		squares = addExact(squares, 0, product(m, m, w), 2*e)
	}
	s = binary.LittleEndian.AppendUint16(s[:0], uint16(len(first)))
	return append(append(s, first...), squares...), nil
}

// product is a * b * w in two's complement; a and b have at most 53 bits.
func product(a, b, w int64) [3]uint64 {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	m := magnitude(w)
	carry, low := bits.Mul64(lo, m)
	top, middle := bits.Mul64(hi, m)
	middle, c := bits.Add64(middle, carry, 0)
	out := [3]uint64{low, middle, top + c}
	if (a < 0) != (b < 0) != (w < 0) {
		for k, borrow := 0, uint64(0); k < len(out); k++ {
			out[k], borrow = bits.Sub64(0, out[k], borrow)
		}
	}
	return out
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func (a floatMoments) Result(s []byte, out *row.Column) error {
	size := int(binary.LittleEndian.Uint16(s))
	head := s[2 : 2+size]
	n := word(head, 0)
	if n == 0 || a.sample && n == 1 {
		out.AppendNull()
		return nil
	}
	if _, infinite := specialSum(head); infinite {
		out.AppendFloat(math.NaN())
		return nil
	}
	v := a.variance(n, head[32:], s[2+size:])
	if math.IsInf(v, 0) {
		return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
	}
	out.AppendFloat(v)
	return nil
}

func (a moment) variance(n int64, sum, squares []byte) float64 {
	m1, e1 := exactValue(sum)
	m2, e2 := exactValue(squares)
	m1.Mul(m1, m1)
	m2.Mul(m2, big.NewInt(n))
	// Bring both to the lower exponent; they are integers then, and exact.
	e := min(2*e1, e2)
	m1.Lsh(m1, uint(2*e1-e))
	m2.Lsh(m2, uint(e2-e))
	top := m2.Sub(m2, m1)
	if top.Sign() <= 0 {
		return 0
	}
	m := n
	if a.sample {
		m = n - 1
	}
	bottom := new(big.Float).SetInt(new(big.Int).Mul(big.NewInt(n), big.NewInt(m)))
	q := new(big.Float).SetPrec(uint(top.BitLen()+256)).Quo(bigFloat(top, e), bottom)
	if a.root {
		q.SetPrec(256).Sqrt(q)
	}
	return rounded(q, false)
}
