package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/tap"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/topics"
)

// streamedViews are the views that are made and dropped beside the writers. $ is
// their number. Each is the query it must equal, made of relations that stay.
var streamedViews = []string{
	"SELECT id, v FROM events WHERE v % 3 = 0",
	"SELECT id % 5 AS g, count(*) AS n, sum(v) AS s FROM events GROUP BY id % 5",
	"SELECT k, x FROM t WHERE x > 2",
	"SELECT x % 4 AS g, count(*) AS n, min(k) AS lo, max(k) AS hi FROM t GROUP BY x % 4",
	"SELECT e.id, e.v, t.x FROM events e JOIN t ON e.id = t.k",
	"SELECT t.k, u.y FROM t LEFT JOIN u ON t.k = u.k",
	"SELECT g, n FROM base WHERE n > 1",
	"SELECT b.g, t.k FROM base b JOIN t ON b.g = t.k",
	"SELECT DISTINCT x FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)",
}

// TestHydrationBesideWriters makes and drops views while messages and writes
// arrive: each equals its query at one epoch, from the first read on.
func TestHydrationBesideWriters(t *testing.T) {
	w := newWorld(t)
	log := w.events(2)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x bigint)")
	w.exec("CREATE TABLE u (k bigint, y bigint)")
	w.exec("CREATE MATERIALIZED VIEW base AS SELECT id % 7 AS g, count(*) AS n FROM events GROUP BY id % 7")
	for i := range 500 {
		log.Append(int32(i%2), nil, event(i%100, i))
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for i := 0; i < 4000; i++ {
			select {
			case <-stop:
				return
			default:
				log.Append(int32(i%2), nil, event(i%100, i))
			}
			if i%16 > 0 {
				continue
			}
			bad := log.Append(int32(i%2), nil, []byte("not json"))
			w.eventually("the epochs reach the topic's end", func() bool {
				reached, err := w.db.Reached(context.Background())
				return err != nil || reached["events"][int32(i%2)] > bad
			})
		}
	})
	for n := range 2 {
		writers.Go(func() { writeTables(w, uint64(n), stop) })
	}
	live := map[int]string{}
	checker := w.session(w.db)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 14 {
		q := streamedViews[r.IntN(len(streamedViews))]
		w.exec(fmt.Sprintf("CREATE MATERIALIZED VIEW v%d AS %s", i, q))
		live[i] = q
		w.equal(checker, fmt.Sprintf("SELECT * FROM v%d", i), q)
		if len(live) > 3 {
			for n, q := range live {
				w.equal(checker, fmt.Sprintf("SELECT * FROM v%d", n), q)
				w.exec(fmt.Sprintf("DROP MATERIALIZED VIEW v%d", n))
				delete(live, n)
				break
			}
		}
	}
	close(stop)
	writers.Wait()
	for n, q := range live {
		w.equal(checker, fmt.Sprintf("SELECT * FROM v%d", n), q)
	}
	w.want("SELECT count(*) FROM tarn.errors WHERE kind <> 'source'", "0")
	w.equal(checker, "SELECT count(*), count(DISTINCT (partition, \"offset\")) FROM tarn.errors",
		"SELECT bad_messages, bad_messages FROM tarn.sources")
	w.crash()
	for n, q := range live {
		w.equal(w.s, fmt.Sprintf("SELECT * FROM v%d", n), q)
	}
}

func writeTables(w *world, seed uint64, stop chan struct{}) {
	s := w.session(w.db)
	defer s.Close()
	r := rand.New(rand.NewPCG(seed, 7))
	for {
		select {
		case <-stop:
			return
		default:
		}
		k, x := r.IntN(60), r.IntN(10)
		text := []string{
			fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", k, x),
			fmt.Sprintf("UPDATE t SET x = x + 1 WHERE k < %d", k),
			fmt.Sprintf("DELETE FROM t WHERE k = %d", k),
			fmt.Sprintf("INSERT INTO u VALUES (%d, %d)", k, x),
			fmt.Sprintf("DELETE FROM u WHERE k >= %d", k),
			fmt.Sprintf("BEGIN; DELETE FROM u WHERE y = %d; INSERT INTO u VALUES (%d, 1), (%d, 1); COMMIT", x, k, x),
		}[r.IntN(6)]
		if _, err := run(context.Background(), s, text); err != nil {
			_, _ = run(context.Background(), s, "ROLLBACK")
			switch pgerr.Code(err) {
			case pgerr.UniqueViolation, pgerr.SerializationFailure:
			default:
				w.t.Errorf("%s: %v", text, err)
				return
			}
		}
	}
}

