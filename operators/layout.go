package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
)

// An ordered store holds rows as a row.Layout that is not unique lays them: the
// key columns, then the rest of the row, so that a key has as many entries as
// different rows; the value is the row's weight.

// nullByte is all of a NULL's encoding in an ascending key column, and the first
// byte of no other value's.
const nullByte = 0xff

var nullPrefix = []byte{nullByte}

// ascending is the layout of a multiset indexed by columns.
func ascending(types []row.Type, key []int) *row.Layout {
	cols := make([]row.KeyCol, len(key))
	for i, c := range key {
		cols[i].Col = c
	}
	return row.NewLayout(types, cols, false)
}

// layoutEncoder is the encodeFunc of a layout, which groups rows by the first
// group key columns.
func layoutEncoder(l *row.Layout, group int) encodeFunc {
	key := l.Key()
	return func(dst []byte, b *row.Batch, i int) ([]byte, int) {
		start := len(dst)
		for _, k := range key[:group] {
			dst = row.AppendKeyOrder(dst, &b.Cols[k.Col], i, k.Order)
		}
		prefix := len(dst) - start
		for _, k := range key[group:] {
			dst = row.AppendKeyOrder(dst, &b.Cols[k.Col], i, k.Order)
		}
		return l.EncodeRest(dst, b, i), prefix
	}
}

// prefixNull reports whether an ascending key has a NULL.
func prefixNull(l *row.Layout, prefix []byte) (bool, error) {
	var err error
	for _, k := range l.Key() {
		if len(prefix) > 0 && prefix[0] == nullByte {
			return true, nil
		}
		if prefix, err = row.SkipKey(prefix, l.Types()[k.Col], k.Order); err != nil {
			return false, err
		}
	}
	return false, nil
}

// readWeight reads the weight of a multiset's entry, which is positive.
func readWeight(value []byte) (int64, error) {
	w, err := row.EntryWeight(value)
	if err == nil && w <= 0 {
		err = fmt.Errorf("a stored row has weight %d", w)
	}
	return w, err
}

// prefixEnd is the first key above all keys that begin with prefix; nil if
// there is none. It writes into dst.
func prefixEnd(dst, prefix []byte) []byte {
	dst = append(dst[:0], prefix...)
	for i := len(dst) - 1; i >= 0; i-- {
		if dst[i] != 0xff {
			dst[i]++
			return dst[:i+1]
		}
	}
	return nil
}

// decoder reads all or some columns of a multiset's entries.
type decoder interface {
	Decode(key, value []byte, into *row.Batch) error
}

// decodeEntry appends the row of an entry's key with a weight of its own.
func decodeEntry(d decoder, key []byte, weight int64, into *row.Batch) error {
	if err := d.Decode(key, nil, into); err != nil {
		return err
	}
	into.Weights[len(into.Weights)-1] = weight
	return nil
}
