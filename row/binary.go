package row

import (
	"bytes"
	"encoding/binary"
	"math"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
)

// AppendBinary appends the wire protocol's binary form of a value that is not
// NULL (a NULL appends nothing); the caller writes the length in front of it.
func AppendBinary(dst []byte, t Type, d Datum) []byte {
	if d.Null {
		return dst
	}
	switch t.Kind {
	case Bool, Char:
		return append(dst, byte(d.I))
	case Int2:
		return binary.BigEndian.AppendUint16(dst, uint16(d.I))
	case Date:
		return binary.BigEndian.AppendUint32(dst, uint32(d.I))
	case Timetz:
		v := datetime.TimetzOf(d.I)
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(dst, uint64(v.Micros)), uint32(int32(v.West)))
	case Float4:
		return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(canonicalFloat(d.F))))
	case Float8:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(canonicalFloat(d.F)))
	case Numeric:
		return numeric.Decode(d.B).AppendBinary(dst)
	case JSONB, JSONPath:
		return append(append(dst, 1), d.B...)
	case Bit, Varbit:
		return appendBinaryBits(dst, d.B)
	case Array, Int2Vector, OIDVector:
		return appendBinaryArray(dst, t, d.B)
	case Record:
		return appendBinaryRecord(dst, d.B)
	case Enum:
		return appendEnum(dst, t, d.I)
	case Void:
		return dst
	}
	if t.Phys() == PhysInt {
		if t.Len() == 4 {
			return binary.BigEndian.AppendUint32(dst, uint32(d.I))
		}
		return binary.BigEndian.AppendUint64(dst, uint64(d.I))
	}
	return append(dst, d.B...)
}

// appendSized appends a value with its length, or -1 for NULL.
func appendSized(dst []byte, t Type, d Datum) []byte {
	if d.Null {
		return binary.BigEndian.AppendUint32(dst, math.MaxUint32)
	}
	at := len(dst)
	dst = AppendBinary(append(dst, 0, 0, 0, 0), t, d)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func appendBinaryArray(dst []byte, t Type, b []byte) []byte {
	a := NewArrayElems(t, b)
	dims := a.Dims
	if len(dims) == 0 && t.Kind != Array {
		dims = []Dim{{}}
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(dims)))
	flags := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, a.Elem.OID())
	for _, d := range dims {
		dst = binary.BigEndian.AppendUint32(dst, uint32(d.Len))
		dst = binary.BigEndian.AppendUint32(dst, uint32(int32(d.Lower)))
	}
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		if d.Null {
			dst[flags+3] = 1
		}
		dst = appendSized(dst, a.Elem, d)
	}
	return dst
}

func appendBinaryRecord(dst, b []byte) []byte {
	_, types, r, _ := RecordFields(b)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(types)))
	for i, t := range types {
		dst = binary.BigEndian.AppendUint32(dst, t.OID())
		dst = appendSized(dst, t, r[i])
	}
	return dst
}

func badBinary() error { return fault.New(fault.InvalidBinary, "incorrect binary data format") }

// binarySize is the length of the binary form of kinds that have but one; 0 for the others.
func binarySize(t Type) int {
	switch t.Kind {
	case Bool, Char:
		return 1
	case Int2:
		return 2
	case Float8, Int8, Time, Timestamp, Timestamptz:
		return 8
	case Timetz:
		return 12
	case Interval, UUID:
		return 16
	case Void, Enum:
		return 0
	}
	if t.Phys() == PhysBytes {
		return 0
	}
	return 4
}

// ParseBinary reads the wire protocol's binary form of a value that is not NULL,
// with the type's modifier applied as in ParseText. It does not keep b.
func ParseBinary(t Type, b []byte) (Datum, error) {
	if n := binarySize(t); n > 0 && len(b) != n {
		if len(b) < n {
			return Datum{}, fault.New("08P01", "insufficient data left in message")
		}
		return Datum{}, badBinary()
	}
	d, err := parseBinaryBase(t, b)
	if err != nil || t.Mod == 0 || t.Kind == Array {
		return d, err
	}
	return ApplyTypmod(t, d, false)
}

