package storage

import (
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// stubPebble has compactions that wait, and ends none by itself.
type stubPebble struct {
	granted chan pebble.CompactionGrantHandle
}

func (s stubPebble) GetAllowedWithoutPermission() int { return 2 }

func (s stubPebble) GetWaitingCompaction() (bool, pebble.WaitingCompaction) {
	return true, pebble.WaitingCompaction{}
}

func (s stubPebble) Schedule(h pebble.CompactionGrantHandle) bool {
	s.granted <- h
	return true
}

func TestCompactionsAreHeld(t *testing.T) {
	d := &DB{}
	d.holdCompactions.Store(true)
	c, stub := newCompactions(d), stubPebble{make(chan pebble.CompactionGrantHandle, 8)}
	c.Register(2, stub)
	defer c.Unregister()
	if ok, _ := c.TrySchedule(); ok || len(stub.granted) > 0 {
		t.Fatal("a compaction was let run while they are held")
	}
	d.commits.sublevels.Store(heldSublevels)
	c.poke()
	first := <-stub.granted
	if ok, _ := c.TrySchedule(); ok {
		t.Fatal("two compactions were let run while they are held and reads suffer")
	}
	d.ResumeCompactions()
	c.poke()
	<-stub.granted
	if ok, _ := c.TrySchedule(); ok {
		t.Fatal("a third compaction was let run where two are allowed")
	}
	first.Done()
	<-stub.granted
}

// TestOpenWaitsForNoCompaction opens a directory in which compactions are due:
// Open waits for those that have begun, however long they are.
func TestOpenWaitsForNoCompaction(t *testing.T) {
	o := Options{FS: vfs.NewMem(), Dir: "d", HoldCompactions: true}
	db := mustOpenDB(t, o)
	var k []byte
	for round := range uint64(sublevelsMerged + 2) {
		table := db.Table(1, 0)
		for i := range uint64(100) {
			k = benchKey(k, i*round)
			table.Put(Hash(k), slices.Clone(k), benchValue)
		}
		if err := commitEpoch(db, int(round)); err != nil {
			t.Fatal(err)
		}
	}
	closeDB(t, db)
	db = mustOpenDB(t, o)
	defer closeDB(t, db)
	if n := db.pebble.Metrics().Compact.Count; n > 0 {
		t.Fatalf("%d compactions ran in Open", n)
	}
	if n := db.pebble.Metrics().Levels[0].Sublevels; n < sublevelsMerged {
		t.Fatalf("level 0 has %d sublevels: no compaction was due", n)
	}
	db.ResumeCompactions()
	if err := db.pebble.Compact(t.Context(), []byte{0}, []byte{255}, false); err != nil {
		t.Fatal(err)
	}
	if n := db.pebble.Metrics().Levels[0].Sublevels; n > 0 {
		t.Fatalf("level 0 has %d sublevels after a compaction of all", n)
	}
}
