package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// benchKey is a 24-byte key with no order, like a hash of a group.
func benchKey(b []byte, i uint64) []byte {
	b = binary.BigEndian.AppendUint64(b[:0], i*0x9e3779b97f4a7c15)
	b = binary.BigEndian.AppendUint64(b, i)
	return binary.BigEndian.AppendUint64(b, 7)
}

var benchValue = make([]byte, 16)

func benchSizes(b *testing.B, fn func(b *testing.B, n uint64)) {
	for _, n := range []uint64{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) { fn(b, n) })
	}
}

func BenchmarkTable(b *testing.B) {
	benchSizes(b, func(b *testing.B, n uint64) {
		t := NewMemTable()
		var k []byte
		for i := range n {
			k = benchKey(k, i)
			t.Put(Hash(k), k, benchValue)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		b.Run("get", func(b *testing.B) {
			for range b.N {
				k = benchKey(k, rng.Uint64N(n))
				if _, ok := t.Get(Hash(k), k); !ok {
					b.Fatal("missing")
				}
			}
		})
		b.Run("get-batch", func(b *testing.B) {
			const size = 1024
			keys := Keys{Starts: make([]uint32, 1, size+1)}
			hashes, values := make([]uint64, size), make([][]byte, size)
			for done := 0; done < b.N; done += size {
				keys.Buf, keys.Starts = keys.Buf[:0], keys.Starts[:1]
				for i := range size {
					k = benchKey(k, rng.Uint64N(n))
					keys.Buf = append(keys.Buf, k...)
					keys.Starts = append(keys.Starts, uint32(len(keys.Buf)))
					hashes[i] = Hash(k)
				}
				t.GetBatch(hashes, keys, values)
			}
		})
		b.Run("put", func(b *testing.B) {
			for range b.N {
				k = benchKey(k, rng.Uint64N(n))
				t.Put(Hash(k), k, benchValue)
			}
		})
		b.Run(fmt.Sprintf("size/%.0fB-per-row", float64(t.Bytes())/float64(n)), func(*testing.B) {})
	})
}

func BenchmarkTree(b *testing.B) {
	benchSizes(b, func(b *testing.B, n uint64) {
		t := NewMemTree()
		var k []byte
		for i := range n {
			k = benchKey(k, i)
			t.Set(k, benchValue)
		}
		rng := rand.New(rand.NewPCG(1, 1))
		b.Run("get", func(b *testing.B) {
			for range b.N {
				k = benchKey(k, rng.Uint64N(n))
				if _, ok := t.Get(k); !ok {
					b.Fatal("missing")
				}
			}
		})
		b.Run("set", func(b *testing.B) {
			for range b.N {
				k = benchKey(k, rng.Uint64N(n))
				t.Set(k, benchValue)
			}
		})
		b.Run("scan", func(b *testing.B) {
			for left := b.N; left > 0; {
				it := t.Scan(nil, nil)
				for ; left > 0 && it.Next(); left-- {
				}
				it.Close()
			}
		})
		b.Run(fmt.Sprintf("size/%.0fB-per-row", float64(t.Bytes())/float64(n)), func(*testing.B) {})
	})
}

// BenchmarkCommit changes 100 000 rows of a million a round; ns/op is per
// round, the metrics are per row.
func BenchmarkCommit(b *testing.B) {
	const n, changed = 1_000_000, 100_000
	db := mustOpenDB(b, Options{Dir: b.TempDir()})
	table, tree := db.Table(1, 0), db.Tree(2, 0)
	var k []byte
	for i := range uint64(n) {
		k = benchKey(k, i)
		table.Put(Hash(k), k, benchValue)
		tree.Set(k, benchValue)
	}
	if err := commitEpoch(db, 1); err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	var freeze, write float64
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		for range changed / 2 {
			k = benchKey(k, rng.Uint64N(n))
			table.Put(Hash(k), k, benchValue)
			k = benchKey(k, rng.Uint64N(n))
			tree.Set(k, benchValue)
		}
		b.StartTimer()
		start := b.Elapsed()
		c := db.Freeze()
		freeze += float64(b.Elapsed() - start)
		start = b.Elapsed()
		if err := c.Write(context.Background()); err != nil {
			b.Fatal(err)
		}
		write += float64(b.Elapsed() - start)
		db.Settle()
	}
	rows := float64(b.N) * changed
	b.ReportMetric(freeze/rows, "freeze-ns/row")
	b.ReportMetric(write/rows, "write-ns/row")
	b.ReportMetric(rows/write*1e9, "rows/s")
	closeDB(b, db)
}

