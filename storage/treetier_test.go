package storage

import (
	"bytes"
	"fmt"
	"maps"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// checkGaps holds a tree to what it claims to know of the disk.
func checkGaps(t *testing.T, tree *Tree) {
	t.Helper()
	if tree.db == nil || !tree.ready {
		return
	}
	if tree.resident {
		var c cursor
		for c.seekGE(tree.root, nil); c.valid(); c.next() {
			if h, key, _ := c.row(); h&flagOpen != 0 {
				t.Fatalf("all is in memory, but after %.20q", key)
			}
		}
	}
	it := tree.db.view.open(tree.db, tree.prefix, nil, nil, nil)
	defer it.close()
	it.masks = tree.settledMasks()
	for it.first(false); it.valid(); it.step(false) {
		p, i, found := tree.root.find(it.key())
		if !found {
			if !p.openAt(i) {
				t.Fatalf("disk has %.20q, where the tree says it has nothing", it.key())
			}
			continue
		}
		if h, _, value := p.row(i); h.gen() <= tree.done && (h.tomb() || !bytes.Equal(value, it.value())) {
			t.Fatalf("disk has %.20q, and the tree another row %b of it", it.key(), h)
		}
	}
	live := int64(0)
	for it := tree.root.rows(); it.valid(); it.next() {
		if h, _, _ := it.row(); !h.tomb() {
			live++
		}
	}
	if live != tree.live || tree.resident && tree.rows != live {
		t.Fatalf("%d live rows, counted as %d; rows %d, resident %t", live, tree.live, tree.rows, tree.resident)
	}
	if mem := treeMem(tree.root); mem != tree.mem {
		t.Fatalf("the pages have %d bytes, counted as %d", mem, tree.mem)
	}
}

func (p *page) rows() *cursor {
	c := &cursor{}
	c.seekGE(p, nil)
	return c
}

func treeMem(p *page) int64 {
	n := p.mem()
	for _, kid := range p.kids {
		n += treeMem(kid)
	}
	return n
}

// TestColdReadsAreKept reads a tree that a restart left on disk: what was read
// once, also that there is nothing, is not asked of the disk again, and nothing
// is loaded that was not asked for.
func TestColdReadsAreKept(t *testing.T) {
	fs := vfs.NewMem()
	db := mustOpenDB(t, Options{Dir: "data", FS: fs})
	tree := db.Tree(1, 0)
	const rows = 20000
	for i := range rows {
		tree.Set(fmt.Appendf(nil, "%06d", 2*i), []byte("value"))
	}
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	db = mustOpenDB(t, Options{Dir: "data", FS: fs})
	defer closeDB(t, db)
	tree = db.Tree(1, 0)
	count := func(it *Iter) (n int) {
		defer it.Close()
		for it.Next() {
			n++
		}
		return n
	}
	reads := []struct {
		name string
		want int
		read func() int
	}{
		{"get", 1, func() int { _, ok := tree.Get([]byte("020000")); return map[bool]int{true: 1}[ok] }},
		{"get nothing", 0, func() int { _, ok := tree.Get([]byte("020001")); return map[bool]int{true: 1}[ok] }},
		{"scan", 5, func() int { return count(tree.Scan([]byte("00100"), []byte("00101"))) }},
		{"scan nothing", 0, func() int { return count(tree.Scan([]byte("001019"), []byte("0010195"))) }},
		{"scan before all", 0, func() int { return count(tree.Scan(nil, []byte("0"))) }},
		{"scan after all", 0, func() int { return count(tree.Scan([]byte("1"), nil)) }},
		{"last", 1, func() int {
			it := tree.ScanReverse(nil, []byte("00300"))
			defer it.Close()
			if it.Next() && string(it.Key()) == "002998" {
				return 1
			}
			return 0
		}},
	}
	for _, r := range reads {
		for range 2 {
			before := tree.coldReads
			if n := r.read(); n != r.want {
				t.Fatalf("%s: %d rows, want %d", r.name, n, r.want)
			}
			checkGaps(t, tree)
			if n := tree.coldReads - before; n > 2 {
				t.Errorf("%s: %d reads from disk", r.name, n)
			}
		}
		before := tree.coldReads
		if r.read(); tree.coldReads != before {
			t.Errorf("%s again: read from disk", r.name)
		}
	}
	if tree.live > 200 {
		t.Errorf("%d rows are in memory", tree.live)
	}
	for n := 1; !tree.loadSome(16 << 10); n++ {
		checkGapsNow(t, tree, n)
	}
	if tree.Len() != rows || !tree.resident {
		t.Errorf("loaded %d rows", tree.Len())
	}
	for tree.Bytes() > 64<<10 && tree.evictSome(16<<10) >= 0 {
		if tree.resident && tree.lost {
			t.Fatal("rows were evicted, and the tree is resident")
		}
	}
	checkGaps(t, tree)
	if n := count(tree.Scan(nil, nil)); n != rows {
		t.Errorf("%d rows after eviction", n)
	}
}

func checkGapsNow(t *testing.T, tree *Tree, n int) {
	t.Helper()
	if n%10 == 0 {
		checkGaps(t, tree)
	}
	if n > 1000 {
		t.Fatal("loading does not end")
	}
}

// deleteRange deletes a few neighbours, or, now and then, all below a key.
func (m *modelRun) deleteRange() {
	from := m.r.IntN(600)
	lo, hi := fmt.Appendf(nil, "k%05d", from), fmt.Appendf(nil, "k%05d", from+m.r.IntN(30))
	switch m.r.IntN(8) {
	case 0:
		lo = nil
	case 1:
		hi = nil
	}
	m.tree.DeleteRange(lo, hi)
	maps.DeleteFunc(m.mt, func(k, _ string) bool { return k >= string(lo) && (hi == nil || k < string(hi)) })
}

func (m *modelRun) prefetch() {
	from := m.r.IntN(500)
	key := func(i int) []byte { return fmt.Appendf(nil, "k%05d", from+2*i) }
	m.tree.Prefetch(m.r.IntN(40), key)
	m.tree.PrefetchPrefixes(m.r.IntN(20), key)
}

// TestChangesOfASet takes rows out of a tree that is on disk, and puts others in
// and takes them out again, without a look at the disk.
func TestChangesOfASet(t *testing.T) {
	fs := vfs.NewMem()
	db := mustOpenDB(t, Options{Dir: "data", FS: fs})
	tree := db.Tree(1, 0)
	const rows = 20000
	want := model{}
	for i := range rows {
		k := fmt.Appendf(nil, "%06d", 2*i)
		tree.Set(k, nil)
		want[string(k)] = ""
	}
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	db = mustOpenDB(t, Options{Dir: "data", FS: fs})
	tree = db.Tree(1, 0)
	for i := 0; i < rows; i += 10 {
		old, now := fmt.Appendf(nil, "%06d", 2*i), fmt.Appendf(nil, "%06d", 2*i+1)
		if !tree.Remove(old) || !tree.Add(now, nil) {
			t.Fatalf("%s and %s are not what they were said to be", old, now)
		}
		delete(want, string(old))
		if tree.Remove(old) || tree.Add(now, nil) {
			t.Fatalf("%s went twice, or %s came twice", old, now)
		}
		if i%20 == 0 && !tree.Remove(now) {
			t.Fatalf("%s is not there", now)
		} else if i%20 != 0 {
			want[string(now)] = ""
		}
	}
	checkGaps(t, tree)
	if tree.coldReads != 0 {
		t.Errorf("%d reads from disk", tree.coldReads)
	}
	if n := tree.frozenAndDirtyRows(); n != rows/10+rows/20 {
		t.Errorf("%d rows are to be written, want %d", n, rows/10+rows/20)
	}
	if err := commitEpoch(db, 2); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	db = mustOpenDB(t, Options{Dir: "data", FS: fs})
	defer closeDB(t, db)
	checkScan(t, db.Tree(1, 0).Scan(nil, nil), want.sorted("", "", true), want)
}

// frozenAndDirtyRows counts the rows that disk has not.
func (t *Tree) frozenAndDirtyRows() (n int) {
	for _, p := range dirtyLeaves(nil, t.root, t.done) {
		for i := range p.slots {
			if p.header(i).gen() > t.done {
				n++
			}
		}
	}
	return n
}
