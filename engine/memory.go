package engine

import (
	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/footprint"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// tarn.memory: what holds the memory of the process. What is resident is the sum of
// state, block cache, source queues, hydrations, sessions, queries and rest; the
// figures of Go's heap overlap with them.

var memoryColumns = systemColumns([]column{{"part", typeText}, {"bytes", typeInt8}, {"what", typeText}})

func (db *Database) memoryTable(_ *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	use := db.store.Memory().Use()
	b.Add("state", use.State, "rows of views, tables and operators that are in memory")
	b.Add("state not committed", use.StateDirty, "of state, what cannot be evicted before a commit")
	b.Add("block cache", use.BlockCache, "blocks of the files of the state")
	b.Add("source queues", use.Reserved[storage.BatchMemory], "decoded, and in no epoch yet")
	b.Add("hydrations", use.Reserved[storage.HydrationMemory], "changes that views which are being created have not had yet")
	b.Add("sessions", use.Reserved[storage.SessionMemory], "what transactions have written and not committed")
	b.Add("queries", use.Reserved[storage.QueryMemory], "what queries work on, and results that clients have not taken yet")
	b.Add("beside", use.Beside, "of the rest, what state leaves room for under a limit: the program, the Go runtime's own, and what lives and is no part of the above")
	heap, total := footprint.Go()
	b.Add("go heap", heap, "objects that live, or are not collected yet, of all parts")
	b.Add("go total", total, "what the Go runtime has of the system")
	if rss, ok := footprint.Resident(); ok {
		known := use.Total - use.Beside
		b.Add("rest", rss-known, "of resident, all but the parts above: garbage, free room, pages that snapshots alone hold, the runtimes' own, the program")
		b.Add("resident", rss, "memory of the process as the system counts it")
	}
	var limit any
	if db.opts.MemoryLimit > 0 {
		limit = db.opts.MemoryLimit
	}
	b.Add("limit", limit, "--memory-limit")
	return nil
}
