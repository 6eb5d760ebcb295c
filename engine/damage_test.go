package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/storage/tablelog"
)

// damagedViews are read by their keys, so that no more than a part of the state is read.
var damagedViews = map[string]string{
	"wide":   "SELECT k, repeat(md5(k::text), 4) AS pad FROM t",
	"groups": "SELECT x, count(*) AS n, max(k) AS hi FROM t GROUP BY x",
	"pairs":  "SELECT t.k, u.y FROM t JOIN u ON t.x = u.k",
	"over":   "SELECT x, n FROM groups WHERE n > 0",
}

// TestDamagedState flips a bit in the files of the state, one place at a time: no
// query gives a wrong answer; what cannot be read says so, with the file; what
// does not need it goes on, writes included.
func TestDamagedState(t *testing.T) {
	mem := vfs.NewMem()
	use := func(fs vfs.FS) func(o *Options) {
		return func(o *Options) {
			o.Dir, o.MemoryLimit, o.Shards = "data", 1<<20, 1
			o.openStore = func(so storage.Options) (*storage.DB, error) {
				so.FS = fs
				return storage.Open(so)
			}
			o.openTableLog = func(dir string) (*tablelog.Log, error) { return tablelog.Open(fs, dir) }
		}
	}
	w := newWorld(t, use(mem))
	w.exec("CREATE TABLE t (k bigint PRIMARY KEY, x bigint); CREATE TABLE u (k bigint PRIMARY KEY, y bigint)")
	w.exec("INSERT INTO u SELECT g, g * 10 FROM generate_series(0, 99) g")
	w.exec("INSERT INTO t SELECT g, g % 1000 FROM generate_series(1, 6000) g")
	for _, name := range []string{"wide", "groups", "pairs", "over"} {
		w.exec("CREATE MATERIALIZED VIEW " + name + " AS " + damagedViews[name])
	}
	want := map[string]string{}
	for name := range damagedViews {
		want[name] = w.exec("SELECT * FROM " + name)
	}
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	var refused, failed, fine int
	for i, place := range places(t, mem) {
		fs := cloneFS(t, mem)
		flip(t, fs, place.file, place.at)
		d := &world{t: t, topics: w.topics, opts: w.opts}
		use(fs)(&d.opts)
		db, err := Open(d.opts)
		if err != nil {
			if refused++; !strings.Contains(err.Error(), "corrupt") {
				t.Errorf("%s: %v", place, err)
			}
			continue
		}
		d.db, d.s = db, d.session(db)
		bad := d.readDamaged(place, want)
		// A change that reaches all of the state by its keys.
		_, err = run(context.Background(), d.s, fmt.Sprintf("UPDATE t SET x = x + 1 WHERE k = %d", 1+i*37%6000))
		if err != nil && pgerr.Code(err) != pgerr.IOError && pgerr.Code(err) != pgerr.ObjectNotInPrerequisiteState {
			t.Errorf("%s: UPDATE: %v", place, err)
		}
		if len(bad) > 0 {
			failed++
		} else {
			fine++
		}
		d.exec("CREATE TABLE other (k bigint)")
		d.exec("INSERT INTO other VALUES (1)")
		d.want("SELECT * FROM other", "1")
		for name := range bad {
			d.want("SELECT state, problem LIKE '%.sst%' OR problem LIKE 'it reads%' FROM tarn.views WHERE name = '"+name+"'", "stopped|t")
		}
		d.want("SELECT problem FROM tarn.status", "NULL")
		d.db.Crash()
	}
	t.Logf("%d directories were refused, %d have views that cannot be read, %d can be read whole", refused, failed, fine)
	if failed == 0 {
		t.Error("no damage was met")
	}
}

// readDamaged reads every view, and gives those that fail.
func (w *world) readDamaged(p place, want map[string]string) map[string]bool {
	w.t.Helper()
	bad := map[string]bool{}
	for name := range damagedViews {
		got, err := run(context.Background(), w.s, "SELECT * FROM "+name)
		switch {
		case err == nil && got != want[name]:
			w.t.Errorf("%s: %s is wrong: %d bytes instead of %d", p, name, len(got), len(want[name]))
		case err == nil:
		case pgerr.Code(err) == pgerr.IOError || pgerr.Code(err) == pgerr.ObjectNotInPrerequisiteState:
			bad[name] = true
			if !strings.Contains(err.Error(), ".sst") {
				w.t.Errorf("%s: %s: the file is not named: %v", p, name, err)
			}
		default:
			w.t.Errorf("%s: %s: %v", p, name, err)
		}
	}
	return bad
}

type place struct {
	file string
	at   int64
}

func (p place) String() string { return fmt.Sprintf("%s at byte %d", p.file, p.at) }

// places are bytes all over the files of the state.
func places(t *testing.T, fs vfs.FS) []place {
	t.Helper()
	names, err := fs.List("data/state")
	if err != nil {
		t.Fatal(err)
	}
	var out []place
	for _, name := range names {
		if !strings.HasSuffix(name, ".sst") {
			continue
		}
		info, err := fs.Stat("data/state/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []int64{1, 3, 5, 7, 9, 11, 13, 15} {
			out = append(out, place{"data/state/" + name, info.Size() * part / 16})
		}
	}
	return out
}

func flip(t *testing.T, fs vfs.FS, name string, at int64) {
	t.Helper()
	f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	b[0] ^= 4
	if _, err := f.WriteAt(b, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func cloneFS(t *testing.T, fs vfs.FS) vfs.FS {
	t.Helper()
	out := vfs.NewMem()
	if _, err := vfs.Clone(fs, out, "data", "data"); err != nil {
		t.Fatal(err)
	}
	return out
}
