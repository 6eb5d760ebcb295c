package row

import (
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/fault"
)

// AppendUnhex appends the bytes that pairs of hexadecimal digits stand for. Between
// pairs, but not within one, there may be blanks.
func AppendUnhex(dst []byte, text string) ([]byte, error) {
	for i := 0; i < len(text); i++ {
		if strings.IndexByte(" \t\n\r", text[i]) >= 0 {
			continue
		}
		high, err := hexDigit(text[i:])
		if err != nil {
			return dst, err
		}
		if i++; i == len(text) {
			return dst, fault.New(fault.InvalidParameter, "invalid hexadecimal data: odd number of digits")
		}
		low, err := hexDigit(text[i:])
		if err != nil {
			return dst, err
		}
		dst = append(dst, high<<4|low)
	}
	return dst, nil
}

// hexDigit reads the first digit of a text.
func hexDigit(text string) (byte, error) {
	switch c := text[0]; {
	case c >= '0' && c <= '9':
		return c - '0', nil
	case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		return c | 0x20 - 'a' + 10, nil
	}
	_, n := utf8.DecodeRuneInString(text)
	return 0, fault.New(fault.InvalidParameter, "invalid hexadecimal digit: \"%s\"", text[:n])
}
