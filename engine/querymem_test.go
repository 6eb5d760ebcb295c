package engine

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// bigTable fills a table and a view of it, of some megabytes each.
func bigTable(w *world, rows int) {
	w.t.Helper()
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, g bigint, x text)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT k, g, x || '!' AS x FROM t")
	const part = 5000
	for at := 0; at < rows; at += part {
		w.exec(fmt.Sprintf("INSERT INTO t SELECT i, i %% 7, repeat('x', 400) || i FROM generate_series(%d, %d) i", at+1, at+part))
		w.commit()
	}
}

// TestQueriesObeyTheLimit reads views several times as large as the memory limit:
// what a query must hold is little, or it fails alone.
func TestQueriesObeyTheLimit(t *testing.T) {
	const limit, rows = 12 << 20, 50000 // 20 MB of text, twice
	w := newWorld(t, func(o *Options) { o.MemoryLimit = limit })
	bigTable(w, rows)
	queries := "SELECT bytes FROM tarn.memory WHERE part = 'queries'"
	sum := fmt.Sprintf("%d|%d", rows, rows*(rows+1)/2)
	answered := func() {
		t.Helper()
		w.want("SELECT count(*), sum(k) FROM v WHERE length(x) > 400", sum)
		w.want("SELECT g, count(*) > 7000, max(k) > 49990 FROM v GROUP BY g", lines(7, func(i int) string { return fmt.Sprintf("%d|t|t", i) })...)
		w.want("SELECT count(*) FROM t JOIN (VALUES (1), (3)) AS s(g) ON t.g = s.g", fmt.Sprint(2*7143))
		if n := w.db.store.Memory().Use().Reserved; n[storage.QueryMemory] != 0 {
			t.Fatalf("queries hold %d bytes when all have ended", n[storage.QueryMemory])
		}
	}
	answered()
	for _, q := range []string{
		"SELECT * FROM v ORDER BY x",
		"SELECT * FROM v WHERE random() >= 0 ORDER BY x DESC",
		"SELECT a.k, b.k FROM v a, v b",
		"SELECT DISTINCT x FROM v",
		"UPDATE t SET x = x || '?'",
	} {
		w.wantError(q, pgerr.OutOfMemory, "--memory-limit")
		answered()
	}
	w.want(queries, "0")
	w.exec("DELETE FROM t WHERE k = 1")
	w.want("SELECT count(*) FROM v", fmt.Sprint(rows-1))
}

// TestChunksAddUp compares queries run in many small steps with what one step
// gives.
func TestChunksAddUp(t *testing.T) {
	w := newWorld(t)
	log := w.events(2)
	for i := range 3000 {
		log.Append(int32(i%2), nil, event(i%300, i))
	}
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, g bigint)")
	w.exec("INSERT INTO t SELECT i, i % 10 FROM generate_series(1, 2000) i")
	for _, q := range []string{
		"SELECT 1", "SELECT count(*) FROM t WHERE k < 0", "SELECT k FROM t WHERE g = 3",
		"SELECT g, count(*), min(k), max(k) FROM t GROUP BY g",
		"SELECT t.g, count(*), sum(e.v) FROM t JOIN events e ON t.k = e.id GROUP BY t.g",
		"SELECT count(*) FROM t a, t b WHERE a.k < b.k",
		"SELECT DISTINCT g FROM t", "SELECT k FROM t EXCEPT SELECT id FROM events",
		"SELECT k FROM t ORDER BY g, k DESC LIMIT 7", "SELECT k FROM t LEFT JOIN events e ON e.id = k WHERE e.id IS NULL",
		"SELECT (SELECT max(k) FROM t), count(*) FROM events", "SELECT g, row_number() OVER (PARTITION BY g ORDER BY k) FROM t WHERE k < 50",
	} {
		want := w.exec(q)
		w.loop(func() { w.db.opts.chunkRows = 17 })
		if got := w.exec(q); got != want {
			t.Errorf("%s: in chunks\n%s\nin one\n%s", q, got, want)
		}
		w.loop(func() { w.db.opts.chunkRows = 0 })
	}
}

