// Package ordered has the primitives of the order-preserving key codec: integers,
// floats, byte strings and short fixed-width values whose encodings sort, as
// unsigned bytes, as the values sort.
//
// Two rules hold for every encoding, and composite encodings rely on them:
// no encoding is a proper prefix of another of the same kind, and the first byte
// is never 0x00 or 0xff, so that those two can mark NULL. Both rules survive
// complementing all bytes, which is how descending keys are made; readers
// therefore take a mask (0x00 ascending, 0xff descending) that is applied to
// every byte before it is looked at.
package ordered

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	intZero  = 0x80 // one-byte form of 0; -112..111 are one byte
	intMin1  = -112
	intMax1  = 111
	posBase  = 0xef // 0xf0..0xf7: 1..8 bytes of a larger positive integer follow
	negBase  = 0x10 // 0x0f..0x08: 1..8 bytes of a smaller negative integer follow
	lowEdge  = 0x01 // a fixed-width value whose first byte is 0x00 or 0x01 follows
	highEdge = 0xfe // a fixed-width value whose first byte is 0xfe or 0xff follows
)

// AppendInt appends v in 1 to 9 bytes, with a first byte from 0x08 to 0xf7.
func AppendInt(dst []byte, v int64) []byte {
	if v >= intMin1 && v <= intMax1 {
		return append(dst, byte(intZero+v))
	}
	var b [9]byte
	n := intWidth(v)
	if v > 0 {
		b[0] = byte(posBase + n)
	} else {
		b[0] = byte(negBase - n)
	}
	binary.BigEndian.PutUint64(b[1:], uint64(v)<<(64-8*n))
	return append(dst, b[:1+n]...)
}

// intWidth is the number of bytes that tell v from the others of its sign.
func intWidth(v int64) int { return (bits.Len64(uint64(v^v>>63)) + 7) / 8 }

// Int reads an integer and the number of bytes it took; ok is false when the
// bytes are not an encoding that AppendInt makes.
func Int(src []byte, mask byte) (v int64, n int, ok bool) {
	n = IntLen(src, mask)
	if n == 0 {
		return 0, 0, false
	}
	h := src[0] ^ mask
	if n == 1 {
		return int64(h) - intZero, 1, true
	}
	var u uint64
	if len(src) >= 9 {
		u = (binary.BigEndian.Uint64(src[1:]) ^ -uint64(mask&1)) >> (8 * (9 - n))
	} else {
		for _, c := range src[1:n] {
			u = u<<8 | uint64(c^mask)
		}
	}
	if h > posBase {
		v = int64(u)
		return v, n, v > intMax1 && intWidth(v) == n-1
	}
	v = int64(u)
	if n < 9 {
		v |= math.MinInt64 >> (63 - 8*(n-1))
	}
	return v, n, v < intMin1 && intWidth(v) == n-1
}

// IntLen is the length of the integer that src starts with; 0 when there is none.
func IntLen(src []byte, mask byte) int {
	if len(src) == 0 {
		return 0
	}
	n := 1
	switch h := src[0] ^ mask; {
	case h > posBase+8 || h < negBase-8:
		return 0
	case h > posBase:
		n += int(h) - posBase
	case h < negBase:
		n += negBase - int(h)
	}
	if n > len(src) {
		return 0
	}
	return n
}

// AppendFloat appends v in PostgreSQL's order: NaN is the greatest and equal to
// itself, and the two zeros are one value.
func AppendFloat(dst []byte, v float64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], FloatBits(v))
	return AppendFixed(dst, b[:])
}

// FloatBits maps floats to integers that sort, unsigned, in PostgreSQL's order.
func FloatBits(v float64) uint64 {
	if v == 0 {
		return 1 << 63
	}
	if v != v {
		return math.MaxUint64
	}
	u := math.Float64bits(v)
	if u>>63 != 0 {
		return ^u
	}
	return u | 1<<63
}

// Float reads a float and the number of bytes it took.
func Float(src []byte, mask byte) (v float64, n int, ok bool) {
	var b [8]byte
	n, ok = Fixed(src, mask, b[:])
	if !ok {
		return 0, 0, false
	}
	u := binary.BigEndian.Uint64(b[:])
	switch {
	case u == math.MaxUint64:
		return math.NaN(), n, true
	case u>>63 != 0:
		v = math.Float64frombits(u &^ (1 << 63))
	default:
		v = math.Float64frombits(^u)
	}
	return v, n, FloatBits(v) == u && v == v
}

