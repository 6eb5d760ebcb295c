package flow

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/tap"
	"github.com/tarndb/tarn/row"
)

// Tap begins to keep the changes of the epochs for a hydration.
func (f *Flow) Tap(t *tap.Tap) { f.taps = append(f.taps, t) }

// Untap ends that.
func (f *Flow) Untap(t *tap.Tap) {
	f.taps = slices.DeleteFunc(f.taps, func(have *tap.Tap) bool { return have == t })
}

// FeedTaps gives an epoch's changes to the hydrations that run.
func (f *Flow) FeedTaps(c *catalog.Catalog, deltas map[uint32]row.Delta) {
	for _, t := range f.taps {
		out := map[uint32]row.Delta{}
		for oid := range t.Rels {
			d := deltas[oid]
			if o := c.Objects[oid]; o != nil && o.Stored() {
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

// Tapped is the bytes that wait in the taps.
func (f *Flow) Tapped() int64 {
	n := int64(0)
	for _, t := range f.taps {
		n += t.Size()
	}
	return n
}

// Behind reports that a hydration must have its changes, of which it may keep so many
// bytes, before there are more.
func (f *Flow) Behind(limit int64) bool {
	for _, t := range f.taps {
		if t.Size() > limit {
			return true
		}
	}
	return false
}

// HasTaps reports that the rows of an epoch are kept for somebody.
func (f *Flow) HasTaps() bool { return len(f.taps) > 0 }
