package peek

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Window is what OFFSET and LIMIT leave of a result.
type Window struct {
	Offset int64
	Limit  int64 // -1: all
}

// Window computes LIMIT and OFFSET.
func (pl *Plan) Window(ctx *expr.Context) (w Window, err error) {
	w.Limit = -1
	if pl.Limit != nil {
		if err = countRows(pl.Limit, ctx, "LIMIT", pgerr.InvalidRowCountInLimit, &w.Limit); err != nil {
			return w, err
		}
	}
	if pl.Offset != nil {
		err = countRows(pl.Offset, ctx, "OFFSET", pgerr.InvalidRowCountInOffset, &w.Offset)
	}
	return w, err
}

// countRows computes a LIMIT or OFFSET; NULL leaves to as it is.
func countRows(e planner.Scalar, ctx *expr.Context, what, code string, to *int64) error {
	d, err := planner.Value(e, ctx)
	switch {
	case err != nil || d.Null:
		return err
	case d.I < 0:
		return pgerr.New(code, "%s must not be negative", what)
	}
	*to = d.I
	return nil
}

// Enough is how many rows a peek needs at most; -1: all.
func (w Window) Enough() int64 {
	if w.Limit < 0 {
		return -1
	}
	return max(w.Limit+w.Offset, w.Limit) // the sum may be more than there are numbers
}

// Cut leaves what is inside of the window, which moves on behind the batch.
func (w *Window) Cut(b *row.Batch) *row.Batch {
	if w.Offset <= 0 && w.Limit < 0 {
		return b
	}
	var kept []int32
	for i, n := range b.Weights {
		skip := min(w.Offset, n)
		w.Offset -= skip
		n -= skip
		if w.Limit >= 0 {
			n = min(n, w.Limit)
			w.Limit -= n
		}
		b.Weights[i] = n
		if n > 0 {
			kept = append(kept, int32(i))
		}
	}
	if len(kept) == b.Len() {
		return b
	}
	return b.Gather(kept)
}