// insides is what a hydration could leave behind.
func (w *world) insides() string {
	var out string
	w.loop(func() {
		out = fmt.Sprintf("jobs %d, %s", len(w.db.jobs.All()), w.db.flow.Describe())
	})
	return out
}

// TestFailedHydration lets hydrations fail in every way: nothing stays.
func TestFailedHydration(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.tapLimit = 100 })
	log := w.events(1)
	idle := w.topic("idle", 1)
	w.exec("CREATE SOURCE idle (id bigint) WITH (connector = 'kafka', topic = 'idle') FORMAT PLAIN ENCODE JSON")
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id, sum(v) AS s FROM events GROUP BY id")
	log.Append(0, nil, event(1, 2))
	w.until("SELECT * FROM v", "1|2")
	before := w.insides()
	same := func() {
		t.Helper()
		if after := w.insides(); after != before {
			t.Fatalf("before\n%s\nafter\n%s", before, after)
		}
		w.want("SELECT name FROM tarn.views", "v")
	}

	idle.Fail(errDown, 1)
	w.exec("CREATE MATERIALIZED VIEW i AS SELECT id FROM idle") // never read: it fills later
	idle.Append(0, nil, []byte(`{"id":5}`))
	w.until("SELECT * FROM i", "5")
	w.exec("DROP MATERIALIZED VIEW i")
	same()
	idle.Fail(errDown, -1)
	w.wantError("CREATE MATERIALIZED VIEW i AS SELECT id FROM idle", pgerr.ConnectionFailure, "no broker")
	same()
	idle.Heal()
	w.exec("CREATE MATERIALIZED VIEW i AS SELECT id FROM idle")
	w.want("SELECT * FROM i", "5")
	w.exec("DROP MATERIALIZED VIEW i")

	log.Fail(errDown, -1)
	w.wantError("CREATE MATERIALIZED VIEW x AS SELECT count(*) FROM events, t", pgerr.ConnectionFailure, "no broker")
	same()
	log.Heal()

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := run(ctx, w.s, "CREATE MATERIALIZED VIEW x AS SELECT count(*) FROM events"); err == nil {
		t.Fatal("a cancelled statement made a view")
	}
	same()

	w.exec("INSERT INTO t SELECT g FROM generate_series(1, 50) g")
	w.exec("CREATE MATERIALIZED VIEW x AS SELECT count(*) FROM t")
	w.want("SELECT * FROM x", "50")
}

// TestEpochsWaitForTaps checks that a hydration that falls behind holds the
// epochs up, and only for as long as it is.
func TestEpochsWaitForTaps(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.tapLimit = 1000 })
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("CREATE TABLE u (k bigint)")
	var oid uint32
	tp := &tap.Tap{Rels: map[uint32]bool{}}
	w.loop(func() {
		oid = w.db.catalog.Lookup(catalog.PublicSchema, "t").OID
		tp.Rels[oid] = true
		w.db.flow.Tap(tp)
	})
	w.exec("INSERT INTO t VALUES (1), (2)")
	w.loop(func() { // the client hears before the taps do
		if d, more := tp.Take(100); more || d[oid].Rows() != 2 || tp.Size() != 0 {
			t.Errorf("the tap has %v, more %t, %d bytes", d, more, tp.Size())
		}
	})
	w.exec("INSERT INTO t SELECT g FROM generate_series(1, 500) g")
	held := make(chan error, 1)
	go func() {
		_, err := run(context.Background(), w.session(w.db), "INSERT INTO u VALUES (1)")
		held <- err
	}()
	w.eventually("the write waits for its epoch", func() bool { return len(w.db.writes) > 0 })
	w.loop(func() { w.db.notify() })
	select {
	case err := <-held:
		t.Errorf("an epoch went past a tap that is full: %v", err)
	default:
	}
	w.loop(func() { tp.Take(1); w.db.notify() })
	if err := <-held; err != nil {
		t.Error(err)
	}
	w.loop(func() { w.db.flow.Untap(tp) })
}

