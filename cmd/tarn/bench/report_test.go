package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReport prints made-up figures, of which some are missing.
func TestReport(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, v any) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := writeJSON(file, nil, v); err != nil {
			t.Fatal(err)
		}
		return file
	}
	on := machine{CPU: "X", Cores: 2, GoVersion: "go9"}
	files := []string{
		write("columns", &results{Bench: "nexmark", Mode: modeGenerator, Machine: on, Commit: "abc", Events: 2e7, Seed: 1, Shards: 2,
			Failed: []failure{{"q2", "no room"}},
			Queries: []queryResult{
				{Query: "q0", Output: checked, PerCore: 9_876_543, Runs: []float64{9e6, 9_876_543, 1.1e7}, Wall: 1.5e7, CPU: 4, Elapsed: 2, PeakBytes: 150 << 20, State: stateSize{Rows: 2},
					Freshness: []freshness{{Load: 0.5, Rate: 4e6, Reached: 3.9e6, MS: times{10, 1, 2, 3}}, {Load: 0.8, Rate: 6e6}}},
				{Query: all, Output: stored, PerCore: 60_000, Wall: 50_000, CPU: 1, Elapsed: 1, Rows: 5e6, State: stateSize{Rows: 1e6, MemoryPerRow: 48, DiskPerRow: 20}},
				{Query: spill, Output: stored, PerCore: 5e5, CPU: 1, Elapsed: 1,
					Spill: &spillFacts{Keys: "zipf:1.0", Groups: 2e7, NameBytes: 150, Limit: 100 << 20, StateBytes: 1000 << 20, Times: 10, PerCoreMemory: 1e6, Share: 0.5, PeakOverLimit: 1.1}},
			}}),
		write("topics", &results{Bench: "nexmark", Mode: modeKafka, Machine: on, Events: 5e6, Seed: 1, Shards: 2,
			Queries: []queryResult{{Query: "q0", Output: stored, PerCore: 7e5, Wall: 1e6, CPU: 3, Elapsed: 2, BrokerCPU: 1.5}}}),
		write("serve", &serveResults{Bench: "serve", Machine: on, Rows: 1e6, Connections: 16,
			Runs: []serveRun{{Workload: "point", Depth: 1, PerCore: 50_000, P50: 0.1, P99: 0.4, Max: 2}}}),
	}
	var out bytes.Buffer
	if err := Report(ReportOptions{}, files, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Mode generator, 20.00 M events a query, 2 shards, seed 1; 2 cores of a processor that calls itself X, go9; commit abc.",
		"| q0 | checked | 655 | 8,000 | 9,877 | 3: 9,000 to 11,000 | 123 % | 15,000 |",
		"| all | stored | - | - | 60 | 1 | - | 50 |",
		"q2 failed: no room.",
		"| q0 | 50 % | 4,000 | 1.0 | 2.0 | 10.0 | 3.0 |",
		"| q0 | 80 % | 6,000 | - | - | 50.0 | - |", // nothing was seen after the first second
		"| all | 5.00 M | 1.00 M | 48 | 20 | 0 |",
		"| q0 | 0 | 2 | - | - | 150 |",
		"| zipf:1.0 | 20.00 M | 150 | 100 | 1000 | 10.0 | 500 | 1,000 | 50 % | 30 % | 1.10 | 1.15 |",
		"| q0 | stored | 1,200 | 700 | 1 | 58 % | 1,000 | 1.5 s |",
		"| point | 1 | 50.0 | 100 | 50 % | 0.10 | 0.40 | 2.00 |",
	} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("no line %q in:\n%s", want, &out)
		}
	}

	page := filepath.Join(dir, "page.md")
	if err := os.WriteFile(page, []byte("before\n"+tablesBegin+"old\n"+tablesEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Report(ReportOptions{into: page}, files[2:], nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(text); !strings.HasPrefix(s, "before\n"+tablesBegin+"\n### Reads") || !strings.HasSuffix(s, "|\n\n"+tablesEnd+"after\n") || strings.Contains(s, "old") {
		t.Errorf("got\n%s", s)
	}
	if err := Report(ReportOptions{into: files[0]}, files, nil); err == nil || !strings.Contains(err.Error(), "between which the tables belong") {
		t.Errorf("a page without marks: %v", err)
	}
	if err := Report(ReportOptions{}, []string{page}, nil); err == nil || !strings.Contains(err.Error(), "is no result of tarn bench") {
		t.Errorf("a page in place of results: %v", err)
	}
}
