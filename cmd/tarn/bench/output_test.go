package bench

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestStateless holds the list of the queries that keep no state to their plans.
func TestStateless(t *testing.T) {
	ctx := context.Background()
	o := options(t)
	data, err := newNexmark(ctx, (&nexmarkBench{o: o}).config(), 50, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	defer data.release()
	b := &nexmarkBench{o: o, data: data, progress: newProgress(Output{Progress: &bytes.Buffer{}})}
	d, err := b.open(ctx, newGenerated(data))
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	step := regexp.MustCompile(`%\d+ = (\w+)`)
	for _, name := range queryNames() {
		rows, err := d.rows(ctx, "EXPLAIN "+querySQL(name))
		if err != nil {
			t.Fatal(err)
		}
		var steps []string
		for _, r := range rows {
			if m := step.FindSubmatch(r[0].B); m != nil {
				steps = append(steps, string(m[1]))
			}
		}
		linear := len(steps) > 0 && !slices.ContainsFunc(steps, func(s string) bool { return s != "input" && s != "map" && s != "filter" })
		if linear != slices.Contains(stateless, name) {
			t.Errorf("%s is in the list of queries without state: %t; its plan has %v", name, !linear, steps)
		}
	}
}

// TestEvents: all views at once get fewer events only where nobody says how many.
func TestEvents(t *testing.T) {
	for args, want := range map[string][2]int64{"": {20e6, 4e6}, "--events 30": {30, 30}, "--mode kafka": {5e6, 5e6}} {
		o := options(t, strings.Fields(args)...)
		if err := o.check(); err != nil {
			t.Fatal(err)
		}
		if got := [2]int64{o.eventsOf("q4"), o.eventsOf(all)}; got != want {
			t.Errorf("%s: %d events, want %d", args, got, want)
		}
	}
}

// TestOutputs says what becomes of the rows of each run.
func TestOutputs(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"", "q0 checked, q0-stored stored, q1 checked, q2 checked, q3 stored"},
		{"--output stored", "q0 stored, q1 stored, q2 stored, q3 stored, q4 stored"},
		{"--mode kafka", "q0 stored, q1 stored, q2 stored, q3 stored, q4 stored"},
		{"--queries q22,q22-stored,all", "q22 checked, q22-stored stored, all stored"},
	} {
		o := options(t, strings.Fields(tc.args)...)
		if err := o.check(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range o.chosen[:min(5, len(o.chosen))] {
			got = append(got, name+" "+o.outputOf(name))
		}
		if got := strings.Join(got, ", "); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.args, got, tc.want)
		}
	}
}
