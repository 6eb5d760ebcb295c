package texts

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/pgerr"
)

func badEscape() error {
	return pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").
		WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
}

func badPair() error { return pgerr.New(pgerr.SyntaxError, "invalid Unicode surrogate pair") }

// appendUnescaped resolves the escapes of unistr: \XXXX, \+XXXXXX, \uXXXX,
// \UXXXXXXXX, and \\ for a backslash. Two halves of a UTF-16 pair make one character.
func appendUnescaped(dst []byte, s string) ([]byte, error) {
	var high rune // the first half of a pair, of which the second must follow
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 < len(s) && s[i+1] == '\\' {
			if high != 0 {
				return dst, badPair()
			}
			dst = append(dst, s[i])
			if s[i] == '\\' {
				i++
			}
			i++
			continue
		}
		c, n, err := escape(s[i:])
		if err != nil {
			return dst, err
		}
		i += n
		switch second := c >= 0xdc00 && c <= 0xdfff; {
		case high != 0 && second:
			c, high = utf16.DecodeRune(high, c), 0
		case high != 0 || second:
			return dst, badPair()
		case c >= 0xd800 && c <= 0xdbff:
			high = c
			continue
		}
		dst = utf8.AppendRune(dst, c)
	}
	if high != 0 {
		return dst, badPair()
	}
	return dst, nil
}

// escape reads the escape that s starts with and says how long it is.
func escape(s string) (c rune, n int, err error) {
	start, digits := 1, 4
	if len(s) > 1 {
		switch s[1] {
		case '+':
			start, digits = 2, 6
		case 'u':
			start = 2
		case 'U':
			start, digits = 2, 8
		}
	}
	n = start + digits
	if len(s) < n {
		return 0, 0, badEscape()
	}
	for i := start; i < n; i++ {
		if !isHex(s[i]) {
			return 0, 0, badEscape()
		}
	}
	v, err := strconv.ParseUint(s[start:n], 16, 32)
	if err != nil {
		return 0, 0, badEscape()
	}
	if v == 0 || v > utf8.MaxRune {
		return 0, 0, pgerr.New(pgerr.InvalidParameterValue, "invalid Unicode code point: %04X", v)
	}
	return rune(v), n, nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
