package engine

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/row"
)

// ingestLine is a source's waterline as its reader applies it; nil for none.
func ingestLine(w *catalog.Waterline) *ingest.Waterline {
	if w == nil {
		return nil
	}
	return &ingest.Waterline{Column: w.Column, Delay: w.Delay}
}

// waterline is a source's as tarn.sources shows it: NULL where there is none yet.
func (st *state) waterline(oid uint32) any {
	if at, ok := st.waterlines[oid]; ok && at != ingest.NoLevel {
		return row.IntDatum(at)
	}
	return nil
}

// expireState tells the circuit what the sources promise, so that state which only
// earlier rows could have used is given up. It runs before a commit, not at each
// epoch: finding what ends costs more than keeping it for a second. It belongs
// to the loop, between two steps: the rows of the last one were older than the promise.
func (db *Database) expireState() error {
	for oid, s := range db.sources {
		if s.obj.Waterline == nil || s.levels.Mark == s.promised || s.levels.Mark == ingest.NoLevel {
			continue
		}
		if err := db.flow.Expire(oid, row.IntDatum(s.levels.Mark)); err != nil {
			return err
		}
		s.promised = s.levels.Mark
	}
	return nil
}
