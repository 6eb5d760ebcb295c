package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
)

// Who reads gets the last published epoch, without waiting for the loop. A
// snapshot costs the loop a copy of each page that it changes afterwards, so it
// publishes only while somebody reads, and of the relations that somebody reads.
//
// What readers may count on: a change that a client has heard of, of rows of a
// table or of the catalog, is seen by every read that begins afterwards; epochs
// that only carry messages of topics are seen at most freshFor after they are
// complete; epochs never go back.
const (
	// freshFor is how long an epoch may be read after a newer one is complete. A
	// reader who finds an older one asks the loop, which may be in a step.
	freshFor = int64(5 * time.Millisecond)
	// publishEvery is the time between two epochs that are published unasked.
	publishEvery = int64(time.Millisecond)
	// readersStay is how long epochs are published for readers of a relation after
	// its last read.
	readersStay = int64(time.Second)
	// markEvery is how exactly the last read of a relation is known: marks are
	// shared between cores, and writing one for each read would cost more than the read.
	markEvery = int64(50 * time.Millisecond)
)

// readers is what the loop knows of those who read. Times are by Database.since.
type readers struct {
	heard     atomic.Uint64 // no older epoch may be read: a client has heard of this one
	last      atomic.Int64  // when anything was read
	lastWhole atomic.Int64  // when a whole state was asked for
	published int64         // the loop's own: when it last published
}

// snapshotRequest asks the loop for a state that answers for the relations.
type snapshotRequest struct {
	rels   []uint32
	answer chan *state // retained; of length 1, so that the loop never waits
}

// since is nanoseconds on a clock of the database that never goes back and is never 0.
func (db *Database) since() int64 { return int64(time.Since(db.started)) + 1 }

// newest gives the published state if it is new enough and answers for the
// relations (nil: all there is); else nil, and the loop is to be asked. The
// caller must retain it.
func (db *Database) newest(now int64, rels []uint32) *state {
	st := db.current.Load()
	if st.epoch < db.epoch.Load() && db.problem.Load() == nil {
		passed := st.passed.Load()
		if st.epoch < db.readers.heard.Load() || passed != 0 && now-passed > freshFor {
			return nil
		}
	}
	if !st.answers(rels) {
		return nil
	}
	return st
}

// catalogHeard is the newest catalog that a client has heard of, or nil when only
// the loop knows.
func (db *Database) catalogHeard() *catalog.Catalog {
	if st := db.current.Load(); st.epoch >= db.readers.heard.Load() {
		return st.catalog
	}
	return nil
}

// mark tells the loop what is read, so that it goes on publishing that.
func (db *Database) mark(c *catalog.Catalog, now int64, rels []uint32) {
	touch := func(t *atomic.Int64) {
		if now-t.Load() > markEvery {
			t.Store(now)
		}
	}
	touch(&db.readers.last)
	if rels == nil {
		touch(&db.readers.lastWhole)
	}
	for _, oid := range rels {
		if o := c.Objects[oid]; o != nil {
			touch(&o.Read)
		}
	}
}

// acquire gives an epoch to read the relations at (nil: all there is); the caller
// must release it. Once the epochs have stopped it is the last one that was
// published, which may lack some relations.
func (db *Database) acquire(ctx context.Context, rels []uint32) (*state, error) {
	for {
		now, st := db.since(), db.current.Load()
		if !db.stored(st.catalog, rels) {
			rels = nil
		}
		db.mark(st.catalog, now, rels)
		if db.problem.Load() == nil {
			st = db.newest(now, rels)
		}
		if st == nil {
			return db.ask(ctx, rels)
		}
		if st.retain() {
			return st, nil
		}
	}
}

// ask has the loop publish what is wanted.
func (db *Database) ask(ctx context.Context, rels []uint32) (*state, error) {
	r := snapshotRequest{rels: rels, answer: make(chan *state, 1)}
	select {
	case db.snapshots <- r:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-db.stopped:
		return nil, errShutdown()
	}
	select {
	case st := <-r.answer:
		return st, nil
	case <-ctx.Done():
		go r.forget(db)
		return nil, context.Cause(ctx)
	case <-db.stopped:
		return nil, errShutdown()
	}
}

// forget gives back what was asked for and is not wanted any more.
func (r snapshotRequest) forget(db *Database) {
	select {
	case st := <-r.answer:
		st.release()
	case <-db.stopped:
	}
}

// answerReader publishes what was asked for, unless somebody else has just asked
// for it. It belongs to the loop.
func (db *Database) answerReader(r snapshotRequest) {
	db.mark(db.catalog, db.since(), r.rels)
	st := db.current.Load()
	if st.epoch != db.epoch.Load() || st.catalog != db.catalog || !st.answers(r.rels) {
		db.publishState(!db.stored(db.catalog, r.rels))
		st = db.current.Load()
	}
	st.retain() // the loop is the one that lets go of the current state
	r.answer <- st
}

// stored reports that the relations are all kept in trees, so that a state needs
// no more than those.
func (db *Database) stored(c *catalog.Catalog, rels []uint32) bool {
	for _, oid := range rels {
		if o := c.Objects[oid]; o == nil || !o.Stored() {
			return false
		}
	}
	return rels != nil
}

// missing is the error of relations that a state lacks although all that could be
// published was: the epochs have stopped, and nobody had read them of late.
func (db *Database) missing(st *state, rels []uint32) error {
	if st.whole {
		return nil
	}
	for _, oid := range rels {
		if db.system.Numbered(oid) == nil && !st.answers([]uint32{oid}) {
			return db.haltedNow()
		}
	}
	return nil
}

// refresh publishes the epoch that has just been completed, if somebody is about
// to read it. heard says that a client is about to hear of it. It belongs to the loop.
func (db *Database) refresh(heard bool) {
	now, r := db.since(), &db.readers
	stay := func(last int64) bool { return last != 0 && now-last < readersStay }
	if stay(r.last.Load()) && (heard || now-r.published >= publishEvery) {
		db.publishState(stay(r.lastWhole.Load()))
	}
}