// AppendFixed appends a value whose width the reader knows: the bytes as they
// are, with one more in front where the first would be taken for a NULL.
func AppendFixed(dst, v []byte) []byte {
	switch {
	case v[0] <= lowEdge:
		dst = append(dst, lowEdge)
	case v[0] >= highEdge:
		dst = append(dst, highEdge)
	}
	return append(dst, v...)
}

// Fixed reads a value of len(out) bytes into out.
func Fixed(src []byte, mask byte, out []byte) (n int, ok bool) {
	n = FixedLen(src, mask, len(out))
	if n == 0 {
		return 0, false
	}
	for i, c := range src[n-len(out) : n] {
		out[i] = c ^ mask
	}
	edge := out[0] <= lowEdge || out[0] >= highEdge
	if edge != (n > len(out)) {
		return 0, false
	}
	if edge && (src[0]^mask == lowEdge) != (out[0] <= lowEdge) {
		return 0, false
	}
	return n, true
}

// FixedLen is the length of the encoding of a value of width bytes; 0 when src is too short.
func FixedLen(src []byte, mask byte, width int) int {
	if len(src) == 0 {
		return 0
	}
	n := width
	switch h := src[0] ^ mask; {
	case h == lowEdge || h == highEdge:
		n++
	case h < lowEdge || h > highEdge:
		return 0
	}
	if n > len(src) {
		return 0
	}
	return n
}

// Byte strings end with 0x01, which occurs nowhere else in an encoding, so that
// the end is found by a plain byte search. The bytes 0x00 to 0x02 become 0x02 and
// 0x02 to 0x04; the bytes 0xfe and 0xff become 0xfe and 0x02 to 0x03. UTF-8 text
// without control characters is stored as it is, and costs one byte more.
const (
	bytesEnd = 0x01
	escLow   = 0x02
	escHigh  = 0xfe
	escFirst = 0x02
)

// AppendBytes appends a byte string.
func AppendBytes(dst, v []byte) []byte {
	if plain(v) {
		dst = append(dst, v...)
		return append(dst, bytesEnd)
	}
	for _, c := range v {
		switch {
		case c <= escLow:
			dst = append(dst, escLow, escFirst+c)
		case c >= escHigh:
			dst = append(dst, escHigh, escFirst+c-escHigh)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, bytesEnd)
}

// plain reports that no byte of v needs an escape.
func plain(v []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(v) >= 8 {
		x := binary.LittleEndian.Uint64(v)
		if ((x-ones*3)&^x|(^x-ones*2)&x)&highs != 0 {
			return false
		}
		v = v[8:]
	}
	for _, c := range v {
		if c <= escLow || c >= escHigh {
			return false
		}
	}
	return true
}

// BytesLen is the length of the encoding that src starts with, its end included; 0 when there is none.
func BytesLen(src []byte, mask byte) int { return bytes.IndexByte(src, bytesEnd^mask) + 1 }

// Bytes appends the byte string that src starts with to dst.
func Bytes(dst, src []byte, mask byte) (out []byte, n int, ok bool) {
	n = BytesLen(src, mask)
	if n == 0 {
		return dst, 0, false
	}
	start := len(dst)
	dst = append(dst, src[:n-1]...)
	body := dst[start:]
	if mask != 0 {
		Complement(body)
	}
	if plain(body) {
		return dst, n, true
	}
	w := 0
	for i := 0; i < len(body); i++ {
		c := body[i]
		if c == escLow || c == escHigh {
			i++
			if i == len(body) {
				return dst[:start], 0, false
			}
			d := body[i] - escFirst
			if c == escHigh {
				d += escHigh
			}
			if body[i] < escFirst || c == escLow && d > escLow || c == escHigh && body[i] > escFirst+1 {
				return dst[:start], 0, false
			}
			c = d
		} else if c < escLow || c > escHigh {
			return dst[:start], 0, false
		}
		body[w] = c
		w++
	}
	return dst[:start+w], n, true
}

// Complement inverts every byte: the descending form of an encoding.
func Complement(b []byte) {
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, ^binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	for i := range b {
		b[i] = ^b[i]
	}
}
