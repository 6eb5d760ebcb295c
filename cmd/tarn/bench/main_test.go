package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asChild in the environment makes the test binary be the process beside the bench.
const asChild = "TARN_BENCH_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		if err := beChild(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func beChild(args []string) error {
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	switch args[0] {
	case "broker":
		var o BrokerOptions
		o.Flags(f)
		if err := f.Parse(args[1:]); err != nil {
			return err
		}
		return Broker(context.Background(), o, os.Stdin, os.Stdout)
	case "client":
		var o ClientOptions
		o.Flags(f)
		if err := f.Parse(args[1:]); err != nil {
			return err
		}
		return Client(context.Background(), o, os.Stdin, os.Stdout)
	}
	return fmt.Errorf("no child %q", args[0])
}

func testChild(args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asChild+"=1")
	return cmd, nil
}

// options reads flags as the command line does.
func options(t *testing.T, args ...string) NexmarkOptions {
	t.Helper()
	var o NexmarkOptions
	f := flag.NewFlagSet("nexmark", flag.ContinueOnError)
	o.Flags(f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	o.dir = t.TempDir()
	if o.commitInterval == time.Second {
		o.commitInterval = 20 * time.Millisecond // each run waits for its last commit
	}
	return o
}

// results runs the bench and gives what it found, and what it printed.
func runNexmark(t *testing.T, o NexmarkOptions) (*results, string) {
	t.Helper()
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	var out, progress bytes.Buffer
	output := Output{Out: &out, Progress: &progress}
	b := &nexmarkBench{o: o, out: output, progress: newProgress(output), child: testChild}
	r, err := b.run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failed {
		t.Errorf("%s: %s", f.Query, f.Error)
	}
	if left, _ := filepath.Glob(filepath.Join(o.dir, "*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	return r, out.String()
}

const testEvents = 3000

// TestAnswers holds every query to the answer of the same query run ad hoc over
// the same rows, at one shard and at three, alone and beside all others.
func TestAnswers(t *testing.T) {
	want := map[string]string{}
	together := uint64(0)
	o := options(t, "--events", fmt.Sprint(testEvents))
	if err := o.check(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	data, err := newNexmark(ctx, (&nexmarkBench{o: o}).config(), testEvents, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	defer data.release()
	b := &nexmarkBench{o: o, data: data, progress: newProgress(Output{Progress: &bytes.Buffer{}})}
	s := newGenerated(data)
	d, err := b.open(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.open(testEvents, 0); err != nil {
		t.Fatal(err)
	}
	adHoc := func(name, sql string) uint64 {
		_, sum, err := d.checksum(ctx, sql)
		if err != nil {
			t.Fatalf("%s ad hoc: %v", name, err)
		}
		want[name] = sum
		var h uint64
		fmt.Sscanf(sum, "%x", &h)
		return h
	}
	for _, q := range queryNames() {
		together += adHoc(q, selectOf(q))
	}
	want["q0"+storedSuffix] = want["q0"]
	for _, q := range stateless {
		sql, err := checkedSQL(ctx, d, q)
		if err != nil {
			t.Fatal(err)
		}
		adHoc(q, sql)
	}
	want[all] = fmt.Sprintf("%016x", together)
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	for _, shards := range []int{1, 3} {
		o.Shards = shards
		r, _ := runNexmark(t, o)
		if len(r.Queries) != len(want) {
			t.Errorf("%d shards: %d queries, want %d", shards, len(r.Queries), len(want))
		}
		for _, q := range r.Queries {
			if q.Checksum != want[q.Query] {
				t.Errorf("%d shards, %s: checksum %s of %d rows, ad hoc it is %s", shards, q.Query, q.Checksum, q.Rows, want[q.Query])
			}
			if q.PerCore <= 0 || q.CPU <= 0 || q.State.Rows == 0 {
				t.Errorf("%d shards, %s: figures are missing: %+v", shards, q.Query, q)
			}
		}
	}
}

// TestKafka compares the answers over a broker in another process with those
// over columns, and feeds a view at a rate.
func TestKafka(t *testing.T) {
	args := []string{"--events", "2000", "--queries", "q1,q4,q13", "--freshness", "--freshness-duration", "20ms"}
	columns, _ := runNexmark(t, options(t, append(args, "--output", "stored")...))
	topics, text := runNexmark(t, options(t, append(args, "--mode", "kafka")...))
	for i, q := range topics.Queries {
		if q.Checksum != columns.Queries[i].Checksum {
			t.Errorf("%s: checksum %s, over columns it is %s", q.Query, q.Checksum, columns.Queries[i].Checksum)
		}
		if len(q.Freshness) != 2 || len(columns.Queries[i].Freshness) != 2 {
			t.Errorf("%s: no freshness: %+v", q.Query, q.Freshness)
		}
		if q.Output != stored {
			t.Errorf("%s: its rows are %s", q.Query, q.Output)
		}
		if q.BrokerCPU <= 0 {
			t.Errorf("%s: the broker took no time", q.Query)
		}
	}
	for _, want := range []string{"mode kafka", "which is not counted", "freshness at 80 %"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestSpill(t *testing.T) {
	r, text := runNexmark(t, options(t, "--queries", "spill", "--events", "20000", "--groups", "5000", "--name-bytes", "60"))
	if len(r.Queries) != 1 || r.Queries[0].Spill == nil || r.Queries[0].Spill.Times < 9 {
		t.Errorf("got %+v\n%s", r.Queries, text)
	}
}

// TestJSON holds the names that others read.
func TestJSON(t *testing.T) {
	o := options(t, "--queries", "q2", "--events", "1000", "--repeat", "2")
	o.jsonFile = filepath.Join(t.TempDir(), "out.json")
	base := o.jsonFile
	var out, progress bytes.Buffer
	if err := Nexmark(context.Background(), o, Output{Out: &out, Progress: &progress}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.jsonFile)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Queries []struct {
			Query   string
			Output  string
			PerCore float64   `json:"events_per_second_per_core"`
			Runs    []float64 `json:"runs_events_per_second_per_core"`
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Queries) != 1 || got.Queries[0].Query != "q2" || got.Queries[0].Output != "checked" || got.Queries[0].PerCore <= 0 || len(got.Queries[0].Runs) != 2 {
		t.Errorf("got %+v of\n%s", got, text)
	}
	o.jsonFile, o.compare = "-", base
	out.Reset()
	if err := Nexmark(context.Background(), o, Output{Out: &out, Progress: &progress}); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Errorf("standard output is not only JSON: %v", err)
	}
	if !strings.Contains(progress.String(), "ratio") {
		t.Errorf("no comparison in:\n%s", &progress)
	}
}

func TestCompared(t *testing.T) {
	now := &results{Commit: "b", Mode: "generator", Queries: []queryResult{
		{Query: "q0", PerCore: 3e6, Runs: []float64{2e6, 3e6, 4e6}, Events: 10, Checksum: "x"},
		{Query: "q1", PerCore: 1e6, Events: 10, Checksum: "y"},
		{Query: "q2", PerCore: 1e6, Events: 10},
		{Query: "q3", PerCore: 1e6, Events: 20},
		{Query: "q21", PerCore: 1e6, Events: 10, Output: checked},
	}}
	base := &results{Commit: "a", Mode: "generator", Queries: []queryResult{
		{Query: "q0", PerCore: 2e6, Runs: []float64{1e6, 2e6, 2e6}, Events: 10, Checksum: "x"},
		{Query: "q1", PerCore: 2e6, Events: 10, Checksum: "z"},
		{Query: "q3", PerCore: 1e6, Events: 10},
		{Query: "q21", PerCore: 1e6, Events: 10, Output: stored},
	}}
	var out strings.Builder
	printCompared(&out, now, base, "base.json")
	want := `
against base.json (a), events/s per core:
query             base          now    ratio
q0              2.00 M       3.00 M     1.50  (1.00 to 4.00)
q1              2.00 M       1.00 M     0.50  OTHER ANSWER
q2                   -       1.00 M
q3              1.00 M       1.00 M     1.00  other input
q21             1.00 M       1.00 M     1.00  other output
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestMistakes(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"--mode files", `there is no mode "files"; there are generator and kafka`},
		{"--queries q6", `there is no query "q6"; there are q0, q0-stored, q1`},
		{"--queries q4-stored", `there is no query "q4-stored"`},
		{"--output kept", `there is no form "kept"; there are checked and stored`},
		{"--mode kafka --output checked", "what is read from kafka is stored"},
		{"--events -1", "--events: must be more than zero"},
		{"--repeat 0", "--repeat: must be more than zero"},
		{"--keys zipf:x", `"zipf:x" is neither uniform nor zipf:S`},
		{"--mode kafka --queries spill", "spill has a generator of its own"},
		{"--compare nosuch.json", "nosuch.json"},
		{"--compare a --against b", "choose one"},
	} {
		o := options(t, strings.Fields(tc.args)...)
		err := Nexmark(context.Background(), o, Output{Out: &bytes.Buffer{}, Progress: &bytes.Buffer{}})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", tc.args, err, tc.want)
		}
	}
}

func TestOwnerNames(t *testing.T) {
	if n := ownerName(12, 0); n != "owner 12" {
		t.Errorf("got %q", n)
	}
	seen := map[string]bool{}
	for g := range int64(1000) {
		name := ownerName(g, 100)
		if len(name) < 100 || len(name) > 120 || seen[name] {
			t.Fatalf("number %d is %q", g, name)
		}
		seen[name] = true
	}
}
