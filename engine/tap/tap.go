// Package tap is what a view that is on its way has of its own: the changes that wait
// for it, and its stores.
package tap

import "github.com/tarndb/tarn/row"

// Tap keeps the changes of some relations, epoch by epoch, until the hydration
// has had them. It belongs to the loop.
type Tap struct {
	Rels   map[uint32]bool
	Cols   map[uint32][]int // the columns of live sources that it needs
	epochs []map[uint32]row.Delta
	size   int64
}

// Put adds the changes of an epoch.
func (t *Tap) Put(d map[uint32]row.Delta) {
	for _, delta := range d {
		t.size += delta.Bytes()
	}
	t.epochs = append(t.epochs, d)
}

// Take gives the changes of the oldest epochs, up to about limit rows, and
// reports whether more wait.
func (t *Tap) Take(limit int) (d map[uint32]row.Delta, more bool) {
	d = map[uint32]row.Delta{}
	n := 0
	for rows := 0; n < len(t.epochs) && rows < limit; n++ {
		for oid, delta := range t.epochs[n] {
			d[oid] = append(d[oid], delta...)
			rows += delta.Rows()
			t.size -= delta.Bytes()
		}
	}
	t.epochs = t.epochs[n:]
	return d, len(t.epochs) > 0
}

// Size is the bytes that wait.
func (t *Tap) Size() int64 { return t.size }
