package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tarndb/tarn"
)

func TestDispatch(t *testing.T) {
	for _, tc := range []struct {
		args   string
		code   int
		stdout string // a part of it; empty: nothing is printed
		stderr string
	}{
		{"", 2, "tarn serve [flags]", ""},
		{"help", 0, "tarn demo [flags]", ""},
		{"--help", 0, "tarn run [flags] FILE.sql", ""},
		{"-h", 0, "Run 'tarn COMMAND --help'", ""},
		{"help serve", 0, "Usage: tarn serve [flags]", ""},
		{"help nosuch", 2, "", `tarn: unknown command "nosuch"`},
		{"version", 0, "tarn " + tarn.Version + "\n", ""},
		{"--version", 0, "tarn " + tarn.Version + "\n", ""},
		{"version now", 2, "", "unexpected argument"},
		{"nosuch", 2, "", "Run 'tarn help' for the commands."},
		{"serv", 2, "", "(did you mean serve?)"},
		{"dmeo", 2, "", "(did you mean demo?)"},
		{"-run", 2, "", `unknown command "-run" (did you mean run?)`},
		{"serve --datta x", 2, "", "tarn serve: unknown flag: --datta (did you mean --data?)\nRun 'tarn serve --help' for its flags.\n"},
		{"serve -lisen x", 2, "", "(did you mean --listen?)"},
		{"demo --data x", 2, "", "unknown flag: --data"},
		{"serve --frobnicate", 2, "", "unknown flag: --frobnicate\n"},
		{"serve --data", 2, "", "missing value: --data\n"},
		{"serve here", 2, "", "unexpected argument"},
		{"serve --shards 0", 2, "", `invalid value "0" for flag --shards: not a number from 1 to 1024`},
		{"serve --shards many", 2, "", "not a number from 1 to 1024"},
		{"serve --memory-limit lots", 2, "", `invalid value "lots" for flag --memory-limit: not a size`},
		{"serve --memory-limit -1MB", 2, "", "not a size"},
		{"serve --memory-limit 9999999999TB", 2, "", "not a size"},
		{"demo --rate -1", 2, "", `invalid value "-1" for flag --rate`},
		{"run", 2, "", "missing argument: FILE.sql"},
		{"run a.sql b.sql", 2, "", "unexpected argument"},
		{"run nosuch.sql", 1, "", "tarn run: open nosuch.sql: no such file"},
		{"run --url http://x -", 1, "", "--url"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			code, stdout, stderr := call(t, "", strings.Fields(tc.args)...)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			check := func(name, got, want string) {
				if !strings.Contains(got, want) || want == "" && got != "" {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			check("stdout", stdout, tc.stdout)
			check("stderr", stderr, tc.stderr)
		})
	}
}

// TestHelpTellsDefaults holds every flag to saying what it is without being given.
func TestHelpTellsDefaults(t *testing.T) {
	for _, c := range commands() {
		code, help, _ := call(t, "", c.name, "--help")
		if code != 0 || !strings.HasPrefix(help, "Usage: tarn "+c.name) {
			t.Errorf("tarn %s --help: exit code %d\n%s", c.name, code, help)
		}
		for line := range strings.Lines(help) {
			if strings.HasPrefix(line, "  --") && !strings.Contains(line, "(default ") {
				t.Errorf("tarn %s --help: no default in %q", c.name, line)
			}
		}
	}
	_, help, _ := call(t, "", "serve", "--help")
	for _, want := range []string{
		"--data DIR", "(default tarn-data)", "(default 127.0.0.1:8276)", "--shards N", "(default the data directory's; of a new one, one per core)",
		"--memory-limit SIZE", "--embedded-broker ADDR", "(default none)",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("tarn serve --help lacks %q:\n%s", want, help)
		}
	}
}

func TestSize(t *testing.T) {
	for _, tc := range []struct {
		text string
		want size
		show string
	}{
		{"1000000", 1000000, "1000000"}, {"64 kb", 64 << 10, "65536"}, {"512MB", 512 << 20, "512MiB"},
		{"1.5GiB", 3 << 29, "1536MiB"}, {"4g", 4 << 30, "4GiB"}, {"0", 0, "none"},
	} {
		var s size
		if err := s.Set(tc.text); err != nil || s != tc.want || fmt.Sprint(&s) != tc.show {
			t.Errorf("%s: %d (%v), %v", tc.text, int64(s), &s, err)
		}
	}
}
