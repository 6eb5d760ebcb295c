package storage

import (
	"bytes"
	"slices"
)

// Keys are the keys of a batch, key i being Buf[Starts[i]:Starts[i+1]].
type Keys struct {
	Buf    []byte
	Starts []uint32
}

// Key returns key i.
func (k *Keys) Key(i int) []byte { return k.Buf[k.Starts[i]:k.Starts[i+1]] }

// tableBatch is what a batch of probes works with.
type tableBatch struct {
	miss []uint32
	warm header // of no meaning: so that the loads are done
}

// batchPart is how many probes go through memory side by side: enough to wait
// for many cache lines at once, few enough to find them still there.
const batchPart = 64

// GetBatch looks up many keys: values[i] is the value of key i, nil if there is
// none; an empty value is not nil. It is faster than as many Gets, since the
// probes wait for memory together and rows on disk are read in key order.
func (t *Table) GetBatch(hashes []uint64, keys Keys, values [][]byte) {
	t.touch()
	t.batch.miss = t.batch.miss[:0]
	for from := 0; from < len(hashes); from += batchPart {
		t.getPart(hashes, &keys, values, from, min(len(hashes), from+batchPart))
	}
	if len(t.batch.miss) > 0 {
		t.readMisses(hashes, &keys)
		for _, i := range t.batch.miss {
			values[i] = t.hotValue(spread(hashes[i]), keys.Key(int(i)))
		}
	}
}

// Prefetch reads those of the keys from disk that memory does not know, so that
// the Gets and Updates of the step find them there.
func (t *Table) Prefetch(hashes []uint64, keys Keys) {
	t.touch()
	if t.resident {
		return
	}
	t.batch.miss = t.batch.miss[:0]
	for i, hash := range hashes {
		if _, _, row := t.find(spread(hash), keys.Key(i)); row == nil {
			t.batch.miss = append(t.batch.miss, uint32(i))
		}
	}
	t.readMisses(hashes, &keys)
}

// getPart probes keys [from, to) in three passes, none of whose loads waits for
// the one before: the slots, the rows, the keys.
func (t *Table) getPart(hashes []uint64, keys *Keys, values [][]byte, from, to int) {
	var slots [batchPart]uint64
	if t.index.segs != nil {
		for i, hash := range hashes[from:to] {
			h := spread(hash)
			s := t.index.segmentOf(h)
			slots[i] = s.slots[s.home(h)]
		}
		for _, slot := range slots[:to-from] {
			if slot != 0 {
				t.batch.warm ^= rowHeader(t.arena.block(uint32(slot)))
			}
		}
	}
	for i := from; i < to; i++ {
		key := keys.Key(i)
		_, _, row := t.find(spread(hashes[i]), key)
		switch {
		case row == nil:
			values[i] = nil
			if !t.resident {
				t.batch.miss = append(t.batch.miss, uint32(i))
			}
		case rowHeader(row).tomb() || t.expired(key):
			values[i] = nil
		default:
			_, v, end := rowBounds(row)
			values[i] = row[v:end:end]
		}
	}
}

func (t *Table) hotValue(h uint32, key []byte) []byte {
	_, _, row := t.find(h, key)
	if row == nil || rowHeader(row).tomb() || t.expired(key) {
		return nil
	}
	_, v, end := rowBounds(row)
	return row[v:end:end]
}

// readMisses reads the keys that memory does not know from disk, in their
// order, and remembers also which are not there.
func (t *Table) readMisses(hashes []uint64, keys *Keys) {
	miss := t.batch.miss
	slices.SortFunc(miss, func(a, b uint32) int { return bytes.Compare(keys.Key(int(a)), keys.Key(int(b))) })
	var last []byte
	for n, i := range miss {
		key := keys.Key(int(i))
		if n > 0 && bytes.Equal(key, last) {
			continue
		}
		last = key
		t.getCold(hashes[i], key)
	}
}
