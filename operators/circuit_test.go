package operators

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

var pairCols = []row.Type{intT, intT}

func pairs(rows ...[3]int64) row.Delta {
	b := row.NewBatch(pairCols, len(rows))
	for _, r := range rows {
		b.AppendRow(row.Row{row.IntDatum(r[0]), row.IntDatum(r[1])}, r[2])
	}
	return row.Delta{b}
}

func mustStep(t testing.TB, c *Circuit, in map[NodeID]row.Delta) {
	t.Helper()
	if err := c.Step(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

func outputOf(c *Circuit, id NodeID) string {
	z := zset{}
	z.add(c.Types(id), c.Output(id))
	return z.String()
}

// joinCircuit is two inputs, arranged and joined, and a group by over it.
func joinCircuit(t *testing.T, shards int, stores Stores, opt Options) (c *Circuit, l, r, out NodeID) {
	c = NewCircuit(Config{Shards: shards, Stores: stores})
	add := func(s Spec) NodeID {
		id, err := c.Add(s, opt)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	l, r = add(Input{Types: pairCols}), add(Input{Types: pairCols})
	la := add(Arrange{In: add(Exchange{In: l, Key: []int{0}}), Key: []int{0}, State: 1})
	ra := add(Arrange{In: add(Exchange{In: r, Key: []int{0}}), Key: []int{0}, State: 2})
	j := add(Join{Left: la, Right: ra, Out: []int{1, 3}})
	g := add(GroupBy{In: add(Gather{In: j}), Aggs: []Agg{{F: sumAgg{}, Args: []int{1}, Filter: -1}}, State: 3})
	out = add(Arrange{In: g, State: 7})
	c.MarkOutput(out)
	return c, l, r, out
}

func TestDescribeAndStats(t *testing.T) {
	c, l, r, out := joinCircuit(t, 2, nil, Options{Owner: "v"})
	want := `1: input (int8, int8)
2: input (int8, int8)
3: exchange key=[0] <- 1 (int8, int8)
4: arrange key=[0] <- 3 (int8, int8)
5: exchange key=[0] <- 2 (int8, int8)
6: arrange key=[0] <- 5 (int8, int8)
7: inner join out=[1 3] <- 4, 6 (int8, int8)
8: gather <- 7 (int8, int8)
9: group aggregates=1 <- 8 (int8)
10: arrange <- 9 (int8) output
`
	if got := c.Describe(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{1, 2, 1}), r: pairs([3]int64{1, 3, 1}, [3]int64{1, 4, 1})})
	for _, st := range c.Stats() {
		if st.Node == 7 && (st.RowsIn != 3 || st.RowsOut != 2 || st.Steps != 1) {
			t.Errorf("join's counters: %+v", st)
		}
	}
	if got := outputOf(c, out); got != "(7) x 1" {
		t.Errorf("sum: %s", got)
	}
}

// TestHydrate builds the same circuit a second time over the stores of the
// first: it goes on where the other stopped, and emits nothing twice.
func TestHydrate(t *testing.T) {
	stores := MemStores()
	c, l, r, out := joinCircuit(t, 3, stores, Options{})
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{1, 2, 1}), r: pairs([3]int64{1, 3, 1}, [3]int64{2, 4, 1})})
	if got := outputOf(c, out); got != "(3) x 1" {
		t.Fatalf("before: %s", got)
	}
	c, l, r, out = joinCircuit(t, 3, stores, Options{Hydrated: true})
	mustStep(t, c, nil)
	if got := outputOf(c, out); got != "" {
		t.Fatalf("a hydrated circuit emitted %s", got)
	}
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{2, 5, 1})})
	if got := outputOf(c, out); got != "(3) x -1\n(7) x 1" {
		t.Fatalf("after: %s", got)
	}
	_ = r
}

// TestLiveChange adds a consumer to a running circuit, and removes it.
func TestLiveChange(t *testing.T) {
	c, l, _, _ := joinCircuit(t, 1, nil, Options{})
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{1, 2, 1})})
	d := mustAdd(t, c, Distinct{In: l, State: 20})
	c.MarkOutput(d)
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{5, 5, 2})})
	if got := outputOf(c, d); got != "(5,5) x 1" {
		t.Errorf("the new node gave %s", got)
	}
	if err := c.Remove(l); err == nil {
		t.Error("removed an input that is read")
	}
	uses := c.Uses(l)
	if err := c.Remove(d); err != nil {
		t.Fatal(err)
	}
	if c.Uses(l) != uses-1 {
		t.Errorf("uses went from %d to %d", uses, c.Uses(l))
	}
	mustStep(t, c, map[NodeID]row.Delta{l: pairs([3]int64{5, 5, -1})})
}

type panicking struct{ types []row.Type }

func (p panicking) Types() []row.Type { return p.types }
func (p panicking) Apply(in *row.Batch, errs ErrorFunc) *row.Batch {
	if in.Cols[0].Ints[0] == 13 {
		panic("thirteen")
	}
	return in
}

