package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tarndb/tarn/sql/pgerr"
)

// The meta keys that a commit writes beside the catalog's. Together they are
// the recorded prefix P(e) of the committed epoch.
const (
	metaEpoch   = "epoch"
	metaClock   = "clock"
	metaLogPos  = "table-log"
	metaOffsets = "offsets/" // + OID of the source, eight hex digits
)

// epochGap is added to the committed epoch at start: epochs that were visible
// but not committed before a crash are never numbered again.
const epochGap = 1 << 20

// pendingCommit is a commit on its way to disk.
type pendingCommit struct {
	epoch   uint64
	catalog *catalog
	logPos  uint64
	began   time.Time
	rows    int64
	err     error
}

// beginCommit freezes what changed since the last commit and writes it beside
// the running steps. It belongs to the loop.
func (db *Database) beginCommit() {
	if db.committing != nil || !db.commitDue() {
		return
	}
	p := &pendingCommit{epoch: db.epoch.Load(), catalog: db.catalog, logPos: db.logPos, began: time.Now()}
	c := db.store.Freeze()
	if c == nil {
		return
	}
	if err := db.saveMeta(c); err != nil {
		db.commitFailed(err)
		return
	}
	db.advanced = false
	db.committing = p
	go func() {
		p.err = c.Write(context.Background())
		db.commitDone <- p
	}()
}

// commitDue reports whether anything happened since the last commit.
func (db *Database) commitDue() bool {
	return db.epoch.Load() != db.durable.epoch || db.catalog != db.durable.catalog || db.advanced
}

func (db *Database) saveMeta(w metaWriter) error {
	w.SetMeta(metaEpoch, fmt.Append(nil, db.epoch.Load()))
	w.SetMeta(metaClock, fmt.Append(nil, db.clock))
	w.SetMeta(metaLogPos, fmt.Append(nil, db.logPos))
	for oid, s := range db.sources {
		text, err := json.Marshal(savedOffsets{Next: s.offsets, Start: s.starts})
		if err != nil {
			return fmt.Errorf("encoding offsets: %w", err)
		}
		w.SetMeta(metaOffsetsKey(oid), text)
	}
	for oid := range db.durable.catalog.objects {
		if db.catalog.objects[oid] == nil {
			w.DeleteMeta(metaOffsetsKey(oid))
		}
	}
	return db.catalog.save(w, db.durable.catalog)
}

// savedOffsets is a source's part of the recorded prefix.
type savedOffsets struct {
	Next  map[int32]int64 // the offset to go on from, by partition
	Start map[int32]int64 // where each partition began
}

func metaOffsetsKey(oid uint32) string { return fmt.Sprintf("%s%08x", metaOffsets, oid) }

// endCommit takes note of a commit's end. It belongs to the loop.
func (db *Database) endCommit(p *pendingCommit) {
	db.committing = nil
	db.store.Settle()
	if p.err != nil {
		db.advanced = true
		db.commitFailed(p.err)
	} else {
		db.durable.epoch, db.durable.catalog = p.epoch, p.catalog
		db.committed.Store(p.epoch)
		db.commits.record(commitInfo{epoch: p.epoch, at: time.Now(), took: time.Since(p.began)})
		db.commitProblem.Store(nil)
		if err := db.tableLog.TruncateBefore(p.logPos + 1); err != nil {
			db.log.Warn("old segments of the table log could not be removed", "error", err)
		}
	}
	waiting := db.commitWaiters[:0]
	for _, w := range db.commitWaiters {
		switch {
		case p.err != nil:
			w.done <- pgerr.New(pgerr.IOError, "could not commit: %v", p.err)
		case w.catalog == p.catalog || p.epoch >= w.epoch && w.catalog == nil:
			w.done <- nil
		default:
			waiting = append(waiting, w)
		}
	}
	db.commitWaiters = waiting
	if len(waiting) > 0 {
		db.beginCommit()
	}
}

func (db *Database) commitFailed(err error) {
	db.log.Error("a commit failed; it will be tried again", "error", err)
	db.commitProblem.Store(&err)
}

// commitWaiter waits until a catalog or an epoch is durable.
type commitWaiter struct {
	catalog *catalog // nil: any
	epoch   uint64
	done    chan error
}

// makeDurable waits until the catalog and the epoch of now are on disk. DDL is
// answered only then.
func (db *Database) makeDurable(ctx context.Context) error {
	done := make(chan error, 1)
	err := db.do(ctx, func() error {
		if !db.commitDue() && db.committing == nil {
			done <- nil
			return nil
		}
		db.commitWaiters = append(db.commitWaiters, commitWaiter{catalog: db.catalog, epoch: db.epoch.Load(), done: done})
		db.advanced = true
		db.beginCommit()
		return nil
	})
	if err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-db.stopped:
		return errShutdown()
	}
}
