package operators

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/ordered"
	"github.com/tarndb/tarn/storage"
)

// TestSequence: rows lie in the order in which they came, each in an entry of its
// own, also where the circuit begins anew over stored rows, on disk or in memory.
func TestSequence(t *testing.T) {
	types := []row.Type{intT, textT}
	fs := vfs.NewMem()
	var want []string
	for round := range 4 {
		db, err := storage.Open(storage.Options{Dir: "db", FS: fs, MemoryLimit: 1})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // two circuits, one after the other, over the same stores
			c := NewCircuit(Config{Shards: 1, Stores: &seenStores{db: db, trees: map[memKey]bool{}, tables: map[memKey]bool{}}})
			in := mustAdd(t, c, Input{Types: types})
			out := mustAdd(t, c, Sequence{In: in, State: 3})
			c.MarkOutput(out)
			for step := range 3 {
				b := row.NewBatch(types, 0)
				for i := range 150 {
					r := row.Row{row.IntDatum(int64(i % 7)), row.BytesDatum([]byte(fmt.Sprint("row ", round, step)))}
					w := int64(i % 3)
					b.AppendRow(r, w)
					if w > 0 {
						want = append(want, fmt.Sprint(show(types, r), " times ", w))
					}
				}
				if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err != nil {
					t.Fatal(err)
				}
				if got := c.Output(out).Rows(); got != b.Len() {
					t.Fatalf("%d rows came out", got)
				}
			}
		}
		got := sequenceRows(t, db, types)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: %d rows, want %d: %q", round, len(got), len(want), got)
		}
		if err := db.Freeze().Write(context.Background()); err != nil {
			t.Fatal(err)
		}
		db.Settle()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// sequenceRows reads a sequence, whose numbers must have no gap.
func sequenceRows(t *testing.T, db *storage.DB, types []row.Type) (out []string) {
	t.Helper()
	rows := row.NewLayout(types, nil, true)
	it := db.Tree(3, 0).Scan(nil, nil)
	defer it.Close()
	for it.Next() {
		if n, _, ok := ordered.Int(it.Key(), 0); !ok || n != int64(len(out)) {
			t.Fatalf("entry %d has the key %x", len(out), it.Key())
		}
		b := row.NewBatch(types, 1)
		if err := rows.Decode(it.Key(), it.Value(), b); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(show(types, b.Row(0)), " times ", b.Weights[0]))
	}
	return out
}

// TestSequenceTakesNothingBack: a row that is taken back stops the node.
func TestSequenceTakesNothingBack(t *testing.T) {
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(t, c, Input{Types: []row.Type{intT}})
	mustAdd(t, c, Sequence{In: in, State: 1})
	b := row.NewBatch([]row.Type{intT}, 0)
	b.AppendRow(row.Row{row.IntDatum(1)}, -1)
	if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err == nil {
		t.Error("a row was taken back")
	}
}