// TestFailure breaks one view; what is downstream of it stops, the rest goes on.
func TestFailure(t *testing.T) {
	for _, shards := range []int{1, 3} {
		c := NewCircuit(Config{Shards: shards})
		in := mustAdd(t, c, Input{Types: pairCols})
		bad := mustAdd(t, c, Map{In: in, F: panicking{pairCols}})
		below := mustAdd(t, c, Distinct{In: mustAdd(t, c, Exchange{In: bad, Key: []int{0}}), State: 1})
		good := mustAdd(t, c, Distinct{In: mustAdd(t, c, Exchange{In: in, Key: []int{0}}), State: 11})
		c.MarkOutput(below)
		c.MarkOutput(good)
		mustStep(t, c, map[NodeID]row.Delta{in: pairs([3]int64{1, 1, 1})})
		err := c.Step(context.Background(), map[NodeID]row.Delta{in: pairs([3]int64{13, 1, 1})})
		var ne *NodeError
		if !errors.As(err, &ne) || ne.Node != bad || !strings.Contains(ne.Error(), "thirteen") {
			t.Fatalf("error: %v", err)
		}
		if got := outputOf(c, good); got != "(13,1) x 1" {
			t.Errorf("the other view: %s", got)
		}
		mustStep(t, c, map[NodeID]row.Delta{in: pairs([3]int64{2, 2, 1})})
		if got := outputOf(c, below); got != "" {
			t.Errorf("a failed view's output: %s", got)
		}
		if got := outputOf(c, good); got != "(2,2) x 1" {
			t.Errorf("the other view: %s", got)
		}
		if len(c.Failed()) != 3 {
			t.Errorf("failed: %v", c.Failed())
		}
		if _, err := c.Add(Gather{In: bad}, Options{}); err == nil {
			t.Error("added a reader of a failed node")
		}
	}
}

