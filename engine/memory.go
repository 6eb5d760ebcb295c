package engine

import (
	"bytes"
	"os"
	"runtime/metrics"
	"strconv"

	"github.com/tarndb/tarn/row"
)

// tarn.memory: what holds the memory of the process. Its parts overlap: the Go
// heap holds all of them, and the process holds the heap.

var memoryColumns = []SystemColumn{{"part", typeText}, {"bytes", typeInt8}, {"what", typeText}}

func (db *Database) memoryTable(ctx *SystemContext, out *row.Batch) error {
	b := builder{out}
	m := db.store.Metrics()
	b.add("state", m.HotBytes, "rows of views, tables and operators that are in memory")
	queued := int64(0)
	for _, s := range stateOf(ctx).sources {
		queued += s.reader.Queued()
	}
	b.add("source queues", queued, "decoded, and in no epoch yet")
	b.add("hydrations", db.tapped.Load(), "changes that views which are being created have not had yet")
	heap, total := goMemory()
	b.add("go heap", heap, "objects that live, or are not collected yet, of all parts")
	b.add("go total", total, "what the Go runtime has of the system")
	if rss, ok := residentMemory(); ok {
		b.add("resident", rss, "memory of the process as the system counts it")
	}
	var limit any
	if db.opts.MemoryLimit > 0 {
		limit = db.opts.MemoryLimit
	}
	b.add("limit", limit, "--memory-limit")
	return nil
}

// goMemory is the bytes of the heap's objects, and what the runtime has mapped
// and not given back.
func goMemory() (heap, total int64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	return int64(s[0].Value.Uint64()), int64(s[1].Value.Uint64() - s[2].Value.Uint64())
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
