package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/query"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// peekBatch is how many rows are read before the filter sees them.
const peekBatch = 512

// canPeek reports that the snapshot alone answers: the transaction has written
// nothing of its own to the relation.
func (s *Session) canPeek(p *peek.Plan) bool {
	return p != nil && (s.tx == nil || len(s.tx.writes[p.Rel.ID]) == 0)
}

// peekRows gives the rows of a peek in batches, as they are read.
type peekRows struct {
	st     *state
	pl     *peek.Plan
	ectx   *expr.Context
	reader peek.Reader
	enough int64 // rows after which no more are needed, if nothing filters them; -1: all
	done   bool
}

func newPeekRows(st *state, pl *peek.Plan, ectx *expr.Context, enough int64) (*peekRows, error) {
	r := &peekRows{st: st, pl: pl, ectx: ectx, enough: enough}
	o := st.catalog.Objects[pl.Rel.ID]
	if o == nil {
		r.done = true
		return r, nil
	}
	if o.Stopped != "" {
		return nil, stoppedObject(o)
	}
	return r, r.reader.Begin(pl, st.trees[pl.Rows], ectx)
}

// next is the next rows of the result, nil at the end. They are valid until the
// following call.
func (r *peekRows) next(ctx context.Context) (*row.Batch, error) {
	for !r.done {
		read, end, err := r.reader.Read(peekBatch, r.enough)
		if err == nil {
			err = r.st.readError(r.pl.Rows)
		}
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		if r.done = end; r.enough >= 0 && len(r.pl.Filter) == 0 {
			r.enough = max(0, r.enough-totalRows(read))
			r.done = end || r.enough == 0
		}
		b, err := r.pl.Result(read, r.ectx)
		if err != nil {
			return nil, err
		}
		if b.Len() > 0 {
			return b, nil
		}
	}
	return nil, nil
}

func (r *peekRows) close() {
	r.reader.Close()
	r.reader.Rest()
}

// peek gives all rows of a peek in the order and within the limit of its query. What
// it holds is charged to mem.
func (s *Session) peek(ctx context.Context, st *state, pl *peek.Plan, ectx *expr.Context, mem *queryMemory) (*row.Batch, error) {
	w, err := pl.Window(ectx)
	if err != nil {
		return nil, err
	}
	enough := int64(-1)
	if pl.Streams() {
		enough = w.Enough()
	}
	r, err := newPeekRows(st, pl, ectx, enough)
	if err != nil {
		return nil, err
	}
	defer r.close()
	out := row.NewBatch(pl.Types, 0)
	for enough < 0 || totalRows(out) < enough {
		b, err := r.next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		for i := range b.Len() {
			out.AppendFrom(b, i, b.Weights[i])
		}
		if err := mem.hold(ctx, out.Bytes()+query.SortBytes(out, !pl.Streams())); err != nil {
			return nil, err
		}
	}
	if !pl.Streams() {
		out = query.Sorted(out, pl.OrderBy)
	}
	return pl.Visible(w.Cut(out)), nil
}

// streamPeek gives the rows of a peek as they are read, however many there are.
func (s *Session) streamPeek(ctx context.Context, st *state, p *Prepared, pl *peek.Plan, ectx *expr.Context) (*Rows, error) {
	w, err := pl.Window(ectx)
	if err != nil {
		return nil, err
	}
	r, err := newPeekRows(st, pl, ectx, w.Enough())
	if err != nil {
		return nil, err
	}
	first, err := r.next(ctx)
	if err != nil {
		r.close()
		return nil, err
	}
	st.retain() // the transaction holds it; the rows may outlive that
	total := int64(0)
	next := func(ctx context.Context) (*row.Batch, error) {
		if err := s.db.enter(); err != nil {
			return nil, err
		}
		defer s.db.gate.Leave()
		b := first
		if first = nil; b == nil && w.Limit != 0 {
			if b, err = r.next(ctx); err != nil {
				return nil, located(ended(ctx, err), p.st.Text)
			}
		}
		if b == nil {
			return nil, nil
		}
		b = w.Cut(b)
		total += totalRows(b)
		return pl.Visible(b), nil
	}
	return &Rows{
		columns: p.columns, next: next,
		tag:   func() string { return p.tagOf(total) },
		close: func() { r.close(); st.release() },
	}, nil
}

func totalRows(b *row.Batch) int64 {
	n := int64(0)
	for _, w := range b.Weights {
		n += w
	}
	return n
}
