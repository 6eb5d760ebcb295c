package row

import (
	"bytes"
	"math"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/row/ordered"
)

// The order-preserving key codec. bytes.Compare on encoded rows gives
// PostgreSQL's order of the rows (collation "C", numeric order, NaN last, -0 = 0
// for floats), under the given direction of each column. It is the one
// encoding of rows in arrangements, on disk and in hash tables: equal rows
// (by SQL's "=" and NULLs not distinct) have equal encodings, so it forgets what
// "=" does not see; KeyLossy tells the types that have such a thing.
//
// A NULL is one byte: 0xff, or 0x00 where NULLs are first. Any other value begins
// with neither, and is what the table says, complemented when descending:
//
//	integers, bool, date, times, oid   ordered integer, 1-9 bytes
//	float4, float8                     8 bytes, 9 for the largest and smallest
//	text, varchar, name, json, bytea   escaped bytes and their end
//	char(n)                            the same, without trailing blanks
//	numeric                            exponent, then digits in pairs
//	interval                           its normalized length
//	uuid                               16 bytes, 17 when the first is an edge
//	jsonb                              type rank, then count or value
//	arrays, vectors                    elements, end, shape
//	record                             kind and value of each field, end

// Order is the direction of one key column.
type Order struct {
	Desc       bool
	NullsFirst bool // PostgreSQL's default is Desc == NullsFirst
}

const (
	nullLast  = 0xff
	nullFirst = 0x00
)

func (o Order) nullTag() byte {
	if o.NullsFirst {
		return nullFirst
	}
	return nullLast
}

func (o Order) mask() byte {
	if o.Desc {
		return 0xff
	}
	return 0
}

// AppendKey appends the encoding of row i of c, ascending with NULLs last.
func AppendKey(dst []byte, c *Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, nullLast)
	}
	switch c.Type.Phys() {
	case PhysInt:
		return ordered.AppendInt(dst, c.Ints[i])
	case PhysFloat:
		return ordered.AppendFloat(dst, c.Floats[i])
	}
	return appendKeyBytes(dst, c.Type, c.Bytes(i))
}

// AppendKeyOrder appends the encoding of row i of c in a direction.
func AppendKeyOrder(dst []byte, c *Column, i int, o Order) []byte {
	if c.IsNull(i) {
		return append(dst, o.nullTag())
	}
	start := len(dst)
	dst = AppendKey(dst, c, i)
	if o.Desc {
		ordered.Complement(dst[start:])
	}
	return dst
}

// AppendKeyDatum appends the encoding of a datum of type t, ascending with NULLs last.
func AppendKeyDatum(dst []byte, t Type, d Datum) []byte {
	if d.Null {
		return append(dst, nullLast)
	}
	switch t.Phys() {
	case PhysInt:
		return ordered.AppendInt(dst, d.I)
	case PhysFloat:
		return ordered.AppendFloat(dst, d.F)
	}
	return appendKeyBytes(dst, t, d.B)
}

// AppendKeyDatumOrder appends the encoding of a datum of type t in a direction.
func AppendKeyDatumOrder(dst []byte, t Type, d Datum, o Order) []byte {
	if d.Null {
		return append(dst, o.nullTag())
	}
	start := len(dst)
	dst = AppendKeyDatum(dst, t, d)
	if o.Desc {
		ordered.Complement(dst[start:])
	}
	return dst
}

func appendKeyBytes(dst []byte, t Type, b []byte) []byte {
	switch t.Kind {
	case Numeric:
		return numeric.AppendKey(dst, b)
	case BPChar:
		return ordered.AppendBytes(dst, trimBlanks(b))
	case Interval:
		return datetime.DecodeInterval(b).AppendKey(dst)
	case UUID:
		var u [16]byte
		copy(u[:], b)
		return ordered.AppendFixed(dst, u[:])
	case JSONB:
		return jsonb.AppendKey(dst, b)
	case Array, Int2Vector, OIDVector:
		return appendKeyArray(dst, t, b)
	case Record:
		return appendKeyRecord(dst, b)
	}
	return ordered.AppendBytes(dst, b)
}

func trimBlanks(b []byte) []byte { return bytes.TrimRight(b, " ") }

// KeyLossy reports that equal values of t may differ in what they print, so that
// a key does not hold the whole value: a numeric's scale, an interval's parts, a
// float's -0, a char(n)'s blanks, the numbers of a jsonb.
func KeyLossy(t Type) bool {
	switch t.Kind {
	case Numeric:
		return t.Mod == 0
	case Float4, Float8, BPChar, Interval, JSONB, Record:
		return true
	case Array:
		return KeyLossy(t.ElemType())
	}
	return false
}

