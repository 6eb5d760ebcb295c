package storage

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what the process has used so far: on a busy machine, wall time
// says little.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchCPU runs one operation b.N times and reports its CPU time.
func benchCPU(b *testing.B, name string, fn func(n int)) {
	b.Run(name, func(b *testing.B) {
		start := cpuTime()
		fn(b.N)
		b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
	})
}

// entryKey is a key as arrangements have it: a group, and a row of the group.
func entryKey(b []byte, group, row uint64) []byte {
	b = append(b[:0], 1)
	b = binary.BigEndian.AppendUint64(b, 1<<63|group)
	b = append(b, 1)
	return binary.BigEndian.AppendUint64(b, 1<<63|row)
}

// BenchmarkTreeBatch changes and reads a tree of groups of 10 rows in sorted
// batches of 1000 keys.
func BenchmarkTreeBatch(b *testing.B) {
	benchSizes(b, func(b *testing.B, n uint64) {
		t := NewMemTree()
		var k []byte
		for i := range n {
			k = entryKey(k, i*7919%n/10, i)
			t.Set(k, []byte{2})
		}
		rng := rand.New(rand.NewPCG(1, 1))
		batch := make([]uint64, 1000)
		batches := func(ops int, fn func(i uint64)) {
			for ops > 0 {
				for i := range batch {
					batch[i] = rng.Uint64N(n)
				}
				slices.SortFunc(batch, func(x, y uint64) int { return int(int64(x*7919%n/10) - int64(y*7919%n/10)) })
				for _, i := range batch {
					fn(i)
				}
				ops -= len(batch)
			}
		}
		benchCPU(b, "nothing", func(ops int) { batches(ops, func(i uint64) { k = entryKey(k, i*7919%n/10, i) }) })
		benchCPU(b, "get-set", func(ops int) {
			batches(ops, func(i uint64) {
				k = entryKey(k, i*7919%n/10, i)
				v, _ := t.Get(k)
				t.Set(k, []byte{v[0] ^ 1})
			})
		})
		benchCPU(b, "scan-group", func(ops int) {
			batches(ops, func(i uint64) {
				k = entryKey(k, i*7919%n/10, i)
				hi := append([]byte(nil), k[:10]...)
				hi[9]++
				it := t.Scan(k[:10], hi)
				for it.Next() {
				}
				it.Close()
			})
		})
	})
}
