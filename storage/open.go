package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Format is the version of the data directory that this code writes and reads.
// FORMAT.md says what a change of it obliges to.
const Format = 1

const (
	formatFile   = "TARN"
	lockFile     = "LOCK"
	stateDir     = "state"
	ingestDir    = "ingest"
	formatPrefix = "tarn data directory, format "
)

// Open opens a data directory, or makes a new one. A directory of another
// format, in use, or corrupt is refused, and nothing is written to it.
func Open(o Options) (*DB, error) {
	d := &DB{
		opts: o, fs: o.FS, log: o.Logger, gen: 1,
		trees: map[storeKey]*Tree{}, tables: map[storeKey]*Table{}, forks: map[*Tree]bool{},
		stats: map[storeKey]*storeStats{}, users: map[ArrID]*atomic.Int64{},
	}
	if d.fs == nil {
		d.fs = vfs.Default
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	d.ingest = d.fs.PathJoin(o.Dir, ingestDir)
	if err := d.openLocked(); err != nil {
		return nil, errors.Join(err, d.undoOpen())
	}
	return d, nil
}

// undoOpen closes what a failed Open had opened.
func (d *DB) undoOpen() (err error) {
	if d.view != nil {
		err = d.view.release()
	}
	if d.pebble != nil {
		err = errors.Join(err, d.pebble.Close())
	}
	if d.cache != nil {
		d.cache.Unref()
	}
	if d.lock != nil {
		err = errors.Join(err, d.lock.Close())
	}
	return err
}

func (d *DB) openLocked() error {
	fresh, err := d.checkFormat()
	if err != nil {
		return err
	}
	if fresh && d.opts.ReadOnly {
		return fmt.Errorf("%s is not a data directory: it has no file %s", d.opts.Dir, formatFile)
	}
	if fresh {
		if err := mkdirSynced(d.fs, d.opts.Dir); err != nil {
			return fmt.Errorf("data directory %s cannot be made: %w", d.opts.Dir, err)
		}
	}
	if d.lock, err = d.fs.Lock(d.fs.PathJoin(d.opts.Dir, lockFile)); err != nil {
		if errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("data directory %s cannot be locked: %w", d.opts.Dir, err)
		}
		return fmt.Errorf("data directory %s is in use by another process", d.opts.Dir)
	}
	// Another process may have made the directory before the lock was ours.
	if fresh, err = d.checkFormat(); err != nil {
		return err
	}
	if err := d.checkState(fresh); err != nil {
		return err
	}
	if fresh {
		if err := d.writeFormat(); err != nil {
			return fmt.Errorf("data directory %s cannot be made: %w", d.opts.Dir, err)
		}
	}
	return d.openState()
}

// checkFormat reads the format file. It reports whether there is none.
func (d *DB) checkFormat() (fresh bool, err error) {
	dir := d.opts.Dir
	f, err := d.fs.Open(d.fs.PathJoin(dir, formatFile))
	if errors.Is(err, os.ErrNotExist) {
		if _, err := d.fs.Stat(d.fs.PathJoin(dir, stateDir)); err == nil {
			return false, fmt.Errorf("data directory %s is corrupt: it has state, but no file %s", dir, formatFile)
		}
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("data directory %s cannot be read: %w", dir, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 256))
	if err = errors.Join(err, f.Close()); err != nil {
		return false, fmt.Errorf("data directory %s cannot be read: %w", dir, err)
	}
	number, ok := strings.CutPrefix(string(text), formatPrefix)
	version, err := strconv.Atoi(strings.TrimSuffix(number, "\n"))
	if !ok || err != nil || !strings.HasSuffix(number, "\n") {
		return false, fmt.Errorf("data directory %s is corrupt: the file %s says %q", dir, formatFile, text)
	}
	if version != Format {
		return false, fmt.Errorf("data directory %s was written by format %d; this binary reads %d", dir, version, Format)
	}
	return false, nil
}

// writeFormat makes the format file appear at once and for good.
func (d *DB) writeFormat() error {
	name := d.fs.PathJoin(d.opts.Dir, formatFile)
	f, err := d.fs.Create(name+".tmp", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(formatPrefix + strconv.Itoa(Format) + "\n"))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := d.fs.Rename(name+".tmp", name); err != nil {
		return err
	}
	return syncDir(d.fs, d.opts.Dir)
}

