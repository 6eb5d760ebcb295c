package storage

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// model is what a store should hold.
type model map[string]string

func (m model) sorted(lo, hi string, unbounded bool) []string {
	var keys []string
	for k := range m {
		if k >= lo && (unbounded || k < hi) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// kit makes random keys and values. Few distinct keys make collisions of
// inserts, updates and deletes likely; some rows are large.
type kit struct{ *rand.Rand }

func (r kit) key() []byte {
	k := fmt.Appendf(nil, "k%05d", r.IntN(600))
	switch {
	case r.IntN(50) == 0:
		return append(k, bytes.Repeat([]byte("x"), r.IntN(9000))...)
	case r.IntN(40) == 0:
		return nil
	}
	return k
}

func (r kit) value() []byte {
	switch r.IntN(200) {
	case 0:
		return bytes.Repeat([]byte("v"), r.IntN(1<<r.IntN(19)))
	case 1, 2, 3, 4:
		return bytes.Repeat([]byte("w"), r.IntN(3000))
	case 5:
		return nil
	}
	return fmt.Appendf(nil, "%08d", r.IntN(1e8))[:8-r.IntN(2)*r.IntN(8)]
}

type reader interface {
	Get(key []byte) ([]byte, bool)
	Scan(lo, hi []byte) *Iter
	ScanReverse(lo, hi []byte) *Iter
	Seek(it *Iter, lo, hi []byte)
	SeekReverse(it *Iter, lo, hi []byte)
}

func checkReader(t *testing.T, r kit, s reader, m model) {
	t.Helper()
	for range 5 {
		k := r.key()
		v, ok := s.Get(k)
		want, wok := m[string(k)]
		if ok != wok || (ok && string(v) != want) {
			t.Fatalf("Get(%.20q) = %.20q (%d bytes), %v, want %.20q (%d bytes), %v", k, v, len(v), ok, want, len(want), wok)
		}
	}
	lo, hi := r.key(), r.key()
	open := r.IntN(3) == 0
	if open {
		lo, hi = nil, nil
	} else if hi == nil {
		hi = []byte{}
	}
	want := m.sorted(string(lo), string(hi), open)
	checkScan(t, s.Scan(lo, hi), want, m)
	slices.Reverse(want)
	checkScan(t, s.ScanReverse(lo, hi), want, m)
	checkSeeks(t, r, s, m)
}

// checkSeeks aims one iterator at ranges that mostly follow each other.
func checkSeeks(t *testing.T, r kit, s reader, m model) {
	t.Helper()
	var it Iter
	defer it.Close()
	at := r.IntN(600)
	for range 20 {
		lo := fmt.Appendf(nil, "k%05d", at)
		hi := fmt.Appendf(nil, "k%05d", at+r.IntN(5))
		want := m.sorted(string(lo), string(hi), false)
		if r.IntN(5) == 0 {
			s.SeekReverse(&it, lo, hi)
			slices.Reverse(want)
		} else {
			s.Seek(&it, lo, hi)
		}
		want = want[:min(len(want), r.IntN(6))]
		for _, k := range want {
			if !it.Next() || string(it.Key()) != k || string(it.Value()) != m[k] {
				v, ok := s.Get([]byte(k))
				t.Fatalf("%T Seek(%q, %q) reverse=%t comes to %.20q, want %.20q (Get: %q %t)", s, lo, hi, it.reverse, it.Key(), k, v, ok)
			}
		}
		at += r.IntN(30)
		if at > 600 || r.IntN(10) == 0 {
			at = r.IntN(600)
		}
	}
}

func checkScan(t *testing.T, it *Iter, want []string, m model) {
	t.Helper()
	defer it.Close()
	for i, k := range want {
		if !it.Next() {
			t.Fatalf("scan ended after %d of %d rows", i, len(want))
		}
		if string(it.Key()) != k || string(it.Value()) != m[k] {
			t.Fatalf("scan row %d is %.20q (%d bytes value), want %.20q (%d)", i, it.Key(), len(it.Value()), k, len(m[k]))
		}
	}
	if it.Next() {
		t.Fatalf("scan goes on after %d rows with %.20q", len(want), it.Key())
	}
}

func checkTable(t *testing.T, r kit, s *Table, m model) {
	t.Helper()
	for range 5 {
		k := r.key()
		v, ok := s.Get(Hash(k), k)
		want, wok := m[string(k)]
		if ok != wok || (ok && string(v) != want) {
			t.Fatalf("Get(%.20q) = %.20q, %v, want %.20q, %v", k, v, ok, want, wok)
		}
	}
	if r.IntN(4) != 0 {
		return
	}
	got := model{}
	s.Each(func(k, v []byte) bool {
		if _, twice := got[string(k)]; twice {
			t.Fatalf("Each gives %.20q twice", k)
		}
		got[string(k)] = string(v)
		return true
	})
	if !maps.Equal(got, m) {
		t.Fatalf("Each gives %d rows, want %d", len(got), len(m))
	}
}

func TestMemStoresAgainstModel(t *testing.T) {
	r := kit{rand.New(rand.NewPCG(1, 2))}
	tree, table := NewMemTree(), NewMemTable()
	mt, mh := model{}, model{}
	for i := range 20000 {
		mutate(r, tree, mt, table, mh)
		if i%50 == 0 {
			checkReader(t, r, tree, mt)
			checkTable(t, r, table, mh)
			if tree.Len() != len(mt) || table.Len() != len(mh) {
				t.Fatalf("Len %d, %d, want %d, %d", tree.Len(), table.Len(), len(mt), len(mh))
			}
		}
	}
	for k := range mt {
		tree.Delete([]byte(k))
	}
	for k := range mh {
		table.Delete(Hash([]byte(k)), []byte(k))
	}
	if tree.Len() != 0 || !tree.root.leaf() || tree.root.len() != 0 || tree.mem != tree.root.mem() {
		t.Errorf("after deleting everything the tree has %d rows and %d bytes", tree.Len(), tree.mem)
	}
	if table.Len() != 0 {
		t.Errorf("after deleting everything the table has %d rows", table.Len())
	}
}

// mutateTree changes a run of neighbours, often just one, in one of the ways in
// which that can be done.
func mutateTree(r kit, tree *Tree, m model) {
	k, v := r.key(), r.value()
	for range 1 + r.IntN(2)*r.IntN(2)*r.IntN(20) {
		del := r.IntN(3) == 0
		switch was, had := m[string(k)]; {
		case r.IntN(3) == 0:
			tree.Update(k, func(old []byte, found bool) ([]byte, bool) {
				if found != had || string(old) != was {
					panic(fmt.Sprintf("Update(%.20q) is given %.20q, %t, want %.20q, %t", k, old, found, was, had))
				}
				return v, !del
			})
		case had == del && r.IntN(2) == 0:
			known := false
			if del {
				known = tree.Remove(k)
			} else {
				known = tree.Add(k, v)
			}
			if !known {
				panic(fmt.Sprintf("%.20q is there: %t, but the tree knows better", k, had))
			}
		case del:
			tree.Delete(k)
		default:
			tree.Set(k, v)
		}
		if del {
			delete(m, string(k))
		} else {
			m[string(k)] = string(v)
		}
		if len(k) > 0 && k[len(k)-1] < 0xff {
			k = bytes.Clone(k)
			k[len(k)-1]++
		}
	}
}

func mutate(r kit, tree *Tree, mt model, table *Table, mh model) {
	mutateTree(r, tree, mt)
	k, v := r.key(), r.value()
	if r.IntN(3) == 0 {
		table.Delete(Hash(k), k)
		delete(mh, string(k))
	} else {
		table.Put(Hash(k), k, v)
		mh[string(k)] = string(v)
	}
}

// held is a snapshot and what it must go on showing.
type held struct {
	s *TreeSnapshot
	m model
}

// TestStoresAgainstModel runs random changes, snapshots, commits (finishing
// late, or failing), and reopens, at several memory limits.
func TestStoresAgainstModel(t *testing.T) {
	for _, limit := range []int64{0, 1, 3 << 20, 6 << 20} {
		t.Run(fmt.Sprintf("limit=%d", limit), func(t *testing.T) {
			for seed := range uint64(2) {
				runModel(t, limit, kit{rand.New(rand.NewPCG(seed, uint64(limit)))})
			}
		})
	}
}

type modelRun struct {
	t          *testing.T
	r          kit
	db         *DB
	tree       *Tree
	table      *Table
	mt, mh     model
	ct, ch     model // as of the commit under way
	dt, dh     model // as of the last durable commit
	commit     *Commit
	written    bool
	held       []held
	open       func() *DB
	commits    int
	failNext   bool
	generation int
}

func runModel(t *testing.T, limit int64, r kit) {
	fs := vfs.NewMem()
	open := func() *DB {
		db, err := Open(Options{Dir: "data", FS: fs, MemoryLimit: limit})
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	m := &modelRun{t: t, r: r, open: open, mt: model{}, mh: model{}, dt: model{}, dh: model{}}
	m.reopen()
	for i := range 4000 {
		mutate(r, m.tree, m.mt, m.table, m.mh)
		switch r.IntN(150) {
		case 0, 1, 2:
			m.freeze()
		case 3, 4:
			m.write()
		case 5, 6:
			m.db.Settle()
			m.db.Balance()
		case 7:
			m.held = append(m.held, held{m.tree.Snapshot(), maps.Clone(m.mt)})
		case 9, 10, 11:
			m.tree.evictSome(int64(r.IntN(20000)))
		case 12, 13, 14:
			m.tree.loadSome(int64(r.IntN(100000)))
		case 15, 16:
			m.deleteRange()
		case 17:
			m.prefetch()
		case 8:
			if len(m.held) > 0 {
				m.held[0].s.Release()
				m.held = m.held[1:]
			}
		}
		if i%40 == 0 {
			checkReader(t, r, m.tree, m.mt)
			checkGaps(t, m.tree)
			checkTable(t, r, m.table, m.mh)
			if len(m.held) > 0 {
				h := m.held[r.IntN(len(m.held))]
				checkReader(t, r, h.s, h.m)
			}
			if m.tree.resident && m.tree.Len() != len(m.mt) || m.table.resident && m.table.Len() != len(m.mh) {
				t.Fatalf("Len %d, %d, want %d, %d", m.tree.Len(), m.table.Len(), len(m.mt), len(m.mh))
			}
		}
		if i%1000 == 999 {
			m.reopen()
		}
	}
	m.close()
	if m.commits < 5 {
		t.Errorf("only %d commits", m.commits)
	}
}

func (m *modelRun) freeze() {
	c := m.db.Freeze()
	if c == nil {
		if m.commit == nil {
			m.t.Fatal("Freeze refused without a commit under way")
		}
		return
	}
	m.generation++
	c.SetMeta("generation", fmt.Append(nil, m.generation))
	m.commit, m.written = c, false
	m.ct, m.ch = maps.Clone(m.mt), maps.Clone(m.mh)
}

func (m *modelRun) write() {
	if m.commit == nil || m.written {
		return
	}
	m.written = true
	ctx := context.Background()
	if m.r.IntN(4) == 0 {
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		ctx = cancelled
	}
	if err := m.commit.Write(ctx); err != nil {
		return
	}
	m.dt, m.dh = m.ct, m.ch
	m.commits++
	if v, ok, err := m.db.Meta("generation"); err != nil || !ok || string(v) != fmt.Sprint(m.generation) {
		m.t.Fatalf("Meta = %q, %v, %v, want %d", v, ok, err, m.generation)
	}
}

func (m *modelRun) close() {
	if m.db == nil {
		return
	}
	for _, h := range m.held {
		checkReader(m.t, m.r, h.s, h.m)
		h.s.Release()
	}
	m.held = nil
	if err := m.db.Err(); err != nil {
		m.t.Fatal(err)
	}
	if err := m.db.Close(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *modelRun) reopen() {
	m.close()
	m.db = m.open()
	m.commit = nil
	m.tree, m.table = m.db.Tree(7, 1), m.db.Table(8, 0)
	m.mt, m.mh = maps.Clone(m.dt), maps.Clone(m.dh)
	checkScan(m.t, m.tree.Scan(nil, nil), m.mt.sorted("", "", true), m.mt)
}
