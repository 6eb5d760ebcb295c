package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// faults fails chosen calls.
type faults struct {
	fail atomic.Pointer[func(op errorfs.Op) error]
}

func (f *faults) set(fail func(op errorfs.Op) error) { f.fail.Store(&fail) }

func (f *faults) String() string { return "faults" }

func (f *faults) MaybeError(op errorfs.Op) error {
	if fail := f.fail.Load(); fail != nil {
		return (*fail)(op)
	}
	return nil
}

func mustOpenDB(t testing.TB, o Options) *DB {
	t.Helper()
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func closeDB(t testing.TB, db *DB) {
	t.Helper()
	if err := errors.Join(db.Err(), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func commitEpoch(db *DB, e int) error {
	c := db.Freeze()
	c.SetMeta("epoch", fmt.Append(nil, e))
	err := c.Write(context.Background())
	db.Settle()
	return err
}

// TestFailedCommits lets each call of a commit's file writing fail in turn,
// with a full disk; the next commit must make up for it.
func TestFailedCommits(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		f := &faults{}
		mem := vfs.NewMem()
		db := mustOpenDB(t, Options{Dir: "data", FS: errorfs.Wrap(mem, f), MemoryLimit: limit})
		e, failures := 0, 0
		for k := 0; failures == k; k++ {
			n := 0
			f.set(func(op errorfs.Op) error {
				if !strings.Contains(op.Path, ingestDir) || op.Kind.ReadOrWrite() == errorfs.OpIsRead || op.Kind == errorfs.OpRemove {
					return nil
				}
				if n++; n == k+1 {
					return syscall.ENOSPC
				}
				return nil
			})
			e++
			writeEpoch(db, e)
			if id := treeID(e) - 2; e%4 == 0 && id >= treeID(0) {
				db.Drop(id)
			}
			err := commitEpoch(db, e)
			if err == nil {
				break
			}
			if failures++; !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("failed with %v", err)
			}
			if v, ok, err := db.Meta("epoch"); err != nil || (ok && string(v) >= fmt.Sprint(e) && e < 10) {
				t.Fatalf("a failed commit left epoch %s, %v", v, err)
			}
		}
		f.fail.Store(nil)
		if failures < 3 {
			t.Fatalf("only %d failures", failures)
		}
		if err := commitEpoch(db, e); err != nil {
			t.Fatal(err)
		}
		if m := db.Metrics(); m.FailedCommits != int64(failures) {
			t.Errorf("metrics count %d failures, want %d", m.FailedCommits, failures)
		}
		closeDB(t, db)
		db = mustOpenDB(t, Options{Dir: "data", FS: mem, MemoryLimit: limit})
		if got, err := checkEpoch(db); err != nil || got != e {
			t.Fatalf("after %d failures: epoch %d, %v, want %d", failures, got, err, e)
		}
		closeDB(t, db)
	}
}

// fullDisk says how many bytes are left.
type fullDisk struct {
	vfs.FS
	left atomic.Uint64
}

func (f *fullDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: f.left.Load()}, nil
}

// TestNearlyFullDisk refuses commits while the disk is nearly full, and makes up
// for them when it is not.
func TestNearlyFullDisk(t *testing.T) {
	fs := &fullDisk{FS: vfs.NewMem()}
	db := mustOpenDB(t, Options{Dir: "data", FS: fs})
	for e := 1; e <= 3; e++ {
		writeEpoch(db, e)
		if err := commitEpoch(db, e); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("epoch %d: %v", e, err)
		}
	}
	if names, err := fs.List("data/ingest"); err != nil || len(names) > 0 {
		t.Errorf("failed commits left %v, %v", names, err)
	}
	fs.left.Store(1 << 30)
	writeEpoch(db, 3)
	if err := commitEpoch(db, 3); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	db = mustOpenDB(t, Options{Dir: "data", FS: fs})
	if e, err := checkEpoch(db); err != nil || e != 3 {
		t.Errorf("epoch %d, %v", e, err)
	}
	closeDB(t, db)
}

// contents is all files of a directory, to see that nothing was written.
func contents(t *testing.T, fs vfs.FS, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		info, err := fs.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			for k, v := range contents(t, fs, path) {
				all[k] = v
			}
			continue
		}
		f, err := fs.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		all[path] = string(b)
	}
	return all
}

