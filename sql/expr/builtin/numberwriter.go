package builtin

import (
	"fmt"
	"strings"
)

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
