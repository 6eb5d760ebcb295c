package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// alternate runs another tarn and this one in turn, a process a run, so that what
// the machine does meanwhile is shared by both, and prints the ratios.
func alternate(ctx context.Context, o NexmarkOptions, out Output) error {
	dir, err := os.MkdirTemp(o.dir, "tarn-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	this, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the program to run in turn with the other: %w", err)
	}
	p := newProgress(out)
	var base, now []*results
	for i := range o.repeat {
		for _, one := range []struct {
			program string
			into    *[]*results
		}{{o.against, &base}, {this, &now}} {
			p.say("run %d of %d: %s", i+1, o.repeat, one.program)
			r, err := runOther(ctx, one.program, filepath.Join(dir, "results.json"), o)
			if err != nil {
				return err
			}
			*one.into = append(*one.into, r)
		}
	}
	p.end()
	r := mergeRuns(now)
	text := out.Out
	if o.jsonFile == "-" {
		text = out.Progress
	}
	for _, q := range r.Queries {
		printQuery(text, q)
	}
	printCompared(text, r, mergeRuns(base), o.against)
	if o.jsonFile == "" {
		return nil
	}
	return writeJSON(o.jsonFile, out.Out, r)
}

// runOther runs a program's bench once with the flags of this one.
func runOther(ctx context.Context, program, file string, o NexmarkOptions) (*results, error) {
	args := []string{"bench", "nexmark", "--json", file, "--mode", o.mode, "--queries", strings.Join(o.chosen, ","),
		"--events", fmt.Sprint(o.events), "--seed", fmt.Sprint(o.seed), "--dir", o.dir}
	if o.mode == modeGenerator && o.output != checked { // a program from before there was a choice may know no such flag
		args = append(args, "--output", o.output)
	}
	if o.Shards > 0 {
		args = append(args, "--shards", fmt.Sprint(o.Shards))
	}
	if o.Memory > 0 {
		args = append(args, "--memory-limit", fmt.Sprint(o.Memory))
	}
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("%s bench nexmark: %w: %s", program, err, lines[len(lines)-1])
	}
	return readResults(file)
}

// mergeRuns makes one result of several processes' results.
func mergeRuns(runs []*results) *results {
	out := *runs[0]
	out.Queries = nil
	for _, q := range runs[0].Queries {
		var same []queryResult
		for _, r := range runs {
			i := slices.IndexFunc(r.Queries, func(x queryResult) bool { return x.Query == q.Query })
			if i >= 0 {
				same = append(same, r.Queries[i])
			}
		}
		out.Queries = append(out.Queries, median(same))
	}
	return &out
}
