package jsonpath

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/fault"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokWord
	tokString
	tokVariable
	tokInt
	tokNumber
	tokSymbol
)

// token is a lexeme. shown is what an error at it names; empty: the end.
type token struct {
	kind  tokenKind
	text  string
	shown string
}

const (
	special = "?%$.[]{}()|&!=<>@#,*:-+/"
	blank   = " \t\n\r\f"
)

type lexer struct {
	src string
	i   int
}

func syntaxError(message, shown string) error {
	if shown == "" {
		return fault.New("42601", "%s at end of jsonpath input", message)
	}
	return fault.New("42601", "%s at or near \"%s\" of jsonpath input", message, shown)
}

func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// wordEnd is where a run of bytes ends that are neither blank nor special.
func (l *lexer) wordEnd(i int) int {
	for i < len(l.src) && !strings.ContainsRune(special+blank+"\\\"", rune(l.src[i])) {
		i++
	}
	return i
}

func (l *lexer) next() (token, error) {
	if err := l.skip(); err != nil {
		return token{}, err
	}
	if l.i == len(l.src) {
		return token{}, nil
	}
	start := l.i
	switch c := l.src[l.i]; {
	case c == '"':
		text, err := l.quoted(l.i + 1)
		return token{tokString, text, `"`}, err
	case c == '$' && l.at(l.i+1) == '"':
		text, err := l.quoted(l.i + 2)
		return token{tokVariable, text, `"`}, err
	case c == '$' && l.wordEnd(l.i+1) > l.i+1:
		l.i = l.wordEnd(l.i + 1)
		return token{tokVariable, l.src[start+1 : l.i], l.src[start:l.i]}, nil
	case isDigit(c) || c == '.' && isDigit(l.at(l.i+1)):
		return l.number()
	case strings.IndexByte(special, c) >= 0:
		l.i++
		for _, two := range []string{"&&", "||", "**", "<=", "==", "<>", "!=", ">="} {
			if strings.HasPrefix(l.src[start:], two) {
				l.i = start + 2
			}
		}
		text := l.src[start:l.i]
		return token{tokSymbol, text, text}, nil
	}
	return l.word()
}

// skip steps over blanks and comments.
func (l *lexer) skip() error {
	for l.i < len(l.src) {
		switch {
		case strings.IndexByte(blank, l.src[l.i]) >= 0:
			l.i++
		case strings.HasPrefix(l.src[l.i:], "/*"):
			end := strings.Index(l.src[l.i+2:], "*/")
			if end < 0 {
				return syntaxError("unexpected end of comment", "")
			}
			l.i += end + 4
		default:
			return nil
		}
	}
	return nil
}

// word reads a word without quotes, in which a backslash escapes.
func (l *lexer) word() (token, error) {
	var b strings.Builder
	for l.i < len(l.src) {
		if l.src[l.i] == '\\' {
			if err := l.escape(&b); err != nil {
				return token{}, err
			}
			continue
		}
		end := l.wordEnd(l.i)
		if end == l.i {
			break
		}
		b.WriteString(l.src[l.i:end])
		l.i = end
	}
	// PostgreSQL's lexer looks at the blanks behind a word before it gives it away.
	end := l.i
	for end < len(l.src) && strings.IndexByte(blank, l.src[end]) >= 0 {
		end++
	}
	return token{tokWord, b.String(), l.src[l.i:end]}, nil
}

func (l *lexer) quoted(from int) (string, error) {
	var b strings.Builder
	for l.i = from; l.i < len(l.src); {
		switch c := l.src[l.i]; c {
		case '"':
			l.i++
			return b.String(), nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			l.i++
		}
	}
	return "", syntaxError("unexpected end of quoted string", "")
}

var plainEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// escape reads what a backslash begins.
func (l *lexer) escape(b *strings.Builder) error {
	c := l.at(l.i + 1)
	start := l.i
	l.i += 2
	switch {
	case start+1 >= len(l.src):
		return syntaxError("unexpected end after backslash", "")
	case plainEscapes[c] != 0:
		b.WriteByte(plainEscapes[c])
	case c == 'x':
		v, n := l.hex(2)
		if n != 2 {
			return syntaxError("invalid hex character sequence", l.src[start:l.i])
		}
		if v == 0 {
			return errZero()
		}
		b.WriteRune(v)
	case c == 'u':
		return l.unicode(b, start)
	default:
		_, n := utf8.DecodeRuneInString(l.src[start+1:])
		b.WriteString(l.src[start+1 : start+1+n])
		l.i = start + 1 + n
	}
	return nil
}

// hex reads up to n hexadecimal digits.
func (l *lexer) hex(n int) (v rune, read int) {
	for ; read < n; read++ {
		c := l.at(l.i)
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return v, read
		}
		v = v<<4 | rune(c)
		l.i++
	}
	return v, read
}

// unicode reads \uXXXX or \u{X...}, or a pair of surrogates.
func (l *lexer) unicode(b *strings.Builder, start int) error {
	r, ok := l.code()
	if !ok {
		return syntaxError("invalid unicode sequence", l.src[start:l.i])
	}
	if utf16.IsSurrogate(r) {
		const pair = "Unicode low surrogate must follow a high surrogate."
		bad := func(detail string) error {
			return &fault.Error{Code: fault.InvalidText, Message: "invalid input syntax for type jsonpath", Detail: detail}
		}
		if r >= 0xdc00 || !strings.HasPrefix(l.src[l.i:], "\\u") {
			return bad(pair)
		}
		l.i += 2
		low, ok := l.code()
		if !ok {
			return syntaxError("invalid unicode sequence", l.src[start:l.i])
		}
		if low >= 0xd800 && low < 0xdc00 {
			return bad("Unicode high surrogate must not follow a high surrogate.")
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return bad(pair)
		}
	}
	if r == 0 {
		return errZero()
	}
	b.WriteRune(r)
	return nil
}

// errZero: no text holds the character of number zero.
func errZero() error {
	return &fault.Error{Code: "22P05", Message: "unsupported Unicode escape sequence", Detail: "\\u0000 cannot be converted to text."}
}

func (l *lexer) code() (rune, bool) {
	if l.at(l.i) != '{' {
		r, n := l.hex(4)
		return r, n == 4
	}
	l.i++
	r, n := l.hex(6)
	if l.at(l.i) != '}' {
		return 0, false
	}
	l.i++
	return r, n > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (l *lexer) digits() {
	for isDigit(l.at(l.i)) {
		l.i++
	}
}

func (l *lexer) number() (token, error) {
	start, kind := l.i, tokInt
	if l.src[l.i] == '0' {
		l.i++ // no digit follows a leading zero
	} else {
		l.digits()
	}
	if l.at(l.i) == '.' {
		kind = tokNumber
		l.i++
		l.digits()
	}
	if l.at(l.i)|0x20 == 'e' {
		end := l.i + 1
		if l.at(end) == '+' || l.at(end) == '-' {
			end++
		}
		switch {
		case isDigit(l.at(end)):
			kind, l.i = tokNumber, end
			l.digits()
		case end > l.i+1:
			return token{}, syntaxError("invalid numeric literal", l.src[start:end])
		}
	}
	if l.wordEnd(l.i) > l.i {
		_, n := utf8.DecodeRuneInString(l.src[l.i:])
		return token{}, syntaxError("trailing junk after numeric literal", l.src[start:l.i+n])
	}
	text := l.src[start:l.i]
	return token{kind, text, text}, nil
}
