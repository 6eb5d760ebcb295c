package engine

import "testing"

// TestEpochsNeverGoBack kills starts that have committed nothing: what they
// showed to readers must not be numbered again.
func TestEpochsNeverGoBack(t *testing.T) {
	w := newWorld(t)
	w.exec(`CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n FROM t`)
	seen := w.db.epoch.Load()
	for i := range 4 {
		w.crash()
		for range 3 {
			w.exec(`INSERT INTO t VALUES (1)`)
		}
		if now := w.db.epoch.Load(); now <= seen {
			t.Fatalf("start %d shows epoch %d, an earlier one showed %d", i, now, seen)
		} else {
			seen = now
		}
	}
	w.want(`SELECT n FROM v`, "12")
}
