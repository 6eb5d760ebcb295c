package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// TestBeside: rows come once each, batches of the trees in turn, as often as they are read.
func TestBeside(t *testing.T) {
	r := rowsOf(t, 20_000, 100, 0)
	var want []string
	for turn := range 3 {
		var got []string
		seen := map[int64]bool{}
		err := r.Beside(context.Background(), func(b *row.Batch) error {
			got = append(got, fmt.Sprint(b.Cols[0].Ints[0], b.Len()))
			for _, v := range b.Cols[0].Ints {
				if seen[v] {
					t.Errorf("row %d comes twice", v)
				}
				seen[v] = true
			}
			return nil
		})
		if err != nil || len(seen) != 20_100 {
			t.Fatalf("%d rows, %v", len(seen), err)
		}
		if turn > 0 && !slices.Equal(got, want) {
			t.Errorf("another order")
		}
		want = got
	}
	if want[1] != "20000 100" {
		t.Errorf("the second batch is %s: not the second tree's", want[1])
	}
}

// TestBesideEnds: an error of the reader of batches, or the context, ends all goroutines.
func TestBesideEnds(t *testing.T) {
	r := rowsOf(t, 20_000, 20_000)
	stop := errors.New("stop")
	if err := r.Beside(context.Background(), func(*row.Batch) error { return stop }); err != stop {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	batches := 0
	err := r.Beside(ctx, func(*row.Batch) error {
		cancel()
		batches++
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%d batches, %v", batches, err)
	}
}

// rowsOf makes trees of so many rows, numbered from 0 on.
func rowsOf(t *testing.T, sizes ...int) *Rows {
	types := []row.Type{row.T(row.Int8)}
	l := row.NewLayout(types, []row.KeyCol{{Col: 0}}, true)
	r := &Rows{Layout: l, Decoder: l.Decoder([]int{0}), Types: types, BatchRows: 512}
	next := 0
	for _, n := range sizes {
		tree := storage.NewMemTree()
		b := row.NewBatch(types, n)
		for range n {
			b.Cols[0].AppendInt(int64(next))
			b.Weights = append(b.Weights, 1)
			next++
		}
		for i := range n {
			key, value := l.Encode(nil, nil, b, i)
			tree.Set(key, row.AppendWeight(value, 1))
		}
		s := tree.Snapshot()
		t.Cleanup(s.Release)
		r.Trees = append(r.Trees, s)
	}
	return r
}
