package row

import (
	"encoding/binary"
	"math"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/ordered"
)

// The physical form of arrays (and of int2vector and oidvector, whose lower bound
// is 0):
//
//	byte 0       number of dimensions, 0 to 6; an empty array has 0 and ends here;
//	             0x80 is set when a lower bound differs from 1
//	lengths      a varint for each dimension, none of them 0
//	bounds       with 0x80: a zigzag varint for each dimension
//	elements     in row-major order, each in the faithful value codec
const (
	maxDims    = 6
	boundsFlag = 0x80
)

// MaxDims is the greatest number of dimensions that an array has.
const MaxDims = maxDims

// MaxArrayElems is PostgreSQL's limit for one array.
const MaxArrayElems = 134217727

// Dim is one dimension of an array.
type Dim struct {
	Len   int
	Lower int // the first subscript; 1 unless said otherwise
}

// elemType is the type of the elements of an array or vector.
func (t Type) elemType() Type {
	switch t.Kind {
	case Int2Vector:
		return T(Int2)
	case OIDVector:
		return T(OID)
	}
	return t.ElemType()
}

// ArrayBuilder makes the physical form of an array, element by element.
type ArrayBuilder struct {
	elem Type
	n    int
	body []byte
}

// NewArrayBuilder makes a builder for an array or vector type.
func NewArrayBuilder(t Type) *ArrayBuilder { return &ArrayBuilder{elem: t.elemType()} }

// Append adds an element.
func (b *ArrayBuilder) Append(d Datum) {
	b.body = AppendValueDatum(b.body, b.elem, d)
	b.n++
}

// AppendFrom adds row i of a column of the element's physical form.
func (b *ArrayBuilder) AppendFrom(c *Column, i int) {
	b.body = AppendValue(b.body, c, i)
	b.n++
}

// Len is the number of elements so far.
func (b *ArrayBuilder) Len() int { return b.n }

// Reset empties the builder and keeps its memory.
func (b *ArrayBuilder) Reset() { b.n, b.body = 0, b.body[:0] }

// Finish appends the one-dimensional array of the elements to dst.
func (b *ArrayBuilder) Finish(dst []byte) []byte {
	return b.FinishDims(dst, []Dim{{Len: b.n, Lower: 1}})
}

// FinishDims appends the array of the given shape; the product of the lengths is
// the number of elements.
func (b *ArrayBuilder) FinishDims(dst []byte, dims []Dim) []byte {
	if b.n == 0 {
		return append(dst, 0)
	}
	return append(appendArrayHeader(dst, dims), b.body...)
}

func appendArrayHeader(dst []byte, dims []Dim) []byte {
	head := byte(len(dims))
	for _, d := range dims {
		if d.Lower != 1 {
			head |= boundsFlag
		}
	}
	dst = append(dst, head)
	for _, d := range dims {
		dst = binary.AppendUvarint(dst, uint64(d.Len))
	}
	if head&boundsFlag != 0 {
		for _, d := range dims {
			dst = binary.AppendVarint(dst, int64(d.Lower))
		}
	}
	return dst
}

// ArrayElems reads an array. It never panics: bytes that no builder made end early, with Err set.
type ArrayElems struct {
	Elem Type // the elements' type
	Dims []Dim
	N    int // elements in all

	rest []byte
	left int
	col  Column
	err  error
}

// NewArrayElems starts to read the array b of type t; it aliases b.
func NewArrayElems(t Type, b []byte) *ArrayElems {
	a := &ArrayElems{Elem: t.elemType()}
	a.col.Type = a.Elem
	a.Dims, a.N, a.rest, a.err = arrayHeader(b)
	a.left = a.N
	return a
}

// Next is the next element; its bytes alias the array.
func (a *ArrayElems) Next() (Datum, bool) {
	if a.left == 0 || a.err != nil {
		return Datum{}, false
	}
	a.left--
	var d Datum
	d, a.rest, a.err = readDatum(a.rest, a.Elem)
	return d, a.err == nil
}

// Err is what was wrong with the bytes.
func (a *ArrayElems) Err() error { return a.err }

// All reads the elements that are left.
func (a *ArrayElems) All() []Datum {
	out := make([]Datum, 0, a.left)
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		out = append(out, d)
	}
	return out
}

// readDatum reads a faithful value outside a column; its bytes alias src.
func readDatum(src []byte, t Type) (d Datum, rest []byte, err error) {
	switch t.Phys() {
	case PhysInt:
		if len(src) > 0 && src[0] == 0 {
			return NullDatum, src[1:], nil
		}
		v, n := readIntValue(src)
		if n == 0 {
			return d, src, fault.Corrupt("array")
		}
		return IntDatum(v), src[n:], nil
	case PhysFloat:
		if len(src) < 8 {
			return d, src, fault.Corrupt("array")
		}
		u := binary.LittleEndian.Uint64(src)
		if u == floatNull {
			return NullDatum, src[8:], nil
		}
		return FloatDatum(math.Float64frombits(u)), src[8:], nil
	}
	b, rest, err := readBytesValue(src)
	if err != nil {
		return d, src, err
	}
	if b == nil {
		return NullDatum, rest, nil
	}
	return BytesDatum(b), rest, nil
}

