package table

import "github.com/tarndb/tarn/row"

// ChangesTwice reports a row that both what a statement has changed so far and a
// further change of it take away.
func ChangesTwice(before row.Delta, b *row.Batch) bool {
	if len(before) == 0 {
		return false
	}
	key := func(b *row.Batch, i int) string {
		var k []byte
		for c := range b.Cols {
			k = row.AppendKey(k, &b.Cols[c], i)
		}
		return string(k)
	}
	gone := map[string]bool{}
	for _, d := range before {
		for i, w := range d.Weights {
			if w < 0 {
				gone[key(d, i)] = true
			}
		}
	}
	for i, w := range b.Weights {
		if w < 0 && gone[key(b, i)] {
			return true
		}
	}
	return false
}
