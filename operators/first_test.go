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

// TestFirst: it keeps, and puts out, what Single over a TopK of limit 1 does; in
// memory, on disk, and where a circuit begins anew over stored rows.
func TestFirst(t *testing.T) {
	types := []row.Type{textT, intT, floatT, textT}
	key := []int{1, 0}
	order := []OrderBy{{Col: 2, Order: row.Order{Desc: true}}, {Col: 1}, {Col: 2}}
	rnd := rand.New(rand.NewPCG(3, 4))
	fs := vfs.NewMem()
	for round := range 4 {
		db, err := storage.Open(storage.Options{Dir: "db", FS: fs, MemoryLimit: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := NewCircuit(Config{Shards: 1, Stores: &seenStores{db: db, trees: map[memKey]bool{}, tables: map[memKey]bool{}}})
		in := mustAdd(t, c, Input{Types: types})
		top := mustAdd(t, c, TopK{In: in, Partition: key, Order: order, Limit: 1, AppendOnly: true, State: 1})
		want := mustAdd(t, c, Single{In: top, Key: key, State: 3})
		got := mustAdd(t, c, First{In: in, Key: key, Order: order, State: 5})
		c.MarkOutput(want)
		c.MarkOutput(got)
		for step := range 8 {
			c.LeaveOutputs(step == 5)
			if err := c.Step(context.Background(), map[NodeID]row.Delta{in: randomOffers(rnd, types)}); err != nil {
				t.Fatal(err)
			}
			if g, w := netOf(types, c.Output(got)), netOf(types, c.Output(want)); step != 5 && !slices.Equal(g, w) {
				t.Fatalf("round %d, step %d: put out %q, want %q", round, step, g, w)
			}
			db.Balance()
			if g, w := entries(db, 5), entries(db, 3); !slices.Equal(g, w) {
				t.Fatalf("round %d, step %d: kept %q, want %q", round, step, g, w)
			}
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

// TestFirstRefuses: a row that is taken back is an error.
func TestFirstRefuses(t *testing.T) {
	types := []row.Type{intT, intT}
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(t, c, Input{Types: types})
	mustAdd(t, c, First{In: in, Key: []int{0}, Order: []OrderBy{{Col: 1}}, State: 3})
	b := row.NewBatch(types, 0)
	b.AppendRow(row.Row{row.IntDatum(1), row.IntDatum(1)}, -1)
	if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err == nil {
		t.Fatal("a row is taken back from what is append-only")
	}
}

// randomOffers is two batches of rows of few keys and values, so that many tie.
func randomOffers(rnd *rand.Rand, types []row.Type) row.Delta {
	var d row.Delta
	for range 2 {
		b := row.NewBatch(types, 0)
		for range rnd.IntN(60) {
			r := row.Row{
				row.BytesDatum([]byte(fmt.Sprint("k", rnd.IntN(4)))), row.IntDatum(int64(rnd.IntN(4))),
				row.FloatDatum(float64(rnd.IntN(40))), row.BytesDatum([]byte(fmt.Sprint("row ", rnd.IntN(5)))),
			}
			if rnd.IntN(9) == 0 {
				r[rnd.IntN(4)] = row.NullDatum
			}
			b.AppendRow(r, int64(rnd.IntN(3)))
		}
		d = append(d, b)
	}
	return d
}

// netOf is a delta's rows with their weights added up.
func netOf(types []row.Type, d row.Delta) (out []string) {
	net := map[string]int64{}
	for _, b := range d {
		for i, w := range b.Weights {
			net[show(types, b.Row(i))] += w
		}
	}
	for r, w := range net {
		if w != 0 {
			out = append(out, fmt.Sprint(r, " times ", w))
		}
	}
	slices.Sort(out)
	return out
}

func entries(db *storage.DB, id storage.ArrID) (out []string) {
	it := db.Tree(id, 0).Scan(nil, nil)
	defer it.Close()
	for it.Next() {
		out = append(out, fmt.Sprintf("%x: %x", it.Key(), it.Value()))
	}
	return out
}
