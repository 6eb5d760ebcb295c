package storage

import (
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestDirtySizeOfTree holds what a tree says that only a commit can make free to
// the rows that changed, wherever in the tree they are: a share of the pages, or of
// the tree, made every commit due at once, and nothing of it evictable.
func TestDirtySizeOfTree(t *testing.T) {
	db := mustOpenDB(t, Options{FS: vfs.NewMem(), Dir: "d"})
	defer closeDB(t, db)
	tree := db.Tree(1, 0)
	const rows = 50_000
	var k []byte
	for i := range uint64(rows) {
		k = benchKey(k, i)
		tree.Set(k, benchValue)
	}
	all := tree.dirtySize()
	if one := int64(rowLen(len(k), len(benchValue))); all != rows*one {
		t.Errorf("%d rows of %d bytes count %d", rows, one, all)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(commitEpoch(db, 1))
	if n := tree.dirtySize(); n != 0 {
		t.Errorf("after a commit %d bytes are dirty", n)
	}
	change := func(from uint64) {
		for i := from; i < rows; i += 500 {
			tree.Set(benchKey(k, i), benchValue)
		}
	}
	change(0)
	if n := tree.dirtySize(); n != all/500 {
		t.Errorf("one row of 500 is %d bytes of %d", n, all)
	}
	change(0)
	if n := tree.dirtySize(); n != all/500 {
		t.Errorf("the same rows again: %d bytes", n)
	}
	c := db.Freeze()
	change(1)
	if n := tree.dirtySize(); n != 2*all/500 {
		t.Errorf("while a commit is under way %d bytes are dirty, want %d", n, 2*all/500)
	}
	failure := errors.New("no")
	c.err = failure
	db.finished.Store(c)
	db.Settle()
	if n := tree.dirtySize(); n != 2*all/500 {
		t.Errorf("after a failed commit %d bytes are dirty, want %d", n, 2*all/500)
	}
	must(commitEpoch(db, 2))
	tree.Set([]byte("new"), benchValue)
	tree.Delete([]byte("new"))
	if n := tree.dirtySize(); n != 0 {
		t.Errorf("a row that came and went is %d bytes", n)
	}
}
