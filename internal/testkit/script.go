package testkit

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// record is one step of a script.
type record struct {
	line   int      // of the file, from 1
	words  []string // of the first line
	body   []string // up to ----, or to the end
	want   []string // behind ----
	hasEnd bool     // there is a ----
	first  int      // index of the line behind ----, for rewriting
	only   []string
	skip   []string
}

// sql is the record's statement.
func (r *record) sql() string { return strings.Join(r.body, "\n") }

func (r *record) runsIn(config string) bool {
	return (len(r.only) == 0 || slices.Contains(r.only, config)) && !slices.Contains(r.skip, config)
}

// script is a file of records.
type script struct {
	path    string
	lines   []string
	records []*record
	keep    bool
	loose   bool
}

func readScript(path string) (*script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &script{path: path, lines: strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")}
	var only, skip []string
	for i := 0; i < len(s.lines); {
		line := s.lines[i]
		if line == "" || strings.HasPrefix(line, "#") {
			i++
			continue
		}
		words := strings.Fields(line)
		switch words[0] {
		case "only":
			only, i = words[1:], i+1
			continue
		case "skip":
			skip, i = words[1:], i+1
			continue
		case "keep":
			s.keep, i = true, i+1
			continue
		case "loose":
			s.loose, i = true, i+1
			continue
		}
		r := &record{line: i + 1, words: words, only: only, skip: skip}
		only, skip = nil, nil
		i = s.readBody(r, i+1)
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, r.line, err)
		}
		s.records = append(s.records, r)
	}
	return s, nil
}

// readBody reads the lines of a record and returns the line behind it.
func (s *script) readBody(r *record, i int) int {
	for ; i < len(s.lines) && s.lines[i] != ""; i++ {
		switch {
		case r.hasEnd:
			r.want = append(r.want, s.lines[i])
		case s.lines[i] == "----":
			r.hasEnd, r.first = true, i+1
		default:
			r.body = append(r.body, s.lines[i])
		}
	}
	return i
}

// check finds mistakes in a script before it is run.
func (r *record) check() error {
	counts := map[string][2]int{ // words that may follow
		"statement": {1, 1 << 10}, "query": {0, 1}, "topic": {2, 2}, "append": {2, 2}, "partitions": {2, 2},
		"broker": {1, 1}, "await": {0, 2}, "restart": {0, 0}, "crash": {0, 0},
	}
	n, ok := counts[r.words[0]]
	if !ok {
		return fmt.Errorf("unknown record %q", r.words[0])
	}
	if got := len(r.words) - 1; got < n[0] || got > n[1] {
		return fmt.Errorf("%s with %d words behind it", r.words[0], got)
	}
	if r.words[0] == "query" && !r.hasEnd {
		return fmt.Errorf("a query without ----")
	}
	if r.words[0] == "statement" && r.words[1] != "ok" && (r.words[1] != "error" || len(r.words) < 3) {
		return fmt.Errorf("a statement is ok, or error CODE")
	}
	return nil
}

// rewrite writes the file with other results, by record.
func (s *script) rewrite(results map[*record][]string) error {
	var out []string
	at := 0
	for _, r := range s.records {
		got, ok := results[r]
		if !ok {
			continue
		}
		out = append(append(out, s.lines[at:r.first]...), got...)
		at = r.first + len(r.want)
	}
	out = append(out, s.lines[at:]...)
	return os.WriteFile(s.path, []byte(strings.Join(out, "\n")+"\n"), 0o644)
}
