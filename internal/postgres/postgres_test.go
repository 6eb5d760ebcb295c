package postgres

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tarndb/tarn/internal/wiretest"
)

// real is the psql of the server, where TARN_POSTGRES asks for both.
func real(t *testing.T) (psql string) {
	t.Helper()
	if os.Getenv("TARN_POSTGRES") != Private {
		t.Skip("TARN_POSTGRES is not " + Private + ": run `make test-postgres`")
	}
	programs, err := Programs()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(programs, "psql")
}

// typed is what psql prints when it is given the script.
func (f *feature) typed(t *testing.T, psql, url string) string {
	t.Helper()
	cmd := exec.Command(psql, "-X", "-a", url)
	cmd.Stdin = strings.NewReader(f.script)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PGTZ=UTC", "PGAPPNAME=psql", "PGCLIENTENCODING=UTF8",
		"PGOPTIONS=-c statement_timeout="+limit, "PAGER=cat", "PSQL_HISTORY=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	return string(out)
}

// TestAnswers proves that the .out files are PostgreSQL's.
func TestAnswers(t *testing.T) {
	psql := real(t)
	url := Start(t)
	for _, f := range features(t) {
		t.Run(f.name, func(t *testing.T) {
			empty(t, url)
			got := f.typed(t, psql, url)
			if *rewrite {
				if err := os.WriteFile(f.file(".out"), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.readAnswers(); err != nil {
				t.Fatal(err)
			}
			f.same(t, got, func(s step) string { return s.want })
		})
	}
}

// empty makes the server's database as it was in the beginning.
func empty(t *testing.T, url string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, strings.Replace(url, "/tarn?", "/postgres?", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{"DROP DATABASE tarn WITH (FORCE)", "CREATE DATABASE tarn"} {
		if err := conn.Exec(ctx, sql).Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPsql types the corpus into the real psql, connected to Tarn: it prints what
// TestCorpus compares.
func TestPsql(t *testing.T) {
	psql := real(t)
	for _, f := range features(t) {
		t.Run(f.name, func(t *testing.T) {
			s := open(t, wiretest.Start(t, "").URL(""))
			f.same(t, f.typed(t, psql, wiretest.Start(t, "").URL("")), func(st step) string {
				printed, _ := s.run(st)
				return printed
			})
		})
	}
}

// same compares what psql printed of each step.
func (f *feature) same(t *testing.T, out string, want func(step) string) {
	t.Helper()
	printed, err := f.cut(out)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.steps {
		if w := want(s); printed[i] != w {
			t.Errorf("%s.sql:%d: psql printed\n%s%swant\n%s", f.name, s.Line, s.echo(), printed[i], w)
		}
	}
}
