package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/pgerr"
)

// numberReader takes a number out of a text by the places of a template, as
// to_number does: a blank before a digit is passed over, a character that a place
// does not want is passed over too, and a literal stands for any character.
type numberReader struct {
	p       *numberPattern
	in      string
	at      int
	digits  []byte
	sign    byte // 0: none yet
	pre     int
	post    int
	decimal bool // the point is read
}

// read is the number that a text says by the template.
func (p *numberPattern) read(s string) (decimal, error) {
	switch {
	case p.scientific:
		return decimal{}, pgerr.New(pgerr.FeatureNotSupported, `"EEEE" not supported for input`)
	case p.roman:
		return decimal{}, pgerr.New(pgerr.FeatureNotSupported, `"RN" not supported for input`)
	}
	r := &numberReader{p: p, in: s}
	for _, n := range p.nodes {
		if r.done() {
			break
		}
		r.node(n)
	}
	text := " "
	if r.sign != 0 {
		text = string(r.sign)
	}
	text += strings.TrimSuffix(string(r.digits), ".")
	d, err := numeric.Parse(text)
	if err != nil {
		return d, err
	}
	if d, err = d.ApplyTypmod(numeric.Typmod(p.pre+p.multi+r.post, r.post)); err != nil || p.multi == 0 {
		return d, err
	}
	scale, err := decimalPower(numeric.FromInt64(10), numeric.FromInt64(int64(-p.multi)))
	if err != nil {
		return d, err
	}
	return d.Mul(scale)
}

func (r *numberReader) done() bool { return r.at >= len(r.in) }

// skip passes over n characters that are no part of a number.
func (r *numberReader) skip(n int) {
	for ; n > 0 && !r.done() && strings.IndexByte("0123456789.,+-", r.in[r.at]) < 0; n-- {
		r.any()
	}
}

// any passes over one character.
func (r *numberReader) any() {
	if !r.done() {
		_, n := utf8.DecodeRuneInString(r.in[r.at:])
		r.at += n
	}
}

func (r *numberReader) node(n numberNode) {
	switch n.key {
	case nDigit, nZero, nPoint:
		r.place(n.key)
	case nComma:
		if !r.p.fill && r.in[r.at] == ',' {
			r.at++
		}
	case nMoney:
		r.skip(1)
	case nOrdinal:
		r.skip(2)
	case nMinus:
		r.signOr("-")
	case nPlus:
		r.signOr("+")
	case nEither:
		r.signOr("+-")
	case nText:
		for range utf8.RuneCountInString(n.text) {
			r.any()
		}
	}
}

func (r *numberReader) signOr(signs string) {
	if c := r.in[r.at]; strings.IndexByte(signs, c) >= 0 {
		r.sign = c
		r.at++
		return
	}
	r.skip(1)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// place reads what one place stands for and, whatever it was, goes on by one
// character, except past the end.
func (r *numberReader) place(key numberKey) {
	defer func() { r.at = min(r.at+1, len(r.in)) }()
	if r.in[r.at] == ' ' {
		if r.at++; r.done() {
			return
		}
	}
	if r.sign == 0 && key != nPoint && r.pre+r.post == 0 {
		if r.leadingSign(); r.done() {
			return
		}
	}
	read := false
	switch c := r.in[r.at]; {
	case isDigit(c):
		if r.decimal && r.post == r.p.post {
			return
		}
		r.digits, read = append(r.digits, c), true
		if r.decimal {
			r.post++
		} else {
			r.pre++
		}
	case r.p.point && !r.decimal && c == '.':
		r.digits, r.decimal, read = append(r.digits, c), true, true
	}
	if r.sign == 0 && r.pre+r.post > 0 {
		r.trailingSign(read)
	}
}

func (r *numberReader) leadingSign() {
	c := r.in[r.at]
	switch {
	case c == '-' || c == '+':
		r.sign = c
	case r.p.bracket && c == '<':
		r.sign = '-'
	default:
		return
	}
	r.at++
}

// trailingSign reads a sign just behind the last digit, where S stands for one, or
// before the place of another sign.
func (r *numberReader) trailingSign(read bool) {
	switch {
	case r.p.sign != noSignPlace && read && r.at+1 < len(r.in) && !isDigit(r.in[r.at+1]):
		if c := r.in[r.at+1]; c == '-' || c == '+' {
			r.sign = c
			r.at++
		}
	case !read && r.p.sign == noSignPlace && (r.p.plus || r.p.minus):
		if c := r.in[r.at]; c == '-' || c == '+' {
			r.sign = c
		}
	}
}
