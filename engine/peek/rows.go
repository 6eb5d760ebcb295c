package peek

import (
	"context"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// batchRows is how many rows are read before the filter sees them.
const batchRows = 512

// Rows gives the rows of a peek in batches, as they are read. The zero value has none.
type Rows struct {
	pl     *Plan
	ectx   *expr.Context
	reader Reader
	failed func() error
	enough int64
	more   bool
}

// Begin begins to read the rows of a peek from the shards of its relation. No more
// rows than enough are needed, if nothing filters them; -1: all are. failed is what
// has gone wrong in reading so far, without which no batch can be trusted.
func Begin(pl *Plan, trees []*storage.TreeSnapshot, ectx *expr.Context, enough int64, failed func() error) (*Rows, error) {
	r := &Rows{pl: pl, ectx: ectx, enough: enough, failed: failed, more: true}
	return r, r.reader.Begin(pl, trees, ectx)
}

// Next is the next rows of the result, nil at the end. They are valid until the
// following call.
func (r *Rows) Next(ctx context.Context) (*row.Batch, error) {
	for r.more {
		read, end, err := r.reader.Read(batchRows, r.enough)
		if err == nil {
			err = r.failed()
		}
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		if r.more = !end; r.enough >= 0 && len(r.pl.Filter) == 0 {
			r.enough = max(0, r.enough-read.Total())
			r.more = !end && r.enough > 0
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

// Close gives back what reading holds.
func (r *Rows) Close() {
	r.reader.Close()
	r.reader.Rest()
}
