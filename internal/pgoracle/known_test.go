package pgoracle

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// known lists what Tarn reads in another way than PostgreSQL, with the reasons. In
// its file a reason stands before what it explains, which is indented.
type known map[string]string

func readKnown(t testing.TB, file string) known {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out, reason := known{}, ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		key, ok := strings.CutPrefix(line, "\t")
		switch {
		case !ok:
			reason = line
		case reason == "":
			t.Fatalf("%s: without a reason: %s", file, key)
		default:
			out[key] = reason
		}
	}
	return out
}

// write writes the list in the order of its reasons, and within one of keys.
func (k known) write(file string) error {
	if len(k) == 0 {
		return os.RemoveAll(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	byReason := map[string][]string{}
	for key, reason := range k {
		byReason[reason] = append(byReason[reason], key)
	}
	var reasons []string
	for r := range byReason {
		reasons = append(reasons, r)
	}
	slices.Sort(reasons)
	var out strings.Builder
	for _, r := range reasons {
		slices.Sort(byReason[r])
		fmt.Fprintf(&out, "%s\n\t%s\n", r, strings.Join(byReason[r], "\n\t"))
	}
	return os.WriteFile(file, []byte(out.String()), 0o644)
}
