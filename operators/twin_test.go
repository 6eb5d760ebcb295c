package operators

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// The twin test of every operator: random changes of valid collections go
// through a circuit, and after every step the integral of what came out is
// compared with a plain function of the integral of what went in.

var (
	intT   = row.T(row.Int8)
	textT  = row.T(row.Text)
	floatT = row.T(row.Float8) // 0 and -0 are equal, and print differently
	boolT  = row.T(row.Bool)
)

// bag is a collection, rows with multiplicities spelled out.
type bag []row.Row

// twin is an operator under test.
type twin struct {
	name string
	ins  [][]row.Type
	// build adds the operator and gives the node whose output is compared.
	build func(t *testing.T, c *Circuit, ins []NodeID) NodeID
	// meaning is what the output must be.
	meaning func(ins []bag) bag
	// errors, if set, is what the error rows must be.
	errors func(ins []bag) []string
	// appendOnly: rows only come, each with weight 1 or more, and stay.
	appendOnly bool
	// draw, if set, makes the rows of an input instead of randomRow; nil: no row.
	draw func(r *rand.Rand, in int, have bag) row.Row
}

// keyOf names a row's columns up to SQL's "=".
func keyOf(types []row.Type, r row.Row, cols []int) string {
	var b []byte
	for _, c := range cols {
		b = row.AppendKeyDatum(b, types[c], r[c])
	}
	return string(b)
}

func show(types []row.Type, r row.Row) string {
	var out []string
	for i, t := range types {
		d := r[i]
		switch {
		case d.Null:
			out = append(out, "NULL")
		case t.Phys() == row.PhysInt:
			out = append(out, fmt.Sprint(d.I))
		case t.Phys() == row.PhysFloat && d.F == 0 && math.Signbit(d.F):
			out = append(out, "-0")
		case t.Phys() == row.PhysFloat:
			out = append(out, fmt.Sprint(d.F))
		default:
			out = append(out, string(d.B))
		}
	}
	return "(" + strings.Join(out, ",") + ")"
}

// zset is a collection by the rows' text.
type zset map[string]int64

func (z zset) add(types []row.Type, d row.Delta) {
	for _, b := range d {
		for i := range b.Weights {
			k := show(types, b.Row(i))
			if z[k] += b.Weights[i]; z[k] == 0 {
				delete(z, k)
			}
		}
	}
}

func zsetOf(types []row.Type, rows bag) zset {
	z := zset{}
	for _, r := range rows {
		z[show(types, r)]++
	}
	return z
}

