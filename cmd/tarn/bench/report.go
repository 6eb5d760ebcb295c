package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// ReportOptions are the flags of `tarn bench report`.
type ReportOptions struct{ into string }

// Flags defines the flags.
func (o *ReportOptions) Flags(f *flag.FlagSet) {
	f.StringVar(&o.into, "into", "", "`FILE` of Markdown in which the tables take the place of what is between the two lines that mark them (default they are printed)")
}

// What is between these lines of a document is generated.
const (
	tablesBegin = "<!-- tables of tarn bench report: begin -->\n"
	tablesEnd   = "<!-- tables of tarn bench report: end -->\n"
)

// Report prints the results in files, which --json has written, as Markdown.
// What several files say stands in their order.
func Report(o ReportOptions, files []string, out io.Writer) error {
	var r report
	for _, name := range files {
		if err := r.read(name); err != nil {
			return err
		}
	}
	text := r.markdown()
	if o.into == "" {
		_, err := io.WriteString(out, text)
		return err
	}
	old, err := os.ReadFile(o.into)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(old), tablesBegin)
	_, after, ends := strings.Cut(rest, tablesEnd)
	if !begins || !ends {
		return fmt.Errorf("%s: no lines %s and %s, between which the tables belong", o.into, strings.TrimSpace(tablesBegin), strings.TrimSpace(tablesEnd))
	}
	return os.WriteFile(o.into, []byte(before+tablesBegin+"\n"+text+"\n"+tablesEnd+after), 0o644)
}

// report is the results of several files.
type report struct {
	views []*results
	serve []*serveResults
}

func (r *report) read(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var kind struct{ Bench string }
	if err = json.Unmarshal(text, &kind); err == nil {
		switch kind.Bench {
		case "nexmark":
			r.views = append(r.views, &results{})
			err = json.Unmarshal(text, r.views[len(r.views)-1])
		case "serve":
			r.serve = append(r.serve, &serveResults{})
			err = json.Unmarshal(text, r.serve[len(r.serve)-1])
		default:
			err = errors.New("its bench has no name")
		}
	}
	if err != nil {
		return fmt.Errorf("%s is no result of tarn bench: %w", name, err)
	}
	return nil
}

func (r *report) markdown() string {
	var w bytes.Buffer
	for _, v := range r.views {
		v.rates(&w)
	}
	for _, v := range r.views {
		v.freshness(&w)
		v.commits(&w)
		v.state(&w)
	}
	for _, v := range r.views {
		v.spill(&w)
	}
	for _, s := range r.serve {
		s.latencies(&w)
	}
	return strings.TrimSuffix(w.String(), "\n")
}

// of says what figures were taken of.
func (r *results) of(w io.Writer) {
	fmt.Fprintf(w, "Mode %s, %s events a query, %d shards, seed %d", r.Mode, count(float64(r.Events)), r.Shards, r.Seed)
	if r.Memory > 0 {
		fmt.Fprintf(w, ", memory limit %d MiB", r.Memory>>20)
	}
	r.Machine.of(w, r.Commit)
}

func (m machine) of(w io.Writer, commit string) {
	fmt.Fprintf(w, "; %d cores of a processor that calls itself %s, %s", m.Cores, m.CPU, m.GoVersion)
	if commit != "" {
		fmt.Fprintf(w, "; commit %s", commit)
	}
	fmt.Fprint(w, ".\n\n")
}

// table writes a table of Markdown; the first column is text, the others are numbers.
func table(w io.Writer, head ...string) func(cells ...string) {
	line := func(cells ...string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }
	line(head...)
	fmt.Fprintf(w, "|---|%s\n", strings.Repeat("--:|", len(head)-1))
	return line
}

// thousands writes a rate in thousands a second.
func thousands(n float64) string {
	if n == 0 {
		return "-"
	}
	k := fmt.Sprintf("%.0f", n/1000)
	if len(k) > 3 {
		k = k[:len(k)-3] + "," + k[len(k)-3:]
	}
	return k
}
