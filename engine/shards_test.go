package engine

import (
	"strings"
	"testing"
)

// TestShardsStay opens a directory without asking for a number of shards, with
// its own, and with another, which would look for rows where they are not.
func TestShardsStay(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Shards = 3 })
	w.exec(`CREATE TABLE t (a int PRIMARY KEY)`)
	w.exec(`INSERT INTO t SELECT generate_series(1, 20)`)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.db = nil
	w.opts.Shards = 2
	if db, err := Open(w.opts); err == nil {
		db.Crash()
		t.Fatal("a directory of 3 shards was opened with 2")
	} else if !strings.Contains(err.Error(), "was made with 3 shards and cannot be opened with 2") {
		t.Fatal(err)
	}
	w.opts.Shards = 0
	w.open()
	w.want(`SELECT count(*), sum(a) FROM t`, "20|210")
	w.want(`SELECT shards FROM tarn.status`, "3")
	w.opts.Shards = 3
	w.crash()
	w.want(`SELECT count(*) FROM t WHERE a BETWEEN 5 AND 8`, "4")
}