// TestHydrationCutShort crashes while a view is hydrated, after commits that hold
// part of its state: none of it stays, and the view can be made.
func TestHydrationCutShort(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.MemoryLimit = 1 << 20 })
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x bigint)")
	w.exec("INSERT INTO t SELECT g, g % 7 FROM generate_series(1, 20000) g")
	w.exec("CREATE MATERIALIZED VIEW a AS SELECT x, count(*) AS n FROM t GROUP BY x")
	q := "SELECT t.k, u.k AS other FROM t JOIN t u ON t.k = u.x"
	want := w.exec("SELECT count(*) FROM (" + q + ") z")
	for _, crash := range []bool{true, false} {
		cat := w.db.catalog
		o := &catalog.Object{OID: cat.NextOID, Schema: catalog.PublicSchema, Name: "v", Kind: RelMatView, Query: q, Zone: "UTC", Path: []string{catalog.PublicSchema}}
		plan, err := w.db.defineView(cat, o)
		if err != nil {
			t.Fatal(err)
		}
		plan.catalog = cat
		h := w.db.newHydration(o, plan)
		ctx := context.Background()
		if err := w.db.change(ctx, h.begin); err != nil {
			t.Fatal(err)
		}
		if err := h.fill(ctx); err != nil {
			t.Fatal(err)
		}
		w.commit()
		if w.exec("SELECT count(*) FROM tarn.arrangements WHERE object IS NULL AND rows > 0") == "0" {
			t.Fatal("the commit holds nothing of the hydration")
		}
		if crash {
			w.crash()
		} else {
			h.end()
		}
		w.exec("INSERT INTO t SELECT max(k) + 1, 1 FROM t") // so that there is something to commit
		w.commit()
		w.commit()
		w.want("SELECT arrangement FROM tarn.arrangements WHERE object IS NULL")
		w.exec("DELETE FROM t WHERE k = (SELECT max(k) FROM t)")
	}
	w.exec("CREATE MATERIALIZED VIEW v AS " + q)
	w.want("SELECT count(*) FROM v", want)
	w.crash()
	w.want("SELECT count(*) FROM v", want)
	w.equal(w.s, "SELECT * FROM a", "SELECT x, count(*) AS n FROM t GROUP BY x")
}

// TestSharedArrangements drops the view that built an arrangement before the
// one that shares it, and the other way round, across restarts.
func TestSharedArrangements(t *testing.T) {
	for _, first := range []string{"a", "b"} {
		w := newWorld(t)
		w.exec("CREATE TABLE t (k bigint, x bigint); CREATE TABLE u (k bigint, y bigint)")
		w.exec("INSERT INTO t VALUES (1, 1), (2, 2); INSERT INTO u VALUES (1, 10)")
		q := map[string]string{
			"a": "SELECT t.k, t.x, u.y FROM t JOIN u ON t.k = u.k",
			"b": "SELECT t.k, count(*) AS n FROM t JOIN u ON t.k = u.k GROUP BY t.k",
		}
		w.exec("CREATE MATERIALIZED VIEW a AS " + q["a"])
		w.exec("CREATE MATERIALIZED VIEW b AS " + q["b"])
		w.exec("INSERT INTO u VALUES (2, 20)")
		w.exec("DROP MATERIALIZED VIEW " + first)
		rest := strings.Trim("ab", first)
		w.exec("INSERT INTO t VALUES (2, 3)")
		w.equal(w.s, "SELECT * FROM "+rest, q[rest])
		w.crash()
		w.exec("DELETE FROM t WHERE x = 2")
		w.equal(w.s, "SELECT * FROM "+rest, q[rest])
		w.exec("CREATE MATERIALIZED VIEW " + first + " AS " + q[first])
		w.exec("INSERT INTO u VALUES (2, 21)")
		w.restart()
		w.equal(w.s, "SELECT * FROM "+rest, q[rest])
		w.equal(w.s, "SELECT * FROM "+first, q[first])
		w.exec("DROP MATERIALIZED VIEW a, b")
		w.commit()
		w.want("SELECT part FROM tarn.arrangements WHERE object IS NULL")
	}
}

