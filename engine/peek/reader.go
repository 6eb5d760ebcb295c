package peek

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// Reader reads what a plan reads, as it is stored. Its memory serves one read
// after the other; it is one goroutine's.
type Reader struct {
	plan *Plan
	keys Keys
	scan scan
	rows *row.Batch
}

// Begin aims the reader at the plan's rows in the shards of the relation.
func (r *Reader) Begin(pl *Plan, trees []*storage.TreeSnapshot, ctx *expr.Context) error {
	if err := r.keys.Bind(pl.Layout, &pl.KeyBounds, ctx); err != nil {
		return err
	}
	if r.plan != pl {
		r.Rest()
		r.plan = pl
		if r.rows, _ = pl.batches.Get().(*row.Batch); r.rows == nil {
			r.rows = row.NewBatch(pl.types, 1)
		}
	}
	switch {
	case r.keys.empty:
		trees = nil
	case r.keys.whole && len(trees) > 1:
		i := r.keys.shard(pl.key, len(trees))
		trees = trees[i : i+1]
	}
	r.scan.begin(trees, &r.keys, pl.Ordered && len(pl.OrderBy) > 0)
	return nil
}

// Read gives the next rows, at most max, and no more than enough where nothing
// filters them (-1: all). They are valid until the reader's next call. end says
// that there are no more; failures to read from disk are known to the store then.
func (r *Reader) Read(max int, enough int64) (rows *row.Batch, end bool, err error) {
	r.rows.Reset()
	n := int64(0)
	for r.rows.Len() < max && (enough < 0 || n < enough || len(r.plan.Filter) > 0) {
		key, value, ok := r.scan.next()
		if !ok {
			r.scan.close()
			return r.rows, true, nil
		}
		if err := r.plan.dec.Decode(key, value, r.rows); err != nil {
			return nil, false, err
		}
		n += r.rows.Weights[r.rows.Len()-1]
	}
	return r.rows, false, nil
}

// Close ends a read, before or after its end.
func (r *Reader) Close() { r.scan.close() }

// Rest gives back what a reader keeps for the next read.
func (r *Reader) Rest() {
	if r.plan != nil {
		r.plan.batches.Put(r.rows)
	}
	r.plan, r.rows = nil, nil
}
