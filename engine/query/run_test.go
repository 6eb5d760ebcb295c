package query

import (
	"context"
	"errors"
	"testing"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
)

var errFull = errors.New("full")

// newRun is a run of a circuit that puts out what it is given.
func newRun(t *testing.T, ctx context.Context, cfg Config) (*Run, operators.NodeID) {
	t.Helper()
	stores := NewStores()
	c := operators.NewCircuit(operators.Config{Stores: stores})
	in, err := c.Add(operators.Input{Types: []row.Type{row.T(row.Int8)}}, operators.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := New(ctx, c, stores, in, cfg)
	return r, in
}

func numbers(n int) *row.Batch {
	b := row.NewBatch([]row.Type{row.T(row.Int8)}, 0)
	for i := range n {
		b.AppendRow(row.Row{row.IntDatum(int64(i))}, 1)
	}
	return b
}

// TestCancelBetweenChunks cancels a query after its second step.
func TestCancelBetweenChunks(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, in := newRun(t, ctx, Config{ChunkRows: 10, Hold: func(context.Context, int64) error { return nil }})
	if err := errors.Join(r.Begin(in), r.Feed(numbers(25))); err != nil || r.fed != 20 || r.outRows != 20 {
		t.Fatalf("%v, %d rows in steps, %d put out; want 20", err, r.fed, r.outRows)
	}
	cancel()
	if err := r.Feed(numbers(25)); !errors.Is(err, context.Canceled) {
		t.Fatalf("a cancelled query goes on: %v", err)
	}
}

// TestHoldEndsARun looks at what a run says that it holds, in chunks and whole.
func TestHoldEndsARun(t *testing.T) {
	for _, whole := range []bool{false, true} {
		held := int64(0)
		r, in := newRun(t, context.Background(), Config{ChunkRows: 10, Whole: whole, Hold: func(_ context.Context, n int64) error {
			if held = n; n > 4000 {
				return errFull
			}
			return nil
		}})
		if err := errors.Join(r.Begin(in), r.Feed(numbers(100))); err != nil || held < 800 {
			t.Fatalf("whole %t: %v, %d bytes held by 100 numbers", whole, err, held)
		}
		if err := r.Feed(numbers(500)); !errors.Is(err, errFull) {
			t.Fatalf("whole %t: what does not fit is taken: %v", whole, err)
		}
	}
}
