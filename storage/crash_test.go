package storage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/tarndb/tarn/storage/tablelog"
)

// crashes takes a copy of the file system, as a crash would leave it, before
// every call that changes it.
type crashes struct {
	mem *vfs.MemFS

	cloning sync.Mutex

	mu     sync.Mutex
	rng    *rand.Rand
	on     bool
	acked  int    // the last epoch whose Write returned
	logged uint64 // the last table log record that was acknowledged
	copies []crash
}

// unclonedFS keeps copies away from the two calls of the file system in memory
// that take its lock for reading twice, and so deadlock with a copy between.
type unclonedFS struct {
	*vfs.MemFS
	c *crashes
}

func (f unclonedFS) Link(from, to string) error {
	f.c.cloning.Lock()
	defer f.c.cloning.Unlock()
	return f.MemFS.Link(from, to)
}

func (f unclonedFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f.c.cloning.Lock()
	defer f.c.cloning.Unlock()
	return f.MemFS.ReuseForWrite(from, to, category)
}

type crash struct {
	op     string
	acked  int
	logged uint64
	fs     *vfs.MemFS
}

func (c *crashes) String() string { return "crashes" }

func (c *crashes) MaybeError(op errorfs.Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on || op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	c.cloning.Lock()
	defer c.cloning.Unlock()
	percent := []int{0, 50, 100}[len(c.copies)%3]
	c.copies = append(c.copies, crash{
		op:    fmt.Sprintf("call %d, %v %s, %d%% unsynced", len(c.copies), op.Kind, op.Path, percent),
		acked: c.acked, logged: c.logged,
		fs: c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.rng}),
	})
	return nil
}

func (c *crashes) ack(epoch int, logged uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch > 0 {
		c.acked = epoch
	}
	if logged > 0 {
		c.logged = logged
	}
}

// Epoch e of the crash tests: a tree (id 10+e/4, a new one every four epochs,
// the one before last dropped) and a table (id 1), all of whose rows say e.
const crashEpochs = 12

func treeID(epoch int) ArrID { return ArrID(10 + epoch/4) }

func writeEpoch(db *DB, e int) {
	table := db.Table(1, e%2)
	for i := range 30 {
		k := fmt.Appendf(nil, "row%d", i)
		if (i+e)%3 == 0 {
			table.Delete(Hash(k), k)
		} else {
			table.Put(Hash(k), k, fmt.Append(nil, e))
		}
	}
	tree := db.Tree(treeID(e), 0)
	for i := range 30 {
		tree.Set(fmt.Appendf(nil, "row%d", i), fmt.Append(nil, e))
	}
	tree.Delete(fmt.Appendf(nil, "row%d", e%30))
}

// checkEpoch checks that the database is exactly as epoch e left it, and
// returns e.
func checkEpoch(db *DB) (int, error) {
	v, ok, err := db.Meta("epoch")
	if err != nil || !ok {
		return 0, err
	}
	e, err := strconv.Atoi(string(v))
	if err != nil {
		return 0, err
	}
	for shard := range 2 {
		last := e - (e+shard)%2 // the last epoch that wrote this shard
		if err := checkTableEpoch(db.Table(1, shard), last); err != nil {
			return e, fmt.Errorf("epoch %d, table shard %d: %w", e, shard, err)
		}
	}
	for id := treeID(0); id <= treeID(crashEpochs); id++ {
		if err := checkTreeEpoch(db, id, e); err != nil {
			return e, fmt.Errorf("epoch %d, tree %d: %w", e, id, err)
		}
	}
	return e, db.Err()
}

func checkTableEpoch(table *Table, e int) error {
	for i := range 30 {
		k := fmt.Appendf(nil, "row%d", i)
		v, ok := table.Get(Hash(k), k)
		if want := e > 0 && (i+e)%3 != 0; ok != want || (ok && string(v) != strconv.Itoa(e)) {
			return fmt.Errorf("%s is %q, %v, want epoch %d", k, v, ok, e)
		}
	}
	return nil
}