// BenchmarkSustained commits without a pause, each commit the larger the more
// compaction is behind, as the engine's longer intervals make them; ns/op is per
// round. What counts is how many sublevels there get to be.
func BenchmarkSustained(b *testing.B) {
	db := mustOpenDB(b, Options{Dir: b.TempDir()})
	table := db.Table(1, 0)
	rng := rand.New(rand.NewPCG(1, 1))
	var k []byte
	most, rows := 0, 0
	for round := range b.N {
		n := int(50_000 * max(1, db.CommitPressure()))
		for range n {
			k = benchKey(k, rng.Uint64N(2_000_000))
			table.Put(Hash(k), k, benchValue)
		}
		if err := commitEpoch(db, round); err != nil {
			b.Fatal(err)
		}
		rows += n
		most = max(most, db.Metrics().Sublevels)
	}
	b.ReportMetric(float64(most), "sublevels")
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	closeDB(b, db)
}

// benchDir is a directory with a table (1) and a tree (2) of a million rows.
func benchDir(b *testing.B) string {
	dir := b.TempDir()
	db := mustOpenDB(b, Options{Dir: dir})
	table, tree := db.Table(1, 0), db.Tree(2, 0)
	var k []byte
	for i := range uint64(1_000_000) {
		k = benchKey(k, i)
		table.Put(Hash(k), k, benchValue)
		tree.Set(k, benchValue)
	}
	if err := commitEpoch(db, 1); err != nil {
		b.Fatal(err)
	}
	closeDB(b, db)
	return dir
}

// BenchmarkOpen opens two million rows, and loads one of its stores.
func BenchmarkOpen(b *testing.B) {
	dir := benchDir(b)
	b.Run("open", func(b *testing.B) {
		for range b.N {
			closeDB(b, mustOpenDB(b, Options{Dir: dir}))
		}
	})
	for _, id := range []ArrID{1, 2} {
		b.Run(fmt.Sprintf("load%d", id), func(b *testing.B) {
			for range b.N {
				db := mustOpenDB(b, Options{Dir: dir})
				if id == 1 {
					db.Table(1, 0).Get(Hash(nil), nil)
				} else {
					db.Tree(2, 0).Get(nil)
				}
				closeDB(b, db)
			}
		})
	}
}

// BenchmarkSpilled reads rows that are on disk only, in Pebble's cache or not.
func BenchmarkSpilled(b *testing.B) {
	db := mustOpenDB(b, Options{Dir: benchDir(b), MemoryLimit: 40 << 20})
	table, tree := db.Table(1, 0), db.Tree(2, 0)
	rng := rand.New(rand.NewPCG(1, 1))
	var k []byte
	b.Run("tree-get", func(b *testing.B) {
		for range b.N {
			k = benchKey(k, rng.Uint64N(1_000_000))
			if _, ok := tree.Get(k); !ok {
				b.Fatal("missing")
			}
		}
	})
	b.Run("tree-seek", func(b *testing.B) {
		for range b.N {
			k = benchKey(k, rng.Uint64N(1_000_000))
			it := tree.Scan(k, nil)
			if !it.Next() {
				b.Fatal("missing")
			}
			it.Close()
		}
	})
	b.Run("tree-scan", func(b *testing.B) {
		for left := b.N; left > 0; {
			it := tree.Scan(nil, nil)
			for ; left > 0 && it.Next(); left-- {
			}
			it.Close()
		}
	})
	b.Run("table-miss", func(b *testing.B) {
		for range b.N {
			k = benchKey(k, 1_000_000+rng.Uint64N(1_000_000))
			if _, ok := table.Get(Hash(k), k); ok {
				b.Fatal("there")
			}
		}
	})
	b.Run("table-get", func(b *testing.B) {
		for range b.N {
			k = benchKey(k, rng.Uint64N(1_000_000))
			if _, ok := table.Get(Hash(k), k); !ok {
				b.Fatal("missing")
			}
			db.Balance()
		}
	})
	closeDB(b, db)
}
