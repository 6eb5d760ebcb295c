package engine

import (
	"context"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// A peek reads the rows of one stored relation by its key, straight from the
// epoch's snapshot.

// peekBatch is how many rows are read before the filter sees them.
const peekBatch = 512

// canPeek reports that the snapshot alone answers: the transaction has written
// nothing of its own to the relation.
func (s *Session) canPeek(p *planner.Peek) bool {
	return p != nil && (s.tx == nil || len(s.tx.writes[p.Rel.ID]) == 0)
}

// peek gives the rows of a peek in the order and within the limit of its query.
func (s *Session) peek(ctx context.Context, st *state, p *planner.Peek, ectx *expr.Context) (*row.Batch, error) {
	out := row.NewBatch(p.Types, 0)
	o := st.catalog.objects[p.Rel.ID]
	if p.Empty || o == nil {
		return out, nil
	}
	if o.Stopped != "" {
		return nil, stoppedObject(o)
	}
	f, err := expr.NewTransform(p.Filter, p.Project, ectx)
	if err != nil {
		return nil, err
	}
	enough := int64(-1) // rows after which no more are needed
	shards := st.trees[o.Output]
	if p.Limit >= 0 && (len(p.OrderBy) == 0 || p.Ordered && len(shards) == 1) {
		enough = p.Offset + p.Limit
	}
	r := &peekReader{o: o, f: f, out: out}
	lo, hi := peekBounds(o.layout(), p)
	for _, t := range shards {
		if err := r.read(ctx, t, lo, hi, enough); err != nil {
			return nil, err
		}
	}
	if err := st.readError(o.Output); err != nil {
		return nil, err
	}
	out = sortRows(out, p.OrderBy)
	return visible(cutRows(out, p.Offset, p.Limit), p.Visible), nil
}

// peekBounds are the first and the end of the keys to read.
func peekBounds(l *row.Layout, p *planner.Peek) (lo, hi []byte) {
	prefix := l.KeyPrefixDatums(nil, p.Prefix)
	if p.Range == nil {
		if len(p.Prefix) == 0 {
			return nil, nil
		}
		return prefix, prefixEnd(prefix)
	}
	t := l.Types()[l.Key()[len(p.Prefix)].Col]
	bound := func(d row.Datum) []byte { return row.AppendKeyDatum(append([]byte{}, prefix...), t, d) }
	lo, hi = prefix, bound(row.NullDatum) // NULLs sort last and are outside
	if p.Range.Low != nil {
		if lo = bound(*p.Range.Low); p.Range.LowOpen {
			lo = prefixEnd(lo)
		}
	}
	if p.Range.High != nil {
		if hi = bound(*p.Range.High); !p.Range.HighOpen {
			hi = prefixEnd(hi)
		}
	}
	return lo, hi
}

// peekReader reads, filters and projects.
type peekReader struct {
	o   *object
	f   *expr.Transform
	out *row.Batch
}

// read appends the rows of one shard until there are enough.
func (r *peekReader) read(ctx context.Context, t *storage.TreeSnapshot, lo, hi []byte, enough int64) error {
	l := r.o.layout()
	it := t.Scan(lo, hi)
	defer it.Close()
	for {
		b := row.NewBatch(r.o.types(), 0)
		for b.Len() < peekBatch && it.Next() {
			if err := l.Decode(it.Key(), it.Value(), b); err != nil {
				return err
			}
		}
		if b.Len() == 0 {
			return nil
		}
		if err := r.emit(b); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if b.Len() < peekBatch || enough >= 0 && totalRows(r.out) >= enough {
			return nil
		}
	}
}

// emit filters and projects what was read.
func (r *peekReader) emit(b *row.Batch) error {
	var failed error
	got := r.f.Apply(b, func(_ int, err error) {
		if failed == nil {
			failed = err
		}
	})
	if failed != nil {
		return failed
	}
	for i := range got.Len() {
		r.out.AppendFrom(got, i, got.Weights[i])
	}
	return nil
}

func totalRows(b *row.Batch) int64 {
	n := int64(0)
	for _, w := range b.Weights {
		n += w
	}
	return n
}

// cutRows applies OFFSET and LIMIT to rows in their order.
func cutRows(b *row.Batch, offset, limit int64) *row.Batch {
	if offset <= 0 && limit < 0 {
		return b
	}
	out := row.NewBatch(b.Types(), 0)
	for i := range b.Len() {
		w := b.Weights[i]
		skip := min(offset, w)
		offset -= skip
		w -= skip
		if limit >= 0 {
			w = min(w, limit)
			limit -= w
		}
		if w > 0 {
			out.AppendFrom(b, i, w)
		}
	}
	return out
}
