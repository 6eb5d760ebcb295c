package row

import (
	"encoding/binary"
	"math"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
)

// The faithful value codec: compact and injective, in no useful order. A value
// decodes to exactly what was encoded, and values that print differently have
// different bytes.
//
//	integers and the like   varint of zigzag(v)+1; NULL is 0
//	floats                  8 bytes little-endian; NULL is a NaN that no float has
//	everything else         varint of length+1, then the physical form; NULL is 0

const floatNull = 0x7ff8_dead_dead_dead

// AppendValue appends row i of c.
func AppendValue(dst []byte, c *Column, i int) []byte {
	null := c.IsNull(i)
	switch c.Type.Phys() {
	case PhysInt:
		if null {
			return append(dst, 0)
		}
		return appendIntValue(dst, c.Ints[i])
	case PhysFloat:
		if null {
			return binary.LittleEndian.AppendUint64(dst, floatNull)
		}
		return appendFloatValue(dst, c.Floats[i])
	}
	if null {
		return append(dst, 0)
	}
	return appendBytesValue(dst, c.Data[c.Offs[i]:c.Offs[i+1]])
}

// AppendValueDatum appends a datum of type t.
func AppendValueDatum(dst []byte, t Type, d Datum) []byte {
	switch t.Phys() {
	case PhysFloat:
		if d.Null {
			return binary.LittleEndian.AppendUint64(dst, floatNull)
		}
		return appendFloatValue(dst, d.F)
	case PhysInt:
		if !d.Null {
			return appendIntValue(dst, d.I)
		}
	default:
		if !d.Null {
			return appendBytesValue(dst, d.B)
		}
	}
	return append(dst, 0)
}

func appendIntValue(dst []byte, v int64) []byte {
	u := uint64(v)<<1 ^ uint64(v>>63)
	if u == math.MaxUint64 {
		// One more would not fit: 2^64 as a varint.
		return append(dst, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02)
	}
	return binary.AppendUvarint(dst, u+1)
}

func appendFloatValue(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(canonicalFloat(v)))
}

func appendBytesValue(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))+1), b...)
}

// DecodeValue appends to a column of the value's type the value that src starts
// with, and returns what follows it.
func DecodeValue(src []byte, into *Column) (rest []byte, err error) {
	switch into.Type.Phys() {
	case PhysInt:
		if len(src) > 0 && src[0] == 0 {
			into.AppendNull()
			return src[1:], nil
		}
		v, n := readIntValue(src)
		if n == 0 || !into.Type.inRange(v) {
			return src, fault.Corrupt("value")
		}
		into.AppendInt(v)
		return src[n:], nil
	case PhysFloat:
		if len(src) < 8 {
			return src, fault.Corrupt("value")
		}
		u := binary.LittleEndian.Uint64(src)
		if u == floatNull {
			into.AppendNull()
		} else {
			into.AppendFloat(canonicalFloat(math.Float64frombits(u)))
		}
		return src[8:], nil
	}
	b, rest, err := readBytesValue(src)
	if err != nil {
		return src, err
	}
	if b == nil {
		into.AppendNull()
		return rest, nil
	}
	if !validPhysical(into.Type, b) {
		return src, fault.Corrupt("value")
	}
	into.AppendBytes(b)
	return rest, nil
}

// readIntValue reads an integer that is not NULL; n is 0 when src has none.
func readIntValue(src []byte) (v int64, n int) {
	u := uint64(0)
	switch n = intValueLen(src); {
	case n == 0:
		return 0, 0
	case n == 1:
		u = uint64(src[0])
	case n == 10 && src[9] == 0x02:
		return math.MinInt64, n
	default:
		for i := n - 1; i >= 0; i-- {
			u = u<<7 | uint64(src[i]&0x7f)
		}
	}
	if u == 0 {
		return 0, 0
	}
	u--
	return int64(u>>1) ^ -int64(u&1), n
}

// intValueLen is the length of the integer, or NULL, that src starts with; 0 when
// there is none.
func intValueLen(src []byte) int {
	for i, b := range src {
		switch {
		case b >= 0x80:
			continue
		case i > 0 && b == 0:
			return 0
		case i < 9 || i == 9 && (b == 0x01 || b == 0x02 && string(src[:9]) == "\x80\x80\x80\x80\x80\x80\x80\x80\x80"):
			return i + 1
		}
		return 0
	}
	return 0
}

// readBytesValue reads bytes that alias src; nil is NULL.
func readBytesValue(src []byte) (b, rest []byte, err error) {
	u, n := binary.Uvarint(src)
	if n <= 0 || u > uint64(len(src)-n)+1 || n > 1 && src[n-1] == 0 {
		return nil, src, fault.Corrupt("value")
	}
	if u == 0 {
		return nil, src[n:], nil
	}
	end := n + int(u) - 1
	return src[n:end:end], src[end:], nil
}

// validPhysical checks the forms that are cheap to check; jsonb's reader takes any bytes.
func validPhysical(t Type, b []byte) bool {
	switch t.Kind {
	case Numeric:
		return numeric.Valid(b)
	case Interval:
		return len(b) == datetime.IntervalSize
	case UUID:
		return len(b) == 16
	case Bit, Varbit:
		return validBits(b)
	case Array, Int2Vector, OIDVector:
		return validArray(t, b)
	case Record:
		return validRecord(b)
	}
	return true
}

// SkipValue returns what follows the value of type t that src starts with.
func SkipValue(src []byte, t Type) (rest []byte, err error) {
	phys := t.Phys()
	if phys != PhysFloat && len(src) > 0 && src[0] < 0x80 {
		// A small number, NULL or a short length: most values.
		switch n := int(src[0]); {
		case phys == PhysInt || n == 0:
			return src[1:], nil
		case n <= len(src):
			return src[n:], nil
		}
		return src, fault.Corrupt("value")
	}
	switch phys {
	case PhysInt:
		if n := intValueLen(src); n > 0 {
			return src[n:], nil
		}
		return src, fault.Corrupt("value")
	case PhysFloat:
		if len(src) < 8 {
			return src, fault.Corrupt("value")
		}
		return src[8:], nil
	}
	_, rest, err = readBytesValue(src)
	return rest, err
}

// AppendRowValue appends all columns of row i, without its weight.
func AppendRowValue(dst []byte, b *Batch, i int) []byte {
	for c := range b.Cols {
		dst = AppendValue(dst, &b.Cols[c], i)
	}
	return dst
}

// DecodeRowValue appends the row that src starts with, with weight 1, and returns
// what follows it. After an error the batch is as it was.
func DecodeRowValue(src []byte, into *Batch) (rest []byte, err error) {
	n := into.Len()
	rest = src
	for c := range into.Cols {
		if rest, err = DecodeValue(rest, &into.Cols[c]); err != nil {
			into.truncate(n)
			return src, err
		}
	}
	into.Weights = append(into.Weights, 1)
	return rest, nil
}

// truncate cuts off the columns' values past row n, where a decode left some.
func (b *Batch) truncate(n int) {
	for c := range b.Cols {
		if b.Cols[c].Len() > n {
			b.Cols[c].Truncate(n)
		}
	}
	b.Weights = b.Weights[:n]
}
