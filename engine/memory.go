package engine

import (
	"bytes"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync/atomic"

	"github.com/tarndb/tarn/engine/cells"
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
	heap, total := goMemory()
	b.Add("go heap", heap, "objects that live, or are not collected yet, of all parts")
	b.Add("go total", total, "what the Go runtime has of the system")
	if rss, ok := residentMemory(); ok {
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

// LimitMemory sets the Go runtime for a process whose databases have that limit
// together; 0 is none. It is for programs that serve, not for those that embed a
// database beside their own work. One goroutine calls it at a time.
func LimitMemory(limit int64) {
	limited.Store(limit > 0)
	if limit <= 0 {
		if heapFloor == nil {
			heapFloor = make([]byte, heapFloorBytes)
		}
		return
	}
	heapFloor = nil
	soft, percent := storage.GoMemory(limit)
	debug.SetMemoryLimit(soft)
	debug.SetGCPercent(percent)
}

// limited says that the process has a limit, and no other purpose than databases.
var limited atomic.Bool

// heapFloor is never touched, so that the system has no pages for it, but the
// collector counts it: it lets as much garbage come before it begins again. Views
// with little state would else be collected each few milliseconds, since a step's
// batches are soon as much as all that lives.
var heapFloor []byte

const heapFloorBytes = 64 << 20

// goMemory is the bytes of the heap's objects, and what the runtime has mapped
// and not given back; without the floor, which takes nothing.
func goMemory() (heap, total int64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	floor := int64(len(heapFloor))
	return int64(s[0].Value.Uint64()) - floor, int64(s[1].Value.Uint64()-s[2].Value.Uint64()) - floor
}

// residentMemory is the process's resident set, where the system tells it.
func residentMemory() (int64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, false
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize()), err == nil
}
