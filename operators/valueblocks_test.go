package operators

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestValueBlocks gives a GroupBy integers that lie near each other, far from
// each other, and in runs, so that blocks are split once and twice, and counts
// the different ones.
func TestValueBlocks(t *testing.T) {
	types := []row.Type{intT, intT, boolT, boolT}
	draws := map[string]func(r *rand.Rand, step int) int64{
		"one block":  func(r *rand.Rand, _ int) int64 { return r.Int64N(200) - 100 },
		"dense":      func(r *rand.Rand, _ int) int64 { return r.Int64N(6000) - 3000 },
		"two levels": func(r *rand.Rand, _ int) int64 { return r.Int64N(1<<17) - 1<<16 },
		"far":        func(r *rand.Rand, _ int) int64 { return int64(r.Uint64()) },
		"in order":   func(r *rand.Rand, step int) int64 { return int64(step)*500 + r.Int64N(1000) },
		"ends": func(r *rand.Rand, _ int) int64 {
			return []int64{math.MinInt64, math.MaxInt64}[r.IntN(2)] ^ r.Int64N(1000)
		},
	}
	for name, draw := range draws {
		for _, filters := range [][]int{{-1}, {-1, 2, 3}, {2}} {
			t.Run(fmt.Sprintf("%s, filters %v", name, filters), func(t *testing.T) {
				c := NewCircuit(Config{Shards: 1})
				in := mustAdd(t, c, Input{Types: types})
				var aggs []Agg
				for _, f := range filters {
					aggs = append(aggs, Agg{F: wordSum{}, Args: []int{1}, Filter: f, Distinct: true})
				}
				out := mustAdd(t, c, GroupBy{In: in, Key: []int{0}, Aggs: aggs, AppendOnly: true, State: 1})
				c.MarkOutput(out)
				r, got, seen := rand.New(rand.NewPCG(5, 6)), zset{}, newSeen(filters)
				for step := range 12 {
					b := row.NewBatch(types, 0)
					for range 1 + r.IntN(1500) {
						one := row.Row{row.IntDatum(r.Int64N(2)), row.IntDatum(draw(r, step)), row.BoolDatum(r.IntN(2) == 0), randomDatum(r, boolT)}
						if r.IntN(50) == 0 {
							one[1] = row.NullDatum
						}
						b.AppendRow(one, 1+r.Int64N(2))
						seen.add(one)
					}
					mustStep(t, c, map[NodeID]row.Delta{in: {b}})
					got.add(c.Types(out), c.Output(out))
					if want := zsetOf(c.Types(out), seen.rows()); got.String() != want.String() {
						t.Fatalf("step %d: got\n%s\nwant\n%s", step, got, want)
					}
				}
			})
		}
	}
}

// seenValues is what TestValueBlocks computes, plainly: by group and filter the
// different values.
type seenValues struct {
	filters []int
	values  map[int64][]map[int64]bool
}

func newSeen(filters []int) *seenValues {
	return &seenValues{filters, map[int64][]map[int64]bool{}}
}

func (s *seenValues) add(r row.Row) {
	g := s.values[r[0].I]
	if g == nil {
		for range s.filters {
			g = append(g, map[int64]bool{})
		}
		s.values[r[0].I] = g
	}
	for i, f := range s.filters {
		if !r[1].Null && (f < 0 || !r[f].Null && r[f].I != 0) {
			g[i][r[1].I] = true
		}
	}
}

func (s *seenValues) rows() bag {
	var out bag
	for k, g := range s.values {
		one := row.Row{row.IntDatum(k)}
		for _, values := range g {
			sum := int64(0)
			for v := range values {
				sum += v
			}
			d := row.IntDatum(sum)
			if len(values) == 0 {
				d = row.NullDatum
			}
			one = append(one, d)
		}
		out = append(out, one)
	}
	return out
}
