package row

import (
	"fmt"

	"github.com/tarndb/tarn/row/numeric"
)

// String is PostgreSQL's format_type: the SQL spelling with the modifier.
func (t Type) String() string {
	if t.Kind == Array {
		return t.ElemType().String() + "[]"
	}
	if e := EnumOf(t); e != nil {
		return e.String()
	}
	name := kinds[t.Kind].sql
	if t.Mod == 0 {
		if t.Kind == BPChar {
			return "bpchar"
		}
		return name
	}
	m := t.Typmod()
	switch t.Kind {
	case Varchar, BPChar:
		return fmt.Sprintf("%s(%d)", name, m-4)
	case Bit, Varbit:
		return fmt.Sprintf("%s(%d)", name, m)
	case Numeric:
		p, s := numeric.SplitTypmod(m)
		return fmt.Sprintf("numeric(%d,%d)", p, s)
	case Time:
		return fmt.Sprintf("time(%d) without time zone", m)
	case Timetz:
		return fmt.Sprintf("time(%d) with time zone", m)
	case Timestamp:
		return fmt.Sprintf("timestamp(%d) without time zone", m)
	case Timestamptz:
		return fmt.Sprintf("timestamp(%d) with time zone", m)
	case Interval:
		return intervalTypeName(m)
	}
	return name
}

// An interval's typmod holds the fields that it keeps (a bit each) and the precision.
const (
	intervalFullRange = 0x7fff
	intervalNoPrec    = 0xffff
)

// IntervalTypmod packs interval's modifier: the range of fields as PostgreSQL
// numbers them (0 for all) and the precision (-1 for all digits).
func IntervalTypmod(fields int32, precision int) int32 {
	if fields == 0 {
		fields = intervalFullRange
	}
	return fields<<16 | int32(precision)&intervalNoPrec
}

// The ranges that SQL can spell, by the bits of their fields.
var intervalRanges = map[int32]string{
	1 << 2:                       "year",
	1 << 1:                       "month",
	1 << 3:                       "day",
	1 << 10:                      "hour",
	1 << 11:                      "minute",
	1 << 12:                      "second",
	1<<2 | 1<<1:                  "year to month",
	1<<3 | 1<<10:                 "day to hour",
	1<<3 | 1<<10 | 1<<11:         "day to minute",
	1<<3 | 1<<10 | 1<<11 | 1<<12: "day to second",
	1<<10 | 1<<11:                "hour to minute",
	1<<10 | 1<<11 | 1<<12:        "hour to second",
	1<<11 | 1<<12:                "minute to second",
}

func intervalTypeName(m int32) string {
	name := "interval"
	if r, ok := intervalRanges[m>>16&intervalFullRange]; ok {
		name += " " + r
	}
	if p := m & intervalNoPrec; p != intervalNoPrec {
		name += fmt.Sprintf("(%d)", p)
	}
	return name
}
