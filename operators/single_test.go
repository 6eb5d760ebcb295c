package operators

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// TestSingle: whatever a step does to a key, its entry is the row that is left, in
// memory, on disk, and where a circuit begins anew over stored rows.
func TestSingle(t *testing.T) {
	types := []row.Type{textT, intT, textT}
	key := []int{1, 0}
	fs := vfs.NewMem()
	rnd := rand.New(rand.NewPCG(1, 2))
	now := map[int]row.Row{} // by key
	some := func(k int) row.Row {
		return row.Row{row.BytesDatum([]byte(fmt.Sprint("k", k%3))), row.IntDatum(int64(k)), row.BytesDatum([]byte(fmt.Sprint("row ", rnd.IntN(3))))}
	}
	step := func(b *row.Batch) {
		for k := range 40 {
			was, found := now[k]
			for range rnd.IntN(4) { // several changes of a key, or none
				if found {
					b.AppendRow(was, -1)
				}
				if was, found = some(k), rnd.IntN(4) > 0; found {
					b.AppendRow(was, 1)
				}
			}
			if delete(now, k); found {
				now[k] = was
			}
		}
		b.AppendRow(some(99), 0)
	}
	for round := range 8 {
		db, err := storage.Open(storage.Options{Dir: "db", FS: fs, MemoryLimit: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := NewCircuit(Config{Shards: 1, Stores: &seenStores{db: db, trees: map[memKey]bool{}, tables: map[memKey]bool{}}})
		in := mustAdd(t, c, Input{Types: types})
		out := mustAdd(t, c, Single{In: in, Key: key, State: 3})
		c.MarkOutput(out)
		for range 6 {
			b := row.NewBatch(types, 0)
			step(b)
			if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err != nil {
				t.Fatal(err)
			}
			if got := c.Output(out).Rows(); got != b.Len() {
				t.Fatalf("%d rows came out", got)
			}
			db.Balance()
			checkSingle(t, db, types, key, now)
		}
		if err := db.Freeze().Write(context.Background()); err != nil {
			t.Fatal(err)
		}
		db.Settle()
		checkSingle(t, db, types, key, now)
		if err := db.Close(); err != nil {
			t.Fatal(round, err)
		}
	}
}

func checkSingle(t *testing.T, db *storage.DB, types []row.Type, key []int, now map[int]row.Row) {
	t.Helper()
	var got, want []string
	it := db.Tree(3, 0).Scan(nil, nil)
	defer it.Close()
	for it.Next() {
		b := row.NewBatch(types, 1)
		if err := single(types, key).Decode(it.Key(), it.Value(), b); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(show(types, b.Row(0)), " times ", b.Weights[0]))
	}
	for _, r := range now {
		want = append(want, fmt.Sprint(show(types, r), " times 1"))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// TestSingleRefuses: two rows of a key that stay are an error, not a loss.
func TestSingleRefuses(t *testing.T) {
	types := []row.Type{intT, textT}
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(t, c, Input{Types: types})
	mustAdd(t, c, Single{In: in, Key: []int{0}, State: 3})
	b := row.NewBatch(types, 0)
	for i := range 2 {
		b.AppendRow(row.Row{row.IntDatum(1), row.BytesDatum([]byte{'a' + byte(i)})}, 1)
	}
	if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err == nil {
		t.Fatal("two rows under one key are taken")
	}
}
