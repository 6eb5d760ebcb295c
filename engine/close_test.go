package engine

import (
	"context"
	"runtime"
	"sync"
	"testing"
)

// TestNothingOutlives opens, uses and ends databases, also while sources retry,
// sessions sit in blocks and statements run: no goroutine stays.
func TestNothingOutlives(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint)")
	w.restart()
	before := runtime.NumGoroutine()
	for i := range 6 {
		if i == 0 {
			w.events(2)
			w.exec("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM events")
		}
		w.topic("events", 2).Fail(errDown, -1)
		w.s.Close()
		block, busy := w.session(w.db), w.session(w.db)
		if _, err := run(t.Context(), block, "BEGIN; INSERT INTO t VALUES (1); SELECT * FROM t"); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() {
			for {
				if _, err := run(context.Background(), busy, "INSERT INTO t VALUES (2)"); err != nil {
					if !isShutdown(err) {
						t.Errorf("a statement at the end: %v", err)
					}
					return
				}
			}
		})
		if i%2 == 0 {
			w.db.Crash()
		} else if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
		running.Wait()
		if _, err := run(t.Context(), block, "SELECT * FROM t"); !isShutdown(err) {
			t.Fatalf("a query after the end: %v", err)
		}
		block.Close()
		busy.Close()
		if err := w.db.Close(); err != nil {
			t.Fatalf("a second Close: %v", err)
		}
		w.topic("events", 2).Heal()
		w.open()
	}
	w.want("SELECT count(*) FROM t WHERE k = 1", "0")
	w.topic("events", 2).Fail(errDown, -1)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.db = nil
	w.eventually("the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
}
