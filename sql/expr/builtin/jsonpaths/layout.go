package jsonpaths

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row/jsonb"
)

// base is the document in which keyvalue() finds objects. PostgreSQL numbers an object
// by where it lies in the binary form of its document, plus idStep times the number
// of the document.
type base struct {
	of value
	id int64
}

const idStep = 10_000_000_000

func (b base) idOf(v value) int64 {
	l := layout{target: cap(b.of) - cap(v)}
	l.walk(b.of, 0)
	return int64(l.found) + b.id*idStep
}

// layout measures the binary form: a container is a header and an entry for each
// array element, or each key and value, of 4 bytes each, and behind them the strings,
// numbers and containers. Numbers and containers begin at a multiple of 4.
type layout struct {
	size   int
	target int // where the text of the container that is looked for begins
	found  int
}

// walk adds a value whose text begins at a place of the document's.
func (l *layout) walk(v value, at int) {
	switch jsonb.KindOf(v) {
	case jsonb.String:
		l.size += len(jsonb.Unquote(nil, v))
	case jsonb.Number:
		l.align()
		d, _ := number(v)
		l.size += numericSize(d.AppendBinary(nil))
	case jsonb.Array, jsonb.Object:
		l.container(v, at)
	}
}

func (l *layout) align() { l.size = (l.size + 3) &^ 3 }

func (l *layout) container(v value, at int) {
	l.align()
	if at == l.target {
		l.found = l.size
	}
	l.size += 4
	place := func(m value) int { return at + cap(v) - cap(m) }
	it := jsonb.Iterate(v)
	for key, _, more := it.Next(); more; key, _, more = it.Next() {
		l.size += 4
		if key != nil {
			l.size += 4 + len(jsonb.Unquote(nil, key))
		}
	}
	it = jsonb.Iterate(v)
	for _, m, more := it.Next(); more; _, m, more = it.Next() {
		l.walk(m, place(m))
	}
}

// numericSize is the length of a number in PostgreSQL's storage, from its wire form:
// the number of digit groups, their weight, the sign and the scale.
func numericSize(wire []byte) int {
	groups := int(binary.BigEndian.Uint16(wire))
	weight := int(int16(binary.BigEndian.Uint16(wire[2:])))
	scale := int(binary.BigEndian.Uint16(wire[6:]))
	header := 4 + 2
	if scale > 63 || weight > 63 || weight < -64 {
		header = 4 + 4
	}
	return header + 2*groups
}