// TestHydrationTakesArrangements makes a view over arrangements that are there: it
// copies but one of a join's two, and the views are independent
// of each other from then on.
func TestHydrationTakesArrangements(t *testing.T) {
	for _, join := range []string{"t JOIN u", "u JOIN t", "u LEFT JOIN t", "t LEFT JOIN u"} {
		w := newWorld(t)
		w.exec("CREATE TABLE t (k bigint, x bigint); CREATE TABLE u (k bigint, y bigint)")
		w.exec("INSERT INTO t SELECT g % 50, g FROM generate_series(1, 1000) g; INSERT INTO u SELECT g, g FROM generate_series(31, 70) g")
		q := "SELECT t.k, t.x, u.y FROM " + join + " ON t.k = u.k"
		w.exec("CREATE MATERIALIZED VIEW a AS " + q)
		w.commit()
		w.exec("DELETE FROM t WHERE x % 7 = 0; INSERT INTO t VALUES (33, 1), (33, 1)")
		var before, after storage.ArrID
		w.loop(func() { before = w.db.catalog.NextArr })
		w.exec("CREATE MATERIALIZED VIEW b AS " + q)
		w.loop(func() { after = w.db.catalog.NextArr })
		if after-before != 2 { // the rows, and a copy
			t.Errorf("%s: the second view took %d arrangements", join, after-before)
		}
		w.equal(w.s, "SELECT * FROM b", q)
		w.exec("INSERT INTO t VALUES (40, 7); DELETE FROM u WHERE y = 35; INSERT INTO u VALUES (3, 3)")
		w.equal(w.s, "SELECT * FROM b", q)
		w.exec("DROP MATERIALIZED VIEW a")
		w.exec("DELETE FROM t WHERE x % 11 = 0; INSERT INTO u VALUES (4, 4)")
		w.equal(w.s, "SELECT * FROM b", q)
		w.crash()
		w.equal(w.s, "SELECT * FROM b", q)
	}
}

// TestConcurrentDDL lets sessions make and drop at once, beside commits.
func TestConcurrentDDL(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("INSERT INTO t VALUES (1)")
	var all sync.WaitGroup
	for n := range 4 {
		s := w.session(w.db)
		all.Go(func() {
			defer s.Close()
			for i := range 5 {
				for _, text := range []string{
					fmt.Sprintf("CREATE MATERIALIZED VIEW v%d AS SELECT k + %d AS k FROM t", n, i),
					fmt.Sprintf("CREATE MATERIALIZED VIEW w%d AS SELECT count(*) AS n FROM v%d", n, n),
					"INSERT INTO t VALUES (1)",
					fmt.Sprintf("DROP MATERIALIZED VIEW v%d CASCADE", n),
				} {
					if _, err := run(context.Background(), s, text); err != nil {
						t.Errorf("%s: %v", text, err)
					}
				}
			}
		})
	}
	all.Wait()
	w.want("SELECT name FROM tarn.views")
	w.want("SELECT count(*) FROM t", "21")
	w.crash()
	w.want("SELECT name FROM tarn.relations", "t")
	w.want("SELECT count(*) FROM t", "21")
}