// TestErrorsOfChunks looks at rows on which an expression fails in one chunk: those
// that a later chunk takes back fail nothing, wherever they are, and all others do.
func TestErrorsOfChunks(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.chunkRows = 17 })
	w.exec("CREATE TABLE few (k bigint PRIMARY KEY, g bigint)")
	w.exec("CREATE TABLE many (k bigint PRIMARY KEY, g bigint)")
	w.exec("INSERT INTO few SELECT i, i % 10 FROM generate_series(0, 99) i")
	w.exec("INSERT INTO many SELECT i, i % 10 FROM generate_series(0, 999) i")
	for _, c := range []struct{ q, want string }{
		// A row of few has no partner in many yet when few has been fed.
		{"SELECT count(1 / CASE WHEN m.k IS NULL THEN 0 ELSE 1 END) FROM few f LEFT JOIN many m ON m.k = f.k", "100"},
		{"SELECT count(1 / CASE WHEN m.k IS NULL THEN 0 ELSE 1 END) FROM few f LEFT JOIN many m ON m.k = f.k + 900 WHERE f.k <= 99", "100"},
		// Sums are out of range on the way, and groups smaller than they will be.
		{"SELECT sum(CASE WHEN k < 500 THEN 9e18::bigint ELSE -9e18::bigint END)::bigint FROM many", "0"},
		{"SELECT sum(1 / (n / 100)) FROM (SELECT g, count(*) AS n FROM many GROUP BY g) x", "10"},
		{"SELECT 1 / (SELECT count(*) FROM many) FROM few WHERE k = 3", "0"},
	} {
		w.want(c.q, c.want)
	}
	for _, q := range []string{
		"SELECT count(1 / CASE WHEN m.k IS NULL THEN 0 ELSE 1 END) FROM few f LEFT JOIN many m ON m.k = f.k + 950",
		"SELECT count(1 / (k - 3)) FROM many",
		"SELECT count(1 / (k - 999)) FROM many",
		"SELECT sum(1 / (n / 101)) FROM (SELECT g, count(*) AS n FROM many GROUP BY g) x",
	} {
		w.wantError(q, pgerr.DivisionByZero, "division by zero")
	}
	w.wantError("SELECT (SELECT k FROM many WHERE g = 3)", pgerr.CardinalityViolation, "more than one row")
}

// TestVolatileQueriesAreOneStep reads rows that would come and go if their inputs
// came one by one, with values that would not be the same both times.
func TestVolatileQueriesAreOneStep(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.chunkRows = 17 })
	w.exec("CREATE TABLE few (k bigint PRIMARY KEY)")
	w.exec("CREATE TABLE many (k bigint PRIMARY KEY)")
	w.exec("INSERT INTO few SELECT i FROM generate_series(0, 49) i")
	w.exec("INSERT INTO many SELECT i FROM generate_series(0, 999) i")
	w.want("SELECT count(*), count(DISTINCT r) > 40, count(k) FROM (SELECT m.k, random() AS r FROM few f LEFT JOIN many m ON m.k = f.k) x", "50|t|50")
}

// TestRecursionIsHeld runs recursive queries in short chunks, with values that may
// differ from call to call, and until they may hold no more.
func TestRecursionIsHeld(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.chunkRows, o.MemoryLimit = 17, 64<<20 })
	w.exec("CREATE TABLE edge (a bigint, b bigint)")
	w.exec("INSERT INTO edge SELECT i, i * 2 FROM generate_series(1, 300) i")
	w.exec("INSERT INTO edge SELECT i, i * 2 + 1 FROM generate_series(1, 300) i")
	w.want("WITH RECURSIVE r(n) AS (SELECT 1::bigint UNION ALL SELECT b FROM r JOIN edge ON a = n) SELECT count(*), sum(n), count(DISTINCT n) FROM r", "601|180901|601")
	w.want("WITH RECURSIVE r(n, d) AS (SELECT 1::bigint, 0 UNION SELECT a, d + 1 FROM r JOIN edge ON b = 0 OR b = n * 2 WHERE d < 8) SELECT count(*) FROM r", "9")
	w.want("WITH RECURSIVE r(n, x) AS (SELECT 1, random() UNION ALL SELECT n + 1, random() FROM r WHERE n < 50) SELECT count(*), count(DISTINCT x) > 40 FROM r", "50|t")
	w.wantError("WITH RECURSIVE r(n, s) AS (SELECT 1, repeat('x', 1000) UNION SELECT n + 1, s || n FROM r) SELECT count(*) FROM r", pgerr.OutOfMemory, "out of memory")
}
