package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/peek"
	"github.com/tarndb/tarn/engine/query"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// canPeek reports that the snapshot alone answers: the transaction has written
// nothing of its own to the relation.
func (s *Session) canPeek(p *peek.Plan) bool {
	return p != nil && (s.tx == nil || len(s.tx.writes[p.Rel.ID]) == 0)
}

// beginPeek begins to read the rows of a peek. enough is as peek.Begin has it.
func beginPeek(st *state, pl *peek.Plan, ectx *expr.Context, enough int64) (*peek.Rows, error) {
	if o := st.catalog.Objects[pl.Rel.ID]; o == nil {
		return &peek.Rows{}, nil
	} else if o.Stopped != "" {
		return nil, stoppedObject(o)
	}
	return peek.Begin(pl, st.trees[pl.Rows], ectx, enough, func() error { return st.readError(pl.Rows) })
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
	r, err := beginPeek(st, pl, ectx, enough)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out := row.NewBatch(pl.Types, 0)
	for enough < 0 || out.Total() < enough {
		b, err := r.Next(ctx)
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
	r, err := beginPeek(st, pl, ectx, w.Enough())
	if err != nil {
		return nil, err
	}
	first, err := r.Next(ctx)
	if err != nil {
		r.Close()
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
			if b, err = r.Next(ctx); err != nil {
				return nil, located(ended(ctx, err), p.st.Text)
			}
		}
		if b == nil {
			return nil, nil
		}
		b = w.Cut(b)
		total += b.Total()
		return pl.Visible(b), nil
	}
	return &Rows{
		columns: p.columns, next: next,
		tag:   func() string { return p.tagOf(total) },
		close: func() { r.Close(); st.release() },
	}, nil
}
