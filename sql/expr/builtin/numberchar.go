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
