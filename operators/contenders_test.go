package operators

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestContenders joins rows with the extreme of their group, as plans do that have
// contenders in front of the join: what they let through must not show.
func TestContenders(t *testing.T) {
	types := []row.Type{intT, textT, intT, intT}
	var twins []twin
	for _, key := range [][]int{{0}, {0, 3}, {}} {
		for _, kind := range []AggKind{Max, Min} {
			twins = append(twins, contendersTwin(types, key, kind))
		}
	}
	runTwins(t, twins)
}

func contendersTwin(types []row.Type, key []int, kind AggKind) twin {
	const value = 2
	return twin{
		name:       fmt.Sprintf("contenders by %v, %d", key, kind),
		ins:        [][]row.Type{types},
		appendOnly: true,
		draw: func(r *rand.Rand, _ int, _ bag) row.Row {
			out := randomRow(r, types)
			if !out[0].Null {
				// Many keys, some of which share slots.
				out[0].I = r.Int64N(4) * r.Int64N(3000)
			}
			return out
		},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			some := mustAdd(t, c, Contenders{In: ins[0], Key: key, Value: value, Min: kind == Min})
			on, groupOn := append(append([]int{}, key...), value), identity(len(key)+1)
			spread := mustAdd(t, c, Gather{In: ins[0]})
			if len(key) > 0 {
				spread = hashed(t, c, ins[0], key...)
			}
			g := mustAdd(t, c, GroupBy{In: spread, Key: key, Aggs: []Agg{{Kind: kind, Args: []int{value}, Filter: -1}}, State: 1})
			return mustAdd(t, c, Join{
				Left: arranged(t, c, some, 20, on...), Right: arranged(t, c, g, 21, groupOn...), Out: identity(len(types)),
			})
		},
		meaning: func(ins []bag) bag {
			var out bag
		next:
			for _, r := range ins[0] {
				for _, c := range append([]int{value}, key...) {
					if r[c].Null {
						continue next
					}
				}
				for _, o := range ins[0] {
					if !o[value].Null && o[value].I != r[value].I && (o[value].I > r[value].I) == (kind == Max) && keyOf(types, o, key) == keyOf(types, r, key) {
						continue next
					}
				}
				out = append(out, r)
			}
			return out
		},
	}
}

// TestContendersDrop: of a key that is seen over and over only what may be its
// greatest passes, and a key that lost its slot begins anew.
func TestContendersDrop(t *testing.T) {
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(t, c, Input{Types: pairCols})
	out := mustAdd(t, c, Contenders{In: in, Key: []int{0}, Value: 1})
	step := func(from, to int64) int {
		b := row.NewBatch(pairCols, 0)
		for v := from; v < to; v++ {
			b.AppendRow(row.Row{row.IntDatum(7), row.IntDatum(v)}, 1)
		}
		mustStep(t, c, map[NodeID]row.Delta{in: {b}})
		return c.Output(out).Rows()
	}
	for _, tc := range []struct{ from, to, want int64 }{{0, 100, 1}, {0, 99, 0}, {99, 100, 1}, {50, 102, 1}} {
		if got := step(tc.from, tc.to); int64(got) != tc.want {
			t.Errorf("of %d to %d, %d rows pass, want %d", tc.from, tc.to, got, tc.want)
		}
	}
}
