package row

import (
	"math"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

// arrayParser reads '[l:u]...={...}'.
type arrayParser struct {
	t       Type
	input   string
	pos     int
	style   *Style
	builder *ArrayBuilder
	lens    [maxDims]int // length of each dimension once a sub-array of it has ended, else -1
	dims    int          // depth of the elements, 0 until one is met
	wrong   error        // of the first element that is none: what is wrong with the braces comes before
}

func parseArray(t Type, s string, st *Style) (Datum, error) {
	p := &arrayParser{t: t, input: s, style: st, builder: NewArrayBuilder(t)}
	for i := range p.lens {
		p.lens[i] = -1
	}
	bounds, err := p.bounds()
	if err != nil {
		return Datum{}, err
	}
	if p.peek() != '{' {
		if bounds != nil {
			return Datum{}, p.malformed("Array contents must start with \"{\".")
		}
		return Datum{}, p.malformed("Array value must start with \"{\" or dimension information.")
	}
	if err := p.level(0); err != nil {
		return Datum{}, err
	}
	p.space()
	if p.pos < len(p.input) {
		return Datum{}, p.malformed("Junk after closing right brace.")
	}
	d, err := p.finish(bounds)
	if err == nil {
		err = p.wrong
	}
	return d, err
}

func (p *arrayParser) finish(bounds []Dim) (Datum, error) {
	if p.builder.Len() == 0 {
		return BytesDatum([]byte{0}), nil
	}
	dims := make([]Dim, p.dims)
	for i := range dims {
		dims[i] = Dim{Len: p.lens[i], Lower: 1}
	}
	if bounds != nil {
		if len(bounds) != len(dims) {
			return Datum{}, p.malformed("Specified array dimensions do not match array contents.")
		}
		for i := range dims {
			if bounds[i].Len != dims[i].Len {
				return Datum{}, p.malformed("Specified array dimensions do not match array contents.")
			}
		}
		dims = bounds
	}
	return BytesDatum(p.builder.FinishDims(nil, dims)), nil
}

func (p *arrayParser) malformed(detail string) error {
	e := fault.New(fault.InvalidText, "malformed array literal: \"%s\"", p.input)
	e.Detail = detail
	return e
}

func (p *arrayParser) space() {
	for p.pos < len(p.input) && strings.IndexByte(blanks, p.input[p.pos]) >= 0 {
		p.pos++
	}
}

func (p *arrayParser) peek() byte {
	p.space()
	if p.pos == len(p.input) {
		return 0
	}
	return p.input[p.pos]
}

// bounds reads the dimensions in front of an array, nil when there are none.
func (p *arrayParser) bounds() ([]Dim, error) {
	var dims []Dim
	for p.peek() == '[' {
		if len(dims) == maxDims {
			return nil, fault.New(fault.LimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", len(dims)+1, maxDims)
		}
		end := strings.IndexByte(p.input[p.pos:], ']')
		if end < 0 {
			return nil, p.malformed("Missing \"]\" after array dimensions.")
		}
		text := p.input[p.pos+1 : p.pos+end]
		p.pos += end + 1
		low, high, ok := strings.Cut(text, ":")
		if !ok {
			low, high = "1", text
		}
		l, err1 := strconv.ParseInt(low, 10, 32)
		h, err2 := strconv.ParseInt(high, 10, 32)
		if err1 != nil || err2 != nil {
			return nil, p.malformed("\"[\" must introduce explicitly-specified array dimensions.")
		}
		if h < l {
			return nil, fault.New(fault.ArraySubscript, "upper bound cannot be less than lower bound")
		}
		if h-l >= math.MaxInt32 {
			return nil, fault.New(fault.LimitExceeded, "array size exceeds the maximum allowed (%d)", MaxArrayElems)
		}
		dims = append(dims, Dim{Len: int(h-l) + 1, Lower: int(l)})
	}
	if dims == nil {
		return nil, nil
	}
	if p.peek() != '=' {
		return nil, p.malformed("Missing \"=\" after array dimensions.")
	}
	p.pos++
	return dims, nil
}

// level reads one pair of braces, whose opening one is next.
func (p *arrayParser) level(depth int) error {
	if depth == maxDims {
		return fault.New(fault.LimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", maxDims+1, maxDims)
	}
	p.pos++
	n := 0
	for {
		switch c := p.peek(); {
		case c == 0:
			return p.malformed("Unexpected end of input.")
		case c == '}' && n == 0:
			if depth > 0 {
				return p.malformed("Unexpected \"}\" character.")
			}
			p.pos++
			return p.endLevel(depth, n)
		case c == '{':
			if p.dims > 0 && depth+1 >= p.dims {
				return p.malformed("Unexpected \"{\" character.")
			}
			if err := p.level(depth + 1); err != nil {
				return err
			}
		default:
			if err := p.element(depth); err != nil {
				return err
			}
		}
		n++
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return p.endLevel(depth, n)
		case 0:
			return p.malformed("Unexpected end of input.")
		default:
			return p.malformed("Unexpected array element.")
		}
	}
}

func (p *arrayParser) ragged() error {
	return p.malformed("Multidimensional arrays must have sub-arrays with matching dimensions.")
}

func (p *arrayParser) endLevel(depth, n int) error {
	if n == 0 && depth == 0 {
		return nil
	}
	if p.lens[depth] >= 0 && p.lens[depth] != n {
		return p.ragged()
	}
	p.lens[depth] = n
	return nil
}

func (p *arrayParser) element(depth int) error {
	if p.dims == 0 {
		p.dims = depth + 1
	} else if p.dims != depth+1 {
		return p.malformed("Unexpected array element.")
	}
	text, quoted, err := p.word()
	if err != nil {
		return err
	}
	if !quoted && isNullWord(text) {
		p.builder.Append(NullDatum)
		return nil
	}
	d, err := ParseText(p.builder.elem, text, p.style)
	if err != nil && p.wrong == nil {
		p.wrong = err
	}
	if p.wrong != nil {
		d = NullDatum
	}
	p.builder.Append(d)
	return nil
}

// word reads an element's text: quoted, or bare with escapes and without blanks at its ends.
func (p *arrayParser) word() (text string, quoted bool, err error) {
	var out []byte
	if p.input[p.pos] == '"' {
		for p.pos++; p.pos < len(p.input); p.pos++ {
			switch c := p.input[p.pos]; c {
			case '"':
				p.pos++
				return string(out), true, nil
			case '\\':
				if p.pos++; p.pos == len(p.input) {
					return "", false, p.malformed("Unexpected end of input.")
				}
				fallthrough
			default:
				out = append(out, p.input[p.pos])
			}
		}
		return "", false, p.malformed("Unexpected end of input.")
	}
	keep := 0 // the blanks at the end that an escape made part of the text
	for ; p.pos < len(p.input); p.pos++ {
		c := p.input[p.pos]
		switch c {
		case ',', '}':
			if end := strings.TrimRight(string(out), blanks); len(end) > keep {
				keep = len(end)
			}
			if keep == 0 {
				return "", false, p.malformed("Unexpected \"" + string(c) + "\" character.")
			}
			return string(out[:keep]), quoted, nil
		case '"':
			return "", false, p.malformed("Unexpected array element.")
		case '{':
			return "", false, p.malformed("Unexpected \"{\" character.")
		case '\\':
			if p.pos++; p.pos == len(p.input) {
				return "", false, p.malformed("Unexpected end of input.")
			}
			out, quoted = append(out, p.input[p.pos]), true
			keep = len(out)
			continue
		}
		out = append(out, c)
	}
	return "", false, p.malformed("Unexpected end of input.")
}
