package pgoracle

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

var relist = flag.Bool("relist", false, "write the list of known differences anew; it may only get shorter")

const knownFile = "testdata/corpus.known"

// TestCorpus reads all SQL of the repository with both grammars. What differs, be it
// in the words of an error, must be in the list, and what is in the list must still
// differ.
func TestCorpus(t *testing.T) {
	list := readKnown(t, knownFile)
	found := known{}
	counts, excuses := map[string]int{}, map[string]int{}
	for _, s := range corpus(t) {
		v := Compare(s.text)
		counts[v.Outcome.String()]++
		if v.Outcome != Differs && v.Outcome != Otherwise {
			continue
		}
		if why := excused(s.text, v); why != "" {
			excuses[why]++
			continue
		}
		key := s.file + ": " + strings.Join(strings.Fields(s.text), " ")
		found[key] = v.Reason
		if list[key] != v.Reason && !*relist {
			t.Errorf("%s\n  %s\n  PostgreSQL: %s\n  Tarn:       %s", key, v.Reason, v.PG, v.Tarn)
		}
	}
	report(t, "texts", counts)
	report(t, "differences excused", excuses)
	if *relist {
		if err := found.write(knownFile); err != nil {
			t.Fatal(err)
		}
		return
	}
	for key, reason := range list {
		if found[key] == "" {
			t.Errorf("no longer different (%s), take it from %s with -relist: %s", reason, knownFile, key)
		}
	}
}

// report logs how many came out how.
func report(t testing.TB, of string, counts map[string]int) {
	var out []string
	total := 0
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%d %s", counts[k], k))
		total += counts[k]
	}
	t.Logf("%d %s: %s", total, of, strings.Join(out, ", "))
}
