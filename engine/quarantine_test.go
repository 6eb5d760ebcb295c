package engine

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// corrupt takes the rows out of an object's output behind the engine's back: the
// next retraction of one breaks an invariant of the operator that keeps it.
func (w *world) corrupt(name string) {
	w.t.Helper()
	w.loop(func() {
		o := w.db.catalog.Lookup(catalog.PublicSchema, name)
		for shard := range w.db.shards {
			tree := w.db.store.Tree(o.Output, shard)
			var keys [][]byte
			it := tree.Scan(nil, nil)
			for it.Next() {
				keys = append(keys, bytes.Clone(it.Key()))
			}
			it.Close()
			for _, k := range keys {
				tree.Delete(k)
			}
		}
	})
}

// TestViewStopsAlone breaks one view: it and its reader stop, for good, and all
// else goes on.
func TestViewStopsAlone(t *testing.T) {
	w := newWorld(t)
	log := w.events(1)
	w.exec("CREATE TABLE t (k bigint, x bigint)")
	w.exec("INSERT INTO t VALUES (1, 1), (2, 2)")
	w.exec("CREATE MATERIALIZED VIEW bad AS SELECT t.k, t.x, e.v FROM t LEFT JOIN events e ON e.id = t.k")
	w.exec("CREATE MATERIALIZED VIEW reader AS SELECT count(*) AS n FROM bad")
	w.exec("CREATE MATERIALIZED VIEW good AS SELECT t.k, count(*) AS n FROM t LEFT JOIN events e ON e.id = t.k GROUP BY t.k")
	log.Append(0, nil, event(1, 5))
	w.until("SELECT * FROM bad", "1|1|5", "2|2|NULL")
	w.corrupt("bad")
	w.exec("DELETE FROM t WHERE k = 2")
	check := func() {
		t.Helper()
		w.wantError("SELECT * FROM bad", pgerr.ObjectNotInPrerequisiteState, "Drop the materialized view")
		w.wantError("SELECT n + 1 FROM reader WHERE n > 0", pgerr.ObjectNotInPrerequisiteState, "which has stopped")
		w.wantError("CREATE MATERIALIZED VIEW more AS SELECT k FROM bad", pgerr.ObjectNotInPrerequisiteState, "has stopped")
		w.want("SELECT name, state FROM tarn.views", "bad|stopped", "good|running", "reader|stopped")
		w.want("SELECT problem IS NULL, commit_problem IS NULL FROM tarn.status", "t|t")
		w.equal(w.s, "SELECT * FROM good", "SELECT t.k, count(*) AS n FROM t LEFT JOIN events e ON e.id = t.k GROUP BY t.k")
	}
	check()
	w.want("SELECT * FROM good", "1|1")
	w.commit()
	w.crash()
	check()
	w.exec("INSERT INTO t VALUES (3, 3)")
	log.Append(0, nil, event(1, 6))
	w.until("SELECT * FROM good", "1|2", "3|1")
	w.restart()
	check()
	// The state of the broken view must not be shared with the new one.
	w.exec("CREATE MATERIALIZED VIEW again AS SELECT t.k, t.x, e.v FROM t LEFT JOIN events e ON e.id = t.k")
	w.exec("DROP MATERIALIZED VIEW bad CASCADE")
	w.exec("CREATE MATERIALIZED VIEW bad AS SELECT t.k, t.x, e.v FROM t LEFT JOIN events e ON e.id = t.k")
	w.exec("DELETE FROM t WHERE k = 3")
	w.equal(w.s, "SELECT * FROM bad", "SELECT * FROM again", "SELECT t.k, t.x, e.v FROM t LEFT JOIN events e ON e.id = t.k")
	w.crash()
	w.equal(w.s, "SELECT * FROM bad", "SELECT * FROM again", "SELECT t.k, t.x, e.v FROM t LEFT JOIN events e ON e.id = t.k")
	w.exec("DROP MATERIALIZED VIEW bad, again, good")
	w.commit()
	w.want("SELECT arrangement, part FROM tarn.arrangements WHERE object IS NULL")
	w.want("SELECT state FROM tarn.sources", "idle")
}