func checkTreeEpoch(db *DB, id ArrID, e int) error {
	last := min(e, int(id-10)*4+3)
	want := 29
	if id > treeID(e) || id+1 < treeID(e) {
		want = 0
	}
	if db.drops.has(id) {
		if want > 0 {
			return fmt.Errorf("dropped")
		}
		return nil
	}
	n := 0
	it := db.Tree(id, 0).Scan(nil, nil)
	defer it.Close()
	for it.Next() {
		if string(it.Value()) != strconv.Itoa(last) {
			return fmt.Errorf("%s is of epoch %s, want %d", it.Key(), it.Value(), last)
		}
		n++
	}
	if n != want {
		return fmt.Errorf("%d rows, want %d", n, want)
	}
	return nil
}

// runEpochs runs epochs from..to against fs.
func runEpochs(t *testing.T, fs vfs.FS, c *crashes, from, to int, limit int64) {
	t.Helper()
	db, err := Open(Options{Dir: "data", FS: fs, MemoryLimit: limit})
	if err != nil {
		t.Fatal(err)
	}
	log, err := tablelog.Open(fs, "data/tablelog")
	if err != nil {
		t.Fatal(err)
	}
	for e := from; e <= to; e++ {
		pos, wait := log.Append(fmt.Appendf(nil, "epoch %d", e))
		if err := wait(); err != nil {
			t.Fatal(err)
		}
		c.ack(0, pos)
		writeEpoch(db, e)
		if id := treeID(e) - 2; e%4 == 0 && id >= treeID(0) {
			db.Drop(id)
		}
		commit := db.Freeze()
		commit.SetMeta("epoch", fmt.Append(nil, e))
		commit.SetMeta("position", fmt.Append(nil, pos))
		if err := commit.Write(context.Background()); err != nil {
			t.Fatal(err)
		}
		c.ack(e, 0)
		if err := log.TruncateBefore(pos + 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCrashAtEveryCall(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		t.Run(fmt.Sprintf("limit=%d", limit), func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			c := &crashes{mem: mem, rng: rand.New(rand.NewPCG(5, 6)), on: true}
			fs := errorfs.Wrap(unclonedFS{mem, c}, c)
			runEpochs(t, fs, c, 1, crashEpochs/2, limit)
			runEpochs(t, fs, c, crashEpochs/2+1, crashEpochs, limit)
			c.mu.Lock()
			c.on = false
			c.mu.Unlock()
			for i, crash := range c.copies {
				if !raceEnabled || i%5 == 0 {
					checkCrash(t, crash, limit)
				}
			}
			t.Logf("%d crashes", len(c.copies))
		})
	}
}

func checkCrash(t *testing.T, crash crash, limit int64) {
	t.Helper()
	db, err := Open(Options{Dir: "data", FS: crash.fs, MemoryLimit: limit})
	if err != nil {
		t.Fatalf("%s: %v", crash.op, err)
	}
	e, err := checkEpoch(db)
	if err != nil {
		t.Fatalf("%s: %v", crash.op, err)
	}
	if e < crash.acked || e > crash.acked+1 {
		t.Fatalf("%s: found epoch %d, %d was acknowledged", crash.op, e, crash.acked)
	}
	log, err := tablelog.Open(crash.fs, "data/tablelog")
	if err != nil {
		t.Fatalf("%s: %v", crash.op, err)
	}
	position := 0
	if v, ok, err := db.Meta("position"); err != nil {
		t.Fatal(err)
	} else if ok {
		if position, err = strconv.Atoi(string(v)); err != nil {
			t.Fatal(err)
		}
	}
	if last := max(log.Next()-1, uint64(position)); last < crash.logged {
		t.Fatalf("%s: record %d was acknowledged, the last one is %d", crash.op, crash.logged, last)
	}
	err = log.Replay(uint64(position)+1, func(pos uint64, b []byte) error {
		if string(b) != fmt.Sprintf("epoch %d", pos) {
			return fmt.Errorf("record %d is %q", pos, b)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", crash.op, err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// The directory goes on from there.
	if e < crashEpochs && len(crash.op)%4 == 0 {
		runEpochs(t, crash.fs, &crashes{}, e+1, e+1, limit)
	}
}