func syncDir(fs vfs.FS, dir string) error {
	f, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// mkdirSynced makes a directory, and its missing parents, and syncs them into
// theirs, so that a crash cannot take the directory away from under files that
// were synced into it.
func mkdirSynced(fs vfs.FS, dir string) error {
	parent := fs.PathDir(dir)
	if _, err := fs.Stat(dir); err == nil {
		return nil
	}
	if parent != dir {
		if err := mkdirSynced(fs, parent); err != nil {
			return err
		}
	}
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if parent == dir {
		return nil
	}
	return syncDir(fs, parent)
}

// checkState tells an unfinished creation from a loss, without writing.
func (d *DB) checkState(fresh bool) error {
	dir := d.fs.PathJoin(d.opts.Dir, stateDir)
	if _, err := d.fs.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	desc, err := pebble.Peek(dir, d.fs)
	if err != nil {
		return d.corrupt(err)
	}
	if desc.Exists {
		if desc.FormatMajorVersion > pebble.FormatNewest {
			return fmt.Errorf("data directory %s was written by a newer release (state format %d; this binary reads up to %d)",
				d.opts.Dir, desc.FormatMajorVersion, pebble.FormatNewest)
		}
		return d.tryState(dir)
	}
	names, err := d.fs.List(dir)
	if err != nil {
		return d.corrupt(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".sst") {
			return d.corrupt(errors.New("the state has no manifest"))
		}
	}
	return nil
}

// tryState opens the state for reading, so that an unreadable one is left as it
// is, for whoever may still repair it.
func (d *DB) tryState(dir string) error {
	o := d.pebbleOptions()
	o.ReadOnly = true
	p, err := d.openPebble(dir, o)
	if err != nil {
		return d.corrupt(err)
	}
	return p.Close()
}

func (d *DB) corrupt(err error) error {
	return fmt.Errorf("data directory %s is corrupt: %w", d.opts.Dir, err)
}

func (d *DB) pebbleOptions() *pebble.Options {
	o := &pebble.Options{
		FS:                 orderedFS{d.fs},
		Logger:             pebbleLog{d},
		FormatMajorVersion: pebble.FormatNewest,
		Cache:              d.cache,
		// Every write is an ingest: there is nothing for a log or a
		// memtable to hold, and no memtable that an ingest could overlap.
		DisableWAL:            true,
		MemTableSize:          64 << 10,
		L0CompactionThreshold: sublevelsMerged,
		L0StopWritesThreshold: math.MaxInt32,
		LBaseMaxBytes:         64 << 20,
		MaxOpenFiles:          512,
	}
	// The default ends the process. A damaged file is one arrangement's trouble:
	// the read that met it is in Failures, a compaction leaves the file alone.
	o.EventListener = &pebble.EventListener{DataCorruption: func(i pebble.DataCorruptionInfo) {
		d.log.Error("a state file is damaged", "file", i.Path, "error", i.Details)
	}}
	o.CompactionConcurrencyRange = func() (int, int) { return 1, 2 }
	for i := range o.Levels {
		o.TargetFileSizes[i] = targetFileSize(d.opts.MemoryLimit)
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].FilterType = pebble.TableFilter
		o.Levels[i].BlockSize = diskBlockSize
		o.Levels[i].IndexBlockSize = diskIndexSize
	}
	// What a commit writes is soon read and written again by a compaction.
	o.Levels[0].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	return o
}

const (
	// diskBlockSize is what one row costs that is read from disk: nearly each comes from
	// a block of its own that the cache has not.
	diskBlockSize = 4 << 10
	// diskIndexSize keeps the index of a file in one block, but for the largest: one
	// look into the cache less for each row that is read.
	diskIndexSize = 256 << 10
)

// targetFileSize bounds a file by what the cache of blocks can bear. The Bloom filter
// of a file is one block, of up to a tenth of its size, and Pebble cuts the cache into
// four parts or more: a filter that a part cannot keep beside others is read from
// disk again for each row that is looked up.
func targetFileSize(limit int64) int64 {
	return min(max(1<<20, cacheSize(limit)/8), 64<<20)
}

// sublevelsMerged is how many sublevels of level 0 a compaction waits for. Each row
// is written the less often the more are merged at once. What is not in memory is
// looked for in each of them, but their Bloom filters are small and in the cache.
const sublevelsMerged = 10

// openPebble leaves compactions held: Open would wait for those that it begins.
func (d *DB) openPebble(dir string, o *pebble.Options) (*pebble.DB, error) {
	d.holdCompactions.Store(true)
	c := newCompactions(d)
	o.Experimental.CompactionScheduler = c
	p, err := pebble.Open(dir, o)
	if err != nil {
		c.Unregister()
	}
	return p, err
}

// openState opens Pebble and reads what the stores and the garbage list need.
func (d *DB) openState() (err error) {
	d.cache = pebble.NewCache(cacheSize(d.opts.MemoryLimit))
	d.memory.limit, d.memory.cache = d.opts.MemoryLimit, d.cache
	dir := d.fs.PathJoin(d.opts.Dir, stateDir)
	o := d.pebbleOptions()
	o.ReadOnly = d.opts.ReadOnly
	if d.pebble, err = d.openPebble(dir, o); err != nil {
		return fmt.Errorf("data directory %s cannot be opened: %w", d.opts.Dir, err)
	}
	d.holdCompactions.Store(d.opts.HoldCompactions)
	if !d.opts.ReadOnly {
		if err = d.prepareWrites(); err != nil {
			return err
		}
	}
	d.view = newColdView(d.pebble)
	if err = d.readStats(); err != nil {
		return d.corrupt(err)
	}
	if err = d.readGarbage(); err != nil {
		return d.corrupt(err)
	}
	if d.opts.ReadOnly {
		return nil
	}
	return d.excise(context.Background())
}

// prepareWrites makes the place of the commits' files, empty.
func (d *DB) prepareWrites() error {
	// Pebble syncs its own directory, but not the entry that names it.
	if err := syncDir(d.fs, d.opts.Dir); err != nil {
		return err
	}
	if err := d.fs.RemoveAll(d.ingest); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return d.fs.MkdirAll(d.ingest, 0o755)
}

// pebbleLog passes on what Pebble says.
type pebbleLog struct{ d *DB }

func (l pebbleLog) Infof(format string, args ...any) {
	l.d.log.Debug(fmt.Sprintf(format, args...))
}

func (l pebbleLog) Errorf(format string, args ...any) {
	l.d.log.Error(fmt.Sprintf(format, args...))
}

func (l pebbleLog) Fatalf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.d.log.Error("state can no longer be written safely", "error", message)
	if l.d.opts.Fatal != nil {
		l.d.opts.Fatal(message)
	}
	panic("storage: " + message)
}