// TestTableStops breaks a table: it and its views stop, other tables go on.
func TestTableStops(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint); CREATE TABLE u (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t")
	w.exec("INSERT INTO t VALUES (1); INSERT INTO u VALUES (7)")
	w.loop(func() {
		b := row.NewBatch([]row.Type{row.T(row.Int8)}, 1)
		b.AppendRow(row.Row{row.IntDatum(9)}, -1)
		done := make(chan error, 1)
		w.db.writes <- &tableWrite{deltas: map[uint32]row.Delta{catalog.FirstOID: {b}}, done: done}
		w.db.notify()
	})
	w.until("SELECT state FROM tarn.views", "stopped")
	w.wantError("SELECT * FROM t", pgerr.ObjectNotInPrerequisiteState, "table \"t\" has stopped")
	w.wantError("INSERT INTO t VALUES (2)", pgerr.ObjectNotInPrerequisiteState, "Drop the table")
	w.exec("INSERT INTO u VALUES (8)")
	w.want("SELECT * FROM u", "7", "8")
	w.commit()
	w.crash()
	w.wantError("SELECT * FROM v", pgerr.ObjectNotInPrerequisiteState, "has stopped")
	w.want("SELECT * FROM u", "7", "8")
	w.exec("DROP TABLE t CASCADE")
	w.want("SELECT name FROM tarn.relations", "u")
}

// TestPlanOfOtherBinary checks that a view does not go on over state that another
// plan has made.
func TestPlanOfOtherBinary(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("INSERT INTO t VALUES (1)")
	for _, v := range []string{"a", "b", "c"} {
		from := map[string]string{"a": "t", "b": "t", "c": "b"}[v]
		w.exec("CREATE MATERIALIZED VIEW " + v + " AS SELECT k FROM " + from)
	}
	w.restart()
	w.want("SELECT name, state FROM tarn.views", "a|running", "b|running", "c|running")
	w.loop(func() {
		o, err := w.db.catalog.Lookup(catalog.PublicSchema, "b").StoppedBy("")
		if err != nil {
			t.Fatal(err)
		}
		o.Plan = "0123"
		w.db.catalog = w.db.catalog.With(o)
	})
	w.restart()
	w.want("SELECT name, state FROM tarn.views", "a|running", "b|stopped", "c|stopped")
	w.wantError("SELECT * FROM b", pgerr.ObjectNotInPrerequisiteState, "plans its query differently")
	w.exec("INSERT INTO t VALUES (2)")
	w.want("SELECT * FROM a", "1", "2")
	w.crash()
	w.want("SELECT name, state FROM tarn.views", "a|running", "b|stopped", "c|stopped")
	w.exec("DROP MATERIALIZED VIEW b CASCADE")
	w.exec("CREATE MATERIALIZED VIEW b AS SELECT k FROM t")
	w.want("SELECT * FROM b", "1", "2")
}

// TestHaltedEngine stops the epochs by an error of the store: nothing of the half
// step is committed, nobody hangs, and a restart has all that was acknowledged.
func TestHaltedEngine(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t")
	w.exec("INSERT INTO t VALUES (1)")
	w.commit()
	w.exec("INSERT INTO t VALUES (2)")
	w.want("SELECT * FROM v", "2")
	w.loop(func() { w.db.store.Tree(storage.ArrID(0), 0) }) // the store takes it as a failed read
	_, err := run(t.Context(), w.s, "INSERT INTO t VALUES (3)")
	if code := pgerr.Code(err); code != pgerr.IOError && code != pgerr.StatementCompletionUnknown {
		t.Fatalf("INSERT into a failing store: %v", err)
	}
	w.loop(func() { w.db.halt(pgerr.New(pgerr.IOError, "test")) })
	for _, text := range []string{
		"INSERT INTO t VALUES (4)", "CREATE TABLE u (k bigint)", "DROP MATERIALIZED VIEW v",
		"CREATE MATERIALIZED VIEW x AS SELECT k FROM t", "SELECT * FROM t",
	} {
		w.wantError(text, pgerr.IOError, "")
	}
	if out := w.exec("SELECT problem FROM tarn.status"); !strings.Contains(out, "test") {
		t.Fatalf("tarn.status says %q", out)
	}
	if err := w.db.Close(); pgerr.Code(err) != pgerr.IOError {
		t.Fatalf("Close: %v", err)
	}
	w.open()
	w.equal(w.s, "SELECT n FROM v", "SELECT count(*) FROM t")
	w.want("SELECT k FROM t WHERE k < 3", "1", "2")
}
