package row

import (
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/row/ordered"
)

// Decoder reads some of the columns of entries. It is immutable.
type Decoder struct {
	unique bool
	key    []field // the key's columns, as far as they are looked at
	rest   []field // the same for those in the value codec
}

// field is a column as it lies in entries.
type field struct {
	read   reading
	to     int // the column of the batch that takes it
	typ    Type
	order  Order // of a key's column
	lo, hi int64 // of a PhysInt type: its values
}

// reading is how a field is read: those that most columns are have ways of their own.
type reading uint8

const (
	skipAny reading = iota
	skipInt
	skipBytes // or NULL, of any length
	readAny
	readInt
	readText    // bytes that need no look
	readNumeric // bytes that do
)

// Decoder makes a reader of the given columns, no column twice, into batches of
// just those columns, in that order.
func (l *Layout) Decoder(cols []int) *Decoder {
	target := make([]int, len(l.types))
	for c := range target {
		target[c] = -1
	}
	for i, c := range cols {
		target[c] = i
	}
	d := &Decoder{unique: l.unique}
	end := 0 // of what is looked at
	for i, c := range l.rest {
		d.rest = append(d.rest, newField(l.types[c], target[c]))
		if target[c] >= 0 || l.unique { // a unique entry's weight stands behind all columns
			end = i + 1
		}
		target[c] = -1
	}
	d.rest, end = d.rest[:end], 0
	for i, k := range l.key {
		f := newField(l.types[k.Col], target[k.Col])
		f.order = k.Order
		d.key = append(d.key, f)
		if target[k.Col] >= 0 || !l.unique && len(d.rest) > 0 { // the other columns stand behind the key
			end = i + 1
		}
		target[k.Col] = -1
	}
	d.key = d.key[:end]
	return d
}

func newField(t Type, to int) field {
	f := field{to: to, typ: t}
	phys := t.Phys()
	if phys == PhysInt {
		f.lo, f.hi = t.intRange()
	}
	switch {
	case to < 0 && phys == PhysInt:
		f.read = skipInt
	case to < 0 && phys == PhysBytes:
		f.read = skipBytes
	case to < 0:
		f.read = skipAny
	case phys == PhysInt:
		f.read = readInt
	case t.Kind == Numeric:
		f.read = readNumeric
	case t.textKey() && t.Kind != Bit && t.Kind != Varbit:
		f.read = readText
	default:
		f.read = readAny
	}
	return f
}

// Decode appends the wanted columns of an entry's row, and its weight. After an
// error the batch is as it was.
func (d *Decoder) Decode(entryKey, entryValue []byte, into *Batch) error {
	weight, err := d.decode(entryKey, entryValue, into)
	if err != nil {
		into.truncate(into.Len())
		return err
	}
	into.Weights = append(into.Weights, weight)
	return nil
}

func (d *Decoder) decode(key, value []byte, into *Batch) (weight int64, err error) {
	for i := range d.key {
		if key, err = d.key[i].decodeKey(key, into); err != nil {
			return 0, err
		}
	}
	if !d.unique {
		if _, err := decodeFields(d.rest, key, into); err != nil {
			return 0, err
		}
		return EntryWeight(value)
	}
	if value, err = decodeFields(d.rest, value, into); err != nil {
		return 0, err
	}
	return EntryWeight(value)
}

// decodeKey reads a key's column from the front of src.
func (f *field) decodeKey(src []byte, into *Batch) (rest []byte, err error) {
	switch {
	case f.to < 0:
		return SkipKey(src, f.typ, f.order)
	case f.read == readInt && len(src) > 0 && src[0] != f.order.nullTag():
		v, n, ok := ordered.Int(src, f.order.mask())
		if !ok || v < f.lo || v > f.hi {
			return src, fault.Corrupt("key")
		}
		into.Cols[f.to].AppendInt(v)
		return src[n:], nil
	}
	return DecodeKey(src, &into.Cols[f.to], f.order)
}

// decodeFields reads value-coded columns from the front of src.
func decodeFields(fields []field, src []byte, into *Batch) (rest []byte, err error) {
	for i := range fields {
		f := &fields[i]
		switch f.read {
		case skipInt, skipBytes, skipAny:
			if src, err = f.skip(src); err != nil {
				return src, err
			}
		case readInt:
			v, n := readIntValue(src)
			if n == 0 || v < f.lo || v > f.hi {
				if len(src) == 0 || src[0] != 0 {
					return src, fault.Corrupt("value")
				}
				into.Cols[f.to].AppendNull()
				n = 1
			} else {
				into.Cols[f.to].AppendInt(v)
			}
			src = src[n:]
		case readText, readNumeric:
			n := 0
			if len(src) > 0 && src[0] < 0x80 {
				n = int(src[0])
			}
			if n == 0 || n > len(src) || f.read == readNumeric && !numeric.Valid(src[1:n]) {
				if src, err = DecodeValue(src, &into.Cols[f.to]); err != nil {
					return src, err
				}
				continue
			}
			into.Cols[f.to].AppendBytes(src[1:n])
			src = src[n:]
		default:
			if src, err = DecodeValue(src, &into.Cols[f.to]); err != nil {
				return src, err
			}
		}
	}
	return src, nil
}

// skip passes over a value-coded column.
func (f *field) skip(src []byte) (rest []byte, err error) {
	if f.read == skipInt {
		if n := intValueLen(src); n > 0 {
			return src[n:], nil
		}
		return src, fault.Corrupt("value")
	}
	if f.read == skipBytes && len(src) > 0 && src[0] < 0x80 {
		if n := max(1, int(src[0])); n <= len(src) {
			return src[n:], nil
		}
		return src, fault.Corrupt("value")
	}
	return SkipValue(src, f.typ)
}
