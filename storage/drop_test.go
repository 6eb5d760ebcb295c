package storage

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func rowsOnDisk(t *testing.T, db *DB, id ArrID) int {
	t.Helper()
	v := newColdView(db.pebble)
	it := v.open(db, makePrefix(id, 0), nil, nil, nil)
	n := 0
	for it.first(false); it.valid(); it.step(false) {
		n++
	}
	it.close()
	if err := v.release(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDropWaitsForSnapshots drops an arrangement that a snapshot still reads
// from disk.
func TestDropWaitsForSnapshots(t *testing.T) {
	fs := vfs.NewMem()
	db := mustOpenDB(t, Options{Dir: "data", FS: fs, MemoryLimit: 1})
	tree := db.Tree(5, 0)
	want := model{}
	for i := range 500 {
		k := fmt.Appendf(nil, "row%d", i)
		tree.Set(k, k)
		want[string(k)] = string(k)
	}
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	db.Balance()
	if tree.resident {
		t.Fatal("the tree is still in memory")
	}
	if got := db.Arrangements(); !slices.Equal(got, []ArrID{5}) {
		t.Errorf("arrangements %v", got)
	}
	s := tree.Snapshot()
	db.Drop(5)
	for e := 2; e < 4; e++ {
		if err := commitEpoch(db, e); err != nil {
			t.Fatal(err)
		}
		checkScan(t, s.Scan(nil, nil), want.sorted("", "", true), want)
	}
	if n := rowsOnDisk(t, db, 5); n != 500 {
		t.Errorf("%d rows are on disk while a snapshot reads them", n)
	}
	if got := db.Arrangements(); len(got) != 0 {
		t.Errorf("arrangements after the drop %v", got)
	}
	s.Release()
	if err := commitEpoch(db, 4); err != nil {
		t.Fatal(err)
	}
	if n := rowsOnDisk(t, db, 5); n != 0 {
		t.Errorf("%d rows are on disk after the drop", n)
	}
	if err := commitEpoch(db, 5); err != nil {
		t.Fatal(err)
	}
	if _, closer, err := db.pebble.Get(metaKey(metaGarbage, []byte{0, 0, 0, 5})); err == nil {
		t.Error("the garbage list keeps the arrangement")
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	closeDB(t, db)
}

// TestBornAndDead checks that rows that lived between two freezes leave
// nothing in a commit, in either tier.
func TestBornAndDead(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		db := mustOpenDB(t, Options{Dir: "data", FS: vfs.NewMem(), MemoryLimit: limit})
		tree, table := db.Tree(5, 0), db.Table(6, 0)
		for i := range 100 {
			k := fmt.Appendf(nil, "row%d", i)
			tree.Set(k, k)
			table.Put(Hash(k), k, k)
		}
		if err := commitEpoch(db, 1); err != nil {
			t.Fatal(err)
		}
		db.Balance()
		for i := range 1000 {
			k := fmt.Appendf(nil, "new%d", i)
			tree.Set(k, k)
			tree.Set(k, nil)
			tree.Delete(k)
			table.Put(Hash(k), k, k)
			table.Put(Hash(k), k, append(k, make([]byte, 1000)...))
			table.Delete(Hash(k), k)
		}
		if err := commitEpoch(db, 2); err != nil {
			t.Fatal(err)
		}
		// The epoch, and the statistics of the two stores.
		if n := db.Metrics().CommitRows; n > 3 {
			t.Errorf("limit %d: the commit wrote %d rows", limit, n)
		}
		closeDB(t, db)
	}
}

// TestBornAfterBornAndDead freezes a table whose rows of the generation are all
// gone again, and then one with a row: the row must be committed.
func TestBornAfterBornAndDead(t *testing.T) {
	fs := vfs.NewMem()
	db := mustOpenDB(t, Options{Dir: "data", FS: fs})
	k := []byte("row")
	db.Table(1, 0).Put(Hash(k), k, k)
	db.Table(1, 0).Delete(Hash(k), k)
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	db.Table(1, 0).Put(Hash(k), k, k)
	if err := commitEpoch(db, 2); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	db = mustOpenDB(t, Options{Dir: "data", FS: fs})
	if _, ok := db.Table(1, 0).Get(Hash(k), k); !ok {
		t.Error("the row was not committed")
	}
	closeDB(t, db)
}
