package sequence

import (
	"context"
	"slices"
	"sync"

	"github.com/tarndb/tarn/row"
)

// Restart makes sequences begin anew, in one change of all their rows. From Begin to
// End no value of them is given out. Safe for all goroutines.
type Restart struct {
	counters []*Counter
	mu       sync.Mutex
	held     int  // of the counters, those whose turn is taken
	over     bool // End was called
}

// Add is for before Begin.
func (r *Restart) Add(c *Counter) {
	if !slices.Contains(r.counters, c) {
		r.counters = append(r.counters, c)
	}
}

// Begin gives the changes of the sequences' rows, by sequence.
func (r *Restart) Begin(ctx context.Context) (map[uint32]row.Delta, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil, context.Canceled
	}
	out := map[uint32]row.Delta{}
	for _, c := range r.counters {
		if err := c.turn.Take(ctx); err != nil {
			return nil, err
		}
		r.held++
		if to := Begin(c.obj.Counts); to != c.promised {
			out[c.obj.OID] = row.Delta{Change(c.promised, to)}
		}
	}
	return out, nil
}

// End lets the sequences go on; done says that their rows have changed.
func (r *Restart) End(done bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	for _, c := range r.counters[:r.held] {
		if to := Begin(c.obj.Counts); done {
			c.at, c.promised, c.left = to, to, 0
		}
		c.turn.Give()
	}
	r.held = 0
}