func arrayHeader(b []byte) (dims []Dim, n int, rest []byte, err error) {
	if len(b) == 1 && b[0] == 0 {
		return nil, 0, nil, nil
	}
	bad := fault.Corrupt("array")
	if len(b) == 0 || b[0]&^boundsFlag == 0 || b[0]&^boundsFlag > maxDims {
		return nil, 0, nil, bad
	}
	head, rest := b[0], b[1:]
	dims = make([]Dim, head&^boundsFlag)
	n = 1
	for i := range dims {
		u, w := binary.Uvarint(rest)
		if w <= 0 || u == 0 || u > uint64(len(b)) {
			return nil, 0, nil, bad
		}
		dims[i] = Dim{Len: int(u), Lower: 1}
		if n *= int(u); n > len(b) {
			return nil, 0, nil, bad
		}
		rest = rest[w:]
	}
	if head&boundsFlag != 0 {
		for i := range dims {
			v, w := binary.Varint(rest)
			if w <= 0 || v != int64(int32(v)) {
				return nil, 0, nil, bad
			}
			dims[i].Lower = int(v)
			rest = rest[w:]
		}
	}
	return dims, n, rest, nil
}

func validArray(t Type, b []byte) bool {
	a := NewArrayElems(t, b)
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		if !validDatum(a.Elem, d) {
			return false
		}
	}
	return a.err == nil && len(a.rest) == 0
}

func validDatum(t Type, d Datum) bool {
	switch {
	case d.Null:
		return true
	case t.Phys() == PhysInt:
		return t.inRange(d.I)
	case t.Phys() == PhysBytes:
		return validPhysical(t, d.B)
	}
	return true
}

// Key form: a tag, the elements' keys (NULL is 0xff, as it sorts last in an
// array), an end that sorts before any element, then what PostgreSQL compares
// when the elements are equal: dimensions, their lengths, their lower bounds.
const (
	keyArrayTag = 0x10
	keyArrayEnd = 0x00
)

func appendKeyArray(dst []byte, t Type, b []byte) []byte {
	a := NewArrayElems(t, b)
	dst = append(dst, keyArrayTag)
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		dst = AppendKeyDatum(dst, a.Elem, d)
	}
	dst = ordered.AppendInt(append(dst, keyArrayEnd), int64(len(a.Dims)))
	for _, d := range a.Dims {
		dst = ordered.AppendInt(dst, int64(d.Len))
	}
	for _, d := range a.Dims {
		dst = ordered.AppendInt(dst, int64(d.Lower))
	}
	return dst
}

func keyLenArray(src []byte, t Type, mask byte) int {
	if len(src) == 0 || src[0]^mask != keyArrayTag {
		return 0
	}
	elem, n := t.elemType(), 1
	for {
		if n >= len(src) {
			return 0
		}
		switch src[n] ^ mask {
		case keyArrayEnd:
			return keyLenShape(src, n+1, mask)
		case nullLast:
			n++
			continue
		}
		w := keyLen(src[n:], elem, mask)
		if w == 0 {
			return 0
		}
		n += w
	}
}

// keyLenShape is the end of the shape that starts at n; 0 when there is none.
func keyLenShape(src []byte, n int, mask byte) int {
	dims, w, ok := ordered.Int(src[n:], mask)
	if !ok || dims < 0 || dims > maxDims {
		return 0
	}
	n += w
	for i := 0; i < 2*int(dims); i++ {
		w := ordered.IntLen(src[n:], mask)
		if w == 0 {
			return 0
		}
		n += w
	}
	return n
}

func appendArrayFromKey(dst []byte, t Type, key []byte) ([]byte, error) {
	bad := fault.Corrupt("array key")
	elem := t.elemType()
	c, n := NewColumn(elem, 0), 0
	rest := key[1:]
	for len(rest) > 0 && rest[0] != keyArrayEnd {
		var err error
		if rest, err = DecodeKey(rest, &c, Order{}); err != nil {
			return dst, err
		}
		n++
	}
	shape, ok := keyShape(rest, n)
	if !ok {
		return dst, bad
	}
	if n == 0 {
		return append(dst, 0), nil
	}
	dst = appendArrayHeader(dst, shape)
	for i := 0; i < n; i++ {
		dst = AppendValue(dst, &c, i)
	}
	return dst, nil
}

// keyShape reads the shape of an array of n elements.
func keyShape(rest []byte, n int) ([]Dim, bool) {
	if len(rest) == 0 {
		return nil, false
	}
	rest = rest[1:]
	next := func() (int, bool) {
		v, w, ok := ordered.Int(rest, 0)
		rest = rest[w:]
		return int(v), ok && v == int64(int32(v))
	}
	count, ok := next()
	if !ok || count < 0 || count > maxDims || (count == 0) != (n == 0) {
		return nil, false
	}
	dims, product := make([]Dim, count), 1
	for i := range dims {
		if dims[i].Len, ok = next(); !ok || dims[i].Len <= 0 || dims[i].Len > n {
			return nil, false
		}
		product *= dims[i].Len
		if product > n {
			return nil, false
		}
	}
	for i := range dims {
		if dims[i].Lower, ok = next(); !ok {
			return nil, false
		}
	}
	return dims, (n == 0 || product == n) && len(rest) == 0
}
