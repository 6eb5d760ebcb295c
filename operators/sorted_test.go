package operators

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSortByKey sorts keys that differ in their first bytes, behind what many
// share, or nowhere, and are each other's beginnings.
func TestSortByKey(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, prefix := range []string{"", "chan", "channel-", strings.Repeat("long ", 20)} {
		for _, n := range []int{1, radixMin - 1, 4 * radixMin, 20 * radixMin} {
			keys := make([][]byte, n)
			for i := range keys {
				keys[i] = []byte(prefix[:len(prefix)-r.IntN(1+len(prefix)/4)])
				for range r.IntN(12) {
					keys[i] = append(keys[i], byte(r.IntN(3)))
				}
			}
			entries, want := make([]sortEntry, n), make([]int32, n)
			for i, k := range keys {
				entries[i], want[i] = sortEntry{keyHead(k), int32(i)}, int32(i)
			}
			slices.SortStableFunc(want, func(a, b int32) int { return bytes.Compare(keys[a], keys[b]) })
			got, _ := sortByKey(entries, nil, func(r int32) []byte { return keys[r] })
			for i, e := range got {
				if e.row != want[i] {
					t.Fatalf("%d keys behind %q: place %d has %q, want %q", n, prefix, i, keys[e.row], keys[want[i]])
				}
			}
			for i := 1; i < n; i++ {
				if bytes.Equal(keys[got[i-1].row], keys[got[i].row]) && got[i-1].head != got[i].head {
					t.Fatalf("equal keys %q have different heads", keys[got[i].row])
				}
			}
		}
	}
}
