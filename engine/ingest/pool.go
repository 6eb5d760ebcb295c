package ingest

import (
	"cmp"
	"sync"

	"github.com/tarndb/tarn/row"
)

// pooledBatches bounds the memory that waits to be used again, where nothing else
// does.
const pooledBatches = 64

// pool keeps the batches of one run of a reader, all of the same columns, for
// chunks to come. Safe for all goroutines.
type pool struct {
	mu   sync.Mutex
	free []*row.Batch
	most int // 0: pooledBatches
}

func (p *pool) take() *row.Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return nil
	}
	b := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return b
}

func (p *pool) put(b *row.Batch) {
	if scribble {
		overwrite(b)
	}
	b.Reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < cmp.Or(p.most, pooledBatches) {
		p.free = append(p.free, b)
	}
}

// Release gives the memory of the chunk's batch back to its reader: nobody reads
// the batch, or a column that was shared with it, from now on. A chunk that is
// not released is the garbage collector's. Any goroutine, once.
func (c *Chunk) Release() {
	if c.pool != nil {
		c.pool.put(c.own)
		c.pool, c.own, c.Batch = nil, nil, nil
	}
}

// overwrite makes it show when somebody reads a batch that was released.
func overwrite(b *row.Batch) {
	const rubbish = 0x5a
	for i := range b.Cols {
		c := &b.Cols[i]
		for j := range c.Ints {
			c.Ints[j] = rubbish
		}
		for j := range c.Data {
			c.Data[j] = rubbish
		}
	}
	for i := range b.Weights {
		b.Weights[i] = rubbish
	}
}
