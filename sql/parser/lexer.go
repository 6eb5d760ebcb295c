package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/pgerr"
)

type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // unquoted: folded to lower case
	tokQuoted           // "..." or U&"...": decoded
	tokInt              // fits int64: decimal digits
	tokNum              // any other number: its text without underscores
	tokStr              // any string literal: decoded
	tokBits             // b or x, then the digits
	tokParam            // $n: the digits
	tokOp               // an operator
	tokPunct            // , ( ) [ ] . ; : :: .. := =>
	tokBad              // what no token begins with: the parser fails here
)

// token is a lexeme of the user's text, which is src[pos:end].
type token struct {
	kind     tokenKind
	cat      category // of a tokWord
	pos, end int32
	text     string
}

const (
	maxIdentBytes    = 63 // PostgreSQL's NAMEDATALEN - 1
	operatorChars    = "~!@#^&|`?+-*/%<>="
	freeEndingChars  = "~!@#^&|`?%" // an operator holding one may end in + or -
	selfChars        = ",()[].;:"
	maxOperatorBytes = 63
)

// lexer splits text by the rules of PostgreSQL's scan.l. Errors leave by panic
// with a bailout, like everywhere in this package.
type lexer struct {
	src string
	i   int
}

// bailout carries an error out of the recursive descent; Parse recovers it. A
// grammar of 150 mutually recursive functions stays readable only this way.
type bailout struct{ err *pgerr.Error }

func fail(err *pgerr.Error) { panic(bailout{err}) }

// lexAll gives all tokens of src up to its end, or up to the first that is in error:
// PostgreSQL's grammar asks for one token after the other, so that what is wrong
// before comes first.
func lexAll(src string) ([]token, *pgerr.Error) {
	checkEncoding(src)
	l := &lexer{src: src}
	toks := make([]token, 0, len(src)/4+8)
	bad := recovered(func() {
		for len(toks) == 0 || toks[len(toks)-1].kind != tokEOF {
			toks = append(toks, l.next())
		}
	})
	if bad != nil {
		toks = endedBad(toks)
	}
	markPaired(toks)
	joined, err := joinUnicodeEscapes(src, toks)
	if err != nil {
		bad = err
	}
	return joined, bad
}

// endedBad marks that the tokens end in an error.
func endedBad(toks []token) []token {
	return append(toks, token{kind: tokBad}, token{kind: tokEOF})
}

// recovered calls f and gives the error with which it bailed out.
func recovered(f func()) (err *pgerr.Error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case bailout:
			err = r.err
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// checkEncoding rejects what no PostgreSQL text can hold: invalid UTF-8 and NUL.
// The emitted encodings rely on user text being free of NUL.
func checkEncoding(src string) {
	if utf8.ValidString(src) && strings.IndexByte(src, 0) < 0 {
		return
	}
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRuneInString(src[i:])
		if src[i] == 0 || r == utf8.RuneError && n == 1 {
			fail(invalidBytes(src[i : i+1]).At(i))
		}
		i += n
	}
}

