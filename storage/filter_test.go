package storage

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestFiltersFitTheCache: a filter that the cache of blocks cannot keep is read for
// each row that is looked up: steps on cold state took eight times as long.
func TestFiltersFitTheCache(t *testing.T) {
	const limit = 8 << 20
	db := mustOpenDB(t, Options{Dir: "d", FS: vfs.NewMem(), MemoryLimit: limit})
	defer closeDB(t, db)
	r := rand.New(rand.NewPCG(1, 2))
	var k []byte
	value := make([]byte, 16)
	table := db.Table(1, 0)
	for i := range uint64(300_000) {
		k = benchKey(k, i)
		binary.LittleEndian.PutUint64(value, r.Uint64())
		table.Put(Hash(k), k, value)
		if i%100_000 == 99_999 {
			if err := commitEpoch(db, int(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := db.pebble.Compact(t.Context(), []byte{0}, []byte{255}, false); err != nil {
		t.Fatal(err)
	}
	tables, err := db.pebble.SSTables(pebble.WithProperties())
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(tables...)
	if len(all) < 2 {
		t.Fatalf("%d files", len(all))
	}
	for _, f := range all {
		if size := int64(f.Properties.FilterSize); size == 0 || size > cacheSize(limit)/8 {
			t.Errorf("a filter has %d bytes, the cache %d", size, cacheSize(limit))
		}
	}
}
