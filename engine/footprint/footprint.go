// Package footprint is the memory of the process as the Go runtime and the system
// know it.
package footprint

import (
	"bytes"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync/atomic"

	"github.com/tarndb/tarn/storage"
)

// Limit sets the Go runtime for a process whose databases have that limit
// together; 0 is none. It is for programs that serve, not for those that embed a
// database beside their own work. One goroutine calls it at a time.
func Limit(limit int64) {
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

var limited atomic.Bool

// Limited reports that the process has a limit, and no other purpose than databases.
func Limited() bool { return limited.Load() }

// heapFloor is never touched, so that the system has no pages for it, but the
// collector counts it: it lets as much garbage come before it begins again. Views
// with little state would else be collected each few milliseconds, since a step's
// batches are soon as much as all that lives.
var heapFloor []byte

const heapFloorBytes = 64 << 20

// Go is the bytes of the heap's objects, and what the runtime has mapped
// and not given back; without the floor, which takes nothing.
func Go() (heap, total int64) {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	floor := int64(len(heapFloor))
	return int64(s[0].Value.Uint64()) - floor, int64(s[1].Value.Uint64()-s[2].Value.Uint64()) - floor
}

// Resident is the process's resident set, where the system tells it.
func Resident() (int64, bool) {
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
