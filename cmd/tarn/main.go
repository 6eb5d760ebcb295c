// Command tarn is the server, the demo and the script runner.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // the server's zones must not depend on the machine's

	"github.com/tarndb/tarn"
)

// command is a subcommand. run returns when its work is done or ctx ends.
type command struct {
	name    string
	args    string
	summary string
	run     func(ctx context.Context, e env, args []string) error
}

// env is what a command may touch of the process.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

func commands() []command {
	return []command{
		{"serve", "[flags]", "run the database server", serve},
		{"demo", "[flags]", "run a server in a temporary directory, with live auction data and views", demo},
		{"run", "[flags] FILE.sql", "run a SQL script and print its results; - reads standard input", runScript},
		{"check", "[flags] DIR", "examine a data directory that no server has open", check},
		{"bench", "NAME [flags]", "measure how fast views are kept and read", runBench},
		{"version", "", "print the version", version},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second Ctrl-C ends the process at once: recovery is what a kill needs anyway.
	context.AfterFunc(ctx, stop)
	code := dispatch(ctx, env{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// errUsage is returned when the message about the mistake is printed already.
var errUsage = errors.New("usage")

// dispatch runs the command that args name and gives the exit code: 0 done, 1
// failed, 2 called wrongly.
func dispatch(ctx context.Context, e env, args []string) int {
	args, done := normalize(args)
	if done {
		usage(e.stdout)
		return map[bool]int{true: 2}[len(args) == 0]
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		switch err := c.run(ctx, e, args[1:]); {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		default:
			fmt.Fprintf(e.stderr, "tarn %s: %v\n", c.name, err)
			return 1
		}
	}
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	fmt.Fprintf(e.stderr, "tarn: unknown command %q%s\nRun 'tarn help' for the commands.\n", args[0], suggestion(args[0], names, ""))
	return 2
}

// normalize gives the spellings that other programs have accustomed people to
// one form. overview says that the list of commands is what was asked for.
func normalize(args []string) (_ []string, overview bool) {
	if len(args) == 0 {
		return args, true
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			return args, true
		}
		return []string{args[1], "--help"}, false
	case "-version", "--version":
		return append([]string{"version"}, args[1:]...), false
	}
	return args, false
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Tarn keeps SQL views of Kafka topics up to date and serves them over the Postgres protocol.\n\nUsage:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  tarn %-24s %s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	fmt.Fprint(w, "\nRun 'tarn COMMAND --help' for a command's flags.\n")
}

func version(_ context.Context, e env, args []string) error {
	fs := newFlags(e, "version", "")
	if err := fs.parse(args, 0); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "tarn %s\n", tarn.Version)
	return nil
}
