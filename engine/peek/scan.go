package peek

import (
	"bytes"

	"github.com/tarndb/tarn/storage"
)

// scan walks a range of keys over all shards of an arrangement: one shard
// after the other, or merged in the order of the keys.
type scan struct {
	iters []storage.Iter
	has   []bool // merged: whether the iterator stands at a row
	merge bool
	at    int // the shard of the row that was given last; -1: none yet
}

// begin opens the scan, in the memory of an earlier one that was closed.
func (c *scan) begin(trees []*storage.TreeSnapshot, keys *Keys, merge bool) {
	if cap(c.iters) < len(trees) {
		c.iters, c.has = make([]storage.Iter, len(trees)), make([]bool, len(trees))
	}
	c.iters, c.has = c.iters[:len(trees)], c.has[:len(trees)]
	for i, t := range trees {
		t.Seek(&c.iters[i], keys.lo, keys.hi)
	}
	c.merge, c.at = merge && len(trees) > 1, -1
}

// next is the next row, whose bytes are valid until the following call.
func (c *scan) next() (key, value []byte, ok bool) {
	if c.merge {
		return c.nextMerged()
	}
	for c.at = max(c.at, 0); c.at < len(c.iters); c.at++ {
		if it := &c.iters[c.at]; it.Next() {
			return it.Key(), it.Value(), true
		}
	}
	return nil, nil, false
}

func (c *scan) nextMerged() (key, value []byte, ok bool) {
	for i := range c.iters {
		if c.at < 0 || c.at == i {
			c.has[i] = c.iters[i].Next()
		}
	}
	c.at = len(c.iters) // none
	for i, has := range c.has {
		if has && (c.at == len(c.iters) || bytes.Compare(c.iters[i].Key(), c.iters[c.at].Key()) < 0) {
			c.at = i
		}
	}
	if c.at == len(c.iters) {
		return nil, nil, false
	}
	it := &c.iters[c.at]
	return it.Key(), it.Value(), true
}

func (c *scan) close() {
	for i := range c.iters {
		c.iters[i].Close()
	}
	c.iters = c.iters[:0]
}
