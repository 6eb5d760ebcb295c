package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// results is what --json writes.
type results struct {
	Bench   string        `json:"bench"`
	Machine machine       `json:"machine"`
	Commit  string        `json:"commit,omitempty"`
	Mode    string        `json:"mode"`
	Events  int64         `json:"events"`
	Seed    uint64        `json:"seed"`
	Shards  int           `json:"shards"`
	Memory  int64         `json:"memory_limit_bytes,omitempty"`
	Counted string        `json:"counted"` // what the CPU time is of
	Queries []queryResult `json:"queries"`
	Failed  []failure     `json:"failed,omitempty"`
}

// failure is a query that has no figures.
type failure struct {
	Query string `json:"query"`
	Error string `json:"error"`
}

// queryResult is the figures of one query. With several runs they are those of
// the run in the middle, and Runs has the rate of each.
type queryResult struct {
	Query   string    `json:"query"`
	Output  string    `json:"output"` // what became of its rows: checked or stored
	PerCore float64   `json:"events_per_second_per_core"`
	Runs    []float64 `json:"runs_events_per_second_per_core,omitempty"`
	Events  int64     `json:"events"`
	Wall    float64   `json:"events_per_second"`
	CPU     float64   `json:"cpu_seconds"`
	System  float64   `json:"cpu_seconds_system"` // part of the former
	Elapsed float64   `json:"seconds"`

	Rows     int64  `json:"view_rows"`
	Checksum string `json:"checksum"`

	PeakBytes    int64 `json:"peak_rss_bytes"` // without the columns made beforehand
	ColumnsBytes int64 `json:"columns_bytes,omitempty"`

	State     stateSize   `json:"state"`
	Epochs    times       `json:"epoch_ms"`
	Commits   times       `json:"commit_ms"`
	Stalls    times       `json:"stall_ms"`
	Freshness []freshness `json:"freshness,omitempty"`
	Spill     *spillFacts `json:"spill,omitempty"`
	BrokerCPU float64     `json:"broker_cpu_seconds,omitempty"`
}

// stateSize is what arrangements hold, after the last commit.
type stateSize struct {
	Rows         int64   `json:"rows"`
	MemoryBytes  int64   `json:"memory_bytes"`
	DiskBytes    int64   `json:"disk_bytes"`
	MemoryPerRow float64 `json:"memory_bytes_per_row"` // of the rows that are in memory
	DiskPerRow   float64 `json:"disk_bytes_per_row"`
}

// freshness is how long rows took from their topic to a SELECT.
type freshness struct {
	Load    float64 `json:"load"` // of the maximum rate
	Rate    float64 `json:"events_per_second"`
	Reached float64 `json:"events_per_second_reached"` // until the last was visible
	MS      times   `json:"ms"`
}

// times sums up durations in milliseconds.
type times struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// timesOf sorts ms.
func timesOf(ms []float64) times {
	if len(ms) == 0 {
		return times{}
	}
	slices.Sort(ms)
	return times{Count: len(ms), P50: quantile(ms, 0.5), P99: quantile(ms, 0.99), Max: ms[len(ms)-1]}
}

// quantile is the least value that a share q of the sorted values does not pass.
func quantile(sorted []float64, q float64) float64 {
	return sorted[min(len(sorted)-1, max(0, int(math.Ceil(q*float64(len(sorted))))-1))]
}

func (t times) String() string {
	if t.Count == 0 {
		return "none"
	}
	return fmt.Sprintf("p50 %.1f, p99 %.1f, max %.1f ms", t.P50, t.P99, t.Max)
}

// median is the run in the middle, with the rates of all.
func median(runs []queryResult) queryResult {
	slices.SortFunc(runs, func(a, b queryResult) int {
		if a.PerCore < b.PerCore {
			return -1
		}
		return 1
	})
	out := runs[(len(runs)-1)/2]
	if len(runs) > 1 {
		for _, r := range runs {
			out.Runs = append(out.Runs, r.PerCore)
		}
	}
	return out
}

