package format

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// The JSON scanner (RFC 8259). It walks the text once and never builds a tree:
// values that a column wants are appended to it from where they lie, others are
// stepped over. Stepped over is not unchecked: a message whose JSON is broken
// anywhere is no row, whichever columns are wanted.

// maxDepth bounds nesting, so that a hostile message cannot exhaust the stack.
const maxDepth = 512

// scanner is a position in a JSON text.
type scanner struct {
	b []byte
	p int
}

// space steps over white space and returns the byte it stops at, 0 at the end.
func (s *scanner) space() byte {
	for s.p < len(s.b) {
		c := s.b[s.p]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.p++
	}
	return 0
}

// skip steps over a word if it comes next.
func (s *scanner) skip(word string) bool {
	end := s.p + len(word)
	if end > len(s.b) || string(s.b[s.p:end]) != word {
		return false
	}
	s.p = end
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// text is a string's body as it lies in the message.
type text struct {
	raw     []byte
	escaped bool
}

// str reads a string, from its opening quote to behind its closing one. The body
// is valid UTF-8 without control characters, and its escapes are well formed.
func (s *scanner) str() (text, *DecodeError) {
	b, p := s.b, s.p+1
	start := p
	escaped, wide := false, false
	for {
		if p+8 <= len(b) {
			// Eight bytes at a time: is any a quote, a backslash, a control
			// character, or beyond ASCII? The lowest bit set is exact.
			w := binary.LittleEndian.Uint64(b[p:])
			q, e := w^(ones*'"'), w^(ones*'\\')
			m := ((q-ones)&^q | (e-ones)&^e | (w-ones*0x20)&^w | w) & highs
			if m == 0 {
				p += 8
				continue
			}
			p += bits.TrailingZeros64(m) >> 3
		}
		if p >= len(b) {
			return text{}, s.brokenAt(p, "the string is not closed")
		}
		switch c := b[p]; {
		case c == '"':
			s.p = p + 1
			raw := b[start:p]
			if wide && !utf8.Valid(raw) {
				return text{}, &DecodeError{Code: codeBadEncoding, Message: `invalid byte sequence for encoding "UTF8"`}
			}
			return text{raw, escaped}, nil
		case c == '\\':
			escaped = true
			n := escapeLen(b[p:])
			if n == 0 {
				return text{}, s.brokenAt(p, "unknown escape")
			}
			p += n
		case c < 0x20:
			return text{}, s.brokenAt(p, "control character in a string")
		case c >= 0x80:
			wide = true
			p++
		default:
			p++
		}
	}
}

// escapeLen is the length of the escape that b begins with, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b); ok {
			return 6
		}
	}
	return 0
}

// hex4 reads \uXXXX.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// appendTo appends the string's value to dst.
func (t text) appendTo(dst []byte) ([]byte, *DecodeError) {
	if !t.escaped {
		return append(dst, t.raw...), nil
	}
	for b := t.raw; len(b) > 0; {
		if b[0] != '\\' {
			i := 1
			for i < len(b) && b[i] != '\\' {
				i++
			}
			dst = append(dst, b[:i]...)
			b = b[i:]
			continue
		}
		if b[1] != 'u' {
			dst = append(dst, unescape[b[1]])
			b = b[2:]
			continue
		}
		r, _ := hex4(b)
		b = b[6:]
		if utf16.IsSurrogate(r) {
			low, ok := hex4(b)
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return dst, &DecodeError{Code: codeInvalidText, Message: "invalid Unicode surrogate pair"}
			}
			b = b[6:]
		}
		if r == 0 {
			return dst, &DecodeError{Code: codeUntranslatable, Message: `unsupported Unicode escape sequence: \u0000 cannot be converted to text`}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst, nil
}

var unescape = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// number steps over a number and returns it; integer says that it has neither
// fraction nor exponent.
func (s *scanner) number() (num []byte, integer bool, err *DecodeError) {
	b, p := s.b, s.p
	start := p
	if p < len(b) && b[p] == '-' {
		p++
	}
	switch {
	case p < len(b) && b[p] == '0':
		p++
	case p < len(b) && isDigit(b[p]):
		p = digits(b, p)
	default:
		return nil, false, s.brokenAt(p, "a number needs a digit")
	}
	integer = true
	if p < len(b) && b[p] == '.' {
		q := digits(b, p+1)
		if q == p+1 {
			return nil, false, s.brokenAt(q, "a number needs a digit after the point")
		}
		p, integer = q, false
	}
	if p < len(b) && b[p]|0x20 == 'e' {
		p++
		if p < len(b) && (b[p] == '+' || b[p] == '-') {
			p++
		}
		q := digits(b, p)
		if q == p {
			return nil, false, s.brokenAt(q, "a number needs a digit in its exponent")
		}
		p, integer = q, false
	}
	if p < len(b) && isDigit(b[p]) {
		return nil, false, s.brokenAt(p, "a number with a leading zero")
	}
	s.p = p
	return b[start:p], integer, nil
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func digits(b []byte, p int) int {
	for p < len(b) && isDigit(b[p]) {
		p++
	}
	return p
}

// literal steps over true, false or null.
func (s *scanner) literal(word string) *DecodeError {
	if !s.skip(word) {
		return s.expected("a value")
	}
	return nil
}

// value steps over any value, white space before it included, and returns it.
func (s *scanner) value(depth int) ([]byte, *DecodeError) {
	c := s.space()
	start := s.p
	var err *DecodeError
	switch {
	case c == '"':
		_, err = s.str()
	case c == '-' || isDigit(c):
		_, _, err = s.number()
	case c == 't':
		err = s.literal("true")
	case c == 'f':
		err = s.literal("false")
	case c == 'n':
		err = s.literal("null")
	case c == '{' || c == '[':
		err = s.nested(c, depth+1)
	default:
		err = s.expected("a value")
	}
	if err != nil {
		return nil, err
	}
	return s.b[start:s.p], nil
}

func (s *scanner) nested(open byte, depth int) *DecodeError {
	if depth > maxDepth {
		return &DecodeError{Code: codeTooComplex, Message: "JSON is nested too deep"}
	}
	end := open + 2 // ] or } in ASCII
	s.p++
	if s.space() == end {
		s.p++
		return nil
	}
	for {
		if open == '{' {
			if s.space() != '"' {
				return s.expected("a field name")
			}
			if _, err := s.str(); err != nil {
				return err
			}
			if s.space() != ':' {
				return s.expected(`":"`)
			}
			s.p++
		}
		if _, err := s.value(depth); err != nil {
			return err
		}
		switch s.space() {
		case ',':
			s.p++
		case end:
			s.p++
			return nil
		default:
			return s.expected(`"," or the end of an object or array`)
		}
	}
}
