package storage

import (
	"runtime"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestMeasure: what the process holds beside the account takes room from state, but
// not all of it.
func TestMeasure(t *testing.T) {
	for _, limit := range []int64{8 << 20, 1 << 40} {
		db := mustOpenDB(t, Options{Dir: "d", FS: vfs.NewMem(), MemoryLimit: limit})
		m := db.Memory()
		before := m.room()
		beside := make([]byte, 32<<20)
		runtime.GC()
		soft := m.Measure()
		runtime.KeepAlive(beside)
		found := m.Use().Beside
		if limit == 8<<20 && found != limit/2 || limit == 1<<40 && found < 16<<20 {
			t.Errorf("with a limit of %d bytes, %d are beside the account", limit, found)
		}
		if m.room() != before-found || m.room() <= 0 {
			t.Errorf("there was room for %d bytes, %d are beside the account, and there is room for %d", before, found, m.room())
		}
		if soft != 0 && (soft < limit/4 || soft > limit) {
			t.Errorf("the runtime is to have %d bytes of %d", soft, limit)
		}
		closeDB(t, db)
	}
	db := mustOpenDB(t, Options{Dir: "d", FS: vfs.NewMem()})
	if soft := db.Memory().Measure(); soft != 0 || db.Memory().Use().Beside != 0 {
		t.Error("without a limit there is nothing to measure")
	}
	closeDB(t, db)
}
