package storage

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// orderedFS makes Pebble's change of its current manifest safe on file systems
// that may persist changes of a directory out of order, as POSIX allows. Pebble
// names the current manifest by a marker file; it makes a new marker and
// removes the old one before it syncs the directory, so a crash could keep a
// marker without its manifest, or no marker at all. Syncing the directory before
// each of the two steps costs nothing: manifests change rarely.
type orderedFS struct{ vfs.FS }

const markerPrefix = "marker."

func (f orderedFS) before(name string) error {
	if !strings.HasPrefix(f.PathBase(name), markerPrefix) {
		return nil
	}
	return syncDir(f.FS, f.PathDir(name))
}

// Create implements vfs.FS.
func (f orderedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.before(name); err != nil {
		return nil, err
	}
	return f.FS.Create(name, category)
}

// Remove implements vfs.FS.
func (f orderedFS) Remove(name string) error {
	if err := f.before(name); err != nil {
		return err
	}
	return f.FS.Remove(name)
}

// Unwrap implements vfs.FS.
func (f orderedFS) Unwrap() vfs.FS { return f.FS }
