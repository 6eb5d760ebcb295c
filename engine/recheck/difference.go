package recheck

import (
	"bytes"
	"errors"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// difference is a row that two arrangements do not hold equally often.
type difference struct {
	Key, Value    []byte // of its entry; the value without the weight
	Stored, Right int64  // how many times
}

// diff calls fn for each row that two arrangements of a layout do not hold equally
// often. The bytes that fn is given are its until it returns.
func diff(l *row.Layout, stored, right *storage.TreeSnapshot, fn func(difference)) error {
	a, b := stored.Scan(nil, nil), right.Scan(nil, nil)
	defer a.Close()
	defer b.Close()
	inA, inB := a.Next(), b.Next()
	for inA || inB {
		c := 1
		if inA {
			c = -1
			if inB {
				c = bytes.Compare(a.Key(), b.Key())
			}
		}
		var was, is difference
		var errs [2]error
		if c <= 0 {
			was.Key, was.Value, was.Stored, errs[0] = entryOf(l, a)
		}
		if c >= 0 {
			is.Key, is.Value, is.Right, errs[1] = entryOf(l, b)
		}
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
		if c == 0 && bytes.Equal(was.Value, is.Value) {
			was.Right, is.Right = is.Right, 0
		}
		for _, d := range []difference{was, is} {
			if d.Stored != d.Right {
				fn(d)
			}
		}
		if c <= 0 {
			inA = a.Next()
		}
		if c >= 0 {
			inB = b.Next()
		}
	}
	return nil
}

// entryOf takes an entry apart; of a unique layout the value is the row, of which there is one.
func entryOf(l *row.Layout, it *storage.Iter) (key, value []byte, weight int64, err error) {
	if l.Unique() {
		return it.Key(), it.Value(), 1, nil
	}
	weight, err = row.EntryWeight(it.Value())
	return it.Key(), nil, weight, err
}
