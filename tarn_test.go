package tarn_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func open(t *testing.T, o tarn.Options) *tarn.DB {
	t.Helper()
	db, err := tarn.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// table is a result with a line a row and a bar between cells.
func table(r *tarn.Result) string {
	var lines []string
	for i := range r.Rows {
		var cells []string
		for c := range r.Columns {
			text, null := r.Text(i, c)
			if null {
				text = "NULL"
			}
			cells = append(cells, text)
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n")
}

func query(t *testing.T, db *tarn.DB, sql string) string {
	t.Helper()
	r, err := db.Query(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return table(r)
}

func TestEmbedding(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	db := open(t, tarn.Options{Dir: dir, Shards: 2})
	ctx := context.Background()
	if err := db.Exec(ctx, `CREATE TABLE t (k int PRIMARY KEY, v text);
		CREATE MATERIALIZED VIEW n AS SELECT v, count(*) AS n FROM t GROUP BY v`); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec(ctx, `INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, NULL)`); err != nil {
		t.Fatal(err)
	}
	want := "a|2\nNULL|1"
	if got := query(t, db, `SELECT * FROM n ORDER BY v`); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := query(t, db, `SELECT 1; SELECT 2 AS x UNION ALL SELECT 2`); got != "2\n2" {
		t.Errorf("the last statement's rows, each as often as it stands: got %q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = open(t, tarn.Options{Dir: dir, Shards: 2})
	if got := query(t, db, `SELECT * FROM n ORDER BY v`); got != want {
		t.Errorf("after reopening: got %q, want %q", got, want)
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	if _, err := tarn.Open(tarn.Options{}); err == nil {
		t.Error("a database without a directory opened")
	}
	dir := t.TempDir()
	db := open(t, tarn.Options{Dir: dir})
	if _, err := tarn.Open(tarn.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opening twice: %v", err)
	}
	r, err := db.Query(ctx, `SELECT 1, nosuch`)
	var pe *pgerr.Error
	if !errors.As(err, &pe) || pe.Code != pgerr.UndefinedColumn || pe.Position != 11 || r != nil {
		t.Errorf("got %v, %#v", r, err)
	}
	if err := db.Exec(ctx, `CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1/0`); err == nil {
		t.Error("division by zero passed")
	}
	if got := query(t, db, `SELECT 1`); got != "1" {
		t.Errorf("after an error: %q", got)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.Exec(canceled, `CREATE TABLE u (a int)`); err == nil {
		t.Error("a statement ran under a context that had ended")
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if err := db.Exec(ctx, `SELECT 1`); !errors.As(err, &pe) || pe.Code != pgerr.AdminShutdown {
		t.Errorf("a closed database says %v", err)
	}
}

// TestCloseEndsQueries closes under a query that would take hours.
func TestCloseEndsQueries(t *testing.T) {
	db := open(t, tarn.Options{Dir: t.TempDir()})
	running := make(chan error)
	go func() {
		for {
			r, err := db.Query(context.Background(), `SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b`)
			if err != nil || len(r.Rows) > 0 {
				running <- err
				return
			}
		}
	}()
	for query(t, db, `SELECT count(*) FROM tarn.sessions WHERE query LIKE 'SELECT count(*) FROM generate%'`) != "1" {
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := <-running; err == nil {
		t.Error("the query ran to its end")
	}
}

func TestEmbeddedBroker(t *testing.T) {
	db := open(t, tarn.Options{Dir: t.TempDir(), EmbeddedBroker: "127.0.0.1:0"})
	if !strings.HasPrefix(db.BrokerAddr(), "127.0.0.1:") {
		t.Errorf("the broker is at %q", db.BrokerAddr())
	}
	if db := open(t, tarn.Options{Dir: t.TempDir()}); db.BrokerAddr() != "" {
		t.Errorf("there is a broker at %q that nobody asked for", db.BrokerAddr())
	}
	dir := t.TempDir()
	if _, err := tarn.Open(tarn.Options{Dir: dir, EmbeddedBroker: db.BrokerAddr()}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("two brokers on one port: %v", err)
	}
	open(t, tarn.Options{Dir: dir}) // the failure has let go of the directory
}
