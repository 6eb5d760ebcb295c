package storage

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestStepsReadersAndCommits runs what the engine runs at the same time: steps
// of two shards, readers of earlier steps, and a commit in the background. All
// rows of a step say its number.
func TestStepsReadersAndCommits(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		t.Run(fmt.Sprintf("limit=%d", limit), func(t *testing.T) {
			fs := vfs.NewMem()
			db := mustOpenDB(t, Options{Dir: "data", FS: fs, MemoryLimit: limit})
			var background sync.WaitGroup
			steps := 150
			if raceEnabled {
				steps = 60
			}
			for step := 1; step <= steps; step++ {
				bothShards(func(shard int) { concurrentStep(t, db, shard, step) })
				db.Settle()
				for shard := range 2 {
					readLater(t, &background, db.Tree(1, shard).Snapshot(), step)
				}
				if c := db.Freeze(); c != nil {
					c.SetMeta("epoch", fmt.Append(nil, step))
					background.Add(1)
					go func() {
						defer background.Done()
						if err := c.Write(context.Background()); err != nil {
							t.Error(err)
						}
					}()
				}
			}
			background.Wait()
			if err := commitEpoch(db, steps); err != nil {
				t.Fatal(err)
			}
			closeDB(t, db)
			db = mustOpenDB(t, Options{Dir: "data", FS: fs, MemoryLimit: limit})
			bothShards(func(shard int) { concurrentStep(t, db, shard, steps+1) })
			closeDB(t, db)
		})
	}
}

func bothShards(fn func(shard int)) {
	var wg sync.WaitGroup
	for shard := range 2 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			fn(shard)
		}()
	}
	wg.Wait()
}

// concurrentStep checks that the shard is as step-1 left it, and changes all of
// it: the value of every row, and which third of the rows is there.
func concurrentStep(t *testing.T, db *DB, shard, step int) {
	tree, table := db.Tree(1, shard), db.Table(2, shard)
	for i := range 150 {
		k := fmt.Appendf(nil, "row%d", i)
		was := step > 1 && (i+step-1)%3 != 0
		for _, get := range []func() ([]byte, bool){
			func() ([]byte, bool) { return tree.Get(k) },
			func() ([]byte, bool) { return table.Get(Hash(k), k) },
		} {
			if v, ok := get(); ok != was || ok && string(v[:len(fmt.Sprint(step-1))]) != fmt.Sprint(step-1) {
				t.Errorf("step %d: %s is %q, %v", step, k, v, ok)
			}
		}
		if (i+step)%3 == 0 {
			tree.Delete(k)
			table.Delete(Hash(k), k)
			continue
		}
		v := fmt.Appendf(nil, "%d", step)
		if step%5 == 0 {
			v = append(v, make([]byte, i)...)
		}
		tree.Set(k, v)
		table.Put(Hash(k), k, v)
	}
}

func readLater(t *testing.T, wg *sync.WaitGroup, s *TreeSnapshot, step int) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		defer s.Release()
		for range 3 {
			n := 0
			it := s.Scan(nil, nil)
			for it.Next() {
				if want := fmt.Sprint(step); string(it.Value()[:len(want)]) != want {
					t.Errorf("snapshot of step %d: %s is %q", step, it.Key(), it.Value())
				}
				n++
			}
			it.Close()
			if n != 100 {
				t.Errorf("snapshot of step %d has %d rows", step, n)
			}
		}
	}()
}
