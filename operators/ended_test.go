package operators

import (
	"context"
	"slices"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestEnd: joins whose inputs end one after the other give what they give when all
// inputs may come until the end, and keep less.
func TestEnd(t *testing.T) {
	types := []row.Type{intT, intT}
	rows := func(n, keys int) *row.Batch {
		b := row.NewBatch(types, n)
		for i := range n {
			b.AppendRow(row.Row{row.IntDatum(int64(i % keys)), row.IntDatum(int64(i))}, 1)
		}
		return b
	}
	small, large := rows(20, 10), rows(300, 15)
	joins := map[string]func(l, r NodeID) Spec{
		"inner": func(l, r NodeID) Spec { return Join{Left: l, Right: r} },
		"left":  func(l, r NodeID) Spec { return Join{Left: l, Right: r, Kind: LeftJoin} },
		"right": func(l, r NodeID) Spec { return Join{Left: l, Right: r, Kind: RightJoin} },
		"full":  func(l, r NodeID) Spec { return Join{Left: l, Right: r, Kind: FullJoin} },
		"semi":  func(l, r NodeID) Spec { return Semi{Left: l, Right: r} },
		"anti":  func(l, r NodeID) Spec { return Semi{Left: l, Right: r, Anti: true} },
	}
	for name, join := range joins {
		for _, first := range []int{0, 1} { // which side ends first
			run := func(end bool) (result []string, kept int) {
				c := NewCircuit(Config{Shards: 1})
				var ins, arranged [2]NodeID
				for i := range ins {
					ins[i] = mustAdd(t, c, Input{Types: types})
					arranged[i] = mustAdd(t, c, Arrange{In: ins[i], Key: []int{0}, State: StateID(1 + i)})
				}
				out := mustAdd(t, c, join(arranged[0], arranged[1]))
				c.MarkOutput(out)
				if end {
					c.Collect()
				}
				var all row.Delta
				for i, b := range []*row.Batch{small, large} {
					side := ins[(first+i)%2]
					for at := 0; at < b.Len(); at += 50 {
						part := b.Gather(rowRange(at, min(at+50, b.Len())))
						if err := c.Step(context.Background(), map[NodeID]row.Delta{side: {part}}); err != nil {
							t.Fatal(err)
						}
						all = append(all, c.Output(out)...)
					}
					if !end {
						continue
					}
					for c.End(side); c.Pending(); c.End() {
						if err := c.Step(context.Background(), nil); err != nil {
							t.Fatal(err)
						}
						all = append(all, c.Output(out)...)
					}
				}
				return netOf(c.Types(out), all), c.Tree(arranged[(first+1)%2], 0).Len()
			}
			want, _ := run(false)
			got, kept := run(true)
			if !slices.Equal(got, want) {
				t.Errorf("%s, side %d first: %d rows, and %d without an end", name, first, len(got), len(want))
			}
			if name == "inner" && kept != 0 {
				t.Errorf("%s, side %d first: %d rows are kept of the other", name, first, kept)
			}
		}
	}
}

// TestEndReadByOthers: an arrangement that something else than a join reads keeps its rows.
func TestEndReadByOthers(t *testing.T) {
	c := NewCircuit(Config{Shards: 1})
	small := mustAdd(t, c, Input{Types: []row.Type{intT}})
	large := mustAdd(t, c, Input{Types: []row.Type{intT}})
	left := mustAdd(t, c, Arrange{In: small, Key: []int{0}, State: 1})
	right := mustAdd(t, c, Arrange{In: large, Key: []int{0}, State: 2})
	mustAdd(t, c, Join{Left: left, Right: right})
	mustAdd(t, c, Union{In: []NodeID{right}})
	c.End(small)
	b := row.NewBatch([]row.Type{intT}, 1)
	b.AppendRow(row.Row{row.IntDatum(1)}, 1)
	if err := c.Step(context.Background(), map[NodeID]row.Delta{large: {b}}); err != nil {
		t.Fatal(err)
	}
	if n := c.Tree(right, 0).Len(); n != 1 {
		t.Errorf("%d rows are kept", n)
	}
}

func rowRange(from, to int) []int32 {
	out := make([]int32, to-from)
	for i := range out {
		out[i] = int32(from + i)
	}
	return out
}
