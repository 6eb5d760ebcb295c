package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/tarndb/tarn/engine/catalog"

	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/storage/tablelog"
)

// disk is a file system in memory whose writes a test can let fail.
type disk struct {
	fs   vfs.FS
	full atomic.Pointer[string] // writes to paths with this part fail
}

func newDisk() *disk {
	d := &disk{}
	d.fs = errorfs.Wrap(vfs.NewMem(), d)
	return d
}

func (d *disk) String() string { return "disk" }

// MaybeError implements errorfs.Injector.
func (d *disk) MaybeError(op errorfs.Op) error {
	part := d.full.Load()
	if part == nil || op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpRemove || !strings.Contains(op.Path, *part) {
		return nil
	}
	return syscall.ENOSPC
}

func (d *disk) fail(part string) { d.full.Store(&part) }
func (d *disk) heal()            { d.full.Store(nil) }

func (d *disk) use(o *Options) { onDisk(o, d.fs) }

// onDisk puts the data directory into a file system.
func onDisk(o *Options, fs vfs.FS) {
	o.Dir = "data"
	o.openStore = func(so storage.Options) (*storage.DB, error) {
		so.FS = fs
		return storage.Open(so)
	}
	o.openTableLog = func(dir string) (*tablelog.Log, error) { return tablelog.Open(fs, dir) }
}

// TestFullDisk lets commits fail for a while: what adds to the state pauses and
// says so, what there is stays readable, and all goes on by itself. What was made
// and dropped meanwhile does not rise again.
func TestFullDisk(t *testing.T) {
	d := newDisk()
	w := newWorld(t, d.use)
	log := w.events(1)
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT e.id, t.k FROM events e JOIN t ON e.id = t.k")
	w.exec("INSERT INTO t VALUES (1), (2)")
	log.Append(0, nil, event(1, 1))
	w.until("SELECT * FROM v", "1|1")
	d.fail("ingest")
	w.wantError("CREATE TABLE ghost (k bigint)", pgerr.DiskFull, "next commit")
	w.wantError("CREATE MATERIALIZED VIEW gv AS SELECT count(*) AS n FROM t", pgerr.DiskFull, "while commits fail")
	w.wantError("INSERT INTO t VALUES (7)", pgerr.DiskFull, "no space left")
	w.wantError("DELETE FROM t", pgerr.DiskFull, "as soon as a commit succeeds")
	log.Append(0, nil, event(2, 2))
	w.want("SELECT * FROM v", "1|1")
	w.want("SELECT problem LIKE 'paused: %no space%', commit_problem LIKE '%no space%' FROM tarn.status", "t|t")
	w.want("SELECT state, problem LIKE 'paused: %no space%' FROM tarn.sources", "paused|t")
	w.wantError("DROP TABLE ghost", pgerr.DiskFull, "could not commit")
	w.want("SELECT count(*) FROM t", "2")
	d.heal()
	w.until("SELECT * FROM v", "1|1", "2|2")
	w.want("SELECT problem, commit_problem FROM tarn.status", "NULL|NULL")
	w.until("SELECT state, problem FROM tarn.sources", "running|NULL")
	w.exec("CREATE TABLE kept (k bigint)")
	w.exec("INSERT INTO kept VALUES (5)")
	w.crash()
	w.want("SELECT name FROM tarn.relations", "events", "t", "v", "kept")
	w.want("SELECT * FROM v", "1|1", "2|2")
	w.want("SELECT * FROM kept", "5")
	w.exec("CREATE MATERIALIZED VIEW gv AS SELECT count(*) AS n FROM t")
	w.want("SELECT * FROM gv", "2")
}

// TestHydrationWaitsForTheDisk makes a view while commits fail from a moment
// after its beginning on: it is there once they succeed.
func TestHydrationWaitsForTheDisk(t *testing.T) {
	d := newDisk()
	w := newWorld(t, d.use)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY)")
	w.exec("INSERT INTO t SELECT g FROM generate_series(1, 5000) g")
	d.fail("ingest")
	w.loop(func() { w.db.advanced = true; w.db.beginCommit() })
	w.until("SELECT commit_problem IS NULL FROM tarn.status", "f")
	cat := w.db.catalog
	o := &catalog.Object{OID: cat.NextOID, Schema: catalog.PublicSchema, Name: "v", Kind: RelMatView, Query: "SELECT count(*) AS n FROM t", Zone: "UTC", Path: []string{catalog.PublicSchema}}
	plan, err := w.db.defineView(cat, o)
	if err != nil {
		t.Fatal(err)
	}
	plan.catalog = cat
	done := make(chan error, 1)
	go func() {
		_, err := w.db.hydrate(context.Background(), o, plan)
		done <- err
	}()
	w.until("SELECT object, rows FROM tarn.jobs", "v|0")
	d.heal()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.want("SELECT * FROM v", "5000")
}

// TestFullTableLog lets the table log fail: the client hears it, the row is not
// there, the rest goes on, and so do the tables once the disk has room.
func TestFullTableLog(t *testing.T) {
	d := newDisk()
	w := newWorld(t, d.use)
	log := w.events(1)
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events")
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("INSERT INTO t VALUES (1)")
	for range 2 {
		d.fail("tables")
		w.wantError("INSERT INTO t VALUES (2)", pgerr.DiskFull, "table log")
		w.wantError("BEGIN; INSERT INTO t VALUES (3); COMMIT", pgerr.DiskFull, "no space left")
		w.want("SELECT * FROM t", "1")
		w.want("SELECT problem LIKE 'tables cannot be written%no space%' FROM tarn.status", "t")
		log.Append(0, nil, event(2, 2))
		w.until("SELECT DISTINCT id FROM v", "2")
		d.heal()
		w.exec("INSERT INTO t VALUES (4)")
		w.want("SELECT problem FROM tarn.status", "NULL")
		w.want("SELECT * FROM t", "1", "4")
		w.crash()
		w.want("SELECT * FROM t", "1", "4")
		w.exec("DELETE FROM t WHERE k = 4")
	}
}

// TestAcknowledgedBeforeCrash checks what must survive without any commit, and
// after drops.
func TestAcknowledgedBeforeCrash(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x text); CREATE TABLE gone (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT x, count(*) AS n FROM t GROUP BY x")
	for i := range 3 {
		w.exec("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'a')")
		w.exec("INSERT INTO gone VALUES (1)")
		w.exec("UPDATE t SET x = 'c' WHERE k = 3; DELETE FROM t WHERE k = 1")
		if i == 1 {
			w.exec("DROP TABLE gone; CREATE TABLE gone (other text)")
			w.exec("INSERT INTO gone VALUES ('x'); DROP TABLE gone; CREATE TABLE gone (k bigint)")
		}
		w.crash()
		w.want("SELECT * FROM t", "2|b", "3|c")
		w.equal(w.s, "SELECT * FROM v", "SELECT x, count(*) AS n FROM t GROUP BY x")
		w.exec("DELETE FROM t")
		w.want("SELECT * FROM v")
	}
	w.want("SELECT count(*) FROM gone", "1")
}
