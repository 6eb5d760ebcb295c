package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the scripts print into their .out files")

// TestRunGolden runs each script of testdata/run and compares what it prints
// with the file of the same name that ends in .out.
func TestRunGolden(t *testing.T) {
	scripts, err := filepath.Glob("testdata/run/*.sql")
	if err != nil || len(scripts) == 0 {
		t.Fatal(err)
	}
	for _, script := range scripts {
		t.Run(filepath.Base(script), func(t *testing.T) {
			golden(t, script, strings.TrimSuffix(script, ".sql")+".out")
		})
	}
}

// golden compares what a script prints with a file.
func golden(t *testing.T, script, file string) {
	t.Helper()
	code, stdout, stderr := call(t, "", "run", script)
	got := fmt.Sprintf("%s-- stderr:\n%s-- exit code %d\n", stdout, stderr, code)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestRunStandardInput(t *testing.T) {
	code, stdout, stderr := call(t, "SELECT 1 AS one;\nSELECT 1/0", "run", "-")
	if want := " one \n-----\n   1\n(1 row)\n\n"; stdout != want {
		t.Errorf("stdout: %q", stdout)
	}
	if want := "tarn run: -:2: ERROR:  division by zero\n"; stderr != want || code != 1 {
		t.Errorf("exit code %d, stderr: %q", code, stderr)
	}
	if code, stdout, stderr := call(t, " -- nothing\n", "run", "-"); code != 0 || stdout+stderr != "" {
		t.Errorf("an empty script: exit code %d, %q", code, stdout+stderr)
	}
}

// TestRunData runs two scripts on one directory.
func TestRunData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := call(t, "CREATE TABLE t (a int); INSERT INTO t VALUES (7)", "run", "--data", dir, "--shards", "1", "-"); code != 0 {
		t.Fatal(stderr)
	}
	_, stdout, stderr := call(t, "SELECT a FROM t", "run", "--data", dir, "--shards", "1", "-")
	if !strings.Contains(stdout, "7\n") {
		t.Errorf("%q, %q", stdout, stderr)
	}
}

// TestRunURL runs a script on a server.
func TestRunURL(t *testing.T) {
	s := start(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0")
	s.out.await(t, "Ctrl-C")
	url := s.out.after(t, "Connect:")
	if code, _, stderr := call(t, "CREATE TABLE t (a int); INSERT INTO t VALUES (7)", "run", "--url", url, "-"); code != 0 {
		t.Fatal(stderr)
	}
	_, stdout, stderr := call(t, "SELECT a FROM t; SELECT b FROM t", "run", "--url", url, "-")
	if !strings.Contains(stdout, "7\n") || !strings.Contains(stderr, `column "b" does not exist`) {
		t.Errorf("%q, %q", stdout, stderr)
	}
	if code := s.end(t); code != 0 {
		t.Errorf("the server's exit code: %d", code)
	}
	if code, _, stderr := call(t, "SELECT 1", "run", "--url", url, "-"); code != 1 || !strings.Contains(stderr, "connect") {
		t.Errorf("no server: exit code %d, %q", code, stderr)
	}
}

// TestRunLeavesNothing holds run to removing its temporary directory.
func TestRunLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	call(t, "CREATE TABLE t (a int); SELECT 1/0", "run", "-")
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

func TestRunByteOrderMark(t *testing.T) {
	if code, stdout, stderr := call(t, "\ufeffSELECT 1 AS one", "run", "-"); code != 0 || !strings.Contains(stdout, "one") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
}

func TestRunInterrupted(t *testing.T) {
	p := startProcess(t, "run", "testdata/endless.sql")
	p.out.await(t, "begun")
	if code := p.signal(t, syscall.SIGINT); code != 1 || p.errs.String() != "tarn run: interrupted; the statements before are done\n" {
		t.Errorf("exit code %d, %q", code, p.errs)
	}
}
