package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// tableRun drives one table through everything that may happen to it, beside a
// model.
type tableRun struct {
	t        *testing.T
	r        *rand.Rand
	fs       vfs.FS
	limit    int64
	db       *DB
	table    *Table
	want     model
	frozen   model // as of the commit under way
	durable  model
	commit   *Commit
	spilled  int
	resident int
}

func (m *tableRun) key() []byte {
	return fmt.Appendf(nil, "k%04d%.*s", m.r.IntN(4000), m.r.IntN(3)*m.r.IntN(20), "....................")
}

func (m *tableRun) value() []byte {
	if m.r.IntN(400) == 0 {
		return bytes.Repeat([]byte("v"), m.r.IntN(200_000))
	}
	return bytes.Repeat([]byte{'a' + byte(m.r.IntN(26))}, m.r.IntN(60))
}

func (m *tableRun) change() {
	k, v := m.key(), m.value()
	switch m.r.IntN(8) {
	case 0, 1:
		m.table.Delete(Hash(k), k)
		delete(m.want, string(k))
	case 2, 3:
		keep := m.r.IntN(4) > 0
		was, had := m.want[string(k)]
		m.table.Update(Hash(k), k, func(old []byte, found bool) ([]byte, bool) {
			if found != had || string(old) != was {
				m.t.Fatalf("Update(%s) is told %.20q, %v, want %.20q, %v", k, old, found, was, had)
			}
			return v, keep
		})
		if delete(m.want, string(k)); keep {
			m.want[string(k)] = string(v)
		}
	default:
		m.table.Put(Hash(k), k, v)
		m.want[string(k)] = string(v)
	}
}

func (m *tableRun) deleteRange() {
	lo, hi := m.key(), m.key()
	if m.r.IntN(3) > 0 {
		lo = nil
		hi = hi[:1+m.r.IntN(3)]
	}
	m.table.DeleteRange(lo, hi)
	maps.DeleteFunc(m.want, func(k, _ string) bool { return k >= string(lo) && k < string(hi) })
}

func (m *tableRun) check() {
	n := m.r.IntN(300)
	keys := Keys{Starts: []uint32{0}}
	hashes := make([]uint64, n)
	for i := range n {
		k := m.key()
		keys.Buf = append(keys.Buf, k...)
		keys.Starts = append(keys.Starts, uint32(len(keys.Buf)))
		hashes[i] = Hash(k)
	}
	if m.r.IntN(2) == 0 {
		m.table.Prefetch(hashes, keys)
	}
	values := make([][]byte, n)
	m.table.GetBatch(hashes, keys, values)
	for i, v := range values {
		k := keys.Key(i)
		want, ok := m.want[string(k)]
		if (v != nil) != ok || string(v) != want {
			m.t.Fatalf("GetBatch: %s is %.20q, want %.20q, %v", k, v, want, ok)
		}
		if got, found := m.table.Get(hashes[i], k); found != ok || string(got) != want {
			m.t.Fatalf("Get: %s is %.20q, want %.20q, %v", k, got, want, ok)
		}
	}
	if m.r.IntN(4) > 0 {
		return
	}
	got := model{}
	m.table.Each(func(k, v []byte) bool {
		got[string(k)] = string(v)
		return true
	})
	if !maps.Equal(got, m.want) {
		m.t.Fatalf("Each gives %d rows, want %d", len(got), len(m.want))
	}
	if m.table.resident && !m.table.expire.active && m.table.Len() != len(m.want) {
		m.t.Fatalf("Len %d, want %d", m.table.Len(), len(m.want))
	}
}

func (m *tableRun) freeze() {
	if c := m.db.Freeze(); c != nil {
		m.commit, m.frozen = c, maps.Clone(m.want)
	}
}

func (m *tableRun) write() {
	if m.commit == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	if m.r.IntN(4) == 0 {
		cancel()
	}
	if m.commit.Write(ctx) == nil {
		m.durable = m.frozen
	}
	cancel()
	m.commit = nil
	if m.r.IntN(2) == 0 {
		m.db.Settle()
	}
}

func (m *tableRun) reopen() {
	if m.db != nil {
		closeDB(m.t, m.db)
	}
	m.db = mustOpenDB(m.t, Options{Dir: "data", FS: m.fs, MemoryLimit: m.limit})
	m.table, m.commit = m.db.Table(3, 0), nil
	m.want = maps.Clone(m.durable)
}

func (m *tableRun) step() {
	for range m.r.IntN(200) {
		m.change()
	}
	switch m.r.IntN(16) {
	case 0, 1, 2:
		m.freeze()
	case 3, 4, 5:
		m.write()
	case 6:
		m.deleteRange()
	case 7, 8:
		m.db.Settle()
		m.db.Balance()
	case 9:
		m.db.Settle()
		m.table.evictSome(int64(m.r.IntN(1 << 20)))
	case 10:
		m.table.touch()
		m.table.loadSome(int64(m.r.IntN(1 << 18)))
	case 11:
		if m.r.IntN(12) == 0 {
			m.reopen()
		}
	}
	m.check()
	if m.table.resident {
		m.resident++
	} else {
		m.spilled++
	}
}

// TestTableAgainstModel changes a table in all ways between commits that end
// late or fail, evictions, loads and restarts.
func TestTableAgainstModel(t *testing.T) {
	steps := 400
	if raceEnabled {
		steps = 100
	}
	for _, limit := range []int64{0, 1, 3 << 20} {
		t.Run(fmt.Sprintf("limit=%d", limit), func(t *testing.T) {
			for seed := range uint64(2) {
				m := &tableRun{
					t: t, r: rand.New(rand.NewPCG(seed, uint64(limit))), fs: vfs.NewMem(), limit: limit, durable: model{},
				}
				m.reopen()
				for range steps {
					m.step()
				}
				t.Logf("resident at %d steps, spilled at %d, %d rows evicted, %d loaded",
					m.resident, m.spilled, m.table.stats.evicted.Load(), m.table.stats.loaded.Load())
				closeDB(t, m.db)
			}
		})
	}
}

// TestNumericGroupSize counts the memory of groups with a key of 9 bytes and a
// value of 12, everything included, at many sizes of a table that is not small:
// the last chunk, of 256 KiB, is not full.
func TestNumericGroupSize(t *testing.T) {
	table := NewMemTable()
	value := make([]byte, 12)
	worst := 0.0
	for i := range 200_000 {
		k := binary.BigEndian.AppendUint64([]byte{1}, uint64(i))
		table.Put(Hash(k), k, value)
		if i > 60_000 && i%1000 == 0 {
			worst = max(worst, float64(table.Bytes())/float64(i+1))
		}
	}
	if worst > 48 {
		t.Errorf("%.1f bytes a row, at most 48 are wanted", worst)
	}
	t.Logf("%.1f bytes a row at worst, %.1f at last", worst, float64(table.Bytes())/200_000)
}
