package engine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// codeOf is an error's SQLSTATE, "" for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return pgerr.Code(err)
}

// TestNoLostUpdates lets sessions add to counters at once, in autocommit and in
// blocks: each acknowledged addition counts once, over a crash too.
func TestNoLostUpdates(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE c (k bigint PRIMARY KEY, n bigint)")
	w.exec("CREATE MATERIALIZED VIEW total AS SELECT sum(n) AS n FROM c")
	w.exec("INSERT INTO c VALUES (1, 0), (2, 0)")
	var added, conflicts atomic.Int64
	var all sync.WaitGroup
	for n := range 6 {
		s := w.session(w.db)
		all.Go(func() {
			defer s.Close()
			for i := range 15 {
				text := fmt.Sprintf("UPDATE c SET n = n + 1 WHERE k = %d", 1+i%2)
				if n%2 == 1 {
					text = "BEGIN; " + text + "; COMMIT"
				}
				_, err := run(context.Background(), s, text)
				switch codeOf(err) {
				case "":
					added.Add(1)
				case pgerr.SerializationFailure:
					conflicts.Add(1)
				default:
					t.Errorf("%s: %v", text, err)
				}
				if s.TxStatus() != 'I' {
					_, _ = run(context.Background(), s, "ROLLBACK")
				}
			}
		})
	}
	all.Wait()
	w.want("SELECT n FROM total", fmt.Sprint(added.Load()))
	w.crash()
	w.want("SELECT n FROM total", fmt.Sprint(added.Load()))
	if added.Load() < 45 {
		t.Fatalf("%d updates and %d conflicts: autocommit gave up", added.Load(), conflicts.Load())
	}
}

// TestOneInsertWins lets sessions insert the same keys: of each exactly one wins.
func TestOneInsertWins(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, who bigint)")
	var won atomic.Int64
	var all sync.WaitGroup
	for n := range 5 {
		s := w.session(w.db)
		all.Go(func() {
			defer s.Close()
			for k := range 20 {
				_, err := run(context.Background(), s, fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", k, n))
				switch codeOf(err) {
				case "":
					won.Add(1)
				case pgerr.UniqueViolation:
				default:
					t.Errorf("insert: %v", err)
				}
			}
		})
	}
	all.Wait()
	if won.Load() != 20 {
		t.Fatalf("%d inserts won", won.Load())
	}
	w.want("SELECT count(*), count(DISTINCT k) FROM t", "20|20")
}

// TestBlocks checks what a transaction block reads and keeps.
func TestBlocks(t *testing.T) {
	w := newWorld(t)
	other := w.session(w.db)
	do := func(text string) {
		t.Helper()
		if _, err := run(context.Background(), other, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY); CREATE TABLE u (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM u")

	w.exec("BEGIN; SELECT * FROM t")
	do("INSERT INTO t VALUES (1); INSERT INTO u VALUES (1)")
	w.want("SELECT * FROM t")
	w.want("SELECT * FROM v", "0")
	w.exec("INSERT INTO t VALUES (5)")
	w.want("SELECT * FROM t", "5")
	w.exec("SAVEPOINT a; INSERT INTO t VALUES (6); DELETE FROM t WHERE k = 5")
	w.want("SELECT * FROM t", "6")
	w.wantError("SELECT 1/0", pgerr.DivisionByZero, "")
	w.wantError("SELECT 1", pgerr.InFailedSQLTransaction, "aborted")
	w.exec("ROLLBACK TO a")
	w.want("SELECT * FROM t", "5")
	w.want("SELECT * FROM v", "0") // still the block's epoch
	w.wantError("FLUSH", pgerr.ActiveSQLTransaction, "FLUSH")
	w.exec("ROLLBACK")
	w.want("SELECT * FROM t", "1")

	w.exec("BEGIN; INSERT INTO u VALUES (2); INSERT INTO t VALUES (2)")
	do("INSERT INTO t VALUES (2)")
	w.wantError("COMMIT", pgerr.UniqueViolation, "Key (k)=(2)")
	w.want("SELECT * FROM u", "1")
	w.want("SELECT 1", "1")

	w.exec("BEGIN; DELETE FROM u")
	do("DROP MATERIALIZED VIEW v; DROP TABLE u")
	w.wantError("COMMIT", pgerr.UndefinedTable, "")
	w.exec("BEGIN READ ONLY")
	w.wantError("INSERT INTO t VALUES (9)", pgerr.ReadOnlySQLTransaction, "read-only")
	w.exec("ROLLBACK")
}

// TestHugeTransaction checks the bound of what a transaction changes.
func TestHugeTransaction(t *testing.T) {
	tx := newWorld(t).s.open()
	b := row.NewBatch([]row.Type{row.T(row.Text)}, 1)
	b.AppendRow(row.Row{row.BytesDatum(make([]byte, 1<<20))}, 1)
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		err = tx.add(context.Background(), catalog.Empty(), map[uint32]row.Delta{1: {b}})
	}
	checkError(t, "add", err, pgerr.ProgramLimitExceeded, "several transactions")
	if n < 200 || n > 260 {
		t.Fatalf("refused after %d MB", n)
	}
}

// TestRowsWaitForTheirTable checks that a row is not acknowledged before the table
// that it is in is durable.
func TestRowsWaitForTheirTable(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint)")
	w.loop(func() {
		o, err := w.db.catalog.Lookup(catalog.PublicSchema, "t").StoppedBy("")
		if err != nil {
			t.Error(err)
			return
		}
		o.OID, o.Name, o.Output, o.SQL = 20000, "early", 5000, "CREATE TABLE early (k bigint)"
		w.db.catalog = w.db.catalog.With(o)
		if err := w.db.flow.Attach(o); err != nil {
			t.Error(err)
		}
		w.db.endEpoch()
	})
	w.exec("INSERT INTO early VALUES (1)")
	w.crash()
	w.want("SELECT * FROM early", "1")
}
