package parser

import (
	"strings"
	"unicode/utf8"
)

func (l *lexer) word(pos int) token {
	for l.i < len(l.src) && isIdentCont(l.src[l.i]) {
		l.i++
	}
	text := truncateIdent(foldASCII(l.src[pos:l.i]))
	t := l.tok(tokWord, pos, text)
	t.cat = categories[text]
	return t
}

// foldASCII lowers A to Z only: what other letters fold to depends on a locale.
func foldASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] |= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// truncateIdent cuts a name to 63 bytes, at a character's boundary.
func truncateIdent(s string) string {
	if len(s) <= maxIdentBytes {
		return s
	}
	n := maxIdentBytes
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (l *lexer) identifier(pos, quote int) token {
	l.i = quote + 1
	var b strings.Builder
	for {
		n := strings.IndexByte(l.src[l.i:], '"')
		if n < 0 {
			l.failAt(pos, len(l.src), "unterminated quoted identifier")
		}
		b.WriteString(l.src[l.i : l.i+n])
		l.i += n + 1
		if l.at(l.i) != '"' {
			break
		}
		b.WriteByte('"')
		l.i++
	}
	if b.Len() == 0 {
		l.failAt(pos, l.i, "zero-length delimited identifier")
	}
	text := b.String()
	if quote == pos {
		text = truncateIdent(text)
	}
	return l.tok(tokQuoted, pos, text)
}