func parseBinaryBase(t Type, b []byte) (Datum, error) {
	switch t.Kind {
	case Bool:
		return BoolDatum(b[0] != 0), nil
	case Char:
		return IntDatum(int64(b[0])), nil
	case Int2:
		return IntDatum(int64(int16(binary.BigEndian.Uint16(b)))), nil
	case Int4:
		return IntDatum(int64(int32(binary.BigEndian.Uint32(b)))), nil
	case OID, Regclass, Regtype, Regproc, Regnamespace:
		return IntDatum(int64(binary.BigEndian.Uint32(b))), nil
	case Int8:
		return IntDatum(int64(binary.BigEndian.Uint64(b))), nil
	case Float4:
		return FloatDatum(float64(math.Float32frombits(binary.BigEndian.Uint32(b)))), nil
	case Float8:
		return FloatDatum(math.Float64frombits(binary.BigEndian.Uint64(b))), nil
	case Date, Time, Timestamp, Timestamptz:
		return parseBinaryDatetime(t, b)
	case Timetz:
		v := datetime.Timetz{Micros: int64(binary.BigEndian.Uint64(b)), West: int(int32(binary.BigEndian.Uint32(b[8:])))}
		return IntDatum(v.Int()), v.Check()
	case Numeric:
		n, err := numeric.ParseBinary(b)
		if err != nil {
			return Datum{}, err
		}
		return BytesDatum(numeric.Append(nil, n)), nil
	case Bytea, Interval, UUID:
		return BytesDatum(bytes.Clone(b)), nil
	case Bit, Varbit:
		return parseBinaryBits(b)
	case Array, Int2Vector, OIDVector:
		return parseBinaryArray(t, b)
	case Record:
		return Datum{}, fault.New(fault.Unsupported, "input of anonymous composite types is not implemented")
	case Void:
		return Datum{}, nil
	}
	return parseBinaryText(t, b)
}

func parseBinaryText(t Type, b []byte) (Datum, error) {
	if t.Kind == JSONB || t.Kind == JSONPath {
		if len(b) == 0 {
			return Datum{}, fault.New("08P01", "insufficient data left in message")
		}
		if b[0] != 1 {
			return Datum{}, fault.New("XX000", "unsupported %s version number %d", t.Name(), b[0])
		}
		b = b[1:]
	}
	if err := CheckUTF8(b); err != nil {
		return Datum{}, err
	}
	return parseBase(t, string(b), nil)
}

// CheckUTF8 reports text that the database cannot hold: bytes that are not UTF-8, or a zero byte.
func CheckUTF8(b []byte) error {
	if bytes.IndexByte(b, 0) >= 0 {
		return fault.New(fault.InvalidBytes, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	for i := 0; i < len(b); {
		r, w := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && w <= 1 {
			return fault.New(fault.InvalidBytes, "invalid byte sequence for encoding \"UTF8\": 0x%02x", b[i])
		}
		i += w
	}
	return nil
}

func parseBinaryDatetime(t Type, b []byte) (Datum, error) {
	if t.Kind == Date {
		v := int64(int32(binary.BigEndian.Uint32(b)))
		if (v < datetime.DateMin || v >= datetime.DateEnd) && v != datetime.DateNegInf && v != datetime.DatePosInf {
			return Datum{}, fault.New(fault.DatetimeOverflow, "date out of range")
		}
		return IntDatum(v), nil
	}
	v := int64(binary.BigEndian.Uint64(b))
	if t.Kind == Time {
		if v < 0 || v > datetime.Day {
			return Datum{}, fault.New(fault.DatetimeOverflow, "time out of range")
		}
		return IntDatum(v), nil
	}
	if (v < datetime.TimestampMin || v >= datetime.TimestampEnd) && v != datetime.TimestampNegInf && v != datetime.TimestampPosInf {
		return Datum{}, fault.New(fault.DatetimeOverflow, "timestamp out of range")
	}
	return IntDatum(v), nil
}

func parseBinaryArray(t Type, b []byte) (Datum, error) {
	word := func() (v int32, ok bool) {
		if len(b) < 4 {
			return 0, false
		}
		v = int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		return v, true
	}
	count, ok := word()
	if _, ok2 := word(); !ok || !ok2 || count < 0 {
		return Datum{}, badBinary()
	}
	if count > maxDims {
		return Datum{}, fault.New(fault.LimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", count, maxDims)
	}
	builder := NewArrayBuilder(t)
	if oid, ok := word(); !ok || uint32(oid) != builder.elem.OID() {
		return Datum{}, fault.New("42804", "binary data has array element type %d (%s) instead of expected %d (%s)",
			uint32(oid), oidName(uint32(oid)), builder.elem.OID(), builder.elem.Base())
	}
	dims, n := make([]Dim, count), 1
	for i := range dims {
		l, ok1 := word()
		low, ok2 := word()
		if !ok1 || !ok2 || l < 0 {
			return Datum{}, badBinary()
		}
		dims[i] = Dim{Len: int(l), Lower: int(low)}
		if n *= int(l); n > MaxArrayElems {
			return Datum{}, fault.New(fault.LimitExceeded, "array size exceeds the maximum allowed (%d)", MaxArrayElems)
		}
	}
	if count == 0 {
		n = 0
	}
	for range n {
		size, ok := word()
		if !ok || size < -1 || int(size) > len(b) {
			return Datum{}, badBinary()
		}
		if size == -1 {
			builder.Append(NullDatum)
			continue
		}
		d, err := ParseBinary(builder.elem, b[:size])
		if err != nil {
			return Datum{}, err
		}
		builder.Append(d)
		b = b[size:]
	}
	if len(b) > 0 {
		return Datum{}, badBinary()
	}
	return BytesDatum(builder.FinishDims(nil, dims)), nil
}

func oidName(oid uint32) string {
	t, ok := TypeByOID(oid)
	if !ok {
		return "???"
	}
	return t.String()
}
