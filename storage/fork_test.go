package storage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// forkRun is a tree and a fork of it with what each of them must hold.
type forkRun struct {
	t    *testing.T
	r    *rand.Rand
	tree *Tree
	want map[string]string
}

// change changes and reads random rows, and forgets some that are clean.
func (f *forkRun) change(n int) {
	for range n {
		key := fmt.Sprintf("key %04d", f.r.IntN(1000))
		switch f.r.IntN(8) {
		case 0, 1:
			f.tree.Delete([]byte(key))
			delete(f.want, key)
		case 2, 3, 4:
			value := fmt.Sprintf("value %d", f.r.IntN(1000))
			f.tree.Set([]byte(key), []byte(value))
			f.want[key] = value
		case 5:
			f.tree.Update([]byte(key), func(old []byte, found bool) ([]byte, bool) {
				if want, ok := f.want[key]; ok != found || want != string(old) {
					f.t.Fatalf("%s is %q, %t; want %q", key, old, found, want)
				}
				return old, found
			})
		case 6:
			f.tree.evictSome(int64(f.r.IntN(32 << 10)))
		default:
			if got, ok := f.tree.Get([]byte(key)); string(got) != f.want[key] || ok != (f.want[key] != "") {
				f.t.Fatalf("%s is %q, %t; want %q", key, got, ok, f.want[key])
			}
		}
	}
}

func (f *forkRun) check() {
	f.t.Helper()
	it := f.tree.Scan(nil, nil)
	defer it.Close()
	for _, key := range slices.Sorted(maps.Keys(f.want)) {
		if !it.Next() || string(it.Key()) != key || string(it.Value()) != f.want[key] {
			f.t.Fatalf("the scan stands at %q, %q; want %q, %q", it.Key(), it.Value(), key, f.want[key])
		}
	}
	if it.Next() {
		f.t.Fatalf("the scan goes on to %q", it.Key())
	}
}

// TestFork changes a tree and a fork of it, over commits, evictions, and a commit
// that is under way when the fork is made.
func TestFork(t *testing.T) {
	for seed := range uint64(6) {
		db := mustOpenDB(t, Options{FS: vfs.NewMem(), Dir: "d"})
		r := rand.New(rand.NewPCG(seed, 1))
		live := &forkRun{t: t, r: r, tree: db.Tree(1, 0), want: map[string]string{}}
		commit := func() {
			if err := commitEpoch(db, 1); err != nil {
				t.Fatal(err)
			}
		}
		live.change(3000)
		commit()
		live.change(1000)
		var c *Commit
		if seed%2 == 0 {
			c = db.Freeze()
			live.change(100)
		}
		fork := &forkRun{t: t, r: r, tree: live.tree.Fork(), want: maps.Clone(live.want)}
		if c != nil {
			if err := c.Write(t.Context()); err != nil {
				t.Fatal(err)
			}
			db.Settle()
		}
		for range 6 {
			live.change(300)
			fork.change(300)
			db.Balance()
			if r.IntN(2) == 0 {
				commit()
			}
			live.check()
			fork.check()
		}
		if seed%3 > 0 {
			fork.tree.Release()
			commit()
			live.check()
		}
		closeDB(t, db)
	}
}
