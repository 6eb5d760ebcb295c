package parser

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/pgerr"
)

// Kinds that live only until joinUnicodeEscapes has decoded them: whether the
// escape character is a backslash is known only after looking for UESCAPE.
const (
	tokUniStr tokenKind = iota + 100
	tokUniIdent
)

// quoted lexes '...' whose quote is at offset quote, with ” for a quote and
// nothing else special, and leaves l.i after it. pos is where the literal starts.
func (l *lexer) quoted(pos, quote int, unterminated string) string {
	l.i = quote + 1
	start := l.i
	if n := strings.IndexByte(l.src[start:], '\''); n >= 0 {
		l.i = start + n + 1
		if l.at(l.i) != '\'' && !l.continued() {
			return l.src[start : start+n]
		}
		l.i = start
	}
	var b strings.Builder
	for {
		n := strings.IndexByte(l.src[l.i:], '\'')
		if n < 0 {
			l.failAt(pos, len(l.src), unterminated)
		}
		b.WriteString(l.src[l.i : l.i+n])
		l.i += n + 1
		switch {
		case l.at(l.i) == '\'':
			b.WriteByte('\'')
			l.i++
		case l.continued():
		default:
			return b.String()
		}
	}
}

// continued, called after a closing quote, steps over the next opening quote if
// only space holding a newline (and -- comments) lies between: such literals are
// one. Otherwise it leaves l.i where it was.
func (l *lexer) continued() bool {
	save, newline := l.i, false
	for l.i < len(l.src) {
		switch c := l.src[l.i]; {
		case c == '\n' || c == '\r':
			newline = true
			l.i++
		case isSpace(c):
			l.i++
		case strings.HasPrefix(l.src[l.i:], "--"):
			l.skipLine()
		case c == '\'' && newline:
			l.i++
			return true
		default:
			l.i = save
			return false
		}
	}
	l.i = save
	return false
}

// escaped lexes E'...', pos at the E.
func (l *lexer) escaped(pos int) string {
	l.i = pos + 2
	var b strings.Builder
	raw := false // a byte was written by number, so the result must be checked
	for {
		if l.i >= len(l.src) {
			l.failAt(pos, len(l.src), "unterminated quoted string")
		}
		switch c := l.src[l.i]; c {
		case '\\':
			raw = l.escape(&b, pos) || raw
		case '\'':
			l.i++
			if l.at(l.i) == '\'' {
				b.WriteByte('\'')
				l.i++
			} else if !l.continued() {
				return checkedText(b.String(), raw)
			}
		default:
			b.WriteByte(c)
			l.i++
		}
	}
}

// checkedText refuses bytes that make no text. PostgreSQL does not say where.
func checkedText(s string, raw bool) string {
	if raw {
		for i := 0; i < len(s); {
			r, n := utf8.DecodeRuneInString(s[i:])
			if s[i] == 0 || r == utf8.RuneError && n == 1 {
				fail(invalidBytes(s[i:]))
			}
			i += n
		}
	}
	return s
}

// escape decodes the escape at l.i and tells whether it wrote a byte by number.
func (l *lexer) escape(b *strings.Builder, pos int) bool {
	c := l.at(l.i + 1)
	l.i += 2
	if l.i > len(l.src) {
		l.failAt(pos, len(l.src), "unterminated quoted string")
	}
	switch c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'v':
		b.WriteByte('\v')
	case 'u', 'U':
		l.unicodeEscape(b, c)
	case 'x':
		if !isHex(l.at(l.i)) {
			b.WriteByte('x')
			return false
		}
		b.WriteByte(byte(l.hex(2)))
		return true
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n := int(c - '0')
		for k := 0; k < 2 && l.at(l.i) >= '0' && l.at(l.i) <= '7'; k++ {
			n = n*8 + int(l.src[l.i]-'0')
			l.i++
		}
		b.WriteByte(byte(n))
		return true
	default:
		b.WriteByte(c)
	}
	return false
}

// hex reads up to n hexadecimal digits.
func (l *lexer) hex(n int) rune {
	var v rune
	for ; n > 0 && isHex(l.at(l.i)); n-- {
		v = v<<4 | hexDigit(l.src[l.i])
		l.i++
	}
	return v
}

func hexDigit(c byte) rune {
	if isDigit(c) {
		return rune(c - '0')
	}
	return rune(c|0x20-'a') + 10
}

// lowSurrogates is the first code that only the second half of a pair may have.
const lowSurrogates = 0xdc00