func invalidBytes(s string) *pgerr.Error {
	return pgerr.New(pgerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8": 0x%02x`, s[0])
}

func isIdentStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isIdentCont(c byte) bool { return isIdentStart(c) || isDigit(c) || c == '$' }
func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

// at gives the byte at offset i, or 0 past the end.
func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// failAt is scan.l's yyerror: the message, and the text from pos to end.
func (l *lexer) failAt(pos, end int, msg string) {
	fail(pgerr.New(pgerr.SyntaxError, `%s at or near "%s"`, msg, l.src[pos:end]).At(pos))
}

func (l *lexer) tok(kind tokenKind, pos int, text string) token {
	return token{kind: kind, pos: int32(pos), end: int32(l.i), text: text}
}

func (l *lexer) skipSpace() {
	for l.i < len(l.src) {
		switch {
		case isSpace(l.src[l.i]):
			l.i++
		case strings.HasPrefix(l.src[l.i:], "--"):
			l.skipLine()
		case strings.HasPrefix(l.src[l.i:], "/*"):
			l.skipBlockComment()
		default:
			return
		}
	}
}

func (l *lexer) skipLine() {
	for l.i < len(l.src) && l.src[l.i] != '\n' && l.src[l.i] != '\r' {
		l.i++
	}
}

func (l *lexer) skipBlockComment() {
	start, depth := l.i, 0
	for l.i < len(l.src) {
		switch {
		case strings.HasPrefix(l.src[l.i:], "/*"):
			depth++
			l.i += 2
		case strings.HasPrefix(l.src[l.i:], "*/"):
			depth--
			l.i += 2
			if depth == 0 {
				return
			}
		default:
			l.i++
		}
	}
	l.failAt(start, len(l.src), "unterminated /* comment")
}

func (l *lexer) next() token {
	l.skipSpace()
	pos := l.i
	if pos >= len(l.src) {
		return l.tok(tokEOF, pos, "")
	}
	c := l.src[pos]
	switch {
	case isIdentStart(c):
		return l.wordOrPrefixedString(pos)
	case isDigit(c) || c == '.' && isDigit(l.at(pos+1)):
		return l.number(pos)
	case c == '\'':
		return l.tok2(tokStr, pos, l.quoted(pos, pos, "unterminated quoted string"))
	case c == '"':
		return l.identifier(pos, pos)
	case c == '$':
		return l.dollar(pos)
	case strings.IndexByte(selfChars, c) >= 0:
		return l.punct(pos)
	case strings.IndexByte(operatorChars, c) >= 0:
		return l.operator(pos)
	}
	l.i++
	l.failAt(pos, l.i, "syntax error")
	return token{}
}

// tok2 is tok for a text whose making moved l.i: Go evaluates it first.
func (l *lexer) tok2(kind tokenKind, pos int, text string) token { return l.tok(kind, pos, text) }

func (l *lexer) wordOrPrefixedString(pos int) token {
	next := l.at(pos + 1)
	switch c := l.src[pos] | 0x20; {
	case next == '\'' && c == 'e':
		return l.tok2(tokStr, pos, l.escaped(pos))
	case next == '\'' && (c == 'b' || c == 'x'):
		msg := "unterminated bit string literal"
		if c == 'x' {
			msg = "unterminated hexadecimal string literal"
		}
		return l.tok2(tokBits, pos, string(c)+l.quoted(pos, pos+1, msg))
	case next == '\'' && c == 'n':
		// As in scan.l, N'...' is the word NCHAR followed by a plain string.
		l.i++
		t := l.tok(tokWord, pos, "nchar")
		t.cat = catColumn
		return t
	case next == '&' && c == 'u' && l.at(pos+2) == '\'':
		return l.tok2(tokUniStr, pos, l.quoted(pos, pos+2, "unterminated quoted string"))
	case next == '&' && c == 'u' && l.at(pos+2) == '"':
		t := l.identifier(pos, pos+2)
		t.kind = tokUniIdent
		return t
	}
	return l.word(pos)
}

func (l *lexer) punct(pos int) token {
	n := 1
	switch two := l.src[pos:min(pos+2, len(l.src))]; two {
	case "::", "..", ":=":
		n = 2
	}
	l.i += n
	return l.tok(tokPunct, pos, l.src[pos:l.i])
}

func (l *lexer) operator(pos int) token {
	n := pos
	for n < len(l.src) && strings.IndexByte(operatorChars, l.src[n]) >= 0 {
		if n > pos && (strings.HasPrefix(l.src[n:], "--") || strings.HasPrefix(l.src[n:], "/*")) {
			break
		}
		n++
	}
	op := l.src[pos:n]
	if !strings.ContainsAny(op, freeEndingChars) {
		for len(op) > 1 && (op[len(op)-1] == '+' || op[len(op)-1] == '-') {
			op = op[:len(op)-1]
		}
	} else {
		op = trimSignsAfter(op)
	}
	l.i = pos + len(op)
	switch {
	case op == "=>":
		return l.tok(tokPunct, pos, op)
	case op == "!=":
		return l.tok(tokOp, pos, "<>")
	case len(op) > maxOperatorBytes:
		l.failAt(pos, l.i, "operator too long")
	}
	return l.tok(tokOp, pos, op)
}

// trimSignsAfter strips trailing signs as long as nothing before the last
// character allows an operator to end in one.
func trimSignsAfter(op string) string {
	for len(op) > 1 && (op[len(op)-1] == '+' || op[len(op)-1] == '-') {
		if strings.ContainsAny(op[:len(op)-1], freeEndingChars) {
			return op
		}
		op = op[:len(op)-1]
	}
	return op
}

// dollar lexes $1 and $tag$...$tag$.
func (l *lexer) dollar(pos int) token {
	if isDigit(l.at(pos + 1)) {
		l.i++
		for isDigit(l.at(l.i)) {
			l.i++
		}
		l.noJunk(pos, "trailing junk after parameter")
		return l.tok(tokParam, pos, l.src[pos+1:l.i])
	}
	n := pos + 1
	for n < len(l.src) && (isIdentStart(l.src[n]) || n > pos+1 && isDigit(l.src[n])) {
		n++
	}
	if l.at(n) != '$' {
		l.i = pos + 1
		l.failAt(pos, l.i, "syntax error")
	}
	tag := l.src[pos : n+1]
	body := l.src[n+1:]
	end := strings.Index(body, tag)
	if end < 0 {
		l.failAt(pos, len(l.src), "unterminated dollar-quoted string")
	}
	l.i = n + 1 + end + len(tag)
	return l.tok(tokStr, pos, body[:end])
}
