package format

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/tarndb/tarn/row"
)

// A producer writes one message like the other: the same fields in the same
// order, the same white space. The shape is what a message had between its
// values, byte by byte; where the next message has it too, the names are neither
// read nor looked up, and the values of the common types are read in place.
// Whatever is not as it was is left to the general reader, which alone judges
// what a message means: the shape only ever gives what it would give.

// shape is the layout of the message that was learnt last.
type shape struct {
	parts  []part
	tail   []byte // what follows the last value
	absent []int  // fields that the message lacks
	wait   int    // messages of other shapes to let pass before one is learnt
}

// part is what stands before a value, and how the value is read.
type part struct {
	text        []byte
	first, last uint64 // its first and last eight bytes; of a shorter one, all under mask
	mask        uint64
	lastAt      int
	how         how
	low, high   int64 // with asInt and dropInt: the range of the type
	timeLen     int   // of the last timestamp, with its first quote
	slot        *slot // nil for a field that no column has
}

// how says which way a value is read.
type how uint8

const (
	stepOver how = iota // any value, for nobody
	byReader            // the slot's reader
	asInt               // a number of few digits
	dropInt             // the same, for nobody
	asText              // a string without escapes
	dropText
	asTime // a timestamp as producers write it
	dropTime
)

const (
	maxParts  = 256
	learnWait = 64 // messages of other shapes, before one of them is learnt
)

// mark is where a value was found: what was before it began at begin.
type mark struct{ begin, value, end, slot int }

// learn takes the shape of a message that the general reader has read.
func (d *Decoder) learn(value []byte) {
	d.shape.wait = learnWait
	if len(d.marks) == 0 || len(d.marks) > maxParts {
		return
	}
	h := shape{wait: learnWait}
	had := make([]bool, len(d.fields))
	for _, m := range d.marks {
		if m.slot >= 0 {
			if had[m.slot] {
				return // twice: the last one counts, which takes care
			}
			had[m.slot] = true
		}
		h.parts = append(h.parts, d.partOf(value[m.begin:m.value], m.slot))
	}
	for i, ok := range had {
		if !ok {
			h.absent = append(h.absent, i)
		}
	}
	h.tail = bytes.Clone(value[d.marks[len(d.marks)-1].end:])
	d.shape = h
}

func (d *Decoder) partOf(text []byte, slot int) part {
	g := part{text: bytes.Clone(text), mask: ^uint64(0)}
	if n := len(text); n < 8 {
		g.mask = 1<<(8*n) - 1
	} else {
		g.lastAt = n - 8
	}
	padded := append(bytes.Clone(text), make([]byte, 8)...)
	g.first = binary.LittleEndian.Uint64(padded) & g.mask
	g.last = binary.LittleEndian.Uint64(padded[g.lastAt:]) & g.mask
	if slot >= 0 {
		g.slot = &d.fields[slot]
		g.choose()
	}
	return g
}

// choose says how the part's value is read.
func (g *part) choose() {
	switch t := g.slot.Type; t.Kind {
	case row.Int2:
		g.how, g.low, g.high = asInt, math.MinInt16, math.MaxInt16
	case row.Int4:
		g.how, g.low, g.high = asInt, math.MinInt32, math.MaxInt32
	case row.Int8:
		g.how, g.low, g.high = asInt, math.MinInt64, math.MaxInt64
	case row.Text, row.Varchar:
		g.how = asText
	case row.Timestamp, row.Timestamptz:
		g.how = asTime
	default:
		g.how = byReader
	}
	switch {
	case g.how > byReader && g.slot.Type.Typmod() >= 0:
		g.how = byReader
	case g.how > byReader && g.slot.want < 0:
		g.how++ // the one for nobody
	}
}

// at reports that the part's text stands at p.
func (g *part) at(b []byte, p int) bool {
	n := len(g.text)
	if p+n+8 > len(b) {
		return p+n <= len(b) && string(b[p:p+n]) == string(g.text)
	}
	first, last := binary.LittleEndian.Uint64(b[p:]), binary.LittleEndian.Uint64(b[p+g.lastAt:])
	return ((first^g.first)|(last^g.last))&g.mask == 0 && (n <= 16 || string(b[p+8:p+n-8]) == string(g.text[8:n-8]))
}

// shaped reads a message of the known shape; false for any other, and for one
// whose values are not good. Columns may then hold parts of a row.
func (d *Decoder) shaped(b []byte) bool {
	p := 0
	for i := range d.shape.parts {
		g := &d.shape.parts[i]
		if !g.at(b, p) {
			return false
		}
		p += len(g.text)
		next := -1
		switch g.how {
		case asInt, dropInt:
			if v, n := smallInt(b, p); n > 0 && v >= g.low && v <= g.high {
				next = p + n
				if g.how == asInt {
					g.slot.out.Ints = append(g.slot.out.Ints, v)
				}
			}
		case asText, dropText:
			if end := plainString(b, p); end >= 0 {
				next = end + 1
				if g.how == asText {
					g.slot.out.AppendBytes(b[p+1 : end])
				}
			}
		case asTime, dropTime:
			next = d.shapedTime(b, p, g)
		}
		if next < 0 {
			next = d.readValue(b, p, g.slot)
		}
		if next < 0 {
			return false
		}
		p = next
	}
	if string(b[p:]) != string(d.shape.tail) {
		return false
	}
	for _, i := range d.shape.absent {
		d.fields[i].out.AppendNull()
	}
	return true
}

