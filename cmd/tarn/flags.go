package main

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// flags is a command's flag set; a mistake names the flag that was meant.
type flags struct {
	*flag.FlagSet
	env  env
	args string
}

func newFlags(e env, name, args string) *flags {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return &flags{fs, e, args}
}

// some arguments are one or more.
const some = -1

// parse reads the flags; want is how many arguments must follow them, or some.
func (f *flags) parse(args []string, want int) error {
	err := f.FlagSet.Parse(args)
	switch {
	case err == flag.ErrHelp:
		f.help(f.env.stdout)
		return err
	case err != nil:
		fmt.Fprintf(f.env.stderr, "tarn %s: %v%s\n", f.Name(), tidy(err), f.hint(err))
		fmt.Fprintf(f.env.stderr, "Run 'tarn %s --help' for its flags.\n", f.Name())
		return errUsage
	case want == some && f.NArg() > 0:
	case f.NArg() != want:
		fmt.Fprintf(f.env.stderr, "tarn %s: %s\nRun 'tarn %s --help' for its flags.\n", f.Name(), argCount(f.NArg(), want, f.args), f.Name())
		return errUsage
	}
	return nil
}

func argCount(have, want int, names string) string {
	if have < want || want == some {
		return "missing argument: " + names
	}
	return fmt.Sprintf("unexpected argument after the flags: it takes %d", want)
}

// tidy writes flags with two dashes, as the help does.
func tidy(err error) string {
	return strings.NewReplacer(
		"flag provided but not defined: -", "unknown flag: --",
		"for flag -", "for flag --",
		"flag needs an argument: -", "missing value: --",
	).Replace(err.Error())
}

func (f *flags) hint(err error) string {
	_, name, ok := strings.Cut(err.Error(), "not defined: -")
	if !ok {
		return ""
	}
	var names []string
	f.VisitAll(func(x *flag.Flag) { names = append(names, x.Name) })
	return suggestion(strings.TrimLeft(name, "-"), names, "--")
}

// suggestion is " (did you mean X?)" for the nearest name, if one is near.
func suggestion(given string, names []string, prefix string) string {
	best, at := 3, ""
	for _, n := range names {
		if d := editDistance(given, n); d < best {
			best, at = d, n
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, at)
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		last := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := last
			if a[i-1] != b[j-1] {
				cost++
			}
			last = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

func (f *flags) help(w io.Writer) {
	fmt.Fprintf(w, "Usage: tarn %s\n\n", strings.TrimSpace(f.Name()+" [flags] "+f.args))
	f.VisitAll(func(x *flag.Flag) {
		kind, text := flag.UnquoteUsage(x)
		fmt.Fprintf(w, "  --%-30s %s", strings.TrimSpace(x.Name+" "+kind), text)
		switch {
		case strings.Contains(text, "(default"):
		case x.DefValue == "":
			fmt.Fprint(w, " (default none)")
		default:
			fmt.Fprintf(w, " (default %s)", x.DefValue)
		}
		fmt.Fprintln(w)
	})
}

// given reports that the command line names a flag.
func (f *flags) given(name string) bool {
	found := false
	f.Visit(func(x *flag.Flag) { found = found || x.Name == name })
	return found
}

// maxShards is past what any machine has cores for.
const maxShards = 1024

// shardCount is a flag of workers.
type shardCount int

func (n *shardCount) String() string {
	if *n == 0 {
		return "the data directory's; of a new one, one per core"
	}
	return strconv.Itoa(int(*n))
}

func (n *shardCount) Set(v string) error {
	i, err := strconv.Atoi(v)
	if err != nil || i < 1 || i > maxShards {
		return fmt.Errorf("not a number from 1 to %d", maxShards)
	}
	*n = shardCount(i)
	return nil
}

// size is a flag of bytes: 512MB, 4GiB, 1000000. Units are powers of 1024.
type size int64

func (s *size) String() string {
	switch n := int64(*s); {
	case n == 0:
		return "none"
	case n%(1<<30) == 0:
		return fmt.Sprintf("%dGiB", n>>30)
	case n%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", n>>20)
	default:
		return strconv.FormatInt(n, 10)
	}
}

func (s *size) Set(v string) error {
	text := strings.ToUpper(strings.TrimSpace(v))
	unit := strings.TrimLeft(text, "0123456789.")
	scale, ok := map[string]float64{
		"": 1, "B": 1, "K": 1 << 10, "KB": 1 << 10, "KIB": 1 << 10, "M": 1 << 20, "MB": 1 << 20, "MIB": 1 << 20,
		"G": 1 << 30, "GB": 1 << 30, "GIB": 1 << 30, "T": 1 << 40, "TB": 1 << 40, "TIB": 1 << 40,
	}[strings.TrimSpace(unit)]
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
	if err != nil || !ok || n*scale >= 1<<62 {
		return fmt.Errorf("not a size: write a number and a unit, such as 512MiB or 4GiB")
	}
	*s = size(n * scale)
	return nil
}
