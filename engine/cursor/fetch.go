package cursor

import (
	"context"
	"math"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// all is more rows than there are.
const all = math.MaxInt64

// Reading is the rows of one FETCH as they are read.
type Reading struct {
	c      *Cursor
	back   bool
	left   int64 // rows that are still to come, if there are so many
	count  int64
	rest   *row.Batch // what is left, where something else moves the cursor meanwhile
	apart  bool       // rest is all that is left
	closed bool
}

// Fetch moves the cursor to where the rows of FETCH or MOVE begin, as PostgreSQL does:
// https://www.postgresql.org/docs/15/sql-fetch.html. Those of MOVE are to be read too,
// and are the ones that it counts. A cursor on which something fails can be read no more.
func (c *Cursor) Fetch(ctx context.Context, n *ast.Fetch) (*Reading, error) {
	if c.failed {
		return nil, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", c.Name)
	}
	err := c.settle(ctx)
	var r *Reading
	if err == nil {
		r, err = c.begin(ctx, n)
	}
	if err != nil {
		c.failed = true
		return nil, err
	}
	c.out = r
	return r, nil
}

// settle takes what an earlier FETCH has not read out of the way.
func (c *Cursor) settle(ctx context.Context) error {
	r := c.out
	c.out = nil
	if r == nil || r.left == 0 {
		return nil
	}
	if r.closed {
		return c.skip(ctx, r.back, r.left)
	}
	rest := row.NewBatch(types(c.Columns), 0)
	for {
		b, err := r.step(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			r.rest, r.apart = rest, true
			return nil
		}
		for i, w := range b.Weights {
			rest.AppendFrom(b, i, w)
		}
	}
}

func (c *Cursor) begin(ctx context.Context, n *ast.Fetch) (*Reading, error) {
	count := n.Count
	if n.All {
		count = all
	}
	switch n.Direction {
	case ast.FetchAbsolute:
		return c.absolute(ctx, count)
	case ast.FetchRelative:
		switch {
		case count > 0:
			return &Reading{c: c, left: 1}, c.skip(ctx, false, count-1)
		case count < 0:
			return &Reading{c: c, back: true, left: 1}, c.skip(ctx, true, -(count + 1))
		}
	}
	back := n.Direction == ast.FetchBackward
	switch {
	case count == 0:
		return c.again(ctx, back, n.Move)
	case count < 0:
		back, count = !back, -count
	}
	if back && count == all && n.Move && c.pos == 0 {
		return &Reading{c: c}, nil // nothing to be rewound
	}
	if back {
		if err := c.mayGoBack(); err != nil {
			return nil, err
		}
	}
	return &Reading{c: c, back: back, left: count}, nil
}

// absolute goes to a row by its number, from the end if that is negative.
func (c *Cursor) absolute(ctx context.Context, n int64) (*Reading, error) {
	if n < 0 {
		if err := c.skip(ctx, false, all); err != nil {
			return nil, err
		}
		return &Reading{c: c, back: true, left: 1}, c.skip(ctx, true, -(n + 1))
	}
	if n <= c.pos && c.pos > 0 {
		if err := c.mayGoBack(); err != nil {
			return nil, err
		}
		if err := c.keep(ctx); err != nil {
			return nil, err
		}
		c.pos, c.atEnd = max(n-1, 0), false
	}
	r := &Reading{c: c, left: min(n, 1)}
	return r, c.skip(ctx, false, n-1-c.pos)
}

// again gives the row that the cursor is on, which takes a step back.
func (c *Cursor) again(ctx context.Context, back, move bool) (*Reading, error) {
	onRow := c.pos > 0 && !c.atEnd
	switch {
	case onRow && move:
		return &Reading{c: c, count: 1}, nil
	case onRow:
		return &Reading{c: c, left: 1}, c.skip(ctx, true, 1)
	case back && !move:
		return &Reading{c: c}, c.mayGoBack()
	}
	return &Reading{c: c}, nil
}

// skip moves over rows.
func (c *Cursor) skip(ctx context.Context, back bool, count int64) error {
	r := Reading{c: c, back: back, left: count}
	if back && count <= 0 {
		return c.mayGoBack()
	}
	return r.Drain(ctx)
}

// Next is the next rows, nil at the end. They are valid until the following call.
func (r *Reading) Next(ctx context.Context) (*row.Batch, error) {
	if r.apart {
		b := r.rest
		r.rest = nil
		if b == nil || b.Len() == 0 {
			return nil, nil
		}
		return b, nil
	}
	b, err := r.step(ctx)
	if err != nil {
		r.c.failed = true
	}
	return b, err
}

func (r *Reading) step(ctx context.Context) (b *row.Batch, err error) {
	if r.left <= 0 {
		return nil, nil
	}
	if r.c.closed {
		return nil, noCursor(r.c.Name)
	}
	var n int64
	if r.back {
		b, n, err = r.c.back(ctx, r.left)
	} else {
		b, n, err = r.c.forward(ctx, r.left)
	}
	if err != nil {
		return nil, err
	}
	r.count += n
	if r.left -= n; n == 0 {
		r.left = 0
	}
	return b, nil
}

// Drain reads all rows.
func (r *Reading) Drain(ctx context.Context) error {
	for {
		if b, err := r.Next(ctx); b == nil || err != nil {
			return err
		}
	}
}

// Count is how many rows have been read.
func (r *Reading) Count() int64 { return r.count }

// Close says that the rows which are left are not wanted; the cursor passes them all
// the same.
func (r *Reading) Close() { r.closed = true }
