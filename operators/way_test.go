package operators

import (
	"context"
	"errors"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestWay: facts that are joined with one dimension, and what comes out with another,
// need keys of both; a column that a join has made equal is one of the facts', too.
func TestWay(t *testing.T) {
	two := []row.Type{intT, intT}
	c := NewCircuit(Config{Shards: 1})
	facts := mustAdd(t, c, Input{Types: two})
	first := mustAdd(t, c, Input{Types: []row.Type{intT}})
	second := mustAdd(t, c, Input{Types: []row.Type{intT}})
	byFirst := mustAdd(t, c, Arrange{In: facts, Key: []int{1}, State: 1})
	dim := mustAdd(t, c, Arrange{In: first, Key: []int{0}, State: 2})
	one := mustAdd(t, c, Join{Left: byFirst, Right: dim}) // fact, fact's key, the dimension's
	again := mustAdd(t, c, Arrange{In: one, Key: []int{2}, State: 3})
	other := mustAdd(t, c, Arrange{In: second, Key: []int{0}, State: 4})
	both := mustAdd(t, c, Semi{Left: again, Right: other})
	c.MarkOutput(both)
	c.Collect()
	way := func() Way {
		w, err := c.Way(context.Background(), facts)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := way(); len(w.Sieves) != 0 || w.Folds {
		t.Errorf("before anything has ended: %+v", w)
	}
	for i, in := range []NodeID{first, second} {
		b := row.NewBatch([]row.Type{intT}, 2)
		b.AppendRow(row.Row{row.IntDatum(int64(i))}, 1)
		b.AppendRow(row.Row{row.IntDatum(7)}, 1)
		if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err != nil {
			t.Fatal(err)
		}
		c.End(in)
		w := way()
		if len(w.Sieves) != i+1 {
			t.Fatalf("%d dimensions have ended: %d sieves", i+1, len(w.Sieves))
		}
		if s := w.Sieves[i]; s.Col != 1 || s.Keys.Len() != 2 || !s.Keys.Has(int64(i)) || !s.Keys.Has(7) || s.Keys.Has(2) {
			t.Errorf("dimension %d: %+v", i, s)
		}
	}
}

// TestWayFolds: rows that are grouped before a join keeps them.
func TestWayFolds(t *testing.T) {
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(t, c, Input{Types: []row.Type{intT}})
	mustAdd(t, c, GroupBy{In: in, Key: []int{0}, State: 1})
	c.Collect()
	if w, err := c.Way(context.Background(), in); err != nil || !w.Folds {
		t.Errorf("%+v, %v", w, err)
	}
}

// TestLookupIsCancelled: a large table is not made to its end when nobody waits for it.
func TestLookupIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rows := row.NewBatch([]row.Type{intT}, 2*checkRows)
	for i := range 2 * checkRows {
		rows.AppendRow(row.Row{row.IntDatum(int64(i))}, 1)
	}
	if _, err := newLookup(&stepCtx{ctx: ctx}, rows, []int{0}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
