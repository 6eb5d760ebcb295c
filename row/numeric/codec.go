package numeric

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/ordered"
)

// The physical form, byte by byte. It is canonical: a value with a display scale
// has one encoding, so equal bytes are the same value printed the same way.
//
//	0x00..0x3f  small: the byte is the scale; the coefficient follows as a zigzag varint
//	0x40        big: scale as a varint, a sign byte (0 or 1 for minus), the
//	            magnitude big-endian without leading zeros
//	0x80        NaN      0x81  Infinity      0x82  -Infinity
//
// Small is used whenever the coefficient fits an int64 and the scale is under 64.
const (
	tagBig    = 0x40
	tagNaN    = 0x80
	tagPosInf = 0x81
	tagNegInf = 0x82
)

// Append appends the physical form of d.
func Append(dst []byte, d Decimal) []byte {
	switch {
	case d.form != finite:
		return append(dst, tagNaN+byte(d.form-nan))
	case d.big == nil && d.scale < tagBig:
		return AppendSmall(dst, d.small, int(d.scale))
	}
	c := d.Coefficient()
	dst = binary.AppendUvarint(append(dst, tagBig), uint64(d.scale))
	sign := byte(0)
	if c.Sign() < 0 {
		sign = 1
	}
	return append(append(dst, sign), c.Bytes()...)
}

// AppendSmall appends the physical form of coefficient / 10^scale; scale is under 64.
func AppendSmall(dst []byte, coefficient int64, scale int) []byte {
	return binary.AppendVarint(append(dst, byte(scale)), coefficient)
}

// DecodeSmall is the fast path of Decode for kernels: ok is false for any other form.
func DecodeSmall(b []byte) (coefficient int64, scale int, ok bool) {
	if len(b) < 2 || b[0] >= tagBig {
		return 0, 0, false
	}
	c, n := binary.Varint(b[1:])
	return c, int(b[0]), n == len(b)-1
}

// Decode reads a physical form. Bytes that Append did not make decode as NaN; use Valid on bytes from outside.
func Decode(b []byte) Decimal {
	d, ok := decode(b)
	if !ok {
		return NaN
	}
	return d
}

// Valid reports that b is what Append makes of some value.
func Valid(b []byte) bool {
	if _, _, ok := DecodeSmall(b); ok {
		return len(b) == 2 || b[len(b)-1] != 0
	}
	d, ok := decode(b)
	if !ok {
		return false
	}
	var buf [32]byte
	return string(Append(buf[:0], d)) == string(b)
}

func decode(b []byte) (Decimal, bool) {
	if c, scale, ok := DecodeSmall(b); ok {
		return Decimal{small: c, scale: int32(scale)}, true
	}
	if len(b) == 1 && b[0] >= tagNaN && b[0] <= tagNegInf {
		return Decimal{form: nan + form(b[0]-tagNaN)}, true
	}
	if len(b) < 3 || b[0] != tagBig {
		return Decimal{}, false
	}
	scale, n := binary.Uvarint(b[1:])
	if n <= 0 || scale > MaxScale || 1+n >= len(b) {
		return Decimal{}, false
	}
	c := new(big.Int).SetBytes(b[2+n:])
	if b[1+n] == 1 {
		c.Neg(c)
	}
	return FromBig(c, int(scale)), b[1+n] <= 1
}

// The key form: a header with sign and magnitude, then the significant digits in
// pairs. A number is 0.d1d2d3.. x 10^e with d1 not zero; scale and trailing zeros
// are not part of it. For positive numbers:
//
//	0x81 e      e < -40, e as an ordered integer
//	0x82..0xe6  e from -40 to 60
//	0xe7 e      e > 60
//	then one byte for each pair of digits: twice the pair, plus one when more follow.
//
// Negative numbers are the complement. 0x80 is zero, 0x02 and 0xfc are the
// infinities, 0xfd is NaN.
const (
	keyNegInf  = 0x02
	keyZero    = 0x80
	keyTiny    = 0x81
	keyExpZero = 0x82 + 40
	keyHuge    = 0xe7
	keyPosInf  = 0xfc
	keyNaN     = 0xfd
	expMin     = -40
	expMax     = 60
)

// AppendKey appends the key form of the physical form b.
func AppendKey(dst, b []byte) []byte {
	var buf [24]byte
	var digits []byte
	var scale int
	if c, s, ok := DecodeSmall(b); ok {
		if c == 0 {
			return append(dst, keyZero)
		}
		digits, scale = strconv.AppendInt(buf[:0], c, 10), s
	} else {
		d := Decode(b)
		switch {
		case d.form == nan:
			return append(dst, keyNaN)
		case d.form == posInf:
			return append(dst, keyPosInf)
		case d.form == negInf:
			return append(dst, keyNegInf)
		case d.IsZero():
			return append(dst, keyZero)
		}
		digits, scale = d.Coefficient().Append(nil, 10), int(d.scale)
	}
	return appendKeyDigits(dst, digits, scale)
}

