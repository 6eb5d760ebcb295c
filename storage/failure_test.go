package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// failureRows is how many rows the arrangements 1 (table) and 2 (tree) of the
// tests below have, each in a file of its own.
const failureRows = 20000

func failureDir(t *testing.T) *vfs.MemFS {
	t.Helper()
	mem := vfs.NewMem()
	db := mustOpenDB(t, Options{Dir: "data", FS: mem, MemoryLimit: 1})
	for i := range failureRows {
		k := fmt.Appendf(nil, "row%06d", i)
		db.Table(1, 0).Put(Hash(k), k, k)
	}
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	for i := range failureRows {
		k := fmt.Appendf(nil, "row%06d", i)
		db.Tree(2, 0).Set(k, k)
	}
	if err := commitEpoch(db, 2); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	return mem
}

// TestReadErrorsStick fails all reads for a while: both arrangements fail, and
// stay failed until they are dropped.
func TestReadErrorsStick(t *testing.T) {
	f := &faults{}
	db := mustOpenDB(t, Options{Dir: "data", FS: errorfs.Wrap(failureDir(t), f), MemoryLimit: 1})
	f.set(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileReadAt {
			return syscall.EIO
		}
		return nil
	})
	k := []byte("row015000")
	if v, ok := db.Table(1, 0).Get(Hash(k), k); ok {
		t.Errorf("Get returned %q", v)
	}
	if db.ErrOf(2) != nil {
		t.Errorf("arrangement 2 failed without a read: %v", db.ErrOf(2))
	}
	it := db.Tree(2, 0).Scan(nil, nil)
	rows := 0
	for it.Next() {
		rows++ // of the block that Open read
	}
	it.Close()
	if rows > failureRows/10 {
		t.Errorf("Scan returned %d rows", rows)
	}
	f.fail.Store(nil)
	for _, id := range []ArrID{1, 2} {
		if err := db.ErrOf(5, id); !errors.Is(err, syscall.EIO) {
			t.Errorf("arrangement %d: %v", id, err)
		}
	}
	if err := db.Err(); !errors.Is(err, syscall.EIO) || db.Fault() != nil {
		t.Errorf("Err = %v, Fault = %v", err, db.Fault())
	}
	db.Drop(1, 2)
	if got := db.Failures(); len(got) != 0 {
		t.Errorf("after the drop %v", got)
	}
	closeDB(t, db)
}

// flipBit damages one byte in the middle of a file.
func flipBit(t *testing.T, fs vfs.FS, path string) {
	t.Helper()
	text := []byte(contents(t, fs, fs.PathDir(path))[path])
	text[len(text)/2] ^= 0x10
	overwrite(t, fs, path, string(text))
}

// tableFiles returns the state's files, the newest last: that has rows of the tree,
// which the last commit of failureDir wrote.
func tableFiles(t *testing.T, fs vfs.FS) (files []string) {
	t.Helper()
	names, err := fs.List("data/state")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".sst") {
			files = append(files, "data/state/"+name)
		}
	}
	slices.Sort(files)
	return files
}

// TestVerify flips a bit in the tree's file.
func TestVerify(t *testing.T) {
	mem := failureDir(t)
	files := tableFiles(t, mem)
	last := files[len(files)-1]
	for _, bad := range []bool{false, true} {
		if bad {
			flipBit(t, mem, last)
		}
		db := mustOpenDB(t, Options{Dir: "data", FS: mem, ReadOnly: true})
		var read, all int64
		got, err := db.Verify(context.Background(), func(done, total int64) { read, all = done, total })
		if err != nil || read != all || all == 0 {
			t.Errorf("verified %d of %d bytes, %v", read, all, err)
		}
		switch {
		case !bad && len(got) > 0:
			t.Errorf("damage %v", got)
		case bad && (len(got) != 1 || got[0].File != last || !slices.Contains(got[0].IDs, 2)):
			t.Errorf("damage %v, want %s", got, last)
		}
		closeDB(t, db)
	}
}

// TestDamagedFileIsNamed flips a bit in the file of the tree: the scan of the
// tree fails and names the file, the table goes on as if nothing had happened.
func TestDamagedFileIsNamed(t *testing.T) {
	mem := failureDir(t)
	files := tableFiles(t, mem)
	damaged := files[len(files)-1]
	flipBit(t, mem, damaged)
	db := mustOpenDB(t, Options{Dir: "data", FS: mem, MemoryLimit: 1})
	rows := 0
	it := db.Tree(2, 0).Scan(nil, nil)
	for it.Next() {
		rows++
	}
	it.Close()
	if rows == failureRows {
		t.Error("the damage was not found")
	}
	for i := range failureRows {
		k := fmt.Appendf(nil, "row%06d", i)
		if v, ok := db.Table(1, 0).Get(Hash(k), k); !ok || string(v) != string(k) {
			t.Fatalf("%s is %q, %v", k, v, ok)
		}
	}
	got := db.Failures()
	if len(got) != 1 || got[0].ID != 2 || got[0].File != damaged || !pebble.IsCorruptionError(got[0].Err) {
		t.Errorf("failures %v, want one of arrangement 2 in %s", got, damaged)
	}
	if err := db.ErrOf(2); err == nil || !strings.Contains(err.Error(), damaged+" failed") || strings.Contains(err.Error(), "\n") {
		t.Errorf("arrangement 2: %v", err)
	}
	if err := db.ErrOf(1); err != nil {
		t.Errorf("arrangement 1: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
