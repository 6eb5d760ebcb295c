package operators

import (
	"bytes"

	"github.com/tarndb/tarn/storage"
)

// changes are weights to be added to a tree's entries at the end of a step, so
// that weights that pass below zero within the step do no harm, and writes come
// in order.
type changes struct {
	arena   []byte
	starts  []int
	weights []int64
	entries []sortEntry
	spare   []sortEntry
	sorted  bool
	scratch []byte
}

func (c *changes) add(key []byte, w int64) {
	if len(c.starts) == 0 {
		c.starts = append(c.starts, 0)
	}
	c.entries = append(c.entries, sortEntry{keyHead(key), int32(len(c.weights))})
	c.arena = append(c.arena, key...)
	c.starts = append(c.starts, len(c.arena))
	c.weights = append(c.weights, w)
}

func (c *changes) key(i int32) []byte { return c.arena[c.starts[i]:c.starts[i+1]] }

func (c *changes) sort() {
	if !c.sorted {
		c.entries, c.spare = sortByKey(c.entries, c.spare, c.key)
		c.sorted = true
	}
}

// each calls fn with each different key, in order, its first entry and its net
// weight, and forgets the changes.
func (c *changes) each(fn func(first int32, key []byte, w int64) error) error {
	c.sort()
	for i := 0; i < len(c.entries); {
		first := c.entries[i].row
		key := c.key(first)
		w := c.weights[first]
		for i++; i < len(c.entries) && bytes.Equal(c.key(c.entries[i].row), key); i++ {
			w += c.weights[c.entries[i].row]
		}
		if w == 0 {
			continue
		}
		if err := fn(first, key, w); err != nil {
			return err
		}
	}
	if cap(c.arena) > keepBytes {
		*c = changes{}
	}
	c.arena, c.starts, c.weights, c.entries = c.arena[:0], c.starts[:0], c.weights[:0], c.entries[:0]
	c.sorted = false
	return nil
}

// prefetch reads ahead the entries that are about to change.
func (c *changes) prefetch(t *storage.Tree) {
	if len(c.entries) == 0 {
		return
	}
	c.sort()
	t.Prefetch(len(c.entries), func(i int) []byte { return c.key(c.entries[i].row) })
}

// apply adds the changes to a multiset.
func (c *changes) apply(t *storage.Tree) error {
	c.prefetch(t)
	return c.each(func(_ int32, key []byte, w int64) error {
		_, err := addWeight(t, key, w, &c.scratch)
		return err
	})
}
