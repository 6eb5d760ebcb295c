package storage

import (
	"sort"
	"sync/atomic"
	"time"
)

// storeStats are a store's numbers, readable from any goroutine. The hot ones
// are as of the last freeze.
type storeStats struct {
	rows, bytes         atomic.Int64
	coldRows, coldBytes atomic.Int64
	resident, onDisk    atomic.Bool
	loaded, evicted     atomic.Int64 // rows
	hotRows, dirtyBytes atomic.Int64
	coldReads           atomic.Int64
}

// unknownRows stands for the number of rows in memory of a tree that is not whole.
const unknownRows = -1

func storeBytes(t *Tree, h *Table) int64 {
	if t != nil {
		return t.Bytes()
	}
	return h.Bytes()
}

// noteCold takes the numbers of a store into its statistics at a freeze.
func (s *store) noteCold(t *Tree, h *Table) {
	st := s.stats
	rows, bytes := int64(0), storeBytes(t, h)
	if t != nil {
		rows = t.rows
	} else {
		rows = h.rows
	}
	rows = max(0, rows)
	st.rows.Store(rows)
	st.bytes.Store(bytes)
	st.resident.Store(s.resident)
	if t != nil {
		st.dirtyBytes.Store(t.dirtySize())
		st.hotRows.Store(unknownRows)
	} else {
		st.dirtyBytes.Store(h.dirtySize())
		st.hotRows.Store(h.index.rows())
	}
	st.noteReads(s)
	if s.resident {
		st.hotRows.Store(rows)
		st.coldRows.Store(rows)
		st.coldBytes.Store(bytes)
		return
	}
	// How many of the changed rows are new is not known without reading, and rows
	// that memory does not hold are taken to be as long as those of before.
	size := st.coldBytes.Load()
	if before := st.coldRows.Load(); before > 0 {
		size = int64(float64(size) / float64(before) * float64(rows))
	}
	st.coldRows.Store(rows)
	st.coldBytes.Store(max(bytes, size))
}

// noteReads moves the count of reads from disk to where all may see it.
func (st *storeStats) noteReads(s *store) {
	st.coldReads.Add(s.coldReads - s.noted)
	s.noted = s.coldReads
}

// ArrStats is what is known of an arrangement, all its shards together.
type ArrStats struct {
	ID        ArrID
	Rows      int64 // an estimate unless Resident
	HotBytes  int64 // in memory
	ColdBytes int64 // on disk, as it would be in memory; an estimate
	Resident  bool  // all shards have all rows in memory

	// As of the last commit that wrote the arrangement, since the start.
	HotRows    int64 // in memory; of a table not Resident tombstones and known absences too, of a tree not Resident -1
	DirtyBytes int64 // changed, when the commit began
	ColdReads  int64 // rows looked for on disk
	Evicted    int64 // rows that memory forgot
	Loaded     int64 // rows that were read ahead of use
}

// Stats returns the arrangements that have been frozen or are on disk, by ID.
func (d *DB) Stats() []ArrStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	byID := map[ArrID]*ArrStats{}
	for k, st := range d.stats {
		a := byID[k.id]
		if a == nil {
			a = &ArrStats{ID: k.id, Resident: true}
			byID[k.id] = a
		}
		a.Rows += max(st.rows.Load(), st.coldRows.Load())
		a.HotBytes += st.bytes.Load()
		a.ColdBytes += st.coldBytes.Load()
		a.Resident = a.Resident && st.resident.Load()
		if n := st.hotRows.Load(); n == unknownRows || a.HotRows == unknownRows {
			a.HotRows = unknownRows
		} else {
			a.HotRows += n
		}
		a.DirtyBytes += st.dirtyBytes.Load()
		a.ColdReads += st.coldReads.Load()
		a.Evicted += st.evicted.Load()
		a.Loaded += st.loaded.Load()
	}
	out := make([]ArrStats, 0, len(byID))
	for _, a := range byID {
		out = append(out, *a)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// commitStats are the numbers of the last commit.
type commitStats struct {
	count, failed   atomic.Int64
	nanos           atomic.Int64
	rows, bytes     atomic.Int64
	sublevels, debt atomic.Int64
	disk            atomic.Int64
}

func (s *commitStats) note(c *Commit) {
	if c.err != nil {
		s.failed.Add(1)
		return
	}
	s.count.Add(1)
	s.nanos.Store(int64(c.stats.Write + c.stats.Ingest))
	s.rows.Store(c.rows)
	s.bytes.Store(c.size)
	m := c.db.pebble.Metrics()
	c.stats.Sublevels, c.stats.Debt = int(m.Levels[0].Sublevels), int64(m.Compact.EstimatedDebt)
	s.sublevels.Store(int64(c.stats.Sublevels))
	s.debt.Store(c.stats.Debt)
	s.disk.Store(int64(m.DiskSpaceUsage()))
}

// Metrics are the database's numbers as of the last commit.
type Metrics struct {
	HotBytes       int64 // of all stores
	MemoryBudget   int64 // for all stores
	Commits        int64
	FailedCommits  int64
	CommitDuration time.Duration
	CommitRows     int64
	CommitBytes    int64 // before compression
	Sublevels      int   // of level 0
	CompactionDebt int64 // bytes
	DiskBytes      int64
}

// Metrics returns the database's numbers.
func (d *DB) Metrics() Metrics {
	s := &d.commits
	return Metrics{
		HotBytes:       d.memory.state.Load(),
		MemoryBudget:   max(0, d.memory.soft()-d.memory.others()),
		Commits:        s.count.Load(),
		FailedCommits:  s.failed.Load(),
		CommitDuration: time.Duration(s.nanos.Load()),
		CommitRows:     s.rows.Load(),
		CommitBytes:    s.bytes.Load(),
		Sublevels:      int(s.sublevels.Load()),
		CompactionDebt: s.debt.Load(),
		DiskBytes:      s.disk.Load(),
	}
}

const (
	pressureSublevels = 12
	pressureDebt      = 4 << 30
)

// CommitPressure says how far compaction is behind: below 1 it keeps up; from 1
// on, the interval between commits should grow in proportion, because ingests
// are not slowed down by anything else.
func (d *DB) CommitPressure() float64 {
	return max(float64(d.commits.sublevels.Load())/pressureSublevels,
		float64(d.commits.debt.Load())/pressureDebt)
}
