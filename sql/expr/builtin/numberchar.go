package builtin

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// shownNumber is a number made ready for the places of its template.
type shownNumber struct {
	digits   string // whole digits, a point and as many decimals as the template has
	negative bool
	spaces   int // places before the first digit
	pre      int // the template's places before the point, those of V included
	post     int // and after it; a float has no more than its precision
}

// places fits a number's text into the template: # everywhere if it is too long.
func (p *numberPattern) places(text string, negative bool, post int) shownNumber {
	n := shownNumber{digits: text, negative: negative, pre: p.pre + p.multi, post: post}
	whole, _, _ := strings.Cut(text, ".")
	switch {
	case len(whole) < n.pre:
		n.spaces = n.pre - len(whole)
	case len(whole) > n.pre:
		n.digits = strings.Repeat("#", n.pre) + "." + strings.Repeat("#", post)
	}
	return n
}

func numberToChar(r *fn.Registry) {
	r.Func("to_char(numeric, text) text", fn.B2(func(c *fn.Call, dst, a, f []byte) ([]byte, error) {
		return showNumber(c, dst, f, func(p *numberPattern) (string, shownNumber, error) { return p.ofDecimal(numeric.Decode(a)) })
	}))
	for _, w := range widths[1:] {
		r.Func("to_char("+w.typ+", text) text", fn.B2(func(c *fn.Call, dst []byte, a int64, f []byte) ([]byte, error) {
			return showNumber(c, dst, f, func(p *numberPattern) (string, shownNumber, error) { return p.ofInteger(w, a) })
		}))
	}
	for typ, precision := range map[string]int{"float4": 6, "float8": 15} {
		r.Func("to_char("+typ+", text) text", fn.B2(func(c *fn.Call, dst []byte, a float64, f []byte) ([]byte, error) {
			return showNumber(c, dst, f, func(p *numberPattern) (string, shownNumber, error) { return p.ofFloat(a, precision) })
		}))
	}
	r.Func("to_number(text, text) numeric", fn.B2(func(c *fn.Call, dst, s, f []byte) ([]byte, error) {
		if len(f) == 0 {
			return dst, fn.ErrNull
		}
		p, err := fn.Cached(c, f, parseNumberPattern)
		if err != nil {
			return dst, err
		}
		d, err := p.read(string(s))
		if err != nil {
			return dst, err
		}
		return numeric.Append(dst, d), nil
	}))
}

// showNumber writes a number; scientific notation is a text of its own, which
// leaves nothing to the places.
func showNumber(c *fn.Call, dst, f []byte, value func(p *numberPattern) (string, shownNumber, error)) ([]byte, error) {
	p, err := fn.Cached(c, f, parseNumberPattern)
	if err != nil {
		return dst, err
	}
	text, n, err := value(p)
	if err != nil || p.scientific {
		return append(dst, text...), err
	}
	return newNumberWriter(p, n, text).write(dst), nil
}

// unscientific is what EEEE shows for what is no number.
func (p *numberPattern) unscientific() string {
	b := []byte(" " + strings.Repeat("#", p.pre+p.post+5))
	if p.pre+1 < len(b) {
		b[p.pre+1] = '.'
	}
	return string(b)
}

func (p *numberPattern) exponential(v float64) string {
	text := strconv.FormatFloat(v, 'e', p.post, 64)
	if text[0] != '-' {
		text = " " + text
	}
	return text
}

func (p *numberPattern) ofInteger(w width, v int64) (string, shownNumber, error) {
	switch {
	case p.roman && v != int64(int32(v)):
		return "", shownNumber{}, pgerr.New(pgerr.NumericValueOutOfRange, "integer out of range")
	case p.roman:
		return roman(v), shownNumber{}, nil
	case p.scientific && w.typ == "int4":
		return p.exponential(float64(v)), shownNumber{}, nil
	case p.scientific:
		text, n, err := p.ofDecimal(numeric.FromInt64(v))
		return text, n, err
	}
	for range p.multi {
		var ok bool
		if v, ok = mulInt8(v, 10); !ok || v < w.lo || v > w.hi {
			return "", shownNumber{}, w.overflow()
		}
	}
	text := strconv.FormatUint(magnitude(v), 10)
	n := p.places(text, v < 0, p.post)
	if len(text) <= n.pre && p.post > 0 {
		n.digits += "." + strings.Repeat("0", p.post)
	}
	return "", n, nil
}

func (p *numberPattern) ofDecimal(d decimal) (string, shownNumber, error) {
	switch {
	case p.roman:
		v, err := d.Round(0).ToInt64("integer", math.MinInt32, math.MaxInt32)
		return roman(v), shownNumber{}, err
	case p.scientific && !d.IsFinite():
		return p.unscientific(), shownNumber{}, nil
	case p.scientific:
		return decimalExponential(d, p.post), shownNumber{}, nil
	}
	if p.multi > 0 {
		var err error
		if d, err = d.Mul(numeric.FromBig(tenTo(p.multi), 0)); err != nil {
			return "", shownNumber{}, err
		}
	}
	if d.IsFinite() {
		d = d.Round(p.post)
	}
	return "", p.places(strings.TrimPrefix(d.String(), "-"), d.Sign() < 0, p.post), nil
}