// write writes JSON to a file, or to w for "-".
func writeJSON(name string, w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if name == "-" {
		_, err = w.Write(text)
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

func readResults(name string) (*results, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s is no result of tarn bench: %w", name, err)
	}
	return &r, nil
}

// printQuery prints one query's figures as lines.
func printQuery(w io.Writer, q queryResult) {
	fmt.Fprintf(w, "%-9s %10s events/s per core", q.Query, count(q.PerCore))
	if n := len(q.Runs); n > 1 {
		fmt.Fprintf(w, " (%d runs: %s to %s)", n, count(q.Runs[0]), count(q.Runs[n-1]))
	}
	fmt.Fprintf(w, ", %s/s on the wall, %.2f s of CPU (system %.2f) in %.2f s\n", count(q.Wall), q.CPU, q.System, q.Elapsed)
	fmt.Fprintf(w, "      %s; view %s rows, checksum %s; peak memory %d MiB", q.Output, count(float64(q.Rows)), q.Checksum, q.PeakBytes>>20)
	if q.ColumnsBytes > 0 {
		fmt.Fprintf(w, " (without %d MiB of columns made beforehand)", q.ColumnsBytes>>20)
	}
	fmt.Fprintf(w, "\n      state %s rows, in memory %d MiB (%.0f bytes a row), on disk %d MiB (%.0f bytes a row)\n",
		count(float64(q.State.Rows)), q.State.MemoryBytes>>20, q.State.MemoryPerRow, q.State.DiskBytes>>20, q.State.DiskPerRow)
	fmt.Fprintf(w, "      %d epochs: %s; %d commits: %s; stalls: %s\n", q.Epochs.Count, q.Epochs, q.Commits.Count, q.Commits, q.Stalls)
	if q.BrokerCPU > 0 {
		fmt.Fprintf(w, "      the broker's process, which is not counted: %.2f s of CPU\n", q.BrokerCPU)
	}
	for _, f := range q.Freshness {
		fmt.Fprintf(w, "      freshness at %.0f %% (%s events/s): %s\n", 100*f.Load, count(f.Rate), f.MS)
	}
	if s := q.Spill; s != nil {
		s.print(w)
	}
}

// printCompared prints a row a query: now, then, and their ratio.
func printCompared(w io.Writer, now, base *results, name string) {
	fmt.Fprintf(w, "\nagainst %s (%s), events/s per core:\n", name, base.Commit)
	fmt.Fprintf(w, "%-9s %12s %12s %8s\n", "query", "base", "now", "ratio")
	for _, q := range now.Queries {
		i := slices.IndexFunc(base.Queries, func(b queryResult) bool { return b.Query == q.Query })
		if i < 0 {
			fmt.Fprintf(w, "%-9s %12s %12s\n", q.Query, "-", count(q.PerCore))
			continue
		}
		b := base.Queries[i]
		fmt.Fprintf(w, "%-9s %12s %12s %8.2f%s%s\n", q.Query, count(b.PerCore), count(q.PerCore), q.PerCore/b.PerCore, spread(q, b), sameInput(now, base, q, b))
	}
}

// spread is the range of ratios that the single runs allow.
func spread(q, b queryResult) string {
	if len(q.Runs) < 2 || len(b.Runs) < 2 {
		return ""
	}
	return fmt.Sprintf("  (%.2f to %.2f)", q.Runs[0]/b.Runs[len(b.Runs)-1], q.Runs[len(q.Runs)-1]/b.Runs[0])
}

// sameInput warns where the two did not answer the same question.
func sameInput(now, base *results, q, b queryResult) string {
	switch {
	case q.Output != b.Output:
		return "  other output"
	case now.Mode != base.Mode || q.Events != b.Events || now.Seed != base.Seed:
		return "  other input"
	case q.Checksum != b.Checksum:
		return "  OTHER ANSWER"
	}
	return ""
}
