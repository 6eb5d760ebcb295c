package engine

import (
	"github.com/tarndb/tarn/row"
)

// tap keeps the changes of some relations, epoch by epoch, until the hydration
// has had them. It belongs to the loop.
type tap struct {
	rels   map[uint32]bool
	cols   map[uint32][]int // the columns of live sources that it needs
	epochs []map[uint32]row.Delta
	size   int64
}

// tapBytes is from how many bytes of changes on, that wait for a hydration, the
// epochs wait for it too: whoever makes a view is served at the speed at which
// its inputs change, and memory stays bounded.
const tapBytes = 64 << 20

func (t *tap) put(d map[uint32]row.Delta) {
	for _, delta := range d {
		t.size += delta.Bytes()
	}
	t.epochs = append(t.epochs, d)
}

// take gives the changes of the oldest epochs, up to about limit rows, and
// reports whether more wait.
func (t *tap) take(limit int) (d map[uint32]row.Delta, more bool) {
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

// feedTaps gives the epoch's changes to the hydrations that run.
func (f *flow) feedTaps(deltas map[uint32]row.Delta) {
	if len(f.taps) == 0 {
		return
	}
	for _, t := range f.taps {
		out := map[uint32]row.Delta{}
		for oid := range t.rels {
			d := deltas[oid]
			if o := f.db.catalog.Objects[oid]; o != nil && o.Stored() {
				d = f.circuit.Output(f.nodes[oid])
			}
			if d.Rows() > 0 {
				out[oid] = d
			}
		}
		if len(out) > 0 {
			t.put(out)
		}
	}
}

// tapped is the bytes that wait in the taps.
func (f *flow) tapped() int64 {
	n := int64(0)
	for _, t := range f.taps {
		n += t.size
	}
	return n
}

// behind reports that a hydration must have its changes before there are more.
func (f *flow) behind() bool {
	for _, t := range f.taps {
		if t.size > f.db.opts.tapLimit {
			return true
		}
	}
	return false
}