func (l *lexer) unicodeEscape(b *strings.Builder, kind byte) {
	start := l.i - 2
	r := l.unicodeDigits(kind, start)
	const badPair = "invalid Unicode surrogate pair"
	if utf16.IsSurrogate(r) {
		if r >= lowSurrogates {
			l.failAt(start, l.i, badPair)
		}
		second := l.i
		if l.at(second) != '\\' || l.at(second+1)|0x20 != 'u' {
			_, n := utf8.DecodeRuneInString(l.src[second:])
			l.failAt(second, second+n, badPair)
		}
		l.i += 2
		if r = utf16.DecodeRune(r, l.unicodeDigits(l.at(second+1), second)); r == utf8.RuneError {
			l.failAt(second, l.i, badPair)
		}
	}
	if r == 0 || r > utf8.MaxRune {
		l.failAt(start, l.i, "invalid Unicode escape value")
	}
	b.WriteRune(r)
}

func (l *lexer) unicodeDigits(kind byte, start int) rune {
	n, from := 4, l.i
	if kind == 'U' {
		n = 8
	}
	r := l.hex(n)
	if l.i-from != n || r < 0 {
		fail(pgerr.New(pgerr.InvalidEscapeSequence, "invalid Unicode escape").
			WithHint(`Unicode escapes must be \uXXXX or \UXXXXXXXX.`).At(start))
	}
	return r
}

// joinUnicodeEscapes decodes U&'...' and U&"..." with the character that a
// following UESCAPE names, and removes the UESCAPE tokens. On an error the tokens end.
func joinUnicodeEscapes(src string, toks []token) ([]token, *pgerr.Error) {
	out := toks[:0]
	err := recovered(func() {
		for i := 0; i < len(toks); i++ {
			t := toks[i]
			if t.kind != tokUniStr && t.kind != tokUniIdent {
				out = append(out, t)
				continue
			}
			esc := byte('\\')
			if n := toks[i+1]; n.kind == tokWord && n.text == "uescape" {
				esc = uescapeChar(src, toks[i+2])
				i += 2
				t.end = toks[i].end
			}
			t.text = decodeUnicode(t, esc)
			if t.kind == tokUniStr {
				t.kind = tokStr
			} else {
				t.kind, t.text = tokQuoted, truncateIdent(t.text)
			}
			out = append(out, t)
		}
	})
	if err != nil {
		out = endedBad(out)
	}
	return out, err
}

func uescapeChar(src string, t token) byte {
	if t.kind != tokStr {
		fail(pgerr.New(pgerr.SyntaxError, `UESCAPE must be followed by a simple string literal at or near "%s"`,
			src[t.pos:t.end]).At(int(t.pos)))
	}
	if len(t.text) != 1 || isHex(t.text[0]) || strings.Contains("+'\"", t.text) || isSpace(t.text[0]) {
		fail(pgerr.New(pgerr.SyntaxError, `invalid Unicode escape character at or near "%s"`,
			src[t.pos:t.end]).At(int(t.pos)))
	}
	return t.text[0]
}

func decodeUnicode(t token, esc byte) string {
	s := t.text
	if strings.IndexByte(s, esc) < 0 {
		return s
	}
	const badPair = "invalid Unicode surrogate pair"
	bad := func(i int, msg string) {
		fail(pgerr.New(pgerr.SyntaxError, "%s", msg).At(int(t.pos) + len("U&'") + i))
	}
	var b strings.Builder
	var high rune
	for i := 0; i < len(s); {
		if s[i] != esc || i+1 < len(s) && s[i+1] == esc {
			if high != 0 {
				bad(i, badPair)
			}
			if s[i] == esc {
				i++
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		l := lexer{src: s, i: i + 1}
		n := 4
		if l.at(l.i) == '+' {
			n = 6
			l.i++
		}
		from := l.i
		r := l.hex(n)
		switch {
		case l.i-from != n:
			fail(pgerr.New(pgerr.SyntaxError, "invalid Unicode escape").
				WithHint(`Unicode escapes must be \XXXX or \+XXXXXX.`).At(int(t.pos) + len("U&'") + i))
		case high != 0:
			if r = utf16.DecodeRune(high, r); r == utf8.RuneError {
				bad(i, badPair)
			}
			high = 0
		case r >= lowSurrogates && utf16.IsSurrogate(r):
			bad(i, badPair)
		case utf16.IsSurrogate(r):
			high = r
		}
		if r == 0 || r > utf8.MaxRune {
			bad(i, "invalid Unicode escape value")
		}
		if high == 0 {
			b.WriteRune(r)
		}
		i = l.i
	}
	if high != 0 {
		bad(len(s), badPair)
	}
	return b.String()
}
