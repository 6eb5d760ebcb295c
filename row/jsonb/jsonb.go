// Package jsonb reads, normalizes, orders and walks JSON values as PostgreSQL does.
//
// The physical form of a jsonb is its canonical text, which is also what it
// prints: one space after each colon and comma, object keys unique and sorted by
// length and then by bytes, strings with the fewest escapes, numbers written out
// as numeric writes them. Printing is a copy, equal text is the same value, and
// walking skips what is not asked for without decoding it.
package jsonb

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
)

// maxDepth bounds nesting, so that input cannot exhaust the stack.
const maxDepth = 6400

// Canonical appends the physical form of a JSON text.
func Canonical(dst, src []byte) ([]byte, error) {
	p := parser{src: src}
	start := len(dst)
	dst, err := p.document(dst, true)
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

// Validate checks a JSON text as input of type json, whose form is the text itself.
func Validate(src []byte) error {
	p := parser{src: src}
	_, err := p.document(nil, false)
	return err
}

// parser reads JSON; where it is to write, it appends canonical text.
type parser struct {
	src   []byte
	pos   int
	depth int
	write bool
}

func (p *parser) document(dst []byte, write bool) ([]byte, error) {
	p.write = write
	dst, err := p.value(dst)
	if err != nil {
		return dst, err
	}
	p.space()
	if p.pos < len(p.src) {
		return dst, p.unexpected("Expected end of input, but found \"%s\".")
	}
	return dst, nil
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) value(dst []byte) ([]byte, error) {
	p.space()
	if p.pos == len(p.src) {
		return dst, p.ended()
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.nested(dst, (*parser).object)
	case c == '[':
		return p.nested(dst, (*parser).array)
	case c == '"':
		return p.string(dst)
	case c == '-' || c >= '0' && c <= '9':
		return p.number(dst)
	}
	return p.word(dst)
}

func (p *parser) nested(dst []byte, read func(*parser, []byte) ([]byte, error)) ([]byte, error) {
	if p.depth++; p.depth > maxDepth {
		return dst, &fault.Error{Code: "54001", Message: "stack depth limit exceeded"}
	}
	p.pos++
	dst, err := read(p, dst)
	p.depth--
	return dst, err
}

func (p *parser) word(dst []byte) ([]byte, error) {
	w := p.token()
	if isLiteral(w) {
		p.pos += len(w)
		if p.write {
			dst = append(dst, w...)
		}
		return dst, nil
	}
	return dst, p.unexpected("Expected JSON value, but found \"%s\".")
}

func (p *parser) array(dst []byte) ([]byte, error) {
	if p.write {
		dst = append(dst, '[')
	}
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == ']' {
		return p.close(dst, ']'), nil
	}
	for {
		var err error
		if dst, err = p.value(dst); err != nil {
			return dst, err
		}
		p.space()
		switch {
		case p.pos == len(p.src):
			return dst, p.ended()
		case p.src[p.pos] == ']':
			return p.close(dst, ']'), nil
		case p.src[p.pos] != ',':
			return dst, p.unexpected("Expected \",\" or \"]\", but found \"%s\".")
		}
		p.pos++
		if p.write {
			dst = append(dst, ',', ' ')
		}
	}
}

func (p *parser) close(dst []byte, c byte) []byte {
	p.pos++
	if p.write {
		dst = append(dst, c)
	}
	return dst
}

// member is one pair of an object being written: where its key and value lie in
// the bytes written so far.
type member struct{ key, keyEnd, end int }

func (p *parser) object(dst []byte) ([]byte, error) {
	start := len(dst)
	var members []member
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == '}' {
		p.pos++
		if p.write {
			dst = append(dst, '{', '}')
		}
		return dst, nil
	}
	for {
		p.space()
		if p.pos == len(p.src) {
			return dst, p.ended()
		}
		if p.src[p.pos] != '"' {
			if len(members) == 0 {
				return dst, p.unexpected("Expected string or \"}\", but found \"%s\".")
			}
			return dst, p.unexpected("Expected string, but found \"%s\".")
		}
		m := member{key: len(dst)}
		var err error
		if dst, err = p.string(dst); err != nil {
			return dst, err
		}
		m.keyEnd = len(dst)
		p.space()
		if p.pos == len(p.src) {
			return dst, p.ended()
		}
		if p.src[p.pos] != ':' {
			return dst, p.unexpected("Expected \":\", but found \"%s\".")
		}
		p.pos++
		if dst, err = p.value(dst); err != nil {
			return dst, err
		}
		m.end = len(dst)
		members = append(members, m)
		p.space()
		switch {
		case p.pos == len(p.src):
			return dst, p.ended()
		case p.src[p.pos] == '}':
			p.pos++
			if p.write {
				dst = sortMembers(dst, start, members)
			}
			return dst, nil
		case p.src[p.pos] != ',':
			return dst, p.unexpected("Expected \",\" or \"}\", but found \"%s\".")
		}
		p.pos++
	}
}

// sortMembers rewrites the members that lie in dst from start as a canonical object.
func sortMembers(dst []byte, start int, members []member) []byte {
	body := bytes.Clone(dst[start:])
	at := func(m member) (key, value []byte) {
		return body[m.key-start : m.keyEnd-start], body[m.keyEnd-start : m.end-start]
	}
	slices.SortStableFunc(members, func(a, b member) int {
		k, _ := at(a)
		l, _ := at(b)
		return compareKeys(k, l)
	})
	dst = append(dst[:start], '{')
	for i, m := range members {
		key, value := at(m)
		if i+1 < len(members) {
			if next, _ := at(members[i+1]); bytes.Equal(next, key) {
				continue // the last of equal keys counts
			}
		}
		if len(dst) > start+1 {
			dst = append(dst, ',', ' ')
		}
		dst = append(append(append(dst, key...), ':', ' '), value...)
	}
	return append(dst, '}')
}

// compareKeys orders canonical string literals by the strings' length, then bytes.
func compareKeys(a, b []byte) int {
	if bytes.IndexByte(a, '\\') >= 0 || bytes.IndexByte(b, '\\') >= 0 {
		a, b = Unquote(nil, a), Unquote(nil, b)
	}
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}

func (p *parser) number(dst []byte) ([]byte, error) {
	w := p.token()
	if !validNumber(w) {
		return dst, p.invalidToken(w)
	}
	p.pos += len(w)
	if !p.write {
		return dst, nil
	}
	n, err := numeric.Parse(string(w))
	if err != nil {
		return dst, err
	}
	return n.AppendText(dst), nil
}

// validNumber checks JSON's grammar of numbers, which is narrower than numeric's.
func validNumber(w []byte) bool {
	digits := func() bool {
		n := 0
		for n < len(w) && w[n] >= '0' && w[n] <= '9' {
			n++
		}
		w = w[n:]
		return n > 0
	}
	if len(w) > 0 && w[0] == '-' {
		w = w[1:]
	}
	if len(w) > 0 && w[0] == '0' {
		w = w[1:]
	} else if !digits() {
		return false
	}
	if len(w) > 0 && w[0] == '.' {
		w = w[1:]
		if !digits() {
			return false
		}
	}
	if len(w) > 0 && (w[0] == 'e' || w[0] == 'E') {
		w = w[1:]
		if len(w) > 0 && (w[0] == '+' || w[0] == '-') {
			w = w[1:]
		}
		if !digits() {
			return false
		}
	}
	return len(w) == 0
}

func (p *parser) string(dst []byte) ([]byte, error) {
	if p.write {
		dst = append(dst, '"')
	}
	open := p.pos
	p.pos++
	for {
		run := p.pos
		for p.pos < len(p.src) && p.src[p.pos] != '"' && p.src[p.pos] != '\\' && p.src[p.pos] >= ' ' {
			p.pos++
		}
		if p.write {
			dst = append(dst, p.src[run:p.pos]...)
		}
		if p.pos == len(p.src) {
			return dst, p.invalid("Token \"%s\" is invalid.", p.src[open:])
		}
		switch c := p.src[p.pos]; {
		case c == '"':
			p.pos++
			if p.write {
				dst = append(dst, '"')
			}
			return dst, nil
		case c < ' ':
			return dst, p.syntaxError(p.pos, fmt.Sprintf("Character with value 0x%02x must be escaped.", c))
		}
		r, err := p.escape()
		if err != nil {
			return dst, err
		}
		if p.write {
			dst = appendEscaped(dst, r)
		}
	}
}

// appendEscaped writes a character with the escape that PostgreSQL gives it, if any.
func appendEscaped(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if r < ' ' {
		const hex = "0123456789abcdef"
		return append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
	}
	return utf8.AppendRune(dst, r)
}

// AppendQuoted appends s as a canonical string literal.
func AppendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	run := 0
	for i, c := range s {
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, s[run:i]...)
			dst = appendEscaped(dst, rune(c))
			run = i + 1
		}
	}
	return append(append(dst, s[run:]...), '"')
}
