package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// serveProcess starts the real server on free ports and waits until it serves.
func serveProcess(t *testing.T, args ...string) (p *process, url string) {
	t.Helper()
	p = startProcess(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.out.await(t, "Ctrl-C")
	return p, p.out.after(t, "Connect:")
}

// ask gives a query's rows as text, a line a row.
func ask(t *testing.T, url, sql string) string {
	t.Helper()
	conn, err := pgconn.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	return askOn(t, conn, sql)
}

func askOn(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := conn.Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var lines []string
	for _, r := range results {
		for _, row := range r.Rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, string(c))
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
	}
	return strings.Join(lines, "\n")
}

// TestKillAndInterrupt kills a server under a client, and stops the next one
// with Ctrl-C: what was acknowledged is there after both.
func TestKillAndInterrupt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, url := serveProcess(t, "--data", dir)
	ask(t, url, `CREATE TABLE t (a int PRIMARY KEY); CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t`)
	ask(t, url, `INSERT INTO t SELECT * FROM generate_series(1, 100)`)
	if code := p.signal(t, syscall.SIGKILL); code != -1 {
		t.Fatalf("killed, with exit code %d", code)
	}
	p, url = serveProcess(t, "--data", dir)
	if got := ask(t, url, `SELECT n FROM v; SELECT count(*) FROM t`); got != "100\n100" {
		t.Errorf("after kill -9: %q", got)
	}
	// Neither an open transaction nor a running query holds up the end.
	idle, err := pgconn.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close(context.Background())
	askOn(t, idle, `BEGIN; INSERT INTO t VALUES (1000)`)
	busy, err := pgconn.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close(context.Background())
	busy.Exec(context.Background(), `SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b`)
	if code := p.signal(t, syscall.SIGINT); code != 0 {
		t.Errorf("Ctrl-C: exit code %d, it said:\n%s", code, p.errs)
	}
	if p.errs.String() != "" {
		t.Errorf("it complains: %s", p.errs)
	}
	p, url = serveProcess(t, "--data", dir)
	if got := ask(t, url, `SELECT n FROM v`); got != "100" {
		t.Errorf("after Ctrl-C: %q", got)
	}
	if code := p.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit code %d", code)
	}
}

// TestServeRefuses opens what cannot be served: the message names what to do or
// what is wrong, and nothing is written.
func TestServeRefuses(t *testing.T) {
	root := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return filepath.Dir(path)
	}
	used := filepath.Join(root, "used")
	s := start(t, "serve", "--data", used, "--listen", "127.0.0.1:0", "--embedded-broker", "127.0.0.1:0")
	s.out.await(t, "Ctrl-C")
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	fresh := filepath.Join(root, "fresh")
	stateless := file("headless/state/000001.log", "")
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"in use", []string{"--data", used}, "data directory " + used + " is in use"},
		{"newer", []string{"--data", file("newer/TARN", "tarn data directory, format 99\n")}, "was written by format 99; this binary reads"},
		{"corrupt head", []string{"--data", file("garbage/TARN", "hello")}, "is corrupt"},
		{"no head", []string{"--data", filepath.Dir(stateless)}, "is corrupt"},
		{"a file", []string{"--data", filepath.Join(file("plain", ""), "plain")}, "plain"},
		{"port", []string{"--data", fresh, "--listen", port.Addr().String()}, "choose another address with --listen"},
		{"no port", []string{"--data", fresh, "--listen", "localhost"}, "--listen"},
		{"broker's port", []string{"--data", fresh, "--embedded-broker", port.Addr().String()}, "--embedded-broker"},
		{"profiles everywhere", []string{"--data", fresh, "--pprof", ":6060"}, "is not a loopback address"},
		{"profiles elsewhere", []string{"--data", fresh, "--pprof", "192.0.2.1:6060"}, "is not a loopback address"},
		{"profiles' port", []string{"--data", fresh, "--pprof", port.Addr().String()}, "choose another address with --pprof"},
		{"broker everywhere", []string{"--data", fresh, "--embedded-broker", ":9092"}, "--embedded-broker"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			args := append([]string{"serve", "--listen", "127.0.0.1:0"}, tc.args...)
			before := tree(t, root)
			code, stdout, stderr := call(t, "", args...)
			if code != 1 || stdout != "" || !strings.Contains(stderr, tc.want) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("exit code %d, %q, stderr %q, want %q", code, stdout, stderr, tc.want)
			}
			if after := tree(t, root); tc.name != "broker's port" && tc.name != "broker everywhere" && after != before {
				t.Errorf("the files were\n%s\nand are\n%s", before, after)
			}
		})
	}
	if code := s.end(t); code != 0 {
		t.Errorf("the server that all ran beside: exit code %d", code)
	}
}

// TestProfiles asks a server for profiles while it serves.
func TestProfiles(t *testing.T) {
	p, url := serveProcess(t, "--data", filepath.Join(t.TempDir(), "data"), "--pprof", "127.0.0.1:0")
	at := p.out.after(t, "Profiles:")
	for _, path := range []string{"", "heap?debug=1", "goroutine?debug=1"} {
		resp, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "goroutine") && !strings.Contains(string(body), "heap profile") {
			t.Errorf("%s%s: %s, %v:\n%.200s", at, path, resp.Status, err, body)
		}
	}
	if got := ask(t, url, "SELECT 1"); got != "1" {
		t.Errorf("SELECT 1 gives %q", got)
	}
	if code := p.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("SIGTERM: exit code %d", code)
	}
}

// TestServeCorrupt serves a directory whose state is damaged.
func TestServeCorrupt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := call(t, "CREATE TABLE t (a int)", "run", "--data", dir, "-"); code != 0 {
		t.Fatal(stderr)
	}
	manifests, _ := filepath.Glob(filepath.Join(dir, "state", "MANIFEST-*"))
	for _, m := range manifests {
		if err := os.WriteFile(m, []byte("not a manifest"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, dir)
	code, stdout, stderr := call(t, "", "serve", "--data", dir, "--listen", "127.0.0.1:0")
	if code != 1 || stdout != "" || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "corrupt") {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	if after := tree(t, dir); after != before {
		t.Errorf("the files were\n%s\nand are\n%s", before, after)
	}
}

// tree lists files with their sizes, but for what a live server beside changes.
func tree(t *testing.T, root string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(path, filepath.Join(root, "used")) || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		lines = append(lines, strings.TrimPrefix(path, root)+" "+string(text[:min(len(text), 40)]))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