func (z zset) String() string {
	var lines []string
	for k, w := range z {
		lines = append(lines, fmt.Sprintf("%s x %d", k, w))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// randomDatum draws from a small domain with NULLs.
func randomDatum(r *rand.Rand, t row.Type) row.Datum {
	if r.IntN(5) == 0 {
		return row.NullDatum
	}
	switch t.Kind {
	case row.Bool:
		return row.BoolDatum(r.IntN(2) == 0)
	case row.Float8:
		return row.FloatDatum([]float64{0, math.Copysign(0, -1), 1, math.NaN()}[r.IntN(4)])
	case row.Text:
		return row.StringDatum([]string{"", "a", "b", "a\x00b"}[r.IntN(4)])
	}
	return row.IntDatum(int64(r.IntN(4)) - 1)
}

func randomRow(r *rand.Rand, types []row.Type) row.Row {
	out := make(row.Row, len(types))
	for i, t := range types {
		out[i] = randomDatum(r, t)
	}
	return out
}

// source is an input under change: its content, and how it came about.
type source struct {
	types []row.Type
	rows  bag
	only  bool // rows only come
	draw  func(r *rand.Rand, have bag) row.Row
}

// change makes a random valid delta, in random batches, with noise that nets
// to nothing, and applies it.
func (s *source) change(r *rand.Rand, n int) row.Delta {
	type move struct {
		r row.Row
		w int64
	}
	var moves []move
	for range n {
		switch k := r.IntN(10); {
		case s.only:
			if nu := s.draw(r, s.rows); nu != nil {
				s.rows = append(s.rows, nu)
				moves = append(moves, move{nu, 1})
			}
		case k < 4 && len(s.rows) > 0:
			i := r.IntN(len(s.rows))
			moves = append(moves, move{s.rows[i], -1})
			s.rows[i] = s.rows[len(s.rows)-1]
			s.rows = s.rows[:len(s.rows)-1]
		case k == 4:
			noise := randomRow(r, s.types)
			moves = append(moves, move{noise, -2}, move{noise, 2})
		default:
			nu := randomRow(r, s.types)
			times := 1 + r.IntN(2)
			for range times {
				s.rows = append(s.rows, nu)
			}
			moves = append(moves, move{nu, int64(times)})
		}
	}
	r.Shuffle(len(moves), func(i, j int) { moves[i], moves[j] = moves[j], moves[i] })
	var d row.Delta
	for _, m := range moves {
		if len(d) == 0 || r.IntN(4) == 0 {
			d = append(d, row.NewBatch(s.types, 0))
		}
		d[len(d)-1].AppendRow(m.r, m.w)
	}
	return d
}

// drain takes all rows out again.
func (s *source) drain() row.Delta {
	b := row.NewBatch(s.types, 0)
	if s.only {
		return row.Delta{b}
	}
	for _, r := range s.rows {
		b.AppendRow(r, -1)
	}
	s.rows = nil
	return row.Delta{b}
}

// stage is a circuit with the operator under test.
type stage struct {
	t    *testing.T
	tw   twin
	c    *Circuit
	ins  []NodeID
	out  NodeID
	got  zset
	errs zset
}

func newStage(t *testing.T, tw twin, shards int, stores Stores) *stage {
	s := &stage{t: t, tw: tw, c: NewCircuit(Config{Shards: shards, Stores: stores}), got: zset{}, errs: zset{}}
	for _, types := range tw.ins {
		s.ins = append(s.ins, mustAdd(t, s.c, Input{Types: types}))
	}
	s.out = tw.build(t, s.c, s.ins)
	s.c.MarkOutput(s.out)
	return s
}

func mustAdd(t testing.TB, c *Circuit, spec Spec) NodeID {
	t.Helper()
	id, err := c.Add(spec, Options{Owner: "v"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *stage) step(deltas []row.Delta) {
	s.t.Helper()
	in := map[NodeID]row.Delta{}
	for i, d := range deltas {
		if len(d) > 0 {
			in[s.ins[i]] = d
		}
	}
	if err := s.c.Step(context.Background(), in); err != nil {
		s.t.Fatalf("%s: %v", s.tw.name, err)
	}
	s.got.add(s.c.Types(s.out), s.c.Output(s.out))
	for _, e := range s.c.Errors() {
		k := e.Err.Error() + " " + show(e.Types, e.Row)
		if s.errs[k] += e.Weight; s.errs[k] == 0 {
			delete(s.errs, k)
		}
	}
}

// check compares with the meaning of the sources.
func (s *stage) check(sources []*source, when string) {
	s.t.Helper()
	var in []bag
	for _, src := range sources {
		in = append(in, src.rows)
	}
	want := zsetOf(s.c.Types(s.out), s.tw.meaning(in))
	if got := s.got.String(); got != want.String() {
		var ins []string
		for i, b := range in {
			ins = append(ins, zsetOf(s.tw.ins[i], b).String())
		}
		s.t.Fatalf("%s, %d shards, %s:\ninputs:\n%s\ngot:\n%s\nwant:\n%s\ncircuit:\n%s", s.tw.name, s.c.Shards(), when,
			strings.Join(ins, "\n--\n"), got, want, s.c.Describe())
	}
	if s.tw.errors != nil {
		want := zset{}
		for _, e := range s.tw.errors(in) {
			want[e]++
		}
		if s.errs.String() != want.String() {
			s.t.Fatalf("%s, %d shards, %s: errors\ngot:\n%s\nwant:\n%s", s.tw.name, s.c.Shards(), when, s.errs, want)
		}
	}
}

// storesFor gives fresh stores, and a function that commits and one that lists
// what is left in them.
type testStores struct {
	Stores
	commit func()
	rest   func() []string
}

func memTestStores() testStores {
	m := MemStores().(memStores)
	return testStores{Stores: m, commit: func() {}, rest: func() []string {
		var out []string
		for k, t := range m.trees {
			out = append(out, leftInTree(k.id, t)...)
		}
		for k, t := range m.tables {
			t.Each(func(key, value []byte) bool {
				out = append(out, fmt.Sprintf("table %d: %x = %x", k.id, key, value))
				return true
			})
		}
		return out
	}}
}

func leftInTree(id storage.ArrID, t *storage.Tree) []string {
	var out []string
	it := t.Scan(nil, nil)
	defer it.Close()
	for it.Next() {
		out = append(out, fmt.Sprintf("tree %d: %x = %x", id, it.Key(), it.Value()))
	}
	return out
}

// dbTestStores is a database with so little memory that everything clean goes.
func dbTestStores(t *testing.T) testStores {
	db, err := storage.Open(storage.Options{Dir: "db", FS: vfs.NewMem(), MemoryLimit: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	seen := &seenStores{db: db, trees: map[memKey]bool{}, tables: map[memKey]bool{}}
	return testStores{Stores: seen, commit: func() {
		if c := db.Freeze(); c != nil {
			if err := c.Write(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		db.Settle()
	}, rest: func() []string {
		var out []string
		for k := range seen.trees {
			out = append(out, leftInTree(k.id, db.Tree(k.id, k.shard))...)
		}
		for k := range seen.tables {
			db.Table(k.id, k.shard).Each(func(key, value []byte) bool {
				out = append(out, fmt.Sprintf("table %d: %x = %x", k.id, key, value))
				return true
			})
		}
		return out
	}}
}

type seenStores struct {
	db            *storage.DB
	trees, tables map[memKey]bool
}

func (s *seenStores) Tree(id storage.ArrID, shard int) *storage.Tree {
	s.trees[memKey{id, shard}] = true
	return s.db.Tree(id, shard)
}

func (s *seenStores) Table(id storage.ArrID, shard int) *storage.Table {
	s.tables[memKey{id, shard}] = true
	return s.db.Table(id, shard)
}

// run plays one seed of a twin in every way.
func (tw twin) run(t *testing.T, seed uint64) {
	t.Helper()
	stages := map[string]*stage{}
	stores := map[string]testStores{}
	for _, shards := range []int{1, 3} {
		for _, kind := range []string{"mem", "db", "once"} {
			if kind == "db" && seed >= dbSeeds {
				continue
			}
			name := fmt.Sprintf("%s/%d", kind, shards)
			st := memTestStores()
			if kind == "db" {
				st = dbTestStores(t)
			}
			stores[name] = st
			stages[name] = newStage(t, tw, shards, st)
			if kind == "mem" {
				stages[name].c.always = true // hand every stage to the shards' goroutines
			}
		}
	}
	r := rand.New(rand.NewPCG(seed, 7))
	var sources []*source
	for i, types := range tw.ins {
		src := &source{types: types, only: tw.appendOnly}
		src.draw = func(r *rand.Rand, have bag) row.Row {
			if tw.draw != nil {
				return tw.draw(r, i, have)
			}
			return randomRow(r, types)
		}
		sources = append(sources, src)
	}
	all := make([]row.Delta, len(sources))
	changes := make([][]row.Delta, len(sources)) // of the steps
	steps := 12
	for step := range steps {
		deltas := make([]row.Delta, len(sources))
		for i, src := range sources {
			if step > 0 && r.IntN(4) == 0 {
				continue
			}
			deltas[i] = src.change(r, 1+r.IntN(8))
			all[i] = append(all[i], deltas[i]...)
			changes[i] = append(changes[i], deltas[i])
		}
		if step == steps-2 {
			for _, shards := range []int{1, 3} {
				tw.runOnce(t, seed, shards, sources, changes)
			}
		}
		if step == steps-1 {
			for i, src := range sources {
				d := src.drain()
				deltas[i] = append(deltas[i], d...)
			}
		}
		for name, st := range stages {
			switch {
			case !strings.HasPrefix(name, "once"):
				st.step(deltas)
			case step == steps-2:
				st.step(all)
			case step == steps-1:
				st.step(deltas)
			default:
				continue
			}
			st.check(sources, fmt.Sprintf("seed %d, %s, step %d", seed, name, step))
			stores[name].commit()
		}
	}
	for name, st := range stores {
		if rest := st.rest(); len(rest) > 0 && !tw.appendOnly {
			t.Fatalf("%s, seed %d, %s: state is left of empty inputs:\n%s", tw.name, seed, name, strings.Join(rest, "\n"))
		}
	}
}

// runOnce feeds the inputs, in some order, one after the other to a circuit that is
// told when each has ended.
func (tw twin) runOnce(t *testing.T, seed uint64, shards int, sources []*source, changes [][]row.Delta) {
	t.Helper()
	s := newStage(t, tw, shards, nil)
	s.c.Collect()
	r := rand.New(rand.NewPCG(seed, uint64(shards)))
	finish := func(inputs ...NodeID) {
		for s.c.End(inputs...); s.c.Pending(); s.c.End() {
			s.step(make([]row.Delta, len(sources)))
		}
	}
	finish()
	for _, i := range r.Perm(len(sources)) {
		way, err := s.c.Way(context.Background(), s.ins[i])
		if err != nil {
			t.Fatal(err)
		}
		for rest := changes[i]; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			deltas := make([]row.Delta, len(sources))
			deltas[i], rest = sifted(slices.Concat(rest[:n]...), way.Sieves), rest[n:]
			s.step(deltas)
		}
		finish(s.ins[i])
	}
	s.check(sources, fmt.Sprintf("seed %d, once", seed))
}

// sifted leaves out the rows that are not in all sieves.
func sifted(d row.Delta, sieves []row.Sieve) row.Delta {
	out := make(row.Delta, len(d))
	for k, b := range d {
		var sel []int32
		for i := range b.Len() {
			if !slices.ContainsFunc(sieves, func(s row.Sieve) bool {
				c := &b.Cols[s.Col]
				return c.IsNull(i) || !s.Keys.Has(c.Ints[i])
			}) {
				sel = append(sel, int32(i))
			}
		}
		out[k] = b.Gather(sel)
	}
	return out
}

// dbSeeds is how many seeds also run over a database, whose opening takes most
// of the tests' time.
const dbSeeds = 3

// runTwins plays some seeds of each twin.
func runTwins(t *testing.T, twins []twin) {
	t.Helper()
	for _, tw := range twins {
		t.Run(tw.name, func(t *testing.T) {
			for seed := range uint64(15) {
				tw.run(t, seed)
			}
		})
	}
}