// TestDDLWaitsCancellably checks that the wait for another DDL can be cancelled.
func TestDDLWaitsCancellably(t *testing.T) {
	w := newWorld(t)
	if err := w.db.ddl.Take(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.exec("SET statement_timeout = 5")
	w.wantError("CREATE TABLE t (k bigint)", pgerr.QueryCanceled, "statement timeout")
	w.exec("SET statement_timeout = 0")
	w.db.ddl.Give()
	w.exec("CREATE TABLE t (k bigint)")
}

// TestErrorsOfEachView makes two views whose join reads a side that fails on a row:
// each has its own error, for as long as the row is there.
func TestErrorsOfEachView(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint, x bigint); CREATE TABLE u (q bigint, y bigint)")
	w.exec("INSERT INTO t VALUES (1, 0), (2, 5)")
	side := "(SELECT k, 10 / x AS q FROM t) s JOIN u ON s.q = u.q"
	w.exec("CREATE MATERIALIZED VIEW a AS SELECT s.k, u.y FROM " + side)
	w.exec("CREATE MATERIALIZED VIEW b AS SELECT s.k, sum(u.y) AS n FROM " + side + " GROUP BY s.k")
	errors := "SELECT object, code FROM tarn.errors"
	w.want(errors, "a|22012", "b|22012")
	w.exec("INSERT INTO t VALUES (3, 0)")
	w.want(errors, "a|22012", "b|22012", "a|22012", "b|22012")
	w.exec("DROP MATERIALIZED VIEW a")
	w.want(errors, "b|22012", "b|22012")
	w.crash()
	w.exec("DELETE FROM t WHERE k = 1")
	w.want(errors, "b|22012")
	w.exec("DELETE FROM t")
	w.want(errors)
}

// stuckReader is a topic whose fetches wait for their context.
type stuckReader struct{ reader }

func (stuckReader) Fetch(ctx context.Context, _ int32, from int64, _ int, _ topics.Sink) (int64, error) {
	<-ctx.Done()
	return from, ctx.Err()
}

// TestCancelledReading cancels what reads a topic that does not answer: the
// creation of a view, and a query. What else there is goes on meanwhile.
func TestCancelledReading(t *testing.T) {
	w := newWorld(t)
	w.events(1).Append(0, nil, event(1, 1))
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM t")
	before := w.insides()
	w.loop(func() {
		w.db.opts.OpenLog = func(cfg topics.Config) (topics.Log, error) {
			l, err := w.openLog(cfg)
			return stuckReader{l.(reader)}, err
		}
	})
	other := w.session(w.db)
	for _, text := range []string{"CREATE MATERIALIZED VIEW v AS SELECT id FROM events", "SELECT id FROM events"} {
		done := make(chan error, 1)
		go func() {
			_, err := run(context.Background(), other, text)
			done <- err
		}()
		w.until("SELECT state FROM tarn.sessions WHERE query LIKE '%FROM events'", "active")
		w.exec("INSERT INTO t VALUES (1)")
		w.equal(w.s, "SELECT n FROM n", "SELECT count(*) FROM t")
		other.Cancel()
		checkError(t, text, <-done, pgerr.QueryCanceled, "user request")
		w.exec("SET statement_timeout = 10")
		w.wantError(text, pgerr.QueryCanceled, "statement timeout")
		w.exec("SET statement_timeout = 0")
	}
	if after := w.insides(); after != before {
		t.Fatalf("before\n%s\nafter\n%s", before, after)
	}
}

// TestInputStopsDuringHydration stops what a view reads while the view is hydrated.
func TestInputStopsDuringHydration(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("INSERT INTO t VALUES (1)")
	w.exec("CREATE MATERIALIZED VIEW a AS SELECT k FROM t; CREATE MATERIALIZED VIEW b AS SELECT k FROM a")
	cat := w.db.catalog
	o := &catalog.Object{OID: cat.NextOID, Schema: catalog.PublicSchema, Name: "c", Kind: RelMatView, Query: "SELECT k FROM b", Zone: "UTC", Path: []string{catalog.PublicSchema}}
	plan, err := w.db.defineView(cat, o)
	if err != nil {
		t.Fatal(err)
	}
	plan.catalog = cat
	w.corrupt("a")
	w.exec("DELETE FROM t")
	_, err = w.db.hydrate(context.Background(), o, plan)
	checkError(t, "hydrate", err, pgerr.ObjectNotInPrerequisiteState, "\"b\" has stopped")
	w.want("SELECT name FROM tarn.views", "a", "b")
}