func appendKeyDigits(dst, digits []byte, scale int) []byte {
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	start := len(dst)
	e := len(digits) - scale
	switch {
	case e < expMin:
		dst = ordered.AppendInt(append(dst, keyTiny), int64(e))
	case e > expMax:
		dst = ordered.AppendInt(append(dst, keyHuge), int64(e))
	default:
		dst = append(dst, byte(keyExpZero+e))
	}
	for digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	for ; len(digits) > 2; digits = digits[2:] {
		dst = append(dst, 2*(10*(digits[0]-'0')+digits[1]-'0')+1)
	}
	pair := 10 * (digits[0] - '0')
	if len(digits) == 2 {
		pair += digits[1] - '0'
	}
	dst = append(dst, 2*pair)
	if negative {
		ordered.Complement(dst[start:])
	}
	return dst
}

// KeyLen is the length of the key form that src starts with; 0 when there is none.
func KeyLen(src []byte, mask byte) int {
	if len(src) == 0 {
		return 0
	}
	h := src[0] ^ mask
	switch h {
	case keyNegInf, keyZero, keyPosInf, keyNaN:
		return 1
	}
	if h < keyZero {
		mask, h = ^mask, ^h
	}
	n := 1
	if h == keyTiny || h == keyHuge {
		w := ordered.IntLen(src[1:], mask)
		if w == 0 {
			return 0
		}
		n += w
	} else if h < keyTiny || h > keyHuge {
		return 0
	}
	for ; n < len(src); n++ {
		if (src[n]^mask)&1 == 0 {
			return n + 1
		}
	}
	return 0
}

// AppendFromKey appends the physical form of the key form that key is, with as
// few digits after the point as show the value, and at least minScale. The key is ascending.
func AppendFromKey(dst, key []byte, minScale int) ([]byte, error) {
	if len(key) == 1 {
		switch key[0] {
		case keyNegInf:
			return append(dst, tagNegInf), nil
		case keyPosInf:
			return append(dst, tagPosInf), nil
		case keyNaN:
			return append(dst, tagNaN), nil
		case keyZero:
			return Append(dst, Decimal{scale: int32(minScale)}), nil
		}
	}
	if out, ok := appendFromShortKey(dst, key, minScale); ok {
		return out, nil
	}
	digits, e, ok := keyDigits(key)
	if !ok || e > MaxIntDigits || len(digits)-1-e > MaxScale {
		return dst, fault.Corrupt("numeric key")
	}
	scale := max(minScale, len(digits)-1-e, 0)
	for n := e + scale - (len(digits) - 1); n > 0; n-- {
		digits = append(digits, '0')
	}
	if len(digits) <= 19 {
		c, err := strconv.ParseInt(string(digits), 10, 64)
		if err == nil {
			return Append(dst, Decimal{small: c, scale: int32(scale)}), nil
		}
	}
	c, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return dst, fault.Corrupt("numeric key")
	}
	return Append(dst, FromBig(c, scale)), nil
}

// appendFromShortKey is AppendFromKey for what most numbers are: up to 18 digits
// and an exponent in the header. It takes only what AppendKey makes.
func appendFromShortKey(dst, key []byte, minScale int) (out []byte, ok bool) {
	if len(key) < 2 || len(key) > 10 {
		return dst, false
	}
	mask := byte(0)
	if key[0] < keyZero {
		mask = 0xff
	}
	h, body := key[0]^mask, key[1:]
	if h <= keyTiny || h >= keyHuge {
		return dst, false
	}
	c, last := int64(0), len(body)-1
	for i, b := range body {
		b ^= mask
		if b >= 200 || (b&1 == 1) != (i < last) {
			return dst, false
		}
		c = c*100 + int64(b>>1)
	}
	first, end := body[0]^mask, body[last]^mask
	digits, e := 2*len(body), int(h)-keyExpZero
	if end == 0 || first < 20 {
		return dst, false // not a key of ours: the first digit and the last pair are not zero
	}
	if end/2%10 == 0 {
		c /= 10
		digits--
	}
	scale := max(minScale, digits-e, 0)
	up := scale - (digits - e)
	if up >= len(smallPow10) || scale >= tagBig {
		return dst, false
	}
	c, ok = mulSmall(c, smallPow10[up])
	if !ok {
		return dst, false
	}
	if mask != 0 {
		c = -c
	}
	return AppendSmall(dst, c, scale), true
}

// keyDigits reads sign and digits of a number's key form.
func keyDigits(key []byte) (digits []byte, e int, ok bool) {
	if len(key) < 2 {
		return nil, 0, false
	}
	mask, sign := byte(0), byte('+')
	if key[0] < keyZero {
		mask, sign = 0xff, '-'
	}
	h, body := key[0]^mask, key[1:]
	if h == keyTiny || h == keyHuge {
		v, n, ok := ordered.Int(body, mask)
		if !ok || n == len(body) || v < math.MinInt16 || v > MaxIntDigits || (h == keyTiny) != (v < expMin) || (h == keyHuge) != (v > expMax) {
			return nil, 0, false
		}
		e, body = int(v), body[n:]
	} else if h < keyTiny || h > keyHuge {
		return nil, 0, false
	} else {
		e = int(h) - keyExpZero
	}
	digits = append(make([]byte, 0, 2*len(body)+8), sign)
	for i, c := range body {
		c ^= mask
		if c >= 200 || (c&1 == 1) != (i < len(body)-1) {
			return nil, 0, false
		}
		digits = append(digits, '0'+c/20, '0'+c/2%10)
	}
	if digits[1] == '0' || body[len(body)-1]^mask == 0 {
		return nil, 0, false
	}
	if digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, e, true
}
