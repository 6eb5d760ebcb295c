package engine

import "github.com/tarndb/tarn/row"

// tapBytes is from how many bytes of changes on, that wait for a hydration, the
// epochs wait for it too: whoever makes a view is served at the speed at which
// its inputs change, and memory stays bounded.
const tapBytes = 64 << 20

// feedTaps gives the epoch's changes to the hydrations that run.
func (f *flow) feedTaps(deltas map[uint32]row.Delta) {
	if len(f.taps) == 0 {
		return
	}
	for _, t := range f.taps {
		out := map[uint32]row.Delta{}
		for oid := range t.Rels {
			d := deltas[oid]
			if o := f.db.catalog.Objects[oid]; o != nil && o.Stored() {
				d = f.circuit.Output(f.nodes[oid])
			}
			if d.Rows() > 0 {
				out[oid] = d
			}
		}
		if len(out) > 0 {
			t.Put(out)
		}
	}
}

// tapped is the bytes that wait in the taps.
func (f *flow) tapped() int64 {
	n := int64(0)
	for _, t := range f.taps {
		n += t.Size()
	}
	return n
}

// behind reports that a hydration must have its changes before there are more.
func (f *flow) behind() bool {
	for _, t := range f.taps {
		if t.Size() > f.db.opts.tapLimit {
			return true
		}
	}
	return false
}
