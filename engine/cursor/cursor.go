// Package cursor is the cursors of a session: queries that a client reads piece by
// piece, forward and back, and what becomes of them when transactions end.
//
// A cursor that only goes forward reads its query as it goes, and keeps no rows.
// Once it goes back, or is to outlive its transaction, all its rows are kept.
package cursor

import (
	"context"

	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Source is the rows of a query as they are read.
type Source interface {
	// Next is the next rows, nil at the end. They are valid until the following call.
	// A row of weight n stands n times.
	Next(ctx context.Context) (*row.Batch, error)
	Close()
}

// Whole is an optional power of a Source.
type Whole interface {
	// Whole is all rows, valid until Close, where they are in memory anyway; else nil.
	Whole() *row.Batch
}

// Query is what a cursor reads. Its functions are called by the session's goroutine.
type Query struct {
	// Open begins to read the rows from the first one. When it is called again it gives
	// the same rows in the same order.
	Open func(ctx context.Context) (Source, error)
	// Done is called once, when Open will not be called any more.
	Done func()
	// Hold makes so many bytes what the cursor keeps, or gives the error that ends it;
	// Release gives them all back.
	Hold    func(ctx context.Context, bytes int64) error
	Release func()
}

// Cursor is one cursor. What is not marked otherwise is set before it is added to a
// Set, and stays.
type Cursor struct {
	Name      string
	Statement string // the text that declared it
	Columns   []result.Column
	Created   int64 // microseconds since 2000-01-01
	Binary    bool
	Scroll    bool // it may go back
	Hold      bool // it outlives its transaction
	Level     int  // how many savepoints there were; changed by the Set
	Query     Query

	outlived bool // its transaction has committed
	failed   bool
	closed   bool
	unread   bool // Query.Done was called

	src  Source // nil: not open
	lot  lot    // what src has given and nobody has read
	gone int64  // rows that were read from src before it was kept
	kept *rows  // all rows behind gone; nil: read src

	// pos is the row that the cursor is on, counted from 1; 0 is before the first, and
	// one more than there are, with atEnd, behind the last.
	pos   int64
	atEnd bool
	out   *Reading // the last FETCH, while its rows are not all read
}

func (c *Cursor) open(ctx context.Context) error {
	if c.src != nil {
		return nil
	}
	src, err := c.Query.Open(ctx)
	if err != nil {
		return err
	}
	c.src = src
	if w, ok := src.(Whole); ok && c.kept == nil && c.pos == 0 {
		if b := w.Whole(); b != nil {
			c.kept = newRows(b)
		}
	}
	return nil
}

// forward is up to most rows behind the position, which moves onto the last of them;
// nil where there are none, and the position is behind the last row.
func (c *Cursor) forward(ctx context.Context, most int64) (b *row.Batch, n int64, err error) {
	if c.atEnd || most <= 0 {
		return nil, 0, nil
	}
	if c.kept == nil {
		if err := c.open(ctx); err != nil {
			return nil, 0, err
		}
	}
	if c.kept != nil {
		b, n = c.kept.slice(c.pos-c.gone, most)
	} else {
		for c.lot.empty() {
			next, err := c.src.Next(ctx)
			if err != nil {
				return nil, 0, err
			}
			if next == nil {
				break
			}
			c.lot = lot{batch: next}
		}
		b, n = c.lot.take(most)
	}
	if n == 0 {
		c.pos, c.atEnd = c.pos+1, true
		return nil, 0, nil
	}
	c.pos += n
	return b, n, nil
}

// back is up to most rows before the position, the nearest first, and the position
// moves onto the last of them; nil where there are none, and it is before the first row.
func (c *Cursor) back(ctx context.Context, most int64) (b *row.Batch, n int64, err error) {
	if err := c.mayGoBack(); err != nil {
		return nil, 0, err
	}
	if c.pos == 0 || most <= 0 {
		return nil, 0, nil
	}
	if err := c.keep(ctx); err != nil {
		return nil, 0, err
	}
	n = min(most, c.pos-1, row.BatchRows)
	if n == 0 {
		c.pos, c.atEnd = 0, false
		return nil, 0, nil
	}
	b = c.kept.reversed(c.pos-1, n)
	c.pos, c.atEnd = c.pos-n, false
	return b, n, nil
}

func (c *Cursor) mayGoBack() error {
	if c.Scroll {
		return nil
	}
	return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
		WithHint("Declare it with SCROLL option to enable backward scan.")
}

// keep has all rows of a cursor that may go back in memory, and the rest of another's.
func (c *Cursor) keep(ctx context.Context) error {
	if c.kept != nil {
		return nil
	}
	if c.Scroll && c.pos > 0 {
		c.src.Close()
		c.src, c.lot = nil, lot{}
		src, err := c.Query.Open(ctx)
		if err != nil {
			return err
		}
		c.src = src
	} else {
		if err := c.open(ctx); err != nil || c.kept != nil {
			return err
		}
		c.gone = c.pos
	}
	all := row.NewBatch(types(c.Columns), 0)
	for !c.atEnd || c.Scroll {
		b := c.lot.rest()
		var err error
		if b == nil {
			b, err = c.src.Next(ctx)
		}
		if err == nil && b != nil {
			err = c.Query.Hold(ctx, all.Bytes()+b.Bytes())
		}
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		for i, w := range b.Weights {
			all.AppendFrom(b, i, w)
		}
	}
	c.src.Close()
	c.src, c.kept = nil, newRows(all)
	return nil
}

// done says that nothing will be read from the query any more.
func (c *Cursor) done() {
	if !c.unread {
		c.unread = true
		c.Query.Done()
	}
}

func (c *Cursor) close() {
	if c.closed {
		return
	}
	c.closed = true
	if c.src != nil {
		c.src.Close()
	}
	c.src, c.lot, c.kept = nil, lot{}, nil
	c.done()
	c.Query.Release()
}

func types(cols []result.Column) []row.Type {
	out := make([]row.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}
