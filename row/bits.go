package row

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/fault"
)

// A bit string lies in a column as it prints, a byte for each digit: its order, its
// key and its equality are those of the bytes, and nobody keeps many of them.

// parseBits reads binary digits, after a b if one is there, or after an x
// hexadecimal ones.
func parseBits(s string) (Datum, error) {
	hexadecimal := false
	if s != "" {
		switch s[0] | 0x20 {
		case 'b':
			s = s[1:]
		case 'x':
			s, hexadecimal = s[1:], true
		}
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case hexadecimal:
			v := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
			if v < 0 || c < '0' {
				return Datum{}, badDigit(s[i:], "hexadecimal")
			}
			for k := 3; k >= 0; k-- {
				out = append(out, '0'+byte(v>>k&1))
			}
		case c == '0' || c == '1':
			out = append(out, c)
		default:
			return Datum{}, badDigit(s[i:], "binary")
		}
	}
	return BytesDatum(out), nil
}

func badDigit(s, base string) error {
	_, n := utf8.DecodeRuneInString(s)
	return fault.New(fault.InvalidText, "\"%s\" is not a valid %s digit", s[:n], base)
}

func validBits(b []byte) bool {
	for _, c := range b {
		if c != '0' && c != '1' {
			return false
		}
	}
	return true
}

// applyBits fits a bit string to a length.
func applyBits(t Type, d Datum, explicit bool) (Datum, error) {
	n := int(t.Typmod())
	switch {
	case len(d.B) == n || len(d.B) < n && t.Kind == Varbit:
		return d, nil
	case !explicit && t.Kind == Bit:
		return Datum{}, fault.New("22026", "bit string length %d does not match type bit(%d)", len(d.B), n)
	case !explicit:
		return Datum{}, fault.New(fault.StringTooLong, "bit string too long for type bit varying(%d)", n)
	case len(d.B) > n:
		return BytesDatum(d.B[:n:n]), nil
	}
	b := append(make([]byte, 0, n), d.B...)
	for len(b) < n {
		b = append(b, '0')
	}
	return BytesDatum(b), nil
}

// appendBinaryBits writes the number of bits, and eight of them a byte.
func appendBinaryBits(dst, digits []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(digits)))
	for i := 0; i < len(digits); i += 8 {
		var v byte
		for k := i; k < min(i+8, len(digits)); k++ {
			v |= (digits[k] & 1) << (7 - k + i)
		}
		dst = append(dst, v)
	}
	return dst
}

func parseBinaryBits(b []byte) (Datum, error) {
	if len(b) < 4 {
		return Datum{}, fault.New("08P01", "insufficient data left in message")
	}
	n := int(int32(binary.BigEndian.Uint32(b)))
	b = b[4:]
	switch {
	case n < 0:
		return Datum{}, fault.New(fault.InvalidBinary, "invalid length in external bit string")
	case len(b) < (n+7)/8:
		return Datum{}, fault.New("08P01", "insufficient data left in message")
	case len(b) > (n+7)/8:
		return Datum{}, badBinary()
	}
	out := make([]byte, n)
	for i := range out {
		out[i] = '0' + b[i/8]>>(7-i%8)&1
	}
	return BytesDatum(out), nil
}
