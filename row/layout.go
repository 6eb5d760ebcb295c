package row

import (
	"encoding/binary"

	"github.com/tarndb/tarn/row/fault"
)

// KeyCol is a column of an arrangement's key.
type KeyCol struct {
	Col   int
	Order Order
}

// Layout says how rows of given types lie in an arrangement: as entries of a key
// that sorts and a value. It is immutable, and any goroutine may use it.
//
//	unique      entry key: the key columns in the key codec
//	            entry value: the other columns and the lossy key columns in the
//	            value codec, then the weight as a zigzag varint unless it is 1
//	not unique  entry key: the key columns in the key codec, then the other and the
//	            lossy key columns in the value codec
//	            entry value: the weight as a zigzag varint, nothing when it is 1
//
// A unique layout without key columns says nothing about entry keys: the row is in
// the value, and whoever writes it chooses the key.
//
// Columns outside the key keep the order that they have in the row. In a unique
// layout a key has one row, whose weight may be any integer; in the other a key
// has as many entries as different rows (as the value codec tells them apart).
type Layout struct {
	types  []Type
	key    []KeyCol
	unique bool
	rest   []int // columns in the value codec
	all    *Decoder
}

// NewLayout makes the layout for rows of the given types with a key, which may be empty.
func NewLayout(types []Type, key []KeyCol, unique bool) *Layout {
	l := &Layout{types: types, key: key, unique: unique}
	inKey := make([]bool, len(types))
	for _, k := range key {
		inKey[k.Col] = true
	}
	for c, t := range types {
		if !inKey[c] || KeyLossy(t) {
			l.rest = append(l.rest, c)
		}
	}
	cols := make([]int, len(types))
	for c := range cols {
		cols[c] = c
	}
	l.all = l.Decoder(cols)
	return l
}

// Types are the row's column types; not to be modified.
func (l *Layout) Types() []Type { return l.types }

// Key is the key's columns; not to be modified.
func (l *Layout) Key() []KeyCol { return l.key }

// Unique reports that a key has at most one row.
func (l *Layout) Unique() bool { return l.unique }

// EncodeKey appends the key columns of row i of b, which has the layout's types:
// the prefix that the entries of the row's key share.
func (l *Layout) EncodeKey(dst []byte, b *Batch, i int) []byte {
	for _, k := range l.key {
		dst = AppendKeyOrder(dst, &b.Cols[k.Col], i, k.Order)
	}
	return dst
}

// Encode appends row i of b to the two buffers: its entry key, and its entry
// value without the weight, which AppendWeight completes.
func (l *Layout) Encode(key, value []byte, b *Batch, i int) (entryKey, entryValue []byte) {
	key = l.EncodeKey(key, b, i)
	if l.unique {
		return key, l.encodeRest(value, b, i)
	}
	return l.encodeRest(key, b, i), value
}

// EncodeRest appends what Encode appends to the value of a unique layout.
func (l *Layout) EncodeRest(dst []byte, b *Batch, i int) []byte { return l.encodeRest(dst, b, i) }

func (l *Layout) encodeRest(dst []byte, b *Batch, i int) []byte {
	for _, c := range l.rest {
		dst = AppendValue(dst, &b.Cols[c], i)
	}
	return dst
}

// AppendWeight completes an entry value: nothing for a weight of 1.
func AppendWeight(value []byte, weight int64) []byte {
	if weight == 1 {
		return value
	}
	return binary.AppendVarint(value, weight)
}

// EntryWeight reads the weight of an entry of a layout that is not unique.
func EntryWeight(value []byte) (int64, error) {
	if len(value) == 0 {
		return 1, nil
	}
	w, n := binary.Varint(value)
	if n != len(value) {
		return 0, fault.Corrupt("entry's weight")
	}
	return w, nil
}

// KeyPrefixDatums appends the encoding of values for the first len(ds) key
// columns: the prefix of the keys that have them.
func (l *Layout) KeyPrefixDatums(dst []byte, ds []Datum) []byte {
	for i, d := range ds {
		k := l.key[i]
		dst = AppendKeyDatumOrder(dst, l.types[k.Col], d, k.Order)
	}
	return dst
}

// KeyLen is the length of the key columns in an entry key: all of it when unique.
func (l *Layout) KeyLen(entryKey []byte) (int, error) {
	if l.unique {
		return len(entryKey), nil
	}
	return l.PrefixLen(entryKey, len(l.key))
}

// PrefixLen is the length of the first n key columns in an entry key.
func (l *Layout) PrefixLen(entryKey []byte, n int) (int, error) {
	rest := entryKey
	var err error
	for _, k := range l.key[:n] {
		if rest, err = SkipKey(rest, l.types[k.Col], k.Order); err != nil {
			return 0, err
		}
	}
	return len(entryKey) - len(rest), nil
}

// Decode appends the row of an entry, with its weight. After an error the batch is as it was.
func (l *Layout) Decode(entryKey, entryValue []byte, into *Batch) error {
	return l.all.Decode(entryKey, entryValue, into)
}
