package agg

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// An exact sum of floats: an integer multiple of 2^-2176, in two's complement,
// in limbs of 64 bits of which only those are kept that say something. The
// base leaves room for the squares of the smallest floats. Sums do not depend on
// the order of the rows, and what is taken back leaves no rounding behind; the
// result is the true sum, rounded once.
//
//	words     count of values, count of NaN, of Infinity, of -Infinity
//	2 bytes   index of the first limb kept, number of limbs kept
//	limbs     little-endian; the top one carries the sign
//
// No low limb is 0 and no top limb repeats the sign of the one below it; the sum 0 has no limbs.
const (
	exactBase  = 2176
	floatHead  = 32 + 2
	exactLimbs = 72 // enough for 2^2048 * 2^63 above the base
)

// floats is sum and avg of floats.
type floats struct {
	out     row.Type
	average bool
}

func (a floats) Type() row.Type       { return a.out }
func (floats) Init(dst []byte) []byte { return append(dst, make([]byte, floatHead)...) }

func (floats) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	c := args[0]
	if c.IsNull(i) {
		return s, nil
	}
	v := c.Floats[i]
	setWord(s, 0, word(s, 0)+w)
	if k := special(v); k > 0 {
		setWord(s, k, word(s, k)+w)
		return s, nil
	}
	m, e := split(v)
	hi, lo := mul(m, w)
	return addExact(s, 32, [3]uint64{lo, uint64(hi), uint64(hi >> 63)}, e), nil
}

// special is the number of the count for a value that is not a number.
func special(v float64) int {
	switch {
	case v != v:
		return 1
	case math.IsInf(v, 1):
		return 2
	case math.IsInf(v, -1):
		return 3
	}
	return 0
}

// split is a finite float as m * 2^e.
func split(v float64) (m int64, e int) {
	b := math.Float64bits(v)
	e = int(b>>52) & 0x7ff
	m = int64(b & (1<<52 - 1))
	if e == 0 {
		e = 1
	} else {
		m |= 1 << 52
	}
	if b>>63 != 0 {
		m = -m
	}
	return m, e - 1075
}

// addExact adds v * 2^e to the exact sum whose head is at s[at:], and which is
// the end of s. v is in two's complement.
func addExact(s []byte, at int, v [3]uint64, e int) []byte {
	if v[0]|v[1]|v[2] == 0 {
		return s
	}
	var limbs [exactLimbs + 4]uint64
	first, n := int(s[at]), int(s[at+1])
	for k := 0; k < n; k++ {
		limbs[first+k] = binary.LittleEndian.Uint64(s[at+2+8*k:])
	}
	pos, shift := (e+exactBase)/64, uint((e+exactBase)%64)
	last := first + n // the limbs from here on are the sign's
	sign := uint64(0)
	if n > 0 {
		sign = uint64(int64(limbs[last-1]) >> 63)
	} else {
		first, last = pos, pos
	}
	end := max(last, pos+4) + 1
	for k := last; k < end; k++ {
		limbs[k] = sign
	}
	top := uint64(int64(v[2]) >> 63)
	add := [4]uint64{v[0] << shift, v[1] << shift, v[2] << shift, top << shift}
	if shift > 0 {
		add[1] |= v[0] >> (64 - shift)
		add[2] |= v[1] >> (64 - shift)
		add[3] |= v[2] >> (64 - shift)
	}
	var carry uint64
	for k := pos; k < end; k++ {
		x := top
		if k < pos+4 {
			x = add[k-pos]
		}
		limbs[k], carry = bits.Add64(limbs[k], x, carry)
	}
	return storeExact(s, at, limbs[:], min(first, pos), end)
}

// storeExact writes the limbs from first to end in their shortest form.
func storeExact(s []byte, at int, limbs []uint64, first, end int) []byte {
	for end > first+1 && limbs[end-1] == uint64(int64(limbs[end-2])>>63) {
		end--
	}
	for first < end && limbs[first] == 0 {
		first++
	}
	s = s[:at]
	if first == end {
		return append(s, 0, 0)
	}
	s = append(s, byte(first), byte(end-first))
	for k := first; k < end; k++ {
		s = binary.LittleEndian.AppendUint64(s, limbs[k])
	}
	return s
}

// exactValue is the sum as m * 2^e.
func exactValue(head []byte) (m *big.Int, e int) {
	n := int(head[1])
	m = new(big.Int)
	for k := n - 1; k >= 0; k-- {
		limb := binary.LittleEndian.Uint64(head[2+8*k:])
		m.Lsh(m, 64)
		if k == n-1 {
			m.Add(m, big.NewInt(int64(limb)))
		} else {
			m.Add(m, new(big.Int).SetUint64(limb))
		}
	}
	return m, 64*int(head[0]) - exactBase
}

// bigFloat is an exact value as a float without rounding.
func bigFloat(m *big.Int, e int) *big.Float {
	f := new(big.Float).SetPrec(uint(max(m.BitLen(), 64))).SetInt(m)
	return f.SetMantExp(f, e)
}

func (a floats) Result(s []byte, out *row.Column) error {
	n := word(s, 0)
	if n == 0 {
		out.AppendNull()
		return nil
	}
	v, infinite := specialSum(s)
	if !infinite {
		f := bigFloat(exactValue(s[32:]))
		if a.average {
			// A quotient of far more bits than a float has rounds as the true one does.
			f = new(big.Float).SetPrec(f.Prec()+256).Quo(f, new(big.Float).SetPrec(64).SetInt64(n))
		}
		v = rounded(f, a.out.Kind == row.Float4)
		if math.IsInf(v, 0) {
			return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
		}
	}
	out.AppendFloat(v)
	return nil
}

// specialSum is the sum where NaN or an infinity is among the values.
func specialSum(s []byte) (v float64, ok bool) {
	nan, pos, neg := word(s, 1), word(s, 2), word(s, 3)
	switch {
	case nan != 0 || pos != 0 && neg != 0:
		return math.NaN(), true
	case pos != 0:
		return math.Inf(1), true
	case neg != 0:
		return math.Inf(-1), true
	}
	return 0, false
}

func rounded(f *big.Float, single bool) float64 {
	if single {
		v, _ := f.Float32()
		return float64(v)
	}
	v, _ := f.Float64()
	return v
}
