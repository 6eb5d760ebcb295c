// Package plantest is what the tests of the planner's packages share: a catalog made
// of text, and files of blocks that hold SQL and the text expected of it.
package plantest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tarndb/tarn/sql/pgerr"
)

var rewrite = flag.Bool("rewrite", false, "write the texts that the tests find into testdata")

// Run carries out a block's directive, given with its arguments, on SQL.
type Run func(t *testing.T, directive []string, sql string) string

// Golden runs the files testdata/*.txt of the package under test: blocks of a
// directive, SQL, "----" and the text expected. Comments start with #.
func Golden(t *testing.T, run Run) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
				out = append(out, runBlock(t, run, block))
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func runBlock(t *testing.T, run Run, block string) string {
	t.Helper()
	var comments []string
	for strings.HasPrefix(block, "#") {
		line, rest, _ := strings.Cut(block, "\n")
		comments, block = append(comments, line), rest
	}
	if block == "" {
		return strings.Join(comments, "\n")
	}
	head, want, _ := strings.Cut(block+"\n", "\n----\n")
	directive, sql, _ := strings.Cut(head, "\n")
	got := strings.TrimSpace(run(t, strings.Fields(directive), sql))
	want = strings.TrimSpace(want)
	if got != want && !*rewrite {
		t.Errorf("%s\n%s\ngot:\n%s\nwant:\n%s", directive, sql, got, want)
	}
	return strings.Join(append(comments, head, "----", got), "\n")
}

// ErrorText is an error as the files expect it; the position as the rest of the line
// that stands there.
func ErrorText(err error, sql string) string {
	e, ok := pgerr.As(err)
	if !ok {
		return "internal error: " + err.Error()
	}
	e.Locate(sql)
	out := "error " + e.Code + ": " + e.Message
	if e.Position > 0 {
		out += " at " + strings.SplitN(sql[e.Position-1:], "\n", 2)[0]
	}
	if e.Detail != "" {
		out += "\ndetail: " + e.Detail
	}
	if e.Hint != "" {
		out += "\nhint: " + e.Hint
	}
	return out
}