// DecodeKey appends to a column of the key's type the value that src starts with,
// and returns what follows it. Where the key is lossy the value is a canonical
// one among those equal to it.
func DecodeKey(src []byte, into *Column, o Order) (rest []byte, err error) {
	if len(src) > 0 && src[0] == o.nullTag() {
		into.AppendNull()
		return src[1:], nil
	}
	mask := o.mask()
	switch into.Type.Phys() {
	case PhysInt:
		v, n, ok := ordered.Int(src, mask)
		if !ok || !into.Type.inRange(v) {
			return src, fault.Corrupt("key")
		}
		into.AppendInt(v)
		return src[n:], nil
	case PhysFloat:
		v, n, ok := ordered.Float(src, mask)
		if !ok {
			return src, fault.Corrupt("key")
		}
		into.AppendFloat(v)
		return src[n:], nil
	}
	if into.Type.textKey() {
		data, n, ok := ordered.Bytes(into.Data, src, mask)
		if !ok {
			return src, fault.Corrupt("key")
		}
		into.Data = data
		padBlanks(into)
		into.endBytes()
		return src[n:], nil
	}
	n := keyLen(src, into.Type, mask)
	if n == 0 {
		return src, fault.Corrupt("key")
	}
	key := src[:n]
	if mask != 0 {
		key = bytes.Clone(key)
		ordered.Complement(key)
	}
	data, err := appendFromKey(into.Data, into.Type, key)
	if err != nil {
		return src, err
	}
	into.Data = data
	into.endBytes()
	return src[n:], nil
}

// textKey reports the kinds whose key is their bytes.
func (t Type) textKey() bool {
	switch t.Kind {
	case Numeric, Interval, UUID, JSONB, Array, Int2Vector, OIDVector, Record:
		return false
	}
	return t.Phys() == PhysBytes
}

// padBlanks gives the char(n) at the column's end the blanks that its key has not.
func padBlanks(c *Column) {
	if c.Type.Kind != BPChar || c.Type.Mod == 0 {
		return
	}
	var start uint32
	if len(c.Offs) > 0 {
		start = c.Offs[len(c.Offs)-1]
	}
	c.Data = appendBlanks(c.Data, int(start), int(c.Type.Typmod())-4)
}

// inRange reports that a PhysInt value is one of the type's.
func (t Type) inRange(v int64) bool {
	lo, hi := t.intRange()
	return v >= lo && v <= hi
}

// intRange is the least and the greatest value of a PhysInt type.
func (t Type) intRange() (lo, hi int64) {
	switch t.Kind {
	case Bool:
		return 0, 1
	case Int2:
		return math.MinInt16, math.MaxInt16
	case Int4, Date:
		return math.MinInt32, math.MaxInt32
	case OID, Regclass, Regtype, Regproc, Regnamespace:
		return 0, math.MaxUint32
	case Char:
		return 0, math.MaxUint8
	case Timetz:
		return datetime.TimetzMin, datetime.TimetzMax
	case Time:
		return 0, datetime.Day
	}
	return math.MinInt64, math.MaxInt64
}

// appendFromKey appends the physical form of the value whose ascending key is key.
func appendFromKey(dst []byte, t Type, key []byte) ([]byte, error) {
	switch t.Kind {
	case Numeric:
		scale := 0
		if t.Mod != 0 {
			_, scale = numeric.SplitTypmod(t.Typmod())
		}
		return numeric.AppendFromKey(dst, key, max(scale, 0))
	case Interval:
		v, err := datetime.IntervalFromKey(key)
		return v.Append(dst), err
	case UUID:
		var u [16]byte
		if _, ok := ordered.Fixed(key, 0, u[:]); !ok {
			return dst, fault.Corrupt("key")
		}
		return append(dst, u[:]...), nil
	case JSONB:
		return jsonb.AppendFromKey(dst, key)
	case Record:
		return appendRecordFromKey(dst, key)
	}
	return appendArrayFromKey(dst, t, key)
}

// SkipKey returns what follows the value that src starts with.
func SkipKey(src []byte, t Type, o Order) (rest []byte, err error) {
	if len(src) > 0 && src[0] == o.nullTag() {
		return src[1:], nil
	}
	n := keyLen(src, t, o.mask())
	if n == 0 {
		return src, fault.Corrupt("key")
	}
	return src[n:], nil
}

// keyLen is the length of the not-NULL value that src starts with; 0 when there is none.
func keyLen(src []byte, t Type, mask byte) int {
	switch t.Phys() {
	case PhysInt:
		return ordered.IntLen(src, mask)
	case PhysFloat:
		return ordered.FixedLen(src, mask, 8)
	}
	switch t.Kind {
	case Numeric:
		return numeric.KeyLen(src, mask)
	case Interval:
		return datetime.IntervalKeyLen(src, mask)
	case UUID:
		return ordered.FixedLen(src, mask, 16)
	case JSONB:
		return jsonb.KeyLen(src, mask)
	case Array, Int2Vector, OIDVector:
		return keyLenArray(src, t, mask)
	case Record:
		return keyLenRecord(src, mask)
	}
	return ordered.BytesLen(src, mask)
}

// canonicalFloat is v with one NaN for all of them, so that faithful encodings of
// one value are equal.
func canonicalFloat(v float64) float64 {
	if v != v {
		return math.Float64frombits(nanBits)
	}
	return v
}

// nanBits is the NaN that PostgreSQL's machines make, and its clients are sent.
const nanBits = 0x7ff8_0000_0000_0000
