package storage

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestLimitHolds keeps ten times as much state as the limit allows in memory,
// half in a table, half in a tree, with commits as the engine makes them, and
// watches the account.
func TestLimitHolds(t *testing.T) {
	limit, rows, steps := int64(8<<20), uint64(400_000), 400
	if raceEnabled { // a quarter of it all
		limit, rows, steps = limit/4, rows/4, steps/2
	}
	db := mustOpenDB(t, Options{Dir: "data", FS: vfs.NewMem(), MemoryLimit: limit})
	table, tree := db.Table(1, 0), db.Tree(2, 0)
	r := rand.New(rand.NewPCG(1, 2))
	var k []byte
	most := int64(0)
	for step := range steps {
		for range 1000 {
			i := r.Uint64N(rows)
			k = benchKey(k, i)
			if i%2 == 0 {
				table.Put(Hash(k), k, benchValue)
			} else {
				tree.Set(k, benchValue)
			}
		}
		db.Balance()
		if db.WantsCommit() || step%20 == 19 {
			if err := commitEpoch(db, step); err != nil {
				t.Fatal(err)
			}
		}
		db.Balance()
		u := db.Memory().Use()
		most = max(most, u.Total)
	}
	t.Logf("most memory: %.2f of the limit; on disk %d MB, evicted %d rows of the table", float64(most)/float64(limit),
		db.Metrics().DiskBytes>>20, table.stats.evicted.Load())
	if most > limit*115/100 {
		t.Errorf("memory reached %d bytes, the limit is %d", most, limit)
	}
	if table.stats.evicted.Load() == 0 {
		t.Error("nothing was evicted")
	}
	closeDB(t, db)
}

// TestColdBytesGrow: the size of what is on disk is known, more or less, also when
// most of it was never in memory together. What is worth loading depends on it.
func TestColdBytesGrow(t *testing.T) {
	db := mustOpenDB(t, Options{Dir: "data", FS: vfs.NewMem(), MemoryLimit: 4 << 20})
	defer closeDB(t, db)
	table, tree := db.Table(1, 0), db.Tree(2, 0)
	const rows, step = 200_000, 10_000
	var k []byte
	for i := range uint64(rows) {
		k = benchKey(k, i)
		table.Put(Hash(k), k, benchValue)
		tree.Set(k, benchValue)
		if i%step == step-1 {
			if err := commitEpoch(db, int(i/step)); err != nil {
				t.Fatal(err)
			}
			db.Balance()
		}
	}
	for _, s := range db.Stats() {
		least := int64(rows * (len(k) + len(benchValue)))
		if s.ColdBytes < least || s.ColdBytes > 4*least {
			t.Errorf("arrangement %d: %d rows, %d bytes on disk by the statistics, of which %d are keys and values", s.ID, s.Rows, s.ColdBytes, least)
		}
	}
}
