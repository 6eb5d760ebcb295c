package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/tap"
)

// TestFiguresAddUp checks that what tarn.epochs and tarn.commits say is what
// happened: the rows of the stages are those that came, and those of the commits
// what changed.
func TestFiguresAddUp(t *testing.T) {
	w := newWorld(t)
	log := w.events(2)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id, count(*) AS n FROM events WHERE v >= 0 GROUP BY id")
	w.exec("CREATE MATERIALIZED VIEW j AS SELECT t.k, v.n FROM t JOIN v ON t.k = v.id")
	before := w.exec("SELECT max(epoch) FROM tarn.epochs")
	if before == "NULL" {
		before = "0"
	}
	const n = 200
	for i := range n {
		log.Append(int32(i%2), nil, event(i%20, i))
	}
	log.Append(0, nil, []byte("no row"))
	w.exec("INSERT INTO t SELECT g, g FROM generate_series(1, 30) g")
	w.until("SELECT sum(n) FROM v", fmt.Sprint(n))
	w.until("SELECT count(*) FROM tarn.errors", "1")
	after := " FROM tarn.epochs WHERE epoch > " + before
	w.want("SELECT sum(decoded_rows), sum(written_rows), sum(rows)"+after, fmt.Sprintf("%d|30|%d", n+1, n+31))
	// The filter sees every row once; each goes to its group's shard.
	w.want("SELECT sum(linear_rows) >= 200, sum(exchange_rows) >= 200, sum(state_rows) >= 200, sum(output_rows) >= 19 + 20"+after, "t|t|t|t")
	w.want("SELECT bool_and(milliseconds >= cut_ms + publish_ms AND decode_ms >= 0 AND commit_stall_ms >= 0), sum(decode_ms) > 0, sum(state_ms) > 0, sum(output_ms) > 0"+after,
		"t|t|t|t")

	w.commit()
	w.want("SELECT rows >= 20 + 20 + 30, bytes > 0, write_ms > 0, milliseconds >= write_ms + ingest_ms AND ingest_ms > 0 AND files > 0, stall_ms <= milliseconds, sublevels >= 0 "+
		"FROM tarn.commits ORDER BY epoch DESC LIMIT 1", "t|t|t|t|t|t")
	w.exec("UPDATE t SET x = 0 WHERE k = 1")
	w.commit()
	w.want("SELECT rows < 20, stall_ms > 0 FROM tarn.commits ORDER BY epoch DESC LIMIT 1", "t|t")
}

// TestArrangementsAreNamed checks that every arrangement says whose it is and what
// it holds, as EXPLAIN names it.
func TestArrangementsAreNamed(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x bigint); CREATE TABLE u (k bigint, y bigint)")
	w.exec("INSERT INTO t VALUES (1, 1), (2, 1); INSERT INTO u VALUES (1, 5)")
	w.exec("CREATE MATERIALIZED VIEW g AS SELECT x, count(DISTINCT k) AS n FROM t GROUP BY x")
	w.exec("CREATE MATERIALIZED VIEW a AS SELECT t.k, u.y FROM t JOIN u ON t.x = u.k; CREATE MATERIALIZED VIEW b AS SELECT u.y, t.k FROM t JOIN u ON t.x = u.k")
	w.commit()
	want := []string{"g|groups|1", "g|distinct values|2", "g|rows|1", "t|rows|2", "u|rows|1", "a|rows|2", "b|rows|2", "a, b|rows|2", "a, b|rows|1", "tarn.errors|rows|0"}
	query := "SELECT object, part, rows FROM tarn.arrangements WHERE rows > 0 OR object = 'tarn.errors'"
	w.want(query, want...)
	plan := w.exec("EXPLAIN CREATE MATERIALIZED VIEW g2 AS SELECT x, count(DISTINCT k) AS n FROM t GROUP BY x")
	operator := w.exec("SELECT operator FROM tarn.arrangements WHERE object = 'g' AND part = 'groups'")
	if !strings.Contains(plan, operator) {
		t.Errorf("the operator %q is not in the plan\n%s", operator, plan)
	}
	w.crash()
	w.want(query, want...)
	w.want("SELECT DISTINCT operator FROM tarn.arrangements WHERE object = 'g' AND part = 'groups'", operator)
}

// TestMemoryIsCounted looks at what tarn.memory says while something holds it.
func TestMemoryIsCounted(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MemoryLimit = 64 << 20 })
	log := w.events(1)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x text)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id, count(*) AS n FROM events GROUP BY id")
	w.exec("INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 5000) g")
	w.commit()
	part := func(name string) string { return "(SELECT bytes FROM tarn.memory WHERE part = '" + name + "')" }
	w.want("SELECT "+part("state")+" BETWEEN 5000 * 100 AND 5000 * 600, "+part("block cache")+" > 0, "+part("state not committed")+" <= "+part("state")+", "+part("limit")+", "+part("source queues")+", "+part("hydrations"), "t|t|t|67108864|0|0")
	w.want("SELECT "+part("go heap")+" >= "+part("state")+", "+part("go total")+" >= "+part("go heap"), "t|t")

	w.want("SELECT sum(bytes) FILTER (WHERE part IN ('state', 'block cache', 'source queues', 'hydrations', 'sessions', 'queries', 'rest')) - sum(bytes) FILTER (WHERE part = 'resident') FROM tarn.memory", "0")
	w.exec("BEGIN; INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(6001, 7000) g")
	w.want("SELECT "+part("sessions")+" BETWEEN 1000 * 100 AND 1000 * 200", "t")
	w.exec("SAVEPOINT a; INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(7001, 9000) g")
	w.want("SELECT "+part("sessions")+" BETWEEN 3000 * 100 AND 3000 * 200", "t")
	w.exec("ROLLBACK TO SAVEPOINT a")
	w.want("SELECT "+part("sessions")+" BETWEEN 1000 * 100 AND 1000 * 200", "t")
	w.exec("ROLLBACK")
	w.want("SELECT "+part("sessions")+" FROM t WHERE k = 1", "0")

	// Messages that no epoch takes, and changes that no hydration takes.
	tp := &tap.Tap{Rels: map[uint32]bool{}}
	w.loop(func() {
		tp.Rels[w.db.catalog.Lookup(catalog.PublicSchema, "t").OID] = true
		w.db.flow.Tap(tp)
	})
	w.exec("DELETE FROM t WHERE k <= 1000")
	w.until("SELECT "+part("hydrations")+" BETWEEN 1000 * 100 AND 1000 * 200", "t")
	w.loop(func() { w.db.opts.tapLimit = 1 })
	for i := range 100 {
		log.Append(0, nil, event(i, i))
	}
	w.eventually("the account is made again", func() bool {
		w.loop(w.db.tendMemory)
		return w.exec("SELECT "+part("source queues")+" > 0") == "t"
	})
	w.until("SELECT "+part("source queues")+" BETWEEN 100 * 16 AND 100 * 64", "t")
	w.loop(func() {
		w.db.flow.Untap(tp)
		w.db.notify()
	})
	w.until("SELECT count(*) FROM v", "100")
	w.loop(w.db.tendMemory)
	w.want("SELECT "+part("source queues")+", "+part("hydrations"), "0|0")
}
