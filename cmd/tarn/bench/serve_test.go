package bench

import (
	"bytes"
	"context"
	"flag"
	"strings"
	"testing"
	"time"
)

func TestServe(t *testing.T) {
	var o ServeOptions
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	o.Flags(f)
	if err := f.Parse([]string{"--rows", "1000", "--connections", "2", "--depth", "1,8", "--duration", "50ms", "--ingest", "1000", "--dir", t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	var out, progress bytes.Buffer
	b := &serveBench{o: o, progress: newProgress(Output{Progress: &progress}), child: testChild}
	r, err := b.run(context.Background(), &out)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Runs) != 6 {
		t.Fatalf("%d runs, want 6:\n%s", len(r.Runs), &out)
	}
	for _, run := range r.Runs {
		if run.Queries == 0 || run.PerCore <= 0 || run.P50 <= 0 || run.P99 < run.P50 || run.Max < run.P99 {
			t.Errorf("figures are missing: %+v", run)
		}
	}
}

func TestServeMistakes(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"--workload write", `there is no workload "write"; there are point, range, aggregate`},
		{"--depth 1,x", `--depth: "x" is not a number`},
		{"--connections 0", "must be more than zero"},
		{"--ingest -1", "--ingest is a number of rows"},
		{"--ingest 1 --address postgres://elsewhere", "for a server inside this process"},
	} {
		var o ServeOptions
		f := flag.NewFlagSet("serve", flag.ContinueOnError)
		o.Flags(f)
		if err := f.Parse(strings.Fields(tc.args)); err != nil {
			t.Fatal(err)
		}
		if err := o.check(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.args, err, tc.want)
		}
	}
}

// TestGreatestLatency holds a quantile to be no more than what it is one of: a run
// whose slowest query is its 99th percentile gave 5.547735 and 5.547734999999999.
func TestGreatestLatency(t *testing.T) {
	var l latencies
	l.record(5547735)
	if q, most := l.quantile(0.99), milliseconds(l.most); q != most {
		t.Errorf("quantile %v, greatest %v", q, most)
	}
}

// TestLatencies holds quantiles to be no more than a thirty-second off.
func TestLatencies(t *testing.T) {
	var l latencies
	for i := 1; i <= 100_000; i++ {
		l.record(time.Duration(i) * time.Microsecond)
	}
	for q, want := range map[float64]float64{0.01: 1, 0.5: 50, 0.99: 99} {
		if got := l.quantile(q); got < want || got > want*33/32+0.1 {
			t.Errorf("quantile %v is %v ms, want %v", q, got, want)
		}
	}
}