func overwrite(t *testing.T, fs vfs.FS, path, text string) {
	t.Helper()
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write([]byte(text))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, fs vfs.FS, part string) string {
	t.Helper()
	names, err := fs.List("data/state")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.Contains(name, part) && !strings.HasPrefix(name, markerPrefix) {
			return "data/state/" + name
		}
	}
	t.Fatalf("no file like %s in %v", part, names)
	return ""
}

func TestRefusedDirectories(t *testing.T) {
	cases := []struct {
		name   string
		damage func(t *testing.T, fs vfs.FS) error
		want   string
	}{
		{"another format", func(t *testing.T, fs vfs.FS) error {
			overwrite(t, fs, "data/TARN", "tarn data directory, format 7\n")
			return nil
		}, "data directory data was written by format 7; this binary reads 1"},
		{"format file damaged", func(t *testing.T, fs vfs.FS) error {
			overwrite(t, fs, "data/TARN", "hello")
			return nil
		}, `data directory data is corrupt: the file TARN says "hello"`},
		{"format file lost", func(_ *testing.T, fs vfs.FS) error {
			return fs.Remove("data/TARN")
		}, "data directory data is corrupt: it has state, but no file TARN"},
		{"manifest lost", func(t *testing.T, fs vfs.FS) error {
			return fs.Remove(find(t, fs, "MANIFEST"))
		}, "data directory data is corrupt: "},
		{"manifest damaged", func(t *testing.T, fs vfs.FS) error {
			overwrite(t, fs, find(t, fs, "MANIFEST"), strings.Repeat("garbage", 100))
			return nil
		}, "data directory data is corrupt: "},
		{"table lost", func(t *testing.T, fs vfs.FS) error {
			return fs.Remove(find(t, fs, ".sst"))
		}, "data directory data is corrupt: "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fs := vfs.NewMem()
			db := mustOpenDB(t, Options{Dir: "data", FS: fs})
			writeEpoch(db, 1)
			if err := commitEpoch(db, 1); err != nil {
				t.Fatal(err)
			}
			closeDB(t, db)
			if err := c.damage(t, fs); err != nil {
				t.Fatal(err)
			}
			before := contents(t, fs, "data")
			db, err := Open(Options{Dir: "data", FS: fs})
			if err == nil {
				t.Fatalf("opened: %v", db.Close())
			}
			if !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error %q, want %q", err, c.want)
			}
			after := contents(t, fs, "data")
			if len(after) != len(before) {
				t.Errorf("files before %d, after %d", len(before), len(after))
			}
			for name, text := range before {
				if after[name] != text {
					t.Errorf("%s was changed", name)
				}
			}
		})
	}
}

func TestLock(t *testing.T) {
	for _, fs := range []vfs.FS{vfs.NewMem(), nil} {
		dir := t.TempDir()
		db := mustOpenDB(t, Options{Dir: dir, FS: fs})
		_, err := Open(Options{Dir: dir, FS: fs})
		if want := "data directory " + dir + " is in use by another process"; err == nil || err.Error() != want {
			t.Errorf("second Open: %v, want %s", err, want)
		}
		closeDB(t, db)
		closeDB(t, mustOpenDB(t, Options{Dir: dir, FS: fs}))
	}
}

// TestReadOnly reads what a commit left, and changes no byte of the directory.
func TestReadOnly(t *testing.T) {
	fs := vfs.NewMem()
	if db, err := Open(Options{Dir: "data", FS: fs, ReadOnly: true}); err == nil {
		closeDB(t, db)
		t.Fatal("a directory that does not exist was opened")
	}
	if _, err := fs.Stat("data"); err == nil {
		t.Fatal("the directory was made")
	}
	db := mustOpenDB(t, Options{Dir: "data", FS: fs})
	writeEpoch(db, 1)
	if err := commitEpoch(db, 1); err != nil {
		t.Fatal(err)
	}
	closeDB(t, db)
	before := contents(t, fs, "data")
	db = mustOpenDB(t, Options{Dir: "data", FS: fs, ReadOnly: true})
	if got, err := checkEpoch(db); err != nil || got != 1 {
		t.Errorf("read epoch %d, %v; want 1", got, err)
	}
	closeDB(t, db)
	if after := contents(t, fs, "data"); !maps.Equal(before, after) {
		t.Errorf("reading changed the directory: %d files before, %d after", len(before), len(after))
	}
}
