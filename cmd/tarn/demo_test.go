package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// printedQueries are the queries that the demo prints, as a user would paste them.
func printedQueries(t *testing.T, screen string) []string {
	t.Helper()
	_, text, ok := strings.Cut(screen, "Three queries to try:\n")
	text, _, _ = strings.Cut(text, stopHint)
	if !ok {
		t.Fatalf("no queries in:\n%s", screen)
	}
	transaction := strings.Index(text, "BEGIN")
	queries := strings.SplitAfter(strings.TrimSpace(text[:transaction]), ";\n")
	return append(queries, text[transaction:])
}

func TestDemo(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	d := start(t, "demo", "--listen", "127.0.0.1:0", "--rate", "2000")
	d.out.await(t, "Ctrl-C")
	url := d.out.after(t, "Connect:")
	if !strings.Contains(d.out.String(), "psql '"+url+"'") {
		t.Errorf("no psql line in:\n%s", d.out)
	}
	conn, err := pgconn.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())

	queries := printedQueries(t, d.out.String())
	if len(queries) != 3 {
		t.Fatalf("it prints %d queries: %q", len(queries), queries)
	}
	if got := strings.Count(askOn(t, conn, queries[0]), "\n") + 1; got != 5 {
		t.Errorf("%s\ngives %d rows", queries[0], got)
	}
	if askOn(t, conn, queries[1]) == "" {
		t.Errorf("%s\ngives no rows", queries[1])
	}
	// The third compares a view with the same computed from the topic: equal each
	// time, and more each time.
	before := ""
	limit := time.After(patience)
	for moved := 0; moved < 5; {
		view, again, _ := strings.Cut(askOn(t, conn, queries[2]), "\n")
		if view != again || view == "" {
			t.Fatalf("the view says %s, recomputed it is %s", view, again)
		}
		if view != before {
			before, moved = view, moved+1
		}
		select {
		case <-limit:
			t.Fatalf("the numbers do not move from %s", view)
		default:
		}
	}
	checkDemoViews(t, conn)
	if got := askOn(t, conn, `SELECT * FROM tarn.errors`); got != "" {
		t.Errorf("errors: %s", got)
	}
	if code := d.end(t); code != 0 {
		t.Errorf("exit code %d, it said %s", code, d.errs)
	}
	if d.errs.String() != "" {
		t.Errorf("it complains: %s", d.errs)
	}
	if left, _ := filepath.Glob(filepath.Join(tmp, "*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// checkDemoViews compares each view with its own query at the same epoch.
func checkDemoViews(t *testing.T, conn *pgconn.PgConn) {
	t.Helper()
	names := strings.Fields(askOn(t, conn, `SELECT name FROM tarn.views`))
	if len(names) < 4 {
		t.Errorf("views: %v", names)
	}
	for _, name := range names {
		definition := askOn(t, conn, `SELECT definition FROM tarn.views WHERE name = '`+name+`'`)
		got := askOn(t, conn, `BEGIN; SELECT count(*) > 0 FROM `+name+`;
			SELECT count(*) FROM (SELECT * FROM `+name+` EXCEPT SELECT * FROM (`+definition+`) d) x;
			SELECT count(*) FROM (SELECT * FROM (`+definition+`) d EXCEPT SELECT * FROM `+name+`) x; COMMIT`)
		if got != "t\n0\n0" {
			t.Errorf("view %s: %q", name, got)
		}
	}
}

// TestDemoPortInUse starts two demos, as a user does who forgot the first.
func TestDemoPortInUse(t *testing.T) {
	taken, err := net.Listen("tcp", defaultListen)
	if err == nil {
		defer taken.Close()
	}
	d := start(t, "demo")
	d.out.await(t, "Ctrl-C")
	if want := defaultListen + " is in use; taking a free port instead.\n"; d.errs.String() != want {
		t.Errorf("it says %q, want %q", d.errs, want)
	}
	if got := ask(t, d.out.after(t, "Connect:"), `SELECT 1`); got != "1" {
		t.Errorf("got %q", got)
	}
	if code, _, stderr := call(t, "", "demo", "--listen", defaultListen); code != 1 || !strings.Contains(stderr, "choose another address with --listen") {
		t.Errorf("a port that was asked for: exit code %d, %q", code, stderr)
	}
}

// TestDemoStopsEarly stops a demo that is not ready yet.
func TestDemoStopsEarly(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	d := start(t, "demo", "--listen", "127.0.0.1:0")
	if code := d.end(t); code != 0 {
		t.Errorf("exit code %d, it said %s", code, d.errs)
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}
