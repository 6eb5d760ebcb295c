package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Rows of arrangement 0, shard 0. The byte after the prefix says what they are.
const (
	metaGarbage = 'g' // [arrangement, 4 bytes BE]: to be excised
	metaEngine  = 'm' // [the engine's key]
	metaStats   = 's' // [arrangement, 4 bytes BE][shard, 2 bytes BE]
)

func metaKey(kind byte, key []byte) []byte {
	p := makePrefix(0, 0)
	return append(append(p[:], kind), key...)
}

// metaBatch is the meta rows of a commit by their key without the prefix; nil
// deletes.
type metaBatch map[string][]byte

func (m metaBatch) set(kind byte, key, value []byte) {
	m[string(kind)+string(key)] = append([]byte{}, value...)
}

func (m metaBatch) remove(kind byte, key []byte) { m[string(kind)+string(key)] = nil }

func (m metaBatch) sorted() []string { return slices.Sorted(maps.Keys(m)) }

// Meta returns a copy of the engine's value of a key as of the last commit.
func (d *DB) Meta(key string) ([]byte, bool, error) {
	value, closer, err := d.pebble.Get(metaKey(metaEngine, []byte(key)))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	out := append([]byte{}, value...)
	return out, true, closer.Close()
}

// ScanMeta calls fn for the engine's keys with a prefix, in order, as of the
// last commit, until fn returns false. value is valid until fn returns.
func (d *DB) ScanMeta(prefix string, fn func(key string, value []byte) bool) error {
	return d.scanMeta(metaEngine, prefix, fn)
}

func (d *DB) scanMeta(kind byte, prefix string, fn func(key string, value []byte) bool) error {
	lower := metaKey(kind, []byte(prefix))
	it, err := d.pebble.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: prefixEnd(lower)})
	if err != nil {
		return err
	}
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		if !fn(string(it.Key()[prefixLen+1:]), value) {
			break
		}
	}
	return it.Close()
}

// statsRow is what a commit records of each store that it writes, so that the
// next process knows the size of a store without reading it.
func (s *storeStats) statsRow() []byte {
	b := binary.AppendUvarint(nil, uint64(s.coldRows.Load()))
	return binary.AppendUvarint(b, uint64(s.coldBytes.Load()))
}

func storeKeyBytes(k storeKey) []byte {
	p := makePrefix(k.id, k.shard)
	return p[:]
}

func (d *DB) readStats() error {
	var bad error
	err := d.scanMeta(metaStats, "", func(key string, value []byte) bool {
		rows, n := binary.Uvarint(value)
		if len(key) != prefixLen || n <= 0 {
			bad = fmt.Errorf("statistics row %q has the value %q", key, value)
			return false
		}
		size, m := binary.Uvarint(value[n:])
		if m <= 0 {
			bad = fmt.Errorf("statistics row %q has the value %q", key, value)
			return false
		}
		st := &storeStats{}
		st.coldRows.Store(int64(rows))
		st.coldBytes.Store(int64(size))
		st.onDisk.Store(true)
		id := ArrID(binary.BigEndian.Uint32([]byte(key)))
		d.stats[storeKey{id, binary.BigEndian.Uint16([]byte(key[4:]))}] = st
		return true
	})
	return errors.Join(err, bad)
}

// Arrangements returns the IDs of the arrangements with state on disk that were
// not dropped, in order: what the engine's catalog does not name is an orphan.
func (d *DB) Arrangements() []ArrID {
	d.mu.Lock()
	defer d.mu.Unlock()
	ids := map[ArrID]bool{}
	for k, st := range d.stats {
		if st.onDisk.Load() && !d.drops.has(k.id) {
			ids[k.id] = true
		}
	}
	return slices.Sorted(maps.Keys(ids))
}
