package storage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestEach: Each gives the rows that a loop over Next does, whether they are in memory
// or on disk, between any bounds.
func TestEach(t *testing.T) {
	db, err := Open(Options{Dir: "db", FS: vfs.NewMem(), MemoryLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := rand.New(rand.NewPCG(3, 3))
	key := func() []byte { return fmt.Appendf(nil, "%05d", r.IntN(3000)) }
	for name, tree := range map[string]*Tree{"memory": NewMemTree(), "database": db.Tree(7, 0)} {
		for range 5 {
			for range 1500 {
				if k := key(); r.IntN(4) == 0 {
					tree.Delete(k)
				} else {
					tree.Set(k, key())
				}
			}
			s := tree.Snapshot()
			for range 20 {
				lo, hi := key(), key()
				if r.IntN(4) == 0 {
					lo = nil
				}
				if r.IntN(4) == 0 {
					hi = nil
				}
				if got, want := eachOf(t, s, lo, hi), nextOf(s, lo, hi); !slices.Equal(got, want) {
					t.Fatalf("%s, from %s to %s: %d rows, want %d", name, lo, hi, len(got), len(want))
				}
			}
			s.Release()
			if c := db.Freeze(); c != nil {
				if err := c.Write(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			db.Settle()
		}
	}
}

func eachOf(t *testing.T, s *TreeSnapshot, lo, hi []byte) (rows []string) {
	it := s.Scan(lo, hi)
	defer it.Close()
	err := it.Each(func(key, value []byte) error {
		rows = append(rows, string(key)+"="+string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func nextOf(s *TreeSnapshot, lo, hi []byte) (rows []string) {
	it := s.Scan(lo, hi)
	defer it.Close()
	for it.Next() {
		rows = append(rows, string(it.Key())+"="+string(it.Value()))
	}
	return rows
}