// shapedTime reads a timestamp, and gives its end, or -1. It is looked for where
// one of the last one's length would end: reading it checks every byte.
func (d *Decoder) shapedTime(b []byte, p int, g *part) (next int) {
	end := p + g.timeLen
	if end == p || end >= len(b) || b[p] != '"' || b[end] != '"' {
		if end = plainString(b, p); end < 0 {
			return -1
		}
		g.timeLen = end - p
	}
	ts, ok := d.days.isoTimestamp(b[p+1:end], g.slot.Type.Kind == row.Timestamptz)
	if !ok {
		return -1
	}
	if g.how == asTime {
		g.slot.out.Ints = append(g.slot.out.Ints, ts)
	}
	return end + 1
}

// readValue reads the value at p in the general way, and gives its end, or -1
// where it is not good.
func (d *Decoder) readValue(b []byte, p int, f *slot) (next int) {
	d.json = scanner{b: b, p: p}
	if f == nil {
		if _, err := d.json.value(1); err != nil {
			return -1
		}
		return d.json.p
	}
	d.dirty = d.dirty || f.want < 0
	if d.fieldValue(&d.json, f) != nil {
		return -1
	}
	return d.json.p
}

// smallInt reads a number of 1 to 16 digits without a sign at p; n is 0 for all
// other values.
func smallInt(b []byte, p int) (v int64, n int) {
	if p+17 > len(b) {
		return 0, 0
	}
	v, n = eightDigits(binary.LittleEndian.Uint64(b[p:]))
	if n == 8 {
		low, m := eightDigits(binary.LittleEndian.Uint64(b[p+8:]))
		v = v*tens[m] + low
		n += m
	}
	switch c := b[p+n]; {
	case n > 1 && b[p] == '0', c == '.', c|0x20 == 'e', isDigit(c):
		return 0, 0
	}
	return v, n
}

var tens = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// eightDigits reads the digits that eight bytes begin with, all at once: the ones
// after them are shifted out, and neighbours are joined three times.
func eightDigits(w uint64) (v int64, n int) {
	x := w ^ ones*'0'
	// A byte that is no digit is above 9: adding 0x76 sets its high bit. The lowest
	// one set is exact.
	if no := ((x + ones*0x76) | x) & highs; no != 0 {
		if n = bits.TrailingZeros64(no) >> 3; n == 0 {
			return 0, 0
		}
		x <<= 64 - 8*uint(n)
	} else {
		n = 8
	}
	x = x*10 + x>>8
	x = (x & 0x00ff00ff00ff00ff) * (100<<16 + 1) >> 16
	x = (x & 0x0000ffff0000ffff) * (10000<<32 + 1) >> 32
	return int64(x), n
}

// plainString finds the closing quote of a string at p that has neither escapes
// nor control characters nor anything beyond ASCII; -1 for all other values.
func plainString(b []byte, p int) int {
	if p >= len(b) || b[p] != '"' {
		return -1
	}
	for p++; p+16 <= len(b); p += 16 {
		m, n := special(binary.LittleEndian.Uint64(b[p:])), special(binary.LittleEndian.Uint64(b[p+8:]))
		if m|n == 0 {
			continue
		}
		if m == 0 {
			m, p = n, p+8
		}
		return quoteAt(b, p+bits.TrailingZeros64(m)>>3)
	}
	for ; p+8 <= len(b); p += 8 {
		if m := special(binary.LittleEndian.Uint64(b[p:])); m != 0 {
			return quoteAt(b, p+bits.TrailingZeros64(m)>>3)
		}
	}
	if done := p + 8 - len(b); done < 8 && len(b) >= 8 {
		// The last bytes, in a word that begins before them. What is shifted in is no
		// character, so that there is a mark in any case.
		m := special(binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * done))
		if p += bits.TrailingZeros64(m) >> 3; p < len(b) {
			return quoteAt(b, p)
		}
	}
	return -1
}

func quoteAt(b []byte, p int) int {
	if b[p] == '"' {
		return p
	}
	return -1
}

// special marks the bytes that a plain string does not have by their high bits:
// quotes, backslashes, control characters, and bytes beyond ASCII. The lowest
// mark is exact.
func special(w uint64) uint64 {
	quote, escape := w^(ones*'"'), w^(ones*'\\')
	return ((quote - ones) | (escape - ones) | (w - ones*0x20) | w) & highs
}
