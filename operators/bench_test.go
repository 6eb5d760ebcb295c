package operators

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/tarndb/tarn/row"
)

// The benchmarks feed steps of stepRows rows to one operator with a state of
// stateRows rows, and report the CPU time of a row of the input.
const (
	stepRows  = 4096
	stateRows = 200_000
)

// benchRows makes a step: insertions of new rows, and retractions of the rows
// of the step before, so that the state keeps its size.
type benchRows struct {
	r    *rand.Rand
	keys int64
	last *row.Batch
}

func (b *benchRows) insert(n int) *row.Batch {
	out := row.NewBatch(pairCols, n)
	for range n {
		out.Cols[0].AppendInt(b.r.Int64N(b.keys))
		out.Cols[1].AppendInt(b.r.Int64N(1000))
		out.Weights = append(out.Weights, 1)
	}
	return out
}

func (b *benchRows) step() row.Delta {
	fresh := b.insert(stepRows / 2)
	var d row.Delta
	if b.last != nil {
		d = append(d, negated(b.last))
	}
	b.last = fresh
	return append(d, fresh)
}

func runBench(b *testing.B, keys int64, build func(c *Circuit, in NodeID)) {
	for _, shards := range []int{1, 2} {
		b.Run(fmt.Sprintf("shards=%d", shards), func(b *testing.B) {
			c := NewCircuit(Config{Shards: shards})
			in := mustAdd(b, c, Input{Types: pairCols, Key: []int{0}})
			build(c, in)
			rows := &benchRows{r: rand.New(rand.NewPCG(1, 2)), keys: keys}
			step := func(d row.Delta) int {
				if err := c.Step(context.Background(), map[NodeID]row.Delta{in: d}); err != nil {
					b.Fatal(err)
				}
				return d.Rows()
			}
			for range stateRows / stepRows {
				step(row.Delta{rows.insert(stepRows)})
			}
			b.ReportAllocs()
			n, began := 0, cpuTime(b)
			for b.Loop() {
				n += step(rows.step())
			}
			reportCPU(b, began, n)
		})
	}
}

// reportCPU reports what a row cost of the processors, background work included:
// unlike the time on the clock, it does not grow with what else the machine does.
func reportCPU(b *testing.B, began time.Duration, rows int) {
	b.ReportMetric(float64(cpuTime(b)-began)/float64(rows), "cpu-ns/row")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkExchange(b *testing.B) {
	runBench(b, 100_000, func(c *Circuit, in NodeID) { mustAdd(b, c, Exchange{In: in, Key: []int{1}}) })
}

func BenchmarkArrange(b *testing.B) {
	runBench(b, 100_000, func(c *Circuit, in NodeID) { mustAdd(b, c, Arrange{In: in, Key: []int{0}, State: 1}) })
}

func BenchmarkJoin(b *testing.B) {
	for _, kind := range []JoinKind{InnerJoin, LeftJoin} {
		b.Run(kind.String(), func(b *testing.B) {
			runBench(b, 100_000, func(c *Circuit, in NodeID) {
				dim := row.NewBatch(pairCols, 0)
				for i := range int64(100_000) {
					dim.AppendRow(row.Row{row.IntDatum(i), row.IntDatum(i)}, 1)
				}
				d := mustAdd(b, c, Exchange{In: mustAdd(b, c, Values{Batch: dim}), Key: []int{0}})
				l := mustAdd(b, c, Arrange{In: in, Key: []int{0}, State: 1})
				r := mustAdd(b, c, Arrange{In: d, Key: []int{0}, State: 2})
				mustAdd(b, c, Join{Left: l, Right: r, Kind: kind})
			})
		})
	}
}

func BenchmarkSemi(b *testing.B) {
	runBench(b, 100_000, func(c *Circuit, in NodeID) {
		a := mustAdd(b, c, Arrange{In: in, Key: []int{0}, State: 1})
		mustAdd(b, c, Semi{Left: a, Right: a})
	})
}

func BenchmarkDistinct(b *testing.B) {
	runBench(b, 100_000, func(c *Circuit, in NodeID) { mustAdd(b, c, Distinct{In: in, State: 1}) })
}

func BenchmarkExceptAll(b *testing.B) {
	runBench(b, 100_000, func(c *Circuit, in NodeID) {
		mustAdd(b, c, SetOp{Left: in, Right: in, Kind: ExceptAll, State: 1})
	})
}

func BenchmarkGroupBy(b *testing.B) {
	for _, bm := range []struct {
		name string
		keys int64
		aggs []Agg
	}{
		{"sum/groups=100k", 100_000, []Agg{{F: sumAgg{}, Args: []int{1}, Filter: -1}}},
		{"sum/groups=100", 100, []Agg{{F: sumAgg{}, Args: []int{1}, Filter: -1}}},
		{"words/groups=100k", 100_000, []Agg{{F: wordSum{}, Args: []int{1}, Filter: -1}}},
		{"words/groups=100", 100, []Agg{{F: wordSum{}, Args: []int{1}, Filter: -1}}},
		{"max/groups=100k", 100_000, []Agg{{Kind: Max, Args: []int{1}, Filter: -1}}},
		{"distinct/groups=100k", 100_000, []Agg{{F: sumAgg{}, Args: []int{1}, Filter: -1, Distinct: true}}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			runBench(b, bm.keys, func(c *Circuit, in NodeID) {
				mustAdd(b, c, GroupBy{In: in, Key: []int{0}, Aggs: bm.aggs, State: 1})
			})
		})
	}
}

