package pgcatalog

import (
	"strconv"

	"github.com/tarndb/tarn/row"
)

// What information_schema reads out of a type modifier. PostgreSQL keeps a
// length as n+4 and a numeric's precision and scale as (p<<16 | s)+4.
const (
	modifierHeader  = 4
	maxOctetLength  = 1 << 30
	bytesPerChar    = 4 // of UTF-8
	defaultFraction = 6 // digits of a second
)

func decimal(n int) string { return strconv.Itoa(n) }

func maxLength(t row.Type) cell {
	bounded := (t.Is(row.Varchar) || t.Is(row.BPChar)) && t.Typmod() >= 0
	return numIf(bounded, int64(t.Typmod()-modifierHeader))
}

func maxOctets(t row.Type) cell {
	switch t.Kind {
	case row.Text, row.Varchar, row.BPChar:
		if length := maxLength(t); !length.null {
			return num(length.num * bytesPerChar)
		}
		return num(int64(maxOctetLength))
	}
	return null
}

var binaryDigits = map[row.Kind]int64{row.Int2: 16, row.Int4: 32, row.Int8: 64, row.Float4: 24, row.Float8: 53}

func numericPrecision(t row.Type) cell {
	if t.Is(row.Numeric) {
		return numIf(t.Typmod() >= 0, int64((t.Typmod()-modifierHeader)>>16&0xffff))
	}
	digits, ok := binaryDigits[t.Kind]
	return numIf(ok, digits)
}

func numericRadix(t row.Type) cell {
	if t.Is(row.Numeric) {
		return num(10)
	}
	_, ok := binaryDigits[t.Kind]
	return numIf(ok, 2)
}

func numericScale(t row.Type) cell {
	if t.Is(row.Numeric) {
		// The scale has 11 bits and a sign.
		return numIf(t.Typmod() >= 0, int64(((t.Typmod()-modifierHeader)&0x7ff)^1024)-1024)
	}
	return numIf(t.Kind.IsInteger(), 0)
}

func datetimePrecision(t row.Type) cell {
	switch t.Kind {
	case row.Date:
		return num(0)
	case row.Time, row.Timetz, row.Timestamp, row.Timestamptz:
		if t.Typmod() >= 0 {
			return num(t.Typmod())
		}
		return num(defaultFraction)
	case row.Interval:
		// The low 16 bits are the precision, all set when there is none.
		if p := t.Typmod() & 0xffff; t.Typmod() >= 0 && p != 0xffff {
			return num(p)
		}
		return num(defaultFraction)
	}
	return null
}
