package storage

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Damage is a state file that cannot be read as it was written.
type Damage struct {
	File string
	// IDs are the arrangements that may have rows in it; 0 is the catalog.
	IDs []ArrID
	Err error
}

// String says all of it on one line.
func (d Damage) String() string {
	cause, _, _ := strings.Cut(d.Err.Error(), "\n")
	return fmt.Sprintf("%s (arrangements %v): %s", d.File, d.IDs, cause)
}

// Verify reads every block of every state file, and compares it with its
// checksum. It tells progress, if that is not nil, how many bytes of all it has
// read. Beside steps and commits it verifies the files that there were when it
// began, but for those that compactions removed since. The error is that of ctx,
// or of listing the files.
func (d *DB) Verify(ctx context.Context, progress func(done, total int64)) ([]Damage, error) {
	levels, err := d.pebble.SSTables()
	if err != nil {
		return nil, err
	}
	files := map[string][]pebble.SSTableInfo{} // a file may back many tables
	var total, done int64
	for _, level := range levels {
		for _, t := range level {
			path := d.fs.PathJoin(d.opts.Dir, stateDir, t.BackingSSTNum.String()+".sst")
			files[path] = append(files[path], t)
			total += int64(t.Size)
		}
	}
	var damage []Damage
	for _, path := range sortedKeys(files) {
		if err := ctx.Err(); err != nil {
			return damage, err
		}
		err := d.verifyFile(ctx, path)
		if err != nil && !(errors.Is(err, os.ErrNotExist) && !d.opts.ReadOnly) {
			damage = append(damage, Damage{File: path, IDs: d.within(files[path]), Err: err})
		}
		for _, t := range files[path] {
			done += int64(t.Size)
		}
		if progress != nil {
			progress(done, total)
		}
	}
	return damage, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (d *DB) verifyFile(ctx context.Context, path string) error {
	f, err := d.fs.Open(path, vfs.SequentialReadsOption)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	// The blocks must come from the file, and not push others out of the cache.
	o := d.pebbleOptions()
	cache := pebble.NewCache(1 << 20)
	defer cache.Unref()
	o.Cache = cache
	o.EnsureDefaults()
	r, err := sstable.NewReader(ctx, readable, o.MakeReaderOptions())
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	return errors.Join(r.ValidateBlockChecksums(), r.Close())
}

// within returns the arrangements that may have rows in some tables.
func (d *DB) within(tables []pebble.SSTableInfo) []ArrID {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := map[ArrID]bool{0: true}
	for k := range d.stats {
		ids[k.id] = true
	}
	var out []ArrID
	for id := range ids {
		for _, t := range tables {
			lo, hi := t.Smallest.UserKey, t.Largest.UserKey
			if len(lo) < 4 || len(hi) < 4 ||
				uint32(id) >= binary.BigEndian.Uint32(lo) && uint32(id) <= binary.BigEndian.Uint32(hi) {
				out = append(out, id)
				break
			}
		}
	}
	slices.Sort(out)
	return out
}
