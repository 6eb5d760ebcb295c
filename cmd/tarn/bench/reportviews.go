package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// goal is what a query is to reach, in events a second per core: the least, which
// is one and a half times the best that others publish; the target over columns;
// the target over JSON in Kafka.
type goal struct{ floor, columns, kafka float64 }

// goals are by query. Where all rows of a query without state are stored, its goal
// from Kafka is less than that of the queries that store few.
var goals = map[string]goal{
	"q0": {655e3, 8e6, 1.2e6}, "q1": {655e3, 8e6, 1.2e6}, "q2": {655e3, 8e6, 2.5e6}, "q14": {655e3, 8e6, 2.5e6},
	"q21": {625e3, 3e6, 2e6}, "q22": {625e3, 3e6, 2e6},
	"q3": {625e3, 5e6, 2.2e6}, "q8": {625e3, 5e6, 2.2e6}, "q13": {625e3, 5e6, 2.2e6},
	"q17": {627e3, 5e6, 2e6}, "q5": {618e3, 4e6, 1.8e6}, "q7": {618e3, 4e6, 1.8e6},
	"q15": {330e3, 2e6, 1.2e6}, "q16": {77e3, 1.2e6, 800e3},
	"q4": {400e3, 2e6, 1.2e6}, "q9": {86e3, 1.5e6, 800e3},
	"q18": {128e3, 1.5e6, 600e3}, "q19": {113e3, 2e6, 1e6}, "q20": {128e3, 1.5e6, 700e3},
}

// fresh is the p99 in milliseconds that rows may take at a load.
var fresh = map[float64]float64{0.5: 10, 0.8: 50}

// rates writes events a second per core, in thousands.
func (r *results) rates(w io.Writer) {
	queries := slices.DeleteFunc(slices.Clone(r.Queries), func(q queryResult) bool { return q.Query == spill })
	if len(queries) == 0 {
		return
	}
	head := []string{"query", "rows", "floor", "target", "measured", "runs", "of the target", "on the wall"}
	title := "### Views over columns: thousand events/s per core\n\n"
	if r.Mode == modeKafka {
		head = []string{"query", "rows", "target", "measured", "runs", "of the target", "on the wall", "the broker's CPU, not counted"}
		title = "### Views over Kafka: thousand events/s per core\n\n"
	}
	fmt.Fprint(w, title)
	r.of(w)
	line := table(w, head...)
	for _, q := range queries {
		g := goals[q.Query]
		rate := []string{q.Query, q.Output}
		target := g.columns
		if r.Mode == modeKafka {
			target = g.kafka
		} else {
			rate = append(rate, thousands(g.floor))
		}
		rate = append(rate, thousands(target), thousands(q.PerCore), q.runs(), share(q.PerCore, target), thousands(q.Wall))
		if r.Mode == modeKafka {
			rate = append(rate, fmt.Sprintf("%.1f s", q.BrokerCPU))
		}
		line(rate...)
	}
	fmt.Fprintln(w)
	for _, f := range r.Failed {
		fmt.Fprintf(w, "%s failed: %s.\n\n", f.Query, f.Error)
	}
}

// runs is the least and the greatest rate of several runs.
func (q *queryResult) runs() string {
	if len(q.Runs) < 2 {
		return "1"
	}
	return fmt.Sprintf("%d: %s to %s", len(q.Runs), thousands(slices.Min(q.Runs)), thousands(slices.Max(q.Runs)))
}

func share(n, of float64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*n/of)
}

func (r *results) freshness(w io.Writer) {
	if !slices.ContainsFunc(r.Queries, func(q queryResult) bool { return len(q.Freshness) > 0 }) {
		return
	}
	fmt.Fprintf(w, "### Freshness, mode %s: milliseconds until a SELECT sees a row\n\n", r.Mode)
	r.of(w)
	line := table(w, "query", "load", "thousand events/s", "p50", "p99", "target p99", "max")
	for _, q := range r.Queries {
		for _, f := range q.Freshness {
			p50, p99, most := "-", "-", "-"
			if f.MS.Count > 0 { // else all events came within the first second
				p50, p99, most = ms(f.MS.P50), ms(f.MS.P99), ms(f.MS.Max)
			}
			line(q.Query, fmt.Sprintf("%.0f %%", 100*f.Load), thousands(f.Rate), p50, p99, ms(fresh[f.Load]), most)
		}
	}
	fmt.Fprintln(w)
}

