package storage

import (
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options says how to open a data directory.
type Options struct {
	// Dir is the data directory. It is created if it does not exist.
	Dir string
	// FS is the file system, nil for the operating system's.
	FS vfs.FS
	// MemoryLimit is the memory in bytes for state and for the cache of disk
	// blocks together; 0 sets no limit on state.
	MemoryLimit int64
	// ReadOnly opens a directory that exists, and writes nothing to it: what
	// the last commit left can be read. Freeze must not be called.
	ReadOnly bool
	// HoldCompactions keeps compactions from running until ResumeCompactions, or
	// until reads suffer from it, but not for longer than a minute: for who has to
	// catch up first.
	HoldCompactions bool
	// Logger receives what Pebble reports; nil discards it.
	Logger *slog.Logger
	// Fatal is called when Pebble can no longer vouch for the directory, and
	// must not return: going on could lose a commit, restarting cannot. Nil
	// panics.
	Fatal func(message string)
}

type storeKey struct {
	id    ArrID
	shard uint16
}

// A DB is an open data directory.
type DB struct {
	opts   Options
	fs     vfs.FS
	log    *slog.Logger
	lock   io.Closer
	pebble *pebble.DB
	cache  *pebble.Cache
	memory Memory
	ingest string

	holdCompactions atomic.Bool

	// The rest of this block belongs to the goroutine between the steps; the
	// shards' workers read view during a step.
	gen      uint32
	done     uint32
	view     *coldView
	inFlight *Commit
	retry    metaBatch // of failed commits
	balancer balancer

	finished atomic.Pointer[Commit] // written, but not settled yet
	err      atomic.Pointer[error]
	failed   failures
	commits  commitStats

	mu     sync.Mutex // the maps below; stores themselves have no lock
	trees  map[storeKey]*Tree
	tables map[storeKey]*Table
	forks  map[*Tree]bool
	stats  map[storeKey]*storeStats
	users  map[ArrID]*atomic.Int64
	drops  garbage
	closed bool
}

// Tree returns one shard of an ordered arrangement, empty if it is new. The
// same arrangement must not be asked for as a Table.
func (d *DB) Tree(id ArrID, shard int) *Tree {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := storeKey{id, uint16(shard)}
	t := d.trees[k]
	if t == nil {
		t = &Tree{store: d.newStore(k)}
		t.reset()
		t.rows = t.stats.coldRows.Load()
		d.trees[k] = t
		d.balancer.stale = true
	}
	return t
}

// Table returns one shard of a keyed arrangement, empty if it is new. The same
// arrangement must not be asked for as a Tree.
func (d *DB) Table(id ArrID, shard int) *Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := storeKey{id, uint16(shard)}
	t := d.tables[k]
	if t == nil {
		t = &Table{store: d.newStore(k)}
		t.rows = t.stats.coldRows.Load()
		d.tables[k] = t
		d.balancer.stale = true
	}
	return t
}

func (d *DB) newStore(k storeKey) store {
	if k.id == 0 {
		d.fail(errors.New("storage: arrangement 0 is the catalog's own"))
	}
	if d.drops.has(k.id) {
		d.fail(errors.New("storage: the ID of a dropped arrangement was used again"))
	}
	st := d.stats[k]
	if st == nil {
		st = &storeStats{}
		d.stats[k] = st
	}
	users := d.users[k.id]
	if users == nil {
		users = new(atomic.Int64)
		d.users[k.id] = users
	}
	return store{
		db: d, id: k.id, shard: k.shard, prefix: makePrefix(k.id, k.shard),
		cur: d.gen, done: d.done, stats: st, users: users,
	}
}

// Err returns an error once anything has failed that must not fail: Fault, or
// else one of the Failures. After it nothing may be published but what is known
// not to depend on a failed arrangement.
func (d *DB) Err() error {
	if err := d.Fault(); err != nil {
		return err
	}
	for _, rf := range d.Failures() {
		return &rf
	}
	return nil
}

// Fault returns the first error that belongs to no arrangement, for good: after
// it nothing may be published.
func (d *DB) Fault() error {
	if p := d.err.Load(); p != nil {
		return *p
	}
	return nil
}

func (d *DB) fail(err error) {
	if err != nil && d.err.CompareAndSwap(nil, &err) {
		d.log.Error("the state is in disorder", "error", err)
	}
}

// Close gives the directory back. Changes since the last commit are gone from
// the directory's point of view. No commit, snapshot or iterator may be in use.
func (d *DB) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	if c := d.finished.Load(); c != nil && c.view != nil {
		d.fail(c.view.release())
	}
	for _, t := range d.trees {
		t.cold.drop(d)
	}
	for t := range d.forks {
		t.unpin()
	}
	for _, t := range d.tables {
		t.cold.drop(d)
	}
	err := d.view.release()
	err = errors.Join(err, d.pebble.Close())
	d.cache.Unref()
	return errors.Join(err, d.lock.Close())
}
