package sequence

import (
	"context"
	"sync"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
)

// Registry is the counters of the sequences that were asked for. Safe for all goroutines.
type Registry struct {
	mu  sync.Mutex
	all map[uint32]*Counter
}

// Find gives the counter of a sequence; where there is none yet, load says where the
// sequence is.
func (r *Registry) Find(oid uint32, load func() (*Counter, error)) (*Counter, error) {
	if c := r.get(oid); c != nil {
		return c, nil
	}
	c, err := load()
	if err != nil {
		return nil, err
	}
	return r.put(oid, c), nil
}

func (r *Registry) get(oid uint32) *Counter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all[oid]
}

// put keeps a counter, unless there is one already, and gives the one that is kept.
func (r *Registry) put(oid uint32, c *Counter) *Counter {
	r.mu.Lock()
	defer r.mu.Unlock()
	if have := r.all[oid]; have != nil {
		return have
	}
	if r.all == nil {
		r.all = map[uint32]*Counter{}
	}
	r.all[oid] = c
	return c
}

// Rename tells the counter of a sequence, if there is one, of its new name.
func (r *Registry) Rename(ctx context.Context, o *catalog.Object) error {
	c := r.get(o.OID)
	if c == nil {
		return nil
	}
	if err := c.turn.Take(ctx); err != nil {
		return err
	}
	defer c.turn.Give()
	c.obj = o
	return nil
}

// Forget drops the counter of a sequence.
func (r *Registry) Forget(oid uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, oid)
}

// Settle makes the rows of the sequences say what was given out, and no more.
func (r *Registry) Settle(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.all {
		_ = c.Settle(ctx) // what was promised stays so
	}
}

// Begin lets sequences count that are about to be made, before anybody else can see
// them; end forgets their counters.
func (r *Registry) Begin(sequences []*catalog.Object) (end func()) {
	for _, o := range sequences {
		r.put(o.OID, unborn(o))
	}
	return func() {
		for _, o := range sequences {
			r.Forget(o.OID)
		}
	}
}

// FirstRows are the rows of sequences that are about to be made: what has been counted
// is given out.
func (r *Registry) FirstRows(ctx context.Context, sequences []*catalog.Object) (map[uint32]row.Delta, error) {
	out := map[uint32]row.Delta{}
	for _, o := range sequences {
		at := Begin(o.Counts)
		if c := r.get(o.OID); c != nil {
			var err error
			if at, _, err = c.State(ctx); err != nil {
				return nil, err
			}
		}
		b := row.NewBatch(types, 1)
		at.AppendTo(b, 0, 1)
		out[o.OID] = row.Delta{b}
	}
	return out, nil
}

// Of reads a sequence's row.
func Of(b *row.Batch) State {
	return State{Last: b.Cols[0].Datum(0).I, Called: b.Cols[2].Datum(0).I != 0}
}

// Row is a sequence's row as it is shown.
func (c *Counter) Row(ctx context.Context) (*row.Batch, error) {
	at, left, err := c.State(ctx)
	b := row.NewBatch(types, 1)
	at.AppendTo(b, left, 1)
	return b, err
}
