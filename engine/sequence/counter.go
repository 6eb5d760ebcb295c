// Package sequence is what sequences are made of and how they count.
package sequence

import (
	"context"
	"math"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/gate"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// State is how far a sequence has come: Last was the last value if Called, and is
// the next one if not.
type State struct {
	Last   int64
	Called bool
}

// Begin is the state before the first value.
func Begin(d *catalog.Counting) State { return State{Last: d.Start} }

// AppendTo appends the state as the sequence's row; log counts the values that can be
// given out before the row must change.
func (s State) AppendTo(b *row.Batch, log, weight int64) {
	b.AppendRow(row.Row{row.IntDatum(s.Last), row.IntDatum(log), row.BoolDatum(s.Called)}, weight)
}

// Change is the delta between the rows of two states.
func Change(from, to State) *row.Batch {
	b := row.NewBatch(types, 2)
	from.AppendTo(b, 0, -1)
	to.AppendTo(b, 0, 1)
	return b
}

var types = func() []row.Type {
	var out []row.Type
	for _, c := range catalog.SequenceColumns() {
		out = append(out, c.Type)
	}
	return out
}()

// following is the state after the next value.
func (s State) following(o *catalog.Object) (State, error) {
	d := o.Counts
	if !s.Called {
		return State{s.Last, true}, nil
	}
	switch {
	case d.Increment > 0 && (s.Last > d.Max-d.Increment || d.Max < math.MinInt64+d.Increment):
		if !d.Cycle {
			return s, pgerr.New(pgerr.SequenceLimitExceeded, "nextval: reached maximum value of sequence %q (%d)", o.Name, d.Max)
		}
		return State{d.Min, true}, nil
	case d.Increment < 0 && (s.Last < d.Min-d.Increment || d.Min > math.MaxInt64+d.Increment):
		if !d.Cycle {
			return s, pgerr.New(pgerr.SequenceLimitExceeded, "nextval: reached minimum value of sequence %q (%d)", o.Name, d.Min)
		}
		return State{d.Max, true}, nil
	}
	return State{s.Last + d.Increment, true}, nil
}

// How many values are promised ahead: of a sequence that is much used, more.
const (
	leastAhead = 32
	mostAhead  = 8192
)

// Promise makes it durable that the values up to a state are given out. It is called
// before the first of them is.
type Promise func(o *catalog.Object, from, to State) error

// Counter gives out the values of one sequence. Safe for all goroutines.
type Counter struct {
	turn     gate.Turn
	obj      *catalog.Object
	at       State
	promised State // what the sequence's row says
	left     int64 // values until there
	ahead    int64 // how many to promise the next time
	promise  Promise
}

// NewCounter goes on from the row of a sequence.
func NewCounter(o *catalog.Object, at State, promise Promise) *Counter {
	return &Counter{turn: gate.NewTurn(), obj: o, at: at, promised: at, ahead: leastAhead, promise: promise}
}

// unborn counts for a sequence that no one else can see yet: nothing is promised.
func unborn(o *catalog.Object) *Counter {
	at := Begin(o.Counts)
	return &Counter{turn: gate.NewTurn(), obj: o, at: at, promised: at, left: math.MaxInt64}
}

// Next gives out a value.
func (c *Counter) Next(ctx context.Context) (int64, error) {
	if err := c.turn.Take(ctx); err != nil {
		return 0, err
	}
	defer c.turn.Give()
	next, err := c.at.following(c.obj)
	if err != nil {
		return 0, err
	}
	if c.left == 0 {
		upto, n := next, int64(1)
		for ; n <= c.ahead; n++ {
			s, err := upto.following(c.obj)
			if err != nil || c.obj.Counts.Cycle && (s.Last < upto.Last) == (c.obj.Counts.Increment > 0) {
				break
			}
			upto = s
		}
		if err := c.promise(c.obj, c.promised, upto); err != nil {
			return 0, err
		}
		c.promised, c.left = upto, n
		c.ahead = min(2*c.ahead, mostAhead)
	}
	c.left--
	c.at = next
	return next.Last, nil
}

// Set makes the sequence go on from a state.
func (c *Counter) Set(ctx context.Context, to State) error {
	if err := c.turn.Take(ctx); err != nil {
		return err
	}
	defer c.turn.Give()
	if err := checkSet(c.obj, to.Last); err != nil {
		return err
	}
	return c.keep(to)
}

// State is how far the sequence has come, and how many values it may give out before
// its row must change.
func (c *Counter) State(ctx context.Context) (at State, left int64, err error) {
	if err := c.turn.Take(ctx); err != nil {
		return State{}, 0, err
	}
	defer c.turn.Give()
	return c.at, c.left, nil
}

// Replace puts an altered sequence in the place of what is counted for, which goes on
// from restart, if that is not nil. No value is given out meanwhile. swap changes the
// catalog and, by a delta, the sequence's row; done says that both have changed, even
// if it then failed.
func (c *Counter) Replace(ctx context.Context, o *catalog.Object, restart *int64, swap func(delta *row.Batch) (done bool, err error)) error {
	if err := c.turn.Take(ctx); err != nil {
		return err
	}
	defer c.turn.Give()
	to := c.at
	if restart != nil {
		to = State{Last: *restart}
	}
	if err := CheckState(o, to); err != nil {
		return err
	}
	done, err := swap(Change(c.promised, to))
	if done {
		c.obj, c.at, c.promised, c.left = o, to, to, 0
	}
	return err
}

// Settle makes the sequence's row say what was given out, and no more.
func (c *Counter) Settle(ctx context.Context) error {
	if err := c.turn.Take(ctx); err != nil {
		return err
	}
	defer c.turn.Give()
	return c.keep(c.at)
}

// keep makes a state the sequence's, in its row too. The caller has the turn.
func (c *Counter) keep(to State) error {
	if to != c.promised {
		if err := c.promise(c.obj, c.promised, to); err != nil {
			return err
		}
	}
	c.at, c.promised, c.left = to, to, 0
	return nil
}