func ms(n float64) string { return fmt.Sprintf("%.1f", n) }

func (r *results) commits(w io.Writer) {
	if len(r.Queries) == 0 {
		return
	}
	fmt.Fprintf(w, "### Epochs, commits and stalls at full load, mode %s: milliseconds\n\n", r.Mode)
	line := table(w, "query", "epochs", "p50", "p99", "commits", "p50", "max", "stalls p99", "max")
	for _, q := range r.Queries {
		line(q.Query, fmt.Sprint(q.Epochs.Count), ms(q.Epochs.P50), ms(q.Epochs.P99), fmt.Sprint(q.Commits.Count), ms(q.Commits.P50), ms(q.Commits.Max), ms(q.Stalls.P99), ms(q.Stalls.Max))
	}
	fmt.Fprintln(w)
}

// state writes what rows of state take; not where there is next to none.
func (r *results) state(w io.Writer) {
	if len(r.Queries) == 0 {
		return
	}
	fmt.Fprintf(w, "### State after the last event, mode %s\n\n", r.Mode)
	line := table(w, "query", "rows of the view", "rows of state", "bytes a row in memory", "on disk", "peak memory of the process, MiB")
	for _, q := range r.Queries {
		memory, disk := "-", "-"
		if q.State.Rows >= 1000 {
			memory, disk = fmt.Sprintf("%.0f", q.State.MemoryPerRow), fmt.Sprintf("%.0f", q.State.DiskPerRow)
		}
		line(q.Query, count(float64(q.Rows)), count(float64(q.State.Rows)), memory, disk, fmt.Sprint(q.PeakBytes>>20))
	}
	fmt.Fprintln(w)
}

// spill writes a sentence a run.
func (r *results) spill(w io.Writer) {
	for _, q := range r.Queries {
		s := q.Spill
		if s == nil {
			continue
		}
		fmt.Fprint(w, "### State larger than memory\n\n")
		r.of(w)
		line := table(w, "keys", "groups", "name, bytes", "limit, MiB", "state, MiB", "state / limit", "thousand events/s per core", "without a limit", "share", "target", "peak memory / limit", "target")
		line(strings.ReplaceAll(s.Keys, "|", " "), count(float64(s.Groups)), fmt.Sprint(s.NameBytes), fmt.Sprint(s.Limit>>20), fmt.Sprint(s.StateBytes>>20), fmt.Sprintf("%.1f", s.Times),
			thousands(q.PerCore), thousands(s.PerCoreMemory), share(s.Share, 1), share(spillShare, 1), fmt.Sprintf("%.2f", s.PeakOverLimit), fmt.Sprintf("%.2f", spillOver))
		fmt.Fprintln(w)
	}
}

// served are the targets of point lookups, in queries a second per core.
func served(workload string, depth int) float64 {
	switch {
	case workload != "point":
		return 0
	case depth == 1:
		return 100e3
	}
	return 1e6
}

func (r *serveResults) latencies(w io.Writer) {
	fmt.Fprint(w, "### Reads over the Postgres protocol\n\n")
	fmt.Fprintf(w, "A view of %s rows, %d connections", count(float64(r.Rows)), r.Connections)
	r.Machine.of(w, r.Commit)
	line := table(w, "workload", "queries in flight per connection", "thousand queries/s per core of the server", "target", "of the target", "p50 ms", "p99 ms", "max ms")
	for _, s := range r.Runs {
		line(s.Workload, fmt.Sprint(s.Depth), fmt.Sprintf("%.1f", s.PerCore/1000), thousands(served(s.Workload, s.Depth)), share(s.PerCore, served(s.Workload, s.Depth)),
			fmt.Sprintf("%.2f", s.P50), fmt.Sprintf("%.2f", s.P99), fmt.Sprintf("%.2f", s.Max))
	}
	fmt.Fprintln(w)
}
