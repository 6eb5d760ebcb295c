package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tarndb/tarn/internal/psql"
)

// feature is a file of the corpus.
type feature struct {
	name   string
	script string
	steps  []step
}

// step is one unit of its script.
type step struct {
	psql.Unit
	key  string // names it in a list of known differences
	want string // what psql prints of it on PostgreSQL, behind the script's own lines
}

// echo is the script's lines as they are printed.
func (s *step) echo() string { return strings.Join(s.Echo, "\n") + "\n" }

// features reads the corpus, without the answers.
func features(t *testing.T) []*feature {
	t.Helper()
	files, err := filepath.Glob("testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var out []*feature
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := &feature{name: strings.TrimSuffix(filepath.Base(file), ".sql"), script: string(script)}
		seen := map[string]int{}
		for _, u := range psql.Split(f.script) {
			key := strings.Join(strings.Fields(strings.Join(u.Statements, " ")), " ")
			if seen[key]++; seen[key] > 1 {
				key = fmt.Sprintf("%s (%d)", key, seen[key])
			}
			f.steps = append(f.steps, step{Unit: u, key: key})
		}
		out = append(out, f)
	}
	return out
}

func (f *feature) file(suffix string) string { return filepath.Join("testdata", f.name+suffix) }

// readAnswers takes what is wanted from the .out file.
func (f *feature) readAnswers() error {
	b, err := os.ReadFile(f.file(".out"))
	if err != nil {
		return err
	}
	printed, err := f.cut(string(b))
	if err != nil {
		return err
	}
	for i := range f.steps {
		f.steps[i].want = printed[i]
	}
	return nil
}

// cut divides what psql -a has printed by the steps, leaving out the script's lines.
func (f *feature) cut(out string) ([]string, error) {
	var printed []string
	for i := range f.steps {
		rest, ok := strings.CutPrefix(out, f.steps[i].echo())
		if !ok {
			return nil, fmt.Errorf("%s: what psql printed does not go on with line %d of the script: %.200q", f.name, f.steps[i].Line, out)
		}
		end := len(rest)
		if i+1 < len(f.steps) {
			next := f.steps[i+1].echo()
			if strings.HasPrefix(rest, next) {
				end = 0
			} else if at := strings.Index(rest, "\n"+next); at >= 0 {
				end = at + 1
			}
		}
		printed, out = append(printed, rest[:end]), rest[end:]
	}
	return printed, nil
}

func (f *feature) statements() int {
	n := 0
	for _, s := range f.steps {
		n += len(s.Statements)
	}
	return n
}
