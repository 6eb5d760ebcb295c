package operators

import (
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestAllocations holds the steps to their budget: in the steady state a step may
// allocate for its batches and their columns, but not for its rows.
func TestAllocations(t *testing.T) {
	const rows = 4096
	for _, tc := range []struct {
		name  string
		most  float64 // allocations of a step
		build func(c *Circuit, in, dim NodeID)
	}{
		{"map", 30, func(c *Circuit, in, _ NodeID) { mustAdd(t, c, Map{In: in, F: halve{}}) }},
		{"exchange", 30, func(c *Circuit, in, _ NodeID) { mustAdd(t, c, Exchange{In: in, Key: []int{0}}) }},
		{"group by", 40, func(c *Circuit, in, _ NodeID) {
			mustAdd(t, c, GroupBy{In: in, Key: []int{0}, AppendOnly: true, State: 1, Aggs: []Agg{
				{F: wordSum{}, Args: []int{1}, Filter: -1},
				{F: wordSum{}, Args: []int{1}, Filter: -1, Distinct: true},
			}})
		}},
		{"join", 40, func(c *Circuit, in, dim NodeID) {
			mustAdd(t, c, Join{
				Left:  mustAdd(t, c, Arrange{In: in, Key: []int{0}, State: 1}),
				Right: mustAdd(t, c, Arrange{In: dim, Key: []int{0}, State: 2}),
			})
		}},
		{"unique join", 40, func(c *Circuit, in, dim NodeID) {
			mustAdd(t, c, UniqueJoin{
				Unique: dim, Other: in, UniqueKey: []int{0}, OtherKey: []int{0}, Pass: -1, State: 1,
				Out: []UniqueOut{{0, true}, {1, true}, {1, false}},
			})
		}},
		{"top 1", 40, func(c *Circuit, in, _ NodeID) {
			mustAdd(t, c, TopK{In: in, Partition: []int{0}, Order: []OrderBy{{Col: 1}}, Limit: 1, AppendOnly: true, State: 1})
		}},
		{"top 10", 40, func(c *Circuit, in, _ NodeID) {
			mustAdd(t, c, TopK{In: in, Partition: []int{0}, Order: []OrderBy{{Col: 1}}, Limit: 10, State: 1})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := NewCircuit(Config{Shards: 1})
			in, dim := mustAdd(t, c, Input{Types: pairCols}), mustAdd(t, c, Input{Types: pairCols})
			tc.build(c, in, dim)
			keys := row.NewBatch(pairCols, 0)
			for i := range int64(500) {
				keys.AppendRow(row.Row{row.IntDatum(i), row.IntDatum(i)}, 1)
			}
			mustStep(t, c, map[NodeID]row.Delta{dim: {keys}})
			r := rand.New(rand.NewPCG(1, 2))
			b := row.NewBatch(pairCols, rows)
			for range rows {
				b.AppendRow(row.Row{row.IntDatum(r.Int64N(500)), row.IntDatum(r.Int64N(20))}, 1)
			}
			step := map[NodeID]row.Delta{in: {b}}
			for range 3 {
				mustStep(t, c, step)
			}
			got := testing.AllocsPerRun(20, func() { mustStep(t, c, step) })
			if got > tc.most {
				t.Errorf("a step of %d rows allocates %.0f times, the budget is %.0f", rows, got, tc.most)
			}
			t.Logf("%.0f allocations, %.4f a row", got, got/rows)
		})
	}
}

// halve keeps the even half of the rows, in columns that it makes.
type halve struct{}

func (halve) Types() []row.Type { return pairCols }

func (halve) Apply(in *row.Batch, _ ErrorFunc) *row.Batch {
	sel := make([]int32, 0, in.Len())
	for i, v := range in.Cols[0].Ints {
		if v%2 == 0 {
			sel = append(sel, int32(i))
		}
	}
	return in.Gather(sel)
}
