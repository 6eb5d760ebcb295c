package builtin

import (
	"math"
	"strings"

	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// numberPattern is a to_char template for numbers, taken apart.
type numberPattern struct {
	slots    []byte // of 9 0 , G and literal text, before and after the point
	quoted   []string
	whole    int // digit places before the point
	decimals int // and after it
	point    bool
	fill     bool // FM
	angle    bool // PR
	sign     byte // 0: a blank or a minus just before the number; S M P G for S, MI, PL, SG in their places
	zeroAt   int  // the first place before the point that must be filled with a 0; -1: none
}

const slotText = 't'

func parseNumberPattern(f string) (*numberPattern, error) {
	p := &numberPattern{zeroAt: -1}
	for f != "" {
		two := ""
		if len(f) > 1 {
			two = strings.ToUpper(f[:2])
		}
		n := 1
		switch c := f[0]; {
		case two == "FM":
			p.fill, n = true, 2
		case two == "PR":
			p.angle, n = true, 2
		case two == "MI" || two == "PL" || two == "SG":
			p.slots = append(p.slots, two[0])
			p.sign, n = two[0], 2
			if two == "SG" {
				p.sign, p.slots[len(p.slots)-1] = 'X', 'X'
			}
		case two == "RN" || two == "TH" || c|0x20 == 'v' || c|0x20 == 'e' || c|0x20 == 'l':
			return nil, pgerr.New(pgerr.FeatureNotSupported, "the pattern \"%s\" of to_char for numbers is not supported", f[:len(two)])
		case c == '9' || c == '0':
			p.digit(c)
		case c == '.' || c|0x20 == 'd':
			if p.point {
				return nil, pgerr.New(pgerr.SyntaxError, "multiple decimal points")
			}
			p.point = true
			p.slots = append(p.slots, '.')
		case c == ',' || c|0x20 == 'g':
			p.slots = append(p.slots, ',')
		case c|0x20 == 's':
			p.sign = 'S'
			p.slots = append(p.slots, 'S')
		case c == '"':
			end := strings.IndexByte(f[1:], '"')
			if end < 0 {
				end = len(f) - 2
			}
			p.literal(f[1 : 1+end])
			n = min(end+2, len(f))
		default:
			p.literal(f[:1])
		}
		f = f[n:]
	}
	return p, nil
}

func (p *numberPattern) literal(s string) {
	p.slots = append(p.slots, slotText)
	p.quoted = append(p.quoted, s)
}

func (p *numberPattern) digit(c byte) {
	p.slots = append(p.slots, c)
	if p.point {
		p.decimals++
		return
	}
	if c == '0' && p.zeroAt < 0 {
		p.zeroAt = p.whole
	}
	p.whole++
}

func numberToChar(r *fn.Registry) {
	show := func(c *fn.Call, dst, f []byte, d numeric.Decimal) ([]byte, error) {
		p, err := fn.Cached(c, f, parseNumberPattern)
		if err != nil {
			return dst, err
		}
		return p.append(dst, d), nil
	}
	r.Func("to_char(numeric, text) text", fn.B2(func(c *fn.Call, dst, a, f []byte) ([]byte, error) {
		return show(c, dst, f, numeric.Decode(a))
	}))
	for _, w := range widths[1:] {
		r.Func("to_char("+w.typ+", text) text", fn.B2(func(c *fn.Call, dst []byte, a int64, f []byte) ([]byte, error) {
			return show(c, dst, f, numeric.FromInt64(a))
		}))
	}
	for _, t := range []string{"float4", "float8"} {
		r.Func("to_char("+t+", text) text", fn.B2(func(c *fn.Call, dst []byte, a float64, f []byte) ([]byte, error) {
			d := numeric.FromFloat64(a)
			if t == "float4" {
				d = numeric.FromFloat32(float32(a))
			}
			if math.IsInf(a, 0) || a != a {
				d = numeric.NaN
			}
			return show(c, dst, f, d)
		}))
	}
}

// append writes the number: digits into their places from the right, blanks or
// zeros into those that are left over, # into all if it does not fit.
func (p *numberPattern) append(dst []byte, d numeric.Decimal) []byte {
	negative := d.Sign() < 0
	text := d.Abs().Round(p.decimals).String()
	whole, decimals, _ := strings.Cut(text, ".")
	if whole == "0" && (p.whole > 0 && p.decimals > 0 || p.whole == 0) {
		whole = ""
	}
	over := len(whole) > p.whole || !d.IsFinite()
	if over {
		whole, decimals = strings.Repeat("#", p.whole), strings.Repeat("#", p.decimals)
	}
	// Trailing nines show nothing when FM is given.
	if p.fill && !over {
		decimals = p.trimDecimals(decimals)
	}
	lead := p.whole - len(whole)
	first := lead
	if p.zeroAt >= 0 {
		first = min(lead, p.zeroAt)
	}
	body, place, digit := p.fillSlots(whole, decimals, lead, first, negative)
	return p.withSign(dst, body, place, digit, negative)
}

// trimDecimals drops zeros at the end whose places are written 9.
func (p *numberPattern) trimDecimals(decimals string) string {
	keep := 0
	n := 0
	after := false
	for _, s := range p.slots {
		if s == '.' {
			after = true
		}
		if after && (s == '9' || s == '0') {
			n++
			if s == '0' {
				keep = n
			}
		}
	}
	for len(decimals) > keep && decimals[len(decimals)-1] == '0' {
		decimals = decimals[:len(decimals)-1]
	}
	return decimals
}

// fillSlots writes the slots and says where the first place and the first digit are.
func (p *numberPattern) fillSlots(whole, decimals string, lead, first int, negative bool) (body []byte, placeAt, digitAt int) {
	place, quoted, after, started := 0, 0, false, false
	placeAt, digitAt = -1, -1
	blank := func() {
		if !p.fill {
			body = append(body, ' ')
		}
	}
	for _, s := range p.slots {
		if placeAt < 0 && strings.IndexByte("90.,", s) >= 0 {
			placeAt = len(body)
		}
		if digitAt < 0 && (s == '.' || (s == '9' || s == '0') && (after || place >= min(lead, first))) {
			digitAt = len(body)
		}
		switch {
		case s == slotText:
			body = append(body, p.quoted[quoted]...)
			quoted++
		case s == '.':
			after, started = true, true
			body = append(body, '.')
		case s == ',':
			if started {
				body = append(body, ',')
			} else {
				blank()
			}
		case (s == '9' || s == '0') && after:
			if place-p.whole < len(decimals) {
				body = append(body, decimals[place-p.whole])
			}
			place++
		case s == '9' || s == '0':
			switch {
			case place >= lead:
				body, started = append(body, whole[place-lead]), true
			case place >= first:
				body, started = append(body, '0'), true
			default:
				blank()
			}
			place++
		case s == 'M':
			body = append(body, signOr(negative, '-', ' ', p.fill)...)
		case s == 'P':
			body = append(body, signOr(!negative, '+', ' ', p.fill)...)
		case s == 'X':
			body = append(body, signOr(negative, '-', '+', false)...)
		case s == 'S':
			body = append(body, 'S')
		}
	}
	return body, max(placeAt, 0), max(digitAt, 0)
}

func signOr(yes bool, sign, other byte, drop bool) []byte {
	switch {
	case yes:
		return []byte{sign}
	case drop:
		return nil
	}
	return []byte{other}
}

// withSign puts the sign just before the first digit, or where the template says.
func (p *numberPattern) withSign(dst, body []byte, place, digit int, negative bool) []byte {
	mark := byte('+')
	if negative {
		mark = '-'
	}
	insert := func(at int, sign string) []byte {
		dst = append(append(dst, body[:at]...), sign...)
		return append(dst, body[at:]...)
	}
	switch {
	case p.angle && negative:
		return append(insert(digit, "<"), '>')
	case p.angle && p.fill:
		return append(dst, body...)
	case p.angle:
		return append(insert(place, " "), ' ')
	case p.sign == 'S' && body[0] == 'S':
		body = body[1:]
		return insert(max(digit-1, 0), string(mark))
	case p.sign == 'S':
		for _, c := range body {
			if c == 'S' {
				c = mark
			}
			dst = append(dst, c)
		}
		return dst
	case p.sign == 'M' || p.sign == 'X':
		return append(dst, body...)
	case negative:
		return insert(digit, "-")
	case p.fill || p.whole+p.decimals == 0:
		return append(dst, body...)
	}
	return insert(place, " ")
}
