package operators

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// keyList is encoded keys, one behind the other, with their stores' hashes, and
// what was found under them.
type keyList struct {
	keys   storage.Keys
	hashes []uint64
	values [][]byte
}

func (l *keyList) reset() {
	if cap(l.keys.Buf) > keepBytes {
		*l = keyList{}
	}
	clear(l.values)
	l.keys.Buf, l.keys.Starts = l.keys.Buf[:0], append(l.keys.Starts[:0], 0)
	l.hashes, l.values = l.hashes[:0], l.values[:0]
}

func (l *keyList) len() int { return len(l.hashes) }

func (l *keyList) key(i int) []byte {
	s := l.keys.Starts
	return l.keys.Buf[s[i]:s[i+1]:s[i+1]]
}

// add appends the key that encode appends.
func (l *keyList) add(encode func(dst []byte) []byte) {
	if len(l.keys.Starts) == 0 {
		l.keys.Starts = append(l.keys.Starts, 0)
	}
	start := len(l.keys.Buf)
	l.keys.Buf = encode(l.keys.Buf)
	l.keys.Starts = append(l.keys.Starts, uint32(len(l.keys.Buf)))
	l.hashes = append(l.hashes, storage.Hash(l.keys.Buf[start:]))
}

// addRow appends the key that columns of row i make.
func (l *keyList) addRow(b *row.Batch, cols []int, i int) {
	l.add(func(dst []byte) []byte {
		for _, c := range cols {
			dst = row.AppendKey(dst, &b.Cols[c], i)
		}
		return dst
	})
}

// find looks up the keys from first on in a table, together. values[i] is nil if
// key i is not there, and valid until that key is changed.
func (l *keyList) find(t *storage.Table, first int) {
	for len(l.values) < len(l.hashes) {
		l.values = append(l.values, nil)
	}
	t.GetBatch(l.hashes[first:], storage.Keys{Buf: l.keys.Buf, Starts: l.keys.Starts[first:]}, l.values[first:])
}
