package operators

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestPeaks counts rows by two columns and keeps the greatest counts of each
// value of the one: on the shards first, as plans do, and at once.
func TestPeaks(t *testing.T) {
	types := []row.Type{intT, intT, intT}
	counts := []row.Type{intT, intT, intT}
	var twins []twin
	for _, key := range [][]int{{0}, {0, 1}} {
		for _, local := range []bool{false, true} {
			twins = append(twins, twin{
				name:       fmt.Sprintf("by %v, shards first: %v", key, local),
				ins:        [][]row.Type{types},
				appendOnly: true,
				draw: func(r *rand.Rand, _ int, _ bag) row.Row {
					out := randomRow(r, types)
					out[2] = row.IntDatum(r.Int64N(4))
					return out
				},
				build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
					by := append(append([]int{}, key...), 2)
					n := mustAdd(t, c, GroupBy{
						In: hashed(t, c, ins[0], by...), Key: by, Aggs: []Agg{{F: wordSum{}, Args: []int{2}, Filter: -1}},
						AppendOnly: true, State: 1,
					})
					peaks := Peaks{Key: identity(len(key)), Value: len(by)}
					if local {
						peaks.In, peaks.State = n, 10
						n = mustAdd(t, c, peaks)
					}
					peaks.In, peaks.State = hashed(t, c, n, peaks.Key...), 12
					return mustAdd(t, c, peaks)
				},
				meaning: func(ins []bag) bag { return greatest(counts, ins[0], key) },
			})
		}
	}
	runTwins(t, twins)
}

// greatest is what TestPeaks computes: by the key and the third column the sum of
// the third, where it is the greatest of those with the key.
func greatest(types []row.Type, rows bag, key []int) bag {
	groups, most := map[string]row.Row{}, map[string]int64{}
	for _, r := range rows {
		by := keyOf(types, r, append(append([]int{}, key...), 2))
		g := groups[by]
		if g == nil {
			for _, c := range key {
				g = append(g, r[c])
			}
			g = append(g, r[2], row.IntDatum(0))
			groups[by] = g
		}
		sum := &g[len(g)-1]
		sum.I += r[2].I
		k := keyOf(types, g, identity(len(key)))
		most[k] = max(most[k], sum.I)
	}
	var out bag
next:
	for _, g := range groups {
		for c := range key {
			if g[c].Null {
				continue next
			}
		}
		if g[len(g)-1].I == most[keyOf(types, g, identity(len(key)))] {
			out = append(out, g)
		}
	}
	return out
}
