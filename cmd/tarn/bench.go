package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/tarndb/tarn/cmd/tarn/bench"
)

// benches are what `tarn bench` can run.
func benches() []command {
	return []command{
		{"nexmark", "[flags]", "how fast the views of the Nexmark benchmark are kept", benchNexmark},
		{"serve", "[flags]", "how fast a view is read, over the Postgres protocol", benchServe},
		{"report", "[flags] FILE...", "the figures that --json has written, as tables of Markdown", benchReport},
		{"broker", "[flags]", "the broker of bench nexmark --mode kafka, which starts it by itself", benchBroker},
		{"client", "[flags]", "the clients of bench serve, which starts them by itself", benchClient},
	}
}

// runBench runs the bench that the first argument names.
func runBench(ctx context.Context, e env, args []string) error {
	args, overview := normalize(args)
	if overview {
		benchUsage(e.stdout)
		if len(args) == 0 {
			return errUsage
		}
		return nil
	}
	var names []string
	for _, c := range benches() {
		if c.name == args[0] {
			return c.run(ctx, e, args[1:])
		}
		names = append(names, c.name)
	}
	fmt.Fprintf(e.stderr, "tarn bench: unknown bench %q%s\nRun 'tarn bench --help' for what there is.\n", args[0], suggestion(args[0], names, ""))
	return errUsage
}

func benchUsage(w io.Writer) {
	fmt.Fprint(w, "Usage: tarn bench NAME [flags]\n\n")
	for _, c := range benches() {
		fmt.Fprintf(w, "  tarn bench %-22s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(w, "\nRun 'tarn bench NAME --help' for its flags.\n")
}

func benchNexmark(ctx context.Context, e env, args []string) error {
	var o bench.NexmarkOptions
	f := newFlags(e, "bench nexmark", "")
	o.Flags(f.FlagSet)
	shards, memory := benchFlags(f)
	if err := f.parse(args, 0); err != nil {
		return err
	}
	o.Shards, o.Memory = int(*shards), int64(*memory)
	return bench.Nexmark(ctx, o, benchOutput(e))
}

func benchServe(ctx context.Context, e env, args []string) error {
	var o bench.ServeOptions
	f := newFlags(e, "bench serve", "")
	o.Flags(f.FlagSet)
	shards, memory := benchFlags(f)
	if err := f.parse(args, 0); err != nil {
		return err
	}
	o.Shards, o.Memory = int(*shards), int64(*memory)
	return bench.Serve(ctx, o, benchOutput(e))
}

func benchReport(_ context.Context, e env, args []string) error {
	var o bench.ReportOptions
	f := newFlags(e, "bench report", "FILE...")
	o.Flags(f.FlagSet)
	if err := f.parse(args, some); err != nil {
		return err
	}
	return bench.Report(o, f.Args(), e.stdout)
}

func benchClient(ctx context.Context, e env, args []string) error {
	var o bench.ClientOptions
	f := newFlags(e, "bench client", "")
	o.Flags(f.FlagSet)
	if err := f.parse(args, 0); err != nil {
		return err
	}
	return bench.Client(ctx, o, e.stdin, e.stdout)
}

func benchBroker(ctx context.Context, e env, args []string) error {
	var o bench.BrokerOptions
	f := newFlags(e, "bench broker", "")
	o.Flags(f.FlagSet)
	if err := f.parse(args, 0); err != nil {
		return err
	}
	return bench.Broker(ctx, o, e.stdin, e.stdout)
}

// benchFlags are those of the benches that open a database.
func benchFlags(f *flags) (*shardCount, *size) {
	var shards shardCount
	var memory size
	f.Var(&shards, "shards", "`N` workers")
	f.Var(&memory, "memory-limit", "`SIZE` of memory for the database, such as 512MiB")
	return &shards, &memory
}

// benchOutput shows progress on standard error.
func benchOutput(e env) bench.Output {
	o := bench.Output{Out: e.stdout, Progress: e.stderr}
	if f, ok := e.stderr.(*os.File); ok {
		info, err := f.Stat()
		o.Terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return o
}