// decimalExponential is a number with one digit before the point, or two where
// rounding makes a 10 of it, as PostgreSQL has it.
func decimalExponential(d decimal, scale int) string {
	exponent := 0
	if d.Sign() != 0 {
		exponent = exponent10(d)
	}
	mantissa := shiftDecimal(d.Abs(), -exponent).Round(scale)
	sign := " "
	if d.Sign() < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%se%+03d", sign, mantissa, exponent)
}

func tenTo(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// shiftDecimal multiplies by a power of ten.
func shiftDecimal(d decimal, by int) decimal {
	if up := by - d.Scale(); up > 0 {
		return numeric.FromBig(new(big.Int).Mul(d.Coefficient(), tenTo(up)), 0)
	}
	return numeric.FromBig(d.Coefficient(), d.Scale()-by)
}

func (p *numberPattern) ofFloat(v float64, precision int) (string, shownNumber, error) {
	odd := v != v || math.IsInf(v, 0)
	switch {
	case p.roman:
		if odd || math.Abs(v) > math.MaxInt32 {
			return roman(0), shownNumber{}, nil
		}
		return roman(int64(math.RoundToEven(v))), shownNumber{}, nil
	case p.scientific && odd:
		return p.unscientific(), shownNumber{}, nil
	case p.scientific:
		return p.exponential(v), shownNumber{}, nil
	}
	if p.multi > 0 {
		v *= math.Pow10(p.multi)
	}
	post := p.post
	text := "NaN"
	switch {
	case math.IsInf(v, 0):
		text = "Infinity"
	case v == v:
		whole := strconv.FormatFloat(math.Abs(v), 'f', 0, 64)
		post = max(min(post, precision-len(whole)), 0)
		text = strconv.FormatFloat(math.Abs(v), 'f', post, 64)
	}
	return "", p.places(text, v < 0 || v == 0 && math.Signbit(v), post), nil
}

// roman is a number from 1 to 3999 in Roman numerals.
func roman(v int64) string {
	if v < 1 || v > 3999 {
		return strings.Repeat("#", 15)
	}
	var b strings.Builder
	for _, r := range []struct {
		value int64
		text  string
	}{
		{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"},
		{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
	} {
		for ; v >= r.value; v -= r.value {
			b.WriteString(r.text)
		}
	}
	return b.String()
}

// numberWriter walks the places of a template from left to right.
type numberWriter struct {
	p    *numberPattern
	n    shownNumber
	text string // of a Roman numeral

	fill, bracket bool
	sign          signPlace
	at            int  // bytes of n.digits that are written
	place         int  // places that are done
	last          int  // of FM: the last digit that counts; -1: all do
	started       bool // the place before wrote a digit
	cut           bool // the digits came to an end before their places: nothing follows
	signed        bool // the sign is written, or is not to be
	count         int  // the places there are
}

func newNumberWriter(p *numberPattern, n shownNumber, text string) *numberWriter {
	w := &numberWriter{p: p, n: n, text: text, fill: p.fill, bracket: p.bracket, sign: p.sign, last: -1}
	switch {
	case p.plus || p.minus:
		w.signed = p.minus
	default:
		w.bracket = w.bracket && (n.negative || !p.fill)
		w.signed = !n.negative && p.fill && p.sign == noSignPlace
		if p.sign == signBefore && p.pre+p.multi == p.signAt {
			w.sign = signAfter
		}
	}
	if p.fill && p.point {
		w.last = w.lastRelevant()
	}
	w.count = n.pre + n.post - 1
	if !w.signed && n.spaces == 0 {
		w.count++
	}
	return w
}

// lastRelevant is the last decimal that FM keeps: not a zero, or at a place of 0.
func (w *numberWriter) lastRelevant() int {
	point := strings.IndexByte(w.n.digits, '.')
	if point < 0 {
		return -1
	}
	last := point
	for i := point; i < len(w.n.digits); i++ {
		if w.n.digits[i] != '0' {
			last = i
		}
	}
	if w.p.zeroUntil > w.n.spaces {
		last = max(last, min(len(w.n.digits)-1, w.p.zeroUntil-w.n.spaces))
	}
	return last
}

func (w *numberWriter) endsAtPoint() bool { return w.last >= 0 && w.n.digits[w.last] == '.' }

func (w *numberWriter) write(dst []byte) []byte {
	for _, node := range w.p.nodes {
		if w.cut {
			return dst
		}
		switch node.key {
		case nDigit, nZero, nPoint:
			if !w.p.roman {
				dst = w.digit(dst, node.key)
			}
		case nComma:
			if w.started {
				dst = append(dst, ',')
			} else {
				dst = w.blank(dst)
			}
		case nMoney:
			dst = append(dst, ' ')
		case nRoman:
			dst = w.roman(dst, node.lower)
		case nOrdinal:
			dst = w.ordinal(dst, node.lower)
		case nMinus:
			dst = w.mark(dst, '-', w.n.negative)
		case nPlus:
			dst = w.mark(dst, '+', !w.n.negative)
		case nEither:
			dst = append(dst, w.signByte())
		case nText:
			dst = append(dst, node.text...)
		}
	}
	return dst
}

func (w *numberWriter) signByte() byte {
	if w.n.negative {
		return '-'
	}
	return '+'
}

func (w *numberWriter) blank(dst []byte) []byte {
	if w.fill {
		return dst
	}
	return append(dst, ' ')
}

func (w *numberWriter) mark(dst []byte, sign byte, show bool) []byte {
	if show {
		return append(dst, sign)
	}
	return w.blank(dst)
}

func (w *numberWriter) roman(dst []byte, lower bool) []byte {
	text := w.text
	if lower {
		text = strings.ToLower(text)
	}
	if w.fill {
		return append(dst, text...)
	}
	return fmt.Appendf(dst, "%15s", text)
}

func (w *numberWriter) ordinal(dst []byte, lower bool) []byte {
	d := w.n.digits
	if w.p.roman || w.n.negative || w.p.point || d == "" || d[0] == '#' {
		return dst
	}
	end := "TH"
	if len(d) < 2 || d[len(d)-2] != '1' {
		switch d[len(d)-1] {
		case '1':
			end = "ST"
		case '2':
			end = "ND"
		case '3':
			end = "RD"
		}
	}
	if lower {
		end = strings.ToLower(end)
	}
	return append(dst, end...)
}

// hiddenZero reports that the 0 before the point is about to be written as a blank.
func (w *numberWriter) hiddenZero() bool {
	return w.p.zeroFrom == 0 && w.at == 0 && w.n.digits != "" && w.n.digits[0] == '0' && w.n.post != 0
}

// digit writes one place, the sign before the first digit, and what stands after
// the last place.
func (w *numberWriter) digit(dst []byte, key numberKey) []byte {
	zeroFrom := w.p.zeroFrom - 1
	zeros := zeroFrom >= 0
	w.started = false
	if !w.signed && (w.place >= w.n.spaces || zeros && zeroFrom == w.place) && (!w.hiddenZero() || w.endsAtPoint()) {
		dst = w.leadingSign(dst)
	}
	switch {
	case w.place < w.n.spaces && (!zeros || zeroFrom > w.place):
		dst = w.blank(dst)
	case w.place < w.n.spaces:
		dst, w.started = append(dst, '0'), true
	case w.at < len(w.n.digits):
		dst = w.next(dst, key)
	case w.last < 0 || w.at <= w.last || key == nZero:
		w.cut = true
		return dst
	}
	end := w.count
	if w.n.spaces > 0 {
		end++
	}
	if w.p.point {
		end++
	}
	if w.last >= 0 && w.last == w.at {
		end = w.place
	}
	if w.place+1 == end {
		dst = w.trailingSign(dst)
	}
	w.place++
	return dst
}

// next writes the next character of the number.
func (w *numberWriter) next(dst []byte, key numberKey) []byte {
	c := w.n.digits[w.at]
	switch {
	case c == '.':
		if !w.endsAtPoint() || w.fill {
			dst = append(dst, c)
		}
	case w.last >= 0 && w.at > w.last && key != nZero:
	case w.hiddenZero():
		if !w.fill {
			dst = append(dst, ' ')
		} else if w.endsAtPoint() {
			dst = append(dst, '0')
		}
	default:
		dst, w.started = append(dst, c), true
	}
	w.at++
	return dst
}

func (w *numberWriter) leadingSign(dst []byte) []byte {
	switch {
	case w.p.sign != noSignPlace:
		if w.sign != signBefore {
			return dst
		}
		dst = append(dst, w.signByte())
	case w.bracket && w.n.negative:
		dst = append(dst, '<')
	case w.bracket:
		dst = append(dst, ' ')
	case w.n.negative:
		dst = append(dst, '-')
	default:
		dst = w.blank(dst)
	}
	w.signed = true
	return dst
}

func (w *numberWriter) trailingSign(dst []byte) []byte {
	switch {
	case w.signed && w.bracket && w.n.negative:
		return append(dst, '>')
	case w.signed && w.bracket:
		return append(dst, ' ')
	case w.p.sign != noSignPlace && w.sign == signAfter:
		return append(dst, w.signByte())
	}
	return dst
}
