package jsonb

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/fault"
)

// escape reads one backslash sequence, or a pair of them that make one character.
func (p *parser) escape() (rune, error) {
	start := p.pos
	p.pos++
	if p.pos == len(p.src) {
		return 0, p.invalid("Token \"%s\" is invalid.", p.src[start:])
	}
	c := p.src[p.pos]
	p.pos++
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'u':
		return p.unicodeEscape()
	}
	_, n := utf8.DecodeRune(p.src[p.pos-1:])
	return 0, p.invalid("Escape sequence \"\\%s\" is invalid.", p.src[p.pos-1:p.pos-1+n])
}

func (p *parser) unicodeEscape() (rune, error) {
	r, ok := p.hex4()
	if !ok {
		return 0, p.syntaxError(p.badDigit(), "\"\\u\" must be followed by four hexadecimal digits.")
	}
	if !p.write {
		return r, nil // type json keeps the text, whatever the code points are
	}
	switch {
	case r == 0:
		e := p.syntaxError(p.pos, "\\u0000 cannot be converted to text.")
		e.Code, e.Message = "22P05", "unsupported Unicode escape sequence"
		return 0, e
	case r >= 0xdc00 && r < 0xe000:
		return 0, p.syntaxError(p.pos, "Unicode low surrogate must follow a high surrogate.")
	case r < 0xd800 || r >= 0xe000:
		return r, nil
	}
	if p.pos+1 < len(p.src) && p.src[p.pos] == '\\' && p.src[p.pos+1] == 'u' {
		p.pos += 2
		low, ok := p.hex4()
		if !ok {
			return 0, p.syntaxError(p.badDigit(), "\"\\u\" must be followed by four hexadecimal digits.")
		}
		if r >= 0xd800 && r < 0xdc00 && low >= 0xd800 && low < 0xdc00 {
			return 0, p.syntaxError(p.pos, "Unicode high surrogate must not follow a high surrogate.")
		}
		if full := utf16.DecodeRune(r, low); full != utf8.RuneError {
			return full, nil
		}
	}
	_, n := utf8.DecodeRune(p.src[p.pos:])
	return 0, p.syntaxError(p.pos+n, "Unicode low surrogate must follow a high surrogate.")
}

// badDigit is behind the first character that is no digit of four.
func (p *parser) badDigit() int {
	for i, c := range p.src[p.pos:] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			_, n := utf8.DecodeRune(p.src[p.pos+i:])
			return p.pos + i + n
		}
	}
	return len(p.src)
}

func (p *parser) hex4() (rune, bool) {
	if p.pos+4 > len(p.src) {
		return 0, false
	}
	var r rune
	for _, c := range p.src[p.pos : p.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.pos += 4
	return r, true
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

// token is what an error names: the word that starts here, or one character.
func (p *parser) token() []byte {
	end := p.pos
	number := end < len(p.src) && (p.src[end] == '-' || p.src[end] >= '0' && p.src[end] <= '9')
	for end < len(p.src) {
		c := p.src[end]
		if !isWordByte(c) && !(number && (c == '.' || c == '+' || c == '-')) {
			break
		}
		end++
	}
	if end == p.pos && end < len(p.src) {
		end++
	}
	return p.src[p.pos:end]
}

func (p *parser) ended() error {
	return p.syntaxError(len(p.src), "The input string ended unexpectedly.")
}

func (p *parser) unexpected(format string) error {
	w := p.token()
	if len(w) > 0 && w[0] == '"' {
		end := p.pos + len(skipString(p.src[p.pos:]))
		w = p.src[p.pos:min(end, len(p.src))]
	}
	if len(w) > 0 && !bytes.ContainsRune([]byte("[]{},:\""), rune(w[0])) && !validNumber(w) && !isLiteral(w) {
		return p.invalidToken(w)
	}
	return p.invalid(format, w)
}

func isLiteral(w []byte) bool {
	return string(w) == "true" || string(w) == "false" || string(w) == "null"
}

func (p *parser) invalidToken(w []byte) error { return p.invalid("Token \"%s\" is invalid.", w) }

// invalid names a piece of the text.
func (p *parser) invalid(format string, w []byte) error {
	return p.syntaxError(cap(p.src)-cap(w)+len(w), fmt.Sprintf(format, w))
}

// contextLength is how much of the text before an error is shown.
const contextLength = 50

// syntaxError is the error of what ends at a place of the text. It shows the end of
// the line up to there.
func (p *parser) syntaxError(end int, detail string) *fault.Error {
	end = min(end, len(p.src))
	line, start := 1, 0
	for i, c := range p.src[:end] {
		if c == '\n' {
			line, start = line+1, i+1
		}
	}
	from := start
	for end-from >= contextLength {
		_, n := utf8.DecodeRune(p.src[from:])
		from += n
	}
	before, after := "", ""
	if from-start <= 3 {
		from = start
	} else {
		before = "..."
	}
	if end < len(p.src) && p.src[end] != '\n' && p.src[end] != '\r' {
		after = "..."
	}
	return &fault.Error{
		Code: fault.InvalidText, Message: "invalid input syntax for type json", Detail: detail,
		Context: fmt.Sprintf("JSON data, line %d: %s%s%s", line, before, p.src[from:end], after),
	}
}

// The functions below read canonical text. They never fail: of bytes that are not
// canonical they make something.

// skipString is the string literal that b starts with, quotes included.
func skipString(b []byte) []byte {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[:i+1]
		}
	}
	return b
}

// skipValue is the value that b starts with.
func skipValue(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	switch b[0] {
	case '"':
		return skipString(b)
	case '{', '[':
		depth := 0
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '"':
				i += len(skipString(b[i:])) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return b[:i+1]
				}
			}
		}
		return b
	}
	for i, c := range b {
		if c == ',' || c == '}' || c == ']' {
			return b[:max(i, 1)]
		}
	}
	return b
}

// Unquote appends the string that a literal, quotes included, stands for.
func Unquote(dst, lit []byte) []byte {
	if len(lit) < 2 {
		return dst
	}
	p := parser{src: lit[1 : len(lit)-1], write: true}
	for p.pos < len(p.src) {
		if p.src[p.pos] != '\\' {
			dst = append(dst, p.src[p.pos])
			p.pos++
			continue
		}
		if r, err := p.escape(); err == nil {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
