package storage

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFrozenTableSorts: the rows of a commit come in the order of their keys, also
// where many begin alike, end within one another, or go on with zeros.
func TestFrozenTableSorts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		h := NewMemTable()
		for range 1 + r.IntN(3000) {
			var key []byte
			for range r.IntN(4) {
				key = append(key, fmt.Sprintf("group %d", r.IntN(5))...)
				key = append(key, make([]byte, r.IntN(10))...)
			}
			for range r.IntN(4) {
				key = append(key, byte(r.IntN(3)))
			}
			h.Put(Hash(key), key, []byte{byte(round)})
		}
		var keys [][]byte
		err := h.freeze().write(func(key, _ []byte, _ bool) error {
			keys = append(keys, bytes.Clone(key))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) != h.Len() || !slices.IsSortedFunc(keys, bytes.Compare) {
			t.Fatalf("round %d: %d keys of %d, sorted: %v", round, len(keys), h.Len(), slices.IsSortedFunc(keys, bytes.Compare))
		}
	}
}

// BenchmarkFrozenTable sorts what a commit writes of a table with long keys that
// begin alike in groups: 300 k rows of 1000 groups.
func BenchmarkFrozenTable(b *testing.B) {
	h := NewMemTable()
	r := rand.New(rand.NewPCG(1, 2))
	for h.Len() < 300_000 {
		key := fmt.Appendf(nil, "channel-%04d, 2024-01-01, %08x", r.IntN(1000), r.Uint32N(1<<30))
		h.Put(Hash(key), key, []byte("value"))
	}
	f := h.freeze()
	for b.Loop() {
		if err := f.write(func(_, _ []byte, _ bool) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/300_000, "ns/row")
}
