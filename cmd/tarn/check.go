package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/pgwire/pgcatalog"
)

// check examines a data directory offline.
func check(ctx context.Context, e env, args []string) error {
	var memory size
	var broker, scratch string
	f := newFlags(e, "check", "DIR")
	f.StringVar(&broker, "embedded-broker", "", "`ADDR` that the server was given for its own broker: its topics are in DIR")
	f.Var(&memory, "memory-limit", "`SIZE` of state kept in memory, such as 512MiB")
	f.StringVar(&scratch, "scratch", os.TempDir(), "`DIR` for throw-away state")
	if err := f.parse(args, 1); err != nil {
		return err
	}
	c := checkOutput{out: e.stdout, progress: e.stderr}
	err := tarn.Check(ctx, tarn.Options{
		Dir: f.Arg(0), EmbeddedBroker: broker, MemoryLimit: int64(memory), System: pgcatalog.Tables(), SystemCall: pgcatalog.Call,
		Logger: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}, scratch, engine.CheckReport{Progress: c.working, Checked: c.checked, Skipped: c.skipped, Finding: c.finding})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%d objects are right, %d could not be compared, %d problems were found\n", c.right, c.left, c.problems)
	if c.problems > 0 {
		return fmt.Errorf("%s is damaged", f.Arg(0))
	}
	return nil
}

// checkOutput prints what a check finds.
type checkOutput struct {
	out, progress         io.Writer
	last                  time.Time
	right, left, problems int
}

// working prints what long work is at, now and then.
func (c *checkOutput) working(object, phase string, rows int64) {
	if now := time.Now(); now.Sub(c.last) >= progressEvery {
		if !c.last.IsZero() {
			fmt.Fprintf(c.progress, "%s: %s, %d rows so far\n", object, phase, rows)
		}
		c.last = now
	}
}

const progressEvery = 5 * time.Second

func (c *checkOutput) checked(object string, rows int64) {
	c.right++
	fmt.Fprintf(c.out, "ok       %s: %d rows\n", object, rows)
}

func (c *checkOutput) skipped(object, reason string) {
	c.left++
	fmt.Fprintf(c.out, "skipped  %s: %s\n", object, reason)
}

func (c *checkOutput) finding(object, problem string) {
	c.problems++
	fmt.Fprintf(c.out, "DAMAGED  %s: %s\n", object, problem)
}
