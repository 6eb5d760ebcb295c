package soak

import (
	"fmt"
	"slices"
	"strings"
)

// judge compares the second quarter of the run, when caches are warm, with the
// last, and fails the test where what must stay level has grown.
func (w *world) judge(samples []sample) string {
	n := len(samples)
	if n < 8 {
		w.t.Fatalf("%d samples are too few to judge", n)
	}
	early, late := samples[n/4:n/2], samples[n-n/4:]
	var b strings.Builder
	fmt.Fprintf(&b, "%d samples in %.0f s; %d events written; %d statements to the table; %d views made and dropped\n",
		n, samples[n-1].seconds, w.written.Load(), w.statements.Load(), w.hydrations.Load())
	compare := func(what, unit string, most float64, slack int64, of func(sample) int64) {
		e, l := median(early, of), median(late, of)
		peak := slices.MaxFunc(samples, func(x, y sample) int { return int(of(x) - of(y)) })
		fmt.Fprintf(&b, "%s: median of the second quarter %d, of the last %d, most %d %s\n", what, e, l, of(peak), unit)
		if float64(l) > float64(e)*most+float64(slack) {
			w.t.Errorf("%s grew from %d to %d %s", what, e, l, unit)
		}
	}
	const mb = 1 << 20
	compare("resident memory", "MiB", 1.1, 16, func(s sample) int64 { return s.rss / mb })
	compare("state in memory", "MiB", 1.1, 16, func(s sample) int64 { return s.hot / mb })
	compare("goroutines", "", 1, 8, func(s sample) int64 { return s.goroutines })
	compare("sublevels of level 0", "", 1.5, 4, func(s sample) int64 { return s.sublevels })
	compare("freshness p50", "us", 1.5, 2000, func(s sample) int64 { return s.p50.Microseconds() })
	compare("freshness p99", "us", 1.5, 20000, func(s sample) int64 { return s.p99.Microseconds() })
	compare("events behind", "", 2, 50_000, func(s sample) int64 { return s.behind })
	fmt.Fprintf(&b, "state on disk: %d MiB at first, %d MiB at last\n", samples[0].cold/mb, samples[n-1].cold/mb)
	_, peak := w.server.RSS()
	fmt.Fprintf(&b, "resident memory at most %d MiB under a limit of %d MiB\n", peak/mb, w.limit/mb)
	if peak > w.limit+w.limit*15/100 {
		w.t.Errorf("resident memory reached %d MiB under a limit of %d MiB", peak/mb, w.limit/mb)
	}
	if worst := slices.MaxFunc(samples, func(x, y sample) int { return int(x.sublevels - y.sublevels) }).sublevels; worst > maxSublevels {
		w.t.Errorf("level 0 had %d sublevels", worst)
	}
	if p := w.server.Report(); strings.Contains(p, "panic") {
		w.t.Error(p)
	}
	return b.String()
}

// maxSublevels is where reads from disk would begin to suffer.
const maxSublevels = 20

func median(samples []sample, of func(sample) int64) int64 {
	all := make([]int64, len(samples))
	for i, s := range samples {
		all[i] = of(s)
	}
	slices.Sort(all)
	return all[len(all)/2]
}
