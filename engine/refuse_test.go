package engine

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedTableLogIsLeftAlone expects a data directory whose table log is
// damaged to be refused, and every file of it to be as it was.
func TestDamagedTableLogIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.exec(`CREATE TABLE t (a int)`)
	for range 20 {
		w.exec(`INSERT INTO t VALUES (1)`)
	}
	w.db.Crash()
	w.db = nil
	segments, err := filepath.Glob(filepath.Join(w.opts.Dir, "tables", "*"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	last := segments[len(segments)-1]
	b, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(last, b, 0o644); err != nil {
		t.Fatal(err)
	}
	before := contents(t, w.opts.Dir)
	if db, err := Open(w.opts); err == nil {
		db.Crash()
		t.Fatal("a damaged table log was opened")
	} else if !strings.Contains(err.Error(), "is corrupt") {
		t.Error(err)
	}
	after := contents(t, w.opts.Dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed", name)
		}
		delete(after, name)
	}
	for name := range after {
		t.Errorf("%s was made", name)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
