// Package psqltest drives the real psql against a server in process, and compares
// what it prints with golden files. -rewrite makes them anew.
package psqltest

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/wiretest"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files from what psql prints now")

// major is the version of psql that the golden files are of: others ask the
// catalogs other questions and print the answers otherwise.
const major = "15"

// psql is the binary, and a server with the schema that the scripts know.
func psql(t *testing.T) (binary string, s *wiretest.Server) {
	t.Helper()
	binary = os.Getenv("TARN_PSQL")
	if binary == "" {
		t.Skip("TARN_PSQL does not name a psql binary: run `make test-psql`")
	}
	version, err := exec.Command(binary, "--version").Output()
	if err != nil {
		t.Fatalf("%s --version: %v", binary, err)
	}
	if f := strings.Fields(string(version)); len(f) < 3 || !strings.HasPrefix(f[2], major+".") {
		t.Fatalf("%s says %q: the golden files are of psql %s", binary, version, major)
	}
	schema, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	return binary, wiretest.Start(t, string(schema))
}

func command(binary string, s *wiretest.Server, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{"-X", s.URL("")}, args...)...)
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGAPPNAME=psql", "LC_ALL=C.UTF-8", "PAGER=cat", "PGOPTIONS=", "PGCLIENTENCODING=UTF8")
	return cmd
}

var elapsed = regexp.MustCompile(`Time: [0-9.]+ ms( \([0-9:.]+\))?`)

// Each script is typed into psql, which echoes it, and the whole screen compared.
func TestScripts(t *testing.T) {
	binary, s := psql(t)
	for _, name := range []string{"describe", "queries", "catalog", "errors", "writes"} {
		t.Run(name, func(t *testing.T) {
			script, err := os.Open(filepath.Join("testdata", name+".sql"))
			if err != nil {
				t.Fatal(err)
			}
			defer script.Close()
			cmd := command(binary, s, "-a", "-v", "HISTFILE=/dev/null")
			cmd.Stdin = script
			got, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("psql: %v\n%s", err, got)
			}
			got = elapsed.ReplaceAll(got, []byte("Time: ... ms"))
			compare(t, filepath.Join("testdata", name+".out"), got)
		})
	}
}

func compare(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d differs: printed\n%s\nwant\n%s", golden, i+1, excerpt(g, i), excerpt(w, i))
		}
	}
}

// excerpt is a few lines from i on.
func excerpt(lines []string, i int) string {
	if i >= len(lines) {
		return "(the end)"
	}
	return strings.Join(lines[i:min(i+8, len(lines))], "\n")
}

func TestCommands(t *testing.T) {
	binary, s := psql(t)
	for _, c := range []struct {
		args      []string
		want, err string
	}{
		{[]string{"-At", "-c", "SELECT 1; SELECT 2"}, "1\n2\n", ""},
		{[]string{"-At", "-c", "SELECT 1", "-c", `\echo two`, "-c", "SELECT 3"}, "1\ntwo\n3\n", ""},
		{[]string{"-At", "-c", "INSERT INTO orders VALUES (90); SELECT 1/0"}, "INSERT 0 1\n", "ERROR:  division by zero\n"},
		{[]string{"-At", "-c", "SELECT count(*) FROM orders WHERE id = 90"}, "0\n", ""},
		{[]string{"-1", "-At", "-c", "INSERT INTO orders VALUES (91)", "-c", "SELECT count(*) FROM orders WHERE id = 91"}, "INSERT 0 1\n1\n", ""},
		{[]string{"-At", "-F,", "-c", "SELECT id, name FROM customers ORDER BY id"}, "1,ann\n2,bob\n", ""},
		{[]string{"--csv", "-c", "SELECT id, tags FROM customers ORDER BY id"}, "id,tags\n1,\"{a,\"\"b c\"\"}\"\n2,\n", ""},
		{[]string{"-v", "who=bob", "-At", "-c", "SELECT 1", "-f", "testdata/variable.sql"}, "1\n2\n", ""},
		{[]string{"-At", "-c", "SELECT nope"}, "", "ERROR:  column \"nope\" does not exist\nLINE 1: SELECT nope\n               ^\n"},
	} {
		cmd := command(binary, s, c.args...)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		if (err != nil) != (c.err != "") || out.String() != c.want || errs.String() != c.err {
			t.Errorf("psql %q printed %q and %q, %v; want %q and %q", c.args, out.String(), errs.String(), err, c.want, c.err)
		}
	}
}

// ^C ends the query.
func TestInterrupt(t *testing.T) {
	binary, s := psql(t)
	cmd := command(binary, s, "-c", "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a # b = 7")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		r, err := s.DB.Query(context.Background(), "SELECT count(*) FROM tarn.sessions WHERE state = 'active' AND application = 'psql'")
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := r.Text(0, 0); n == "1" {
			break
		}
		if time.Now().After(end) {
			_ = cmd.Process.Kill()
			t.Fatal("the query did not begin")
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its status tells of the cancelled command
	if want := "Cancel request sent\nERROR:  canceling statement due to user request\n"; out.String() != want {
		t.Errorf("psql printed %q, want %q", out.String(), want)
	}
}
