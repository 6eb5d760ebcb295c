package storage

import (
	"bytes"
	"math"
	"os"
	"runtime/metrics"
	"strconv"
	"time"
)

// overhead is what the process holds beside the account: its program, the Go
// runtime's own, and what lives on the heap and nobody reserves.
type overhead struct {
	at     time.Time
	cycles uint64 // collections as of the last measurement
	file   int64  // resident pages of the program's file
}

// overheadPeriod is the time between two measurements.
const overheadPeriod = 100 * time.Millisecond

// Measure brings the account in line with the process, now and then: state is to
// leave room for what else there is. It is for a process that has no other
// purpose than its databases, and is called where Balance is. It returns the soft
// limit of the Go runtime that goes with it; 0 if there is nothing new.
func (m *Memory) Measure() (soft int64) {
	if m.limit == 0 || time.Since(m.process.at) < overheadPeriod {
		return 0
	}
	m.process.at = time.Now()
	s := []metrics.Sample{
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(s)
	// What lives is known since the last collection: later changes of state would
	// count as overhead.
	if cycles := s[0].Value.Uint64(); cycles != m.process.cycles {
		m.process.cycles = cycles
		own := int64(s[2].Value.Uint64())
		for i := range s[3:] {
			own -= int64(s[3+i].Value.Uint64())
		}
		known := m.state.Load()
		for i := range m.reserved {
			known += m.reserved[i].Load()
		}
		now := m.process.file + own + max(0, int64(s[1].Value.Uint64())-known)
		if before := m.beside.Load(); before > 0 {
			now = before + (now-before)/2
		}
		m.beside.Store(min(now, mostBeside(m.limit)))
	}
	file := filePages()
	if d := file - m.process.file; d < m.limit/64 && d > -m.limit/64 {
		return 0
	}
	m.process.file = file
	soft, _ = GoMemory(m.limit)
	return max(soft-file, m.limit/4)
}

// mostBeside is what state leaves room for at most, however much there is: it must keep
// some room for itself. Of a small limit the program alone is a third.
func mostBeside(limit int64) int64 {
	if limit > 2*programSize {
		return max(limit/2, min(limit*5/8, 2*programSize))
	}
	return limit / 2
}

// filePages is what the process has in memory of its program's file, 0 where the
// system does not tell.
func filePages() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	if fields := bytes.Fields(text); len(fields) > 2 {
		pages, err := strconv.ParseInt(string(fields[2]), 10, 64)
		if err == nil && pages < math.MaxInt32 {
			return pages * int64(os.Getpagesize())
		}
	}
	return 0
}
