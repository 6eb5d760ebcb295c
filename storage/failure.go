package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// A ReadFailure is the first read of an arrangement's shard that failed. What
// the arrangement answered since then may lack rows: nothing computed from it
// may be published, while everything else is as good as ever.
type ReadFailure struct {
	ID    ArrID
	Shard int
	File  string // empty if it is not known
	Err   error
}

// Error implements error.
func (f *ReadFailure) Error() string {
	// What follows the first line is for Pebble's own use.
	cause, _, _ := strings.Cut(f.Err.Error(), "\n")
	if f.File == "" {
		return "reading state from disk failed: " + cause
	}
	return fmt.Sprintf("reading state from the file %s failed: %s", f.File, cause)
}

// Unwrap returns the cause.
func (f *ReadFailure) Unwrap() error { return f.Err }

// failures are the arrangements that a read failed of.
type failures struct {
	any atomic.Bool
	mu  sync.Mutex
	of  map[storeKey]*ReadFailure
}

// failAt notes that a read of the store with this prefix failed. A nil error
// is none.
func (d *DB) failAt(prefix []byte, err error) {
	if err == nil {
		return
	}
	k := storeKey{ArrID(binary.BigEndian.Uint32(prefix)), binary.BigEndian.Uint16(prefix[4:])}
	f := &d.failed
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.of[k] != nil {
		return
	}
	if f.of == nil {
		f.of = map[storeKey]*ReadFailure{}
	}
	rf := &ReadFailure{ID: k.id, Shard: int(k.shard), File: fileOf(err), Err: err}
	f.of[k] = rf
	f.any.Store(true)
	d.log.Error("reading state failed", "arrangement", k.id, "shard", k.shard, "file", rf.File, "error", err)
}

// fail notes that a read of this store failed.
func (s *store) fail(err error) { s.db.failAt(s.prefix[:], err) }

// fileOf returns the file that an error is about, if it says.
func fileOf(err error) string {
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		return info.Path
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Path
	}
	return ""
}

// Failures returns the arrangements that a read failed of, by ID and shard.
// They stay in the list until they are dropped. Reads that fail behave as if
// the rows were absent, so the engine must look here after a step, and before
// it publishes what depends on these arrangements.
func (d *DB) Failures() []ReadFailure {
	f := &d.failed
	if !f.any.Load() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []ReadFailure
	for _, rf := range f.of {
		out = append(out, *rf)
	}
	slices.SortFunc(out, func(a, b ReadFailure) int {
		if a.ID != b.ID {
			return int(int64(a.ID) - int64(b.ID))
		}
		return a.Shard - b.Shard
	})
	return out
}

// ErrOf returns the failure of the first of these arrangements that has one:
// a *ReadFailure, or nil. It costs one load as long as nothing has failed.
func (d *DB) ErrOf(ids ...ArrID) error {
	f := &d.failed
	if !f.any.Load() {
		return nil
	}
	for _, rf := range d.Failures() {
		if slices.Contains(ids, rf.ID) {
			return &rf
		}
	}
	return nil
}

// forget takes a dropped arrangement off the list.
func (f *failures) forget(id ArrID) {
	if !f.any.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.of {
		if k.id == id {
			delete(f.of, k)
		}
	}
	f.any.Store(len(f.of) > 0)
}

// Damaged reports that there are failures: one load.
func (d *DB) Damaged() bool { return d.failed.any.Load() }
