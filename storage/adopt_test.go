package storage

import (
	"context"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestAdopt joins throw-away stores while a commit is under way, and expects
// all of their rows after a reopen.
func TestAdopt(t *testing.T) {
	fs := vfs.NewMem()
	db := adoptDB(t, fs)
	db.Tree(1, 0).Set([]byte("a"), []byte("1"))
	early := db.Freeze()
	tree, table := NewMemTree(), NewMemTable()
	const rows = 5000
	for i := range rows {
		k := fmt.Appendf(nil, "key %05d", i)
		tree.Set(k, k)
		table.Put(Hash(k), k, k)
	}
	db.AdoptTree(2, 0, tree)
	db.AdoptTable(3, 0, table)
	if err := early.Write(context.Background()); err != nil {
		t.Fatal(err)
	}
	db.Settle()
	for i := range 100 { // changes of adopted rows, before and after their first commit
		k := fmt.Appendf(nil, "key %05d", i)
		tree.Delete(k)
		table.Put(Hash(k), k, []byte("changed"))
	}
	late := db.Freeze()
	if err := late.Write(context.Background()); err != nil {
		t.Fatal(err)
	}
	db.Settle()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = adoptDB(t, fs)
	defer db.Close()
	for i := range rows {
		k := fmt.Appendf(nil, "key %05d", i)
		v, ok := db.Tree(2, 0).Get(k)
		if ok != (i >= 100) || ok && string(v) != string(k) {
			t.Fatalf("tree %s: %q, %t", k, v, ok)
		}
		want := string(k)
		if i < 100 {
			want = "changed"
		}
		if v, ok := db.Table(3, 0).Get(Hash(k), k); !ok || string(v) != want {
			t.Fatalf("table %s: %q, %t", k, v, ok)
		}
	}
}

func adoptDB(t *testing.T, fs vfs.FS) *DB {
	t.Helper()
	db, err := Open(Options{Dir: "data", FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
