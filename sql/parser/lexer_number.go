package parser

import (
	"math/big"
	"strconv"
	"strings"
)

// number lexes PostgreSQL 16's numbers: 1_000, 0x1F, 0o17, 0b1, 1.5, .5, 1., 1e3.
func (l *lexer) number(pos int) token {
	if base := radix(l.at(pos + 1)); base != 0 && l.src[pos] == '0' {
		return l.radixNumber(pos, base)
	}
	l.digits()
	isInt := true
	if l.at(l.i) == '.' && l.at(l.i+1) != '.' {
		isInt = false
		l.i++
		l.digits()
	}
	if l.at(l.i)|0x20 == 'e' {
		n := l.i + 1
		if l.at(n) == '+' || l.at(n) == '-' {
			n++
		}
		if !isDigit(l.at(n)) {
			if n == l.i+1 {
				l.noJunk(pos, "trailing junk after numeric literal")
			}
			l.failAt(pos, n, "trailing junk after numeric literal")
		}
		isInt = false
		l.i = n
		l.digits()
	}
	l.noJunk(pos, "trailing junk after numeric literal")
	text := strings.ReplaceAll(l.src[pos:l.i], "_", "")
	return l.integer(pos, text, isInt)
}

func (l *lexer) integer(pos int, text string, isInt bool) token {
	if isInt {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return l.tok(tokInt, pos, strconv.FormatInt(n, 10))
		}
	}
	return l.tok(tokNum, pos, text)
}

func (l *lexer) digits() {
	for isDigit(l.at(l.i)) || l.at(l.i) == '_' && l.i > 0 && isDigit(l.at(l.i-1)) && isDigit(l.at(l.i+1)) {
		l.i++
	}
}

// noJunk fails if a name starts right after a number or parameter.
func (l *lexer) noJunk(pos int, msg string) {
	if l.i < len(l.src) && isIdentStart(l.src[l.i]) {
		for l.i < len(l.src) && isIdentCont(l.src[l.i]) {
			l.i++
		}
		l.failAt(pos, l.i, msg)
	}
}

func radix(c byte) int {
	switch c | 0x20 {
	case 'x':
		return 16
	case 'o':
		return 8
	case 'b':
		return 2
	}
	return 0
}

func (l *lexer) radixNumber(pos, base int) token {
	l.i += 2
	for isHex(l.at(l.i)) || l.at(l.i) == '_' && isHex(l.at(l.i+1)) {
		l.i++
	}
	digits := strings.ReplaceAll(l.src[pos+2:l.i], "_", "")
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		what := map[int]string{16: "hexadecimal", 8: "octal", 2: "binary"}[base]
		l.failAt(pos, max(l.i, pos+2), "invalid "+what+" integer")
	}
	l.noJunk(pos, "trailing junk after numeric literal")
	return l.integer(pos, n.String(), true)
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