func BenchmarkTopK(b *testing.B) {
	runBench(b, 10_000, func(c *Circuit, in NodeID) {
		mustAdd(b, c, TopK{In: in, Partition: []int{0}, Order: []OrderBy{{Col: 1, Order: row.Order{Desc: true}}}, Limit: 10, State: 1})
	})
}

func BenchmarkUpsert(b *testing.B) {
	for _, shards := range []int{1, 2} {
		b.Run(fmt.Sprintf("shards=%d", shards), func(b *testing.B) {
			c := NewCircuit(Config{Shards: shards})
			in := mustAdd(b, c, Input{Types: pairCols, Key: []int{0}})
			mustAdd(b, c, Upsert{In: in, Key: []int{0}, Tombstone: -1, State: 1})
			rows := &benchRows{r: rand.New(rand.NewPCG(1, 2)), keys: 100_000}
			n, began := 0, cpuTime(b)
			for b.Loop() {
				n += stepRows
				if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {rows.insert(stepRows)}}); err != nil {
					b.Fatal(err)
				}
			}
			reportCPU(b, began, n)
		})
	}
}

// BenchmarkSortByKey sorts a step's rows by texts that begin alike, and by integers.
func BenchmarkSortByKey(b *testing.B) {
	const n = 16_000
	r := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() string{
		"texts":    func() string { return fmt.Sprintf("channel-%d\x00\x002026-11-23\x00%d", r.IntN(10_000), r.IntN(100)) },
		"integers": func() string { return string(row.AppendKeyDatum(nil, intT, row.IntDatum(r.Int64N(1<<40)))) },
	} {
		b.Run(name, func(b *testing.B) {
			keys := make([][]byte, n)
			from := make([]sortEntry, n)
			for i := range keys {
				keys[i] = []byte(draw())
				from[i] = sortEntry{keyHead(keys[i]), int32(i)}
			}
			entries, spare := make([]sortEntry, n), []sortEntry(nil)
			for b.Loop() {
				copy(entries, from)
				entries, spare = sortByKey(entries, spare, func(r int32) []byte { return keys[r] })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}

// BenchmarkTopKBehind is of a long top over rows that only come, nearly all behind
// those that it keeps.
func BenchmarkTopKBehind(b *testing.B) {
	c := NewCircuit(Config{Shards: 1})
	in := mustAdd(b, c, Input{Types: pairCols})
	mustAdd(b, c, TopK{In: in, Order: []OrderBy{{Col: 0}}, Limit: 100, AppendOnly: true, State: 7})
	rows := &benchRows{r: rand.New(rand.NewPCG(1, 2)), keys: 1 << 40}
	n, began := 0, cpuTime(b)
	for b.Loop() {
		if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {rows.insert(stepRows)}}); err != nil {
			b.Fatal(err)
		}
		n += stepRows
	}
	reportCPU(b, began, n)
}
