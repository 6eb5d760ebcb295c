package operators

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// TestTopKAppendOnly holds the form that forgets to the form that does not, over
// rows that only come, and expects it to keep no more than the window needs.
func TestTopKAppendOnly(t *testing.T) {
	types := []row.Type{intT, intT}
	for _, part := range [][]int{{}, {0}} {
		for _, lim := range [][2]int64{{2, 0}, {3, 2}, {0, 1}, {50, 0}} {
			t.Run(fmt.Sprintf("%v %v", part, lim), func(t *testing.T) {
				stores := MemStores()
				c := NewCircuit(Config{Shards: 1, Stores: stores})
				in := mustAdd(t, c, Input{Types: types})
				var outs [2]NodeID
				for i := range outs {
					outs[i] = mustAdd(t, c, TopK{
						In: in, Partition: part, Order: []OrderBy{{Col: 1, Order: row.Order{Desc: true}}},
						Limit: lim[0], Offset: lim[1], AppendOnly: i == 1, State: storage.ArrID(1 + i),
					})
					c.MarkOutput(outs[i])
				}
				rng := rand.New(rand.NewPCG(7, uint64(lim[0])))
				for step := range 40 {
					b := row.NewBatch(types, 0)
					for range 1 + rng.IntN(8) {
						b.AppendRow(row.Row{row.IntDatum(rng.Int64N(3)), row.IntDatum(rng.Int64N(30))}, 1)
					}
					if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err != nil {
						t.Fatal(err)
					}
					want, got := netText(c.Output(outs[0])), netText(c.Output(outs[1]))
					if want != got {
						t.Fatalf("step %d: forgetting gives\n%s\nremembering\n%s", step, got, want)
					}
				}
				if n, most := stores.Tree(2, 0).Len(), int(3*(lim[0]+lim[1])); n > most {
					t.Errorf("it keeps %d rows, the windows need %d", n, most)
				}
			})
		}
	}
}

// netText prints a delta with equal rows added up.
func netText(d row.Delta) string {
	b := row.Consolidate(d)
	if b == nil {
		return ""
	}
	out := ""
	for i := range b.Len() {
		out += fmt.Sprintln(b.Cols[0].Ints[i], b.Cols[1].Ints[i], b.Weights[i])
	}
	return out
}
