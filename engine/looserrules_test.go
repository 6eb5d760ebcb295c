package engine

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// heldDisk is a file system in memory whose commits wait while a test holds them.
type heldDisk struct {
	crashPoints
	until   atomic.Pointer[chan struct{}] // nil: none is held
	waiting atomic.Bool
}

// MaybeError implements errorfs.Injector; it never fails a call.
func (d *heldDisk) MaybeError(op errorfs.Op) error {
	if c := d.until.Load(); c != nil && op.Kind.ReadOrWrite() != errorfs.OpIsRead && strings.Contains(op.Path, "ingest") {
		d.waiting.Store(true)
		<-*c
	}
	return nil
}

func (d *heldDisk) hold() {
	c := make(chan struct{})
	d.until.Store(&c)
}

func (d *heldDisk) release() {
	if c := d.until.Swap(nil); c != nil {
		close(*c)
	}
}

// crash is what a crash would leave.
func (d *heldDisk) crash() vfs.FS {
	d.cloning.Lock()
	defer d.cloning.Unlock()
	return d.mem.CrashClone(vfs.CrashCloneCfg{})
}

// TestRowsWaitForLooserRules: a row that only a change of its table allows is not
// acknowledged before that change is durable. After a crash it would lie among rules
// that it breaks.
func TestRowsWaitForLooserRules(t *testing.T) {
	for _, c := range []struct{ alter, insert string }{
		{"ALTER TABLE t ALTER COLUMN a DROP NOT NULL", "INSERT INTO t VALUES (NULL, 1)"},
		{"ALTER TABLE t DROP CONSTRAINT c", "INSERT INTO t VALUES (1, -1)"},
	} {
		t.Run(c.alter, func(t *testing.T) {
			d := &heldDisk{crashPoints: crashPoints{mem: vfs.NewCrashableMem()}}
			w := newWorld(t, func(o *Options) { onDisk(o, errorfs.Wrap(unclonedFS{d.mem, &d.crashPoints}, d)) })
			w.exec("CREATE TABLE t (a bigint NOT NULL, b bigint CONSTRAINT c CHECK (b > 0))")
			start := func(text string) <-chan error {
				done := make(chan error, 1)
				s := w.session(w.db)
				go func() {
					_, err := run(context.Background(), s, text)
					done <- err
				}()
				return done
			}
			t.Cleanup(d.release) // before the database is closed
			d.hold()
			altered := start(c.alter)
			w.eventually("the change is in its commit", d.waiting.Load)
			inserted := start(c.insert)
			w.eventually("the row is there, or waits for a commit", func() bool {
				waiting := 0
				w.loop(func() { waiting = len(w.db.commitWaiters) })
				return len(inserted) == 1 || waiting == 2
			})
			left := d.crash()
			d.release()
			for _, done := range []<-chan error{altered, inserted} {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
			after := &world{t: t, opts: w.opts}
			onDisk(&after.opts, left)
			after.open()
			defer after.db.Crash()
			after.want("SELECT * FROM t WHERE a IS NULL OR b <= 0")
			w.want("SELECT count(*) FROM t", "1")
		})
	}
}
