package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/storage"
)

// The meta keys that a commit writes beside the catalog's. Together they are
// the recorded prefix P(e) of the committed epoch.
const (
	metaEpoch   = "epoch"
	metaClock   = "clock"
	metaLogPos  = "table-log"
	metaShards  = "shards"
	metaOffsets = "offsets/" // + OID of the source, eight hex digits
)

// epochGap is added to the committed epoch at start: epochs that were visible
// but not committed before a crash are never numbered again.
const epochGap = 1 << 20

// pendingCommit is a commit on its way to disk.
type pendingCommit struct {
	epoch   uint64
	catalog *catalog.Catalog
	logPos  uint64
	wants   uint64 // waiters up to this one are answered by it
	began   time.Time
	freeze  time.Duration
	stats   storage.CommitStats
	stall   time.Duration // what the loop itself had to do for it
	err     error
}

// beginCommit freezes what changed since the last commit and writes it beside
// the running steps. It belongs to the loop.
func (db *Database) beginCommit() {
	if db.halted != nil || db.committing != nil || !db.commitDue() {
		return
	}
	p := &pendingCommit{
		epoch: db.epoch.Load(), catalog: db.catalog, logPos: db.logPos, wants: db.lastWant, began: time.Now(),
	}
	if err := db.expireState(); err != nil {
		db.halt(err)
		return
	}
	// What is frozen must be written, so nothing may fail between the two.
	var meta catalog.Changes
	if err := db.saveMeta(&meta); err != nil {
		db.commitFailed(err)
		return
	}
	c := db.store.Freeze()
	if c == nil {
		return
	}
	p.freeze = time.Since(p.began)
	meta.Apply(c)
	db.advanced, db.lastCommit = false, p.began
	db.committing = p
	p.stall = time.Since(p.began)
	db.stalled += p.stall
	go func() {
		p.err = c.Write(context.Background())
		p.stats = c.Stats()
		if p.err == nil {
			db.truncateTableLog(p.logPos)
		}
		db.commitDone <- p
	}()
}

// truncateTableLog removes what a commit holds up to a position. It runs beside
// the steps: it syncs.
func (db *Database) truncateTableLog(upto uint64) {
	if err := db.tableLog.TruncateBefore(upto + 1); err != nil {
		db.log.Warn("old segments of the table log could not be removed", "error", err)
	}
}

// commitEarly reports that the time for the next commit has not come: compaction
// is behind, and nothing but longer pauses slows the commits' ingests down.
func (db *Database) commitEarly(now time.Time) bool {
	if db.pause.On {
		return true // tried again by its own clock
	}
	p := min(db.store.CommitPressure(), maxCommitStretch)
	return p >= 1 && now.Sub(db.lastCommit) < time.Duration(p*float64(db.opts.CommitInterval))
}

// maxCommitStretch bounds by how much compaction can delay a commit.
const maxCommitStretch = 30

// commitDue reports whether anything happened since the last commit.
func (db *Database) commitDue() bool {
	return db.epoch.Load() != db.durable.epoch || db.catalog != db.durable.catalog || db.advanced
}

func (db *Database) saveMeta(w catalog.MetaWriter) error {
	w.SetMeta(metaEpoch, fmt.Append(nil, db.epoch.Load()))
	w.SetMeta(metaClock, fmt.Append(nil, db.clock))
	w.SetMeta(metaLogPos, fmt.Append(nil, db.logPos))
	w.SetMeta(metaShards, fmt.Append(nil, db.shards))
	for oid, s := range db.sources {
		saved := savedOffsets{Next: s.offsets, Start: s.starts, Resolved: s.resolved}
		if s.obj.Waterline != nil {
			saved.Levels = &s.levels
		}
		text, err := json.Marshal(saved)
		if err != nil {
			return fmt.Errorf("encoding offsets: %w", err)
		}
		w.SetMeta(metaOffsetsKey(oid), text)
	}
	for oid := range db.durable.catalog.Objects {
		if db.catalog.Objects[oid] == nil {
			w.DeleteMeta(metaOffsetsKey(oid))
		}
	}
	// The store writes the meta of failed commits again: what they made and was
	// dropped since must go explicitly.
	for oid := range db.uncertain {
		if db.catalog.Objects[oid] == nil {
			w.DeleteMeta(metaOffsetsKey(oid))
			w.DeleteMeta(catalog.MetaKey(oid))
		}
	}
	return db.catalog.Save(w, db.durable.catalog)
}

