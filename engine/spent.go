package engine

import "github.com/tarndb/tarn/engine/ingest"

// reuse keeps the chunks of an epoch whose Step has run, and gives those of the
// epoch before back to their readers: until the next Step begins, what the
// circuit gave out may share their columns. Where a tap has kept an epoch's
// rows, its chunks are left to the garbage collector. It belongs to the loop.
func (db *Database) reuse(chunks []ingest.Chunk) {
	for i := range db.spent {
		db.spent[i].Release()
	}
	db.spent = db.spent[:0]
	if !db.flow.HasTaps() {
		db.spent = append(db.spent, chunks...)
	}
}
