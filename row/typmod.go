package row

import (
	"math"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
)

// ApplyTypmod fits a value of t's kind to t's modifier: numeric(p,s) rounds and
// checks, times round, char(n) pads, and a string that is too long is cut by an
// explicit cast, but is an error in an assignment unless only blanks are cut; a bit
// string is fitted by an explicit cast only.
func ApplyTypmod(t Type, d Datum, explicit bool) (Datum, error) {
	if t.Mod == 0 || d.Null {
		return d, nil
	}
	m := t.Typmod()
	switch t.Kind {
	case Numeric:
		return applyNumeric(m, d)
	case Varchar, BPChar:
		return applyLength(t, d, explicit)
	case Time, Timestamp, Timestamptz:
		if d.I != math.MaxInt64 && d.I != math.MinInt64 {
			d.I = datetime.RoundMicros(d.I, int(m))
		}
	case Timetz:
		v := datetime.TimetzOf(d.I)
		v.Micros = datetime.RoundMicros(v.Micros, int(m))
		d.I = v.Int()
	case Interval:
		v, err := datetime.DecodeInterval(d.B).ApplyTypmod(m)
		return BytesDatum(v.Append(nil)), err
	case Bit, Varbit:
		return applyBits(t, d, explicit)
	case Array:
		return applyElements(t, d, explicit)
	}
	return d, nil
}

func applyNumeric(m int32, d Datum) (Datum, error) {
	n := numeric.Decode(d.B)
	r, err := n.ApplyTypmod(m)
	if err != nil {
		return Datum{}, err
	}
	if n == r {
		return d, nil
	}
	return BytesDatum(numeric.Append(nil, r)), nil
}

func applyLength(t Type, d Datum, explicit bool) (Datum, error) {
	limit := int(t.Typmod()) - 4
	if len(d.B) <= limit && t.Kind == Varchar {
		return d, nil
	}
	cut := len(d.B)
	for i, n := 0, 0; i < len(d.B); n++ {
		if n == limit {
			cut = i
			break
		}
		_, w := utf8.DecodeRune(d.B[i:])
		i += w
	}
	if cut < len(d.B) && !explicit && len(trimBlanks(d.B)) > cut {
		return Datum{}, fault.New(fault.StringTooLong, "value too long for type %s", t)
	}
	b := d.B[:cut:cut]
	if t.Kind == BPChar {
		b = appendBlanks(b, 0, limit)
	}
	return BytesDatum(b), nil
}

func applyElements(t Type, d Datum, explicit bool) (Datum, error) {
	a, b := NewArrayElems(t, d.B), NewArrayBuilder(t)
	for e, ok := a.Next(); ok; e, ok = a.Next() {
		e, err := ApplyTypmod(a.Elem, e, explicit)
		if err != nil {
			return Datum{}, err
		}
		b.Append(e)
	}
	return BytesDatum(b.FinishDims(nil, a.Dims)), a.Err()
}

// appendBlanks pads the string that starts at dst[start:] to n characters.
func appendBlanks(dst []byte, start, n int) []byte {
	for have := utf8.RuneCount(dst[start:]); have < n; have++ {
		dst = append(dst, ' ')
	}
	return dst
}