// savedOffsets is a source's part of the recorded prefix.
type savedOffsets struct {
	Next  map[int32]int64 // the offset to go on from, by partition
	Start map[int32]int64 // where each partition began
	// Resolved says that Start has all partitions that there were when the source
	// was first read: any other one is new, and is read from its beginning.
	Resolved bool `json:",omitempty"`
	// Levels are those of event time; nil without a waterline.
	Levels *ingest.Levels `json:",omitempty"`
}

func metaOffsetsKey(oid uint32) string { return fmt.Sprintf("%s%08x", metaOffsets, oid) }

// claimEpochs makes the numbers that this start gives to epochs its own, before
// any reader can see one. Without it a start that is killed before its first
// commit would leave its numbers to the next start, and epochs would go back.
func (db *Database) claimEpochs() error {
	if db.durable.epoch == 0 {
		return nil // nothing was ever declared, so no epoch was ever seen
	}
	c := db.store.Freeze()
	c.SetMeta(metaEpoch, fmt.Append(nil, db.epoch.Load()))
	if err := c.Write(context.Background()); err != nil {
		return err
	}
	db.store.Settle()
	db.durable.epoch = db.epoch.Load()
	db.committed.Store(db.durable.epoch)
	return nil
}

// endCommit takes note of a commit's end. It belongs to the loop.
func (db *Database) endCommit(p *pendingCommit) {
	began := time.Now()
	db.committing = nil
	db.store.Settle()
	if p.err != nil {
		db.commitFailed(p.err)
		for oid := range p.catalog.Objects {
			if db.durable.catalog.Objects[oid] == nil {
				db.uncertain[oid] = true
			}
		}
	} else {
		db.durable.epoch, db.durable.catalog = p.epoch, p.catalog
		db.durableCatalog.Store(p.catalog)
		clear(db.uncertain)
		db.committed.Store(p.epoch)
		db.resume()
	}
	var answer error
	if p.err != nil {
		answer = diskError(p.err, "could not commit").
			WithDetail("The change is in effect, and becomes durable with the next commit that succeeds.")
	}
	db.answerWaiters(answer, func(w commitWaiter) bool { return w.want <= p.wants })
	db.tendMemory()
	took := time.Since(began)
	p.stall += took
	db.stalled += took
	if p.err == nil {
		db.recordCommit(p)
	}
	if len(db.commitWaiters) > 0 {
		db.beginCommit()
	}
}

// answerWaiters answers those who wait for a commit and are chosen.
func (db *Database) answerWaiters(err error, chosen func(commitWaiter) bool) {
	waiting := db.commitWaiters[:0]
	for _, w := range db.commitWaiters {
		if chosen(w) {
			w.done <- err
		} else {
			waiting = append(waiting, w)
		}
	}
	db.commitWaiters = waiting
}

// commitFailed pauses whatever adds to the state until a commit succeeds.
func (db *Database) commitFailed(err error) {
	db.advanced = true // there is something to commit
	wait := db.pause.Failed()
	db.log.Error("a commit failed; it will be tried again", "error", err, "in", wait)
	db.commitProblem.Store(&err)
}

// resume goes on after a commit that succeeded.
func (db *Database) resume() {
	db.pause.Over()
	if db.commitProblem.Swap(nil) != nil {
		db.log.Warn("commits succeed again")
		db.notify()
	}
}

// recordCommit makes a row of tarn.commits.
func (db *Database) recordCommit(p *pendingCommit) {
	db.commits.Record(history.Commit{
		Epoch: p.epoch, At: time.Now(), Took: time.Since(p.began), Freeze: p.freeze, Stall: p.stall, Stats: p.stats,
	})
}

// commitWaiter waits for a commit that began after it asked.
type commitWaiter struct {
	want uint64 // its number
	done chan error
}

// makeDurable waits until the catalog and the epoch of now are on disk. DDL is
// answered only then.
func (db *Database) makeDurable(ctx context.Context) error {
	done := make(chan error, 1)
	err := db.change(ctx, func() error {
		if !db.commitDue() && db.committing == nil {
			done <- nil
			return nil
		}
		db.lastWant++
		db.commitWaiters = append(db.commitWaiters, commitWaiter{want: db.lastWant, done: done})
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