func TestNegativeWeight(t *testing.T) {
	specs := map[string]func(in NodeID) Spec{
		"arrange":  func(in NodeID) Spec { return Arrange{In: in, State: 1} },
		"distinct": func(in NodeID) Spec { return Distinct{In: in, State: 1} },
		"group":    func(in NodeID) Spec { return GroupBy{In: in, Key: []int{0}, State: 1} },
		"topk":     func(in NodeID) Spec { return TopK{In: in, Limit: 1, State: 1} },
		"min": func(in NodeID) Spec {
			return GroupBy{In: in, Key: []int{0}, Aggs: []Agg{{Kind: Min, Args: []int{1}, Filter: -1}}, State: 1}
		},
	}
	for name, spec := range specs {
		c := NewCircuit(Config{})
		in := mustAdd(t, c, Input{Types: pairCols})
		mustAdd(t, c, spec(in))
		err := c.Step(context.Background(), map[NodeID]row.Delta{in: pairs([3]int64{1, 1, -1})})
		if err == nil || !strings.Contains(err.Error(), "falls to -1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancel(t *testing.T) {
	c, l, r, _ := joinCircuit(t, 1, nil, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := c.Step(ctx, map[NodeID]row.Delta{l: pairs([3]int64{1, 1, 1}), r: pairs([3]int64{1, 1, 1})})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
}

// stopping cancels a context when it is applied: in the middle of a step.
type stopping struct{ cancel func() }

func (s stopping) Types() []row.Type { return pairCols }
func (s stopping) Apply(in *row.Batch, errs ErrorFunc) *row.Batch {
	s.cancel()
	return in
}

func TestCancelInsideJoin(t *testing.T) {
	c := NewCircuit(Config{})
	in := mustAdd(t, c, Input{Types: pairCols})
	a := mustAdd(t, c, Arrange{In: in, State: 1})
	j := mustAdd(t, c, Join{Left: a, Right: a, Residual: stopping{}})
	ctx, cancel := context.WithCancel(context.Background())
	c.nodes[j].ops[0].(*joinOp).residual = stopping{cancel}
	var rows [][3]int64
	for i := range int64(400) {
		rows = append(rows, [3]int64{i, i, 1})
	}
	err := c.Step(ctx, map[NodeID]row.Delta{in: pairs(rows...)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error: %v", err)
	}
}

func TestBadSpecs(t *testing.T) {
	c := NewCircuit(Config{Shards: 2})
	in := mustAdd(t, c, Input{Types: pairCols})
	text := mustAdd(t, c, Input{Types: []row.Type{textT}})
	byInt := mustAdd(t, c, Arrange{In: in, Key: []int{0}, State: 1})
	byText := mustAdd(t, c, Arrange{In: text, Key: []int{0}, State: 2})
	for _, s := range []Spec{
		Map{In: 99},
		Exchange{In: in, Key: []int{2}},
		Arrange{In: in, Key: []int{-1}},
		Join{Left: in, Right: byInt},
		Join{Left: byInt, Right: byText},
		Join{Left: byInt, Right: byInt, Out: []int{4}},
		Join{Left: byInt, Right: byInt, Kind: LeftJoin, Residual: panicking{}},
		Semi{Left: byInt, Right: byInt, NullAware: true},
		SetOp{Left: in, Right: text},
		Union{In: []NodeID{in, text}},
		Union{},
		GroupBy{In: in, Aggs: []Agg{{Kind: Min}}},
		GroupBy{In: in, Aggs: []Agg{{F: sumAgg{}, Args: []int{0}, Filter: 1}}},
		TopK{In: in, Order: []OrderBy{{Col: 7}}},
		Upsert{In: in, Key: []int{0}, Tombstone: 1},
		Import{Types: pairCols},
	} {
		if _, err := c.Add(s, Options{}); err == nil {
			t.Errorf("%#v was accepted", s)
		}
	}
	if err := c.Step(context.Background(), map[NodeID]row.Delta{byInt: nil}); err == nil {
		t.Error("fed a node that is not an input")
	}
}

// TestImport reads an arrangement of one circuit in another.
func TestImport(t *testing.T) {
	for _, shards := range []int{1, 3} {
		live, l, _, _ := joinCircuit(t, shards, nil, Options{})
		var rows [][3]int64
		for i := range int64(40000) {
			rows = append(rows, [3]int64{i % 1000, i % 7, 1})
		}
		mustStep(t, live, map[NodeID]row.Delta{l: pairs(rows...)})
		var snaps []*storage.TreeSnapshot
		for s := range shards {
			snaps = append(snaps, live.Tree(4, s).Snapshot())
		}
		mustStep(t, live, map[NodeID]row.Delta{l: pairs([3]int64{3, 3, -1})})

		c := NewCircuit(Config{Shards: shards})
		imp := mustAdd(t, c, Import{Types: pairCols, Key: []int{0}, Trees: snaps})
		j := mustAdd(t, c, Join{Left: imp, Right: imp, Out: []int{0}})
		g := mustAdd(t, c, Gather{In: j})
		sum := mustAdd(t, c, GroupBy{In: g, Aggs: []Agg{{F: sumAgg{}, Args: []int{0}, Filter: -1}}, State: 1})
		c.MarkOutput(imp)
		c.MarkOutput(sum)
		mustStep(t, c, nil)
		z := zset{}
		z.add(pairCols, c.Output(imp))
		if z["(3,3)"] != 6 || len(z) != 7000 {
			t.Errorf("imported %d rows, (3,3) x %d", len(z), z["(3,3)"])
		}
		// Each of the 1000 keys has 40 rows, so 1600 pairs.
		if got := outputOf(c, sum); got != "(799200000) x 1" {
			t.Errorf("sum over the join: %s", got)
		}
		mustStep(t, c, nil)
		if got := outputOf(c, imp); got != "" {
			t.Errorf("imported twice: %s", got)
		}
		for _, s := range snaps {
			s.Release()
		}
	}
}

// TestUpsert plays random keyed rows against a map, in all ways of cutting
// them into steps.
func TestUpsert(t *testing.T) {
	types := []row.Type{textT, boolT, intT, floatT}
	out := []row.Type{textT, intT, floatT}
	for seed := range uint64(20) {
		for _, shards := range []int{1, 3} {
			c := NewCircuit(Config{Shards: shards})
			in := mustAdd(t, c, Input{Types: types, Key: []int{3, 0}})
			up := mustAdd(t, c, Upsert{In: in, Key: []int{3, 0}, Tombstone: 1, State: 1})
			dis := mustAdd(t, c, Semi{Left: up, Right: up, NullsEqual: true})
			c.MarkOutput(up)
			c.MarkOutput(dis)
			r := rand.New(rand.NewPCG(seed, 1))
			last, got, through := map[string]row.Row{}, zset{}, zset{}
			for range 10 {
				b := row.NewBatch(types, 0)
				d := row.Delta{b}
				for range r.IntN(12) {
					nu := randomRow(r, types)
					if r.IntN(5) == 0 {
						b = row.NewBatch(types, 0)
						d = append(d, b)
					}
					b.AppendRow(nu, 1)
					k := keyOf(types, nu, []int{3, 0})
					last[k] = row.Row{nu[0], nu[2], nu[3]}
					if !nu[1].Null && nu[1].I != 0 {
						delete(last, k)
					}
				}
				mustStep(t, c, map[NodeID]row.Delta{in: d})
				got.add(out, c.Output(up))
				through.add(out, c.Output(dis))
				var rows bag
				for _, v := range last {
					rows = append(rows, v)
				}
				want := zsetOf(out, rows).String()
				if got.String() != want || through.String() != want {
					t.Fatalf("seed %d: got:\n%s\nthrough a semi join:\n%s\nwant:\n%s", seed, got, through, want)
				}
			}
		}
	}
}
