// Package peek reads the rows of one stored relation by its key, straight from
// the snapshots of an epoch.
package peek

import (
	"sync"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// Plan is a peek made ready for its relation, for any values of parameters.
// It is immutable, and any number of sessions use it at once.
type Plan struct {
	*planner.Peek
	Layout  *row.Layout
	Rows    storage.ArrID // where they lie so
	dec     *row.Decoder
	types   []row.Type      // of what dec reads
	key     []row.Type      // of the layout's key
	compute *expr.Transform // from that to the result's columns; nil: it is the result
	batches sync.Pool       // of types, for quick reads
}

// New makes a peek ready for the rows of an arrangement, which lie as the layout says.
func New(p *planner.Peek, l *row.Layout, rows storage.ArrID) (*Plan, error) {
	pl := &Plan{Peek: p, Layout: l, Rows: rows}
	cols, plain := plainColumns(p)
	if !plain {
		cols = readColumns(p)
		at := map[int]int{}
		for i, c := range cols {
			at[c] = i
		}
		narrow := func(list []planner.Scalar) []planner.Scalar {
			out := make([]planner.Scalar, len(list))
			for i, e := range list {
				out[i] = expr.Remap(e, func(c int) int { return at[c] })
			}
			return out
		}
		var err error
		if pl.compute, err = expr.NewTransform(narrow(p.Filter), narrow(p.Project), nil); err != nil {
			return nil, err
		}
	}
	pl.dec = l.Decoder(cols)
	for _, c := range cols {
		pl.types = append(pl.types, l.Types()[c])
	}
	for _, k := range l.Key() {
		pl.key = append(pl.key, l.Types()[k.Col])
	}
	return pl, nil
}

// plainColumns are the columns of a peek that shows columns as they are, each once.
func plainColumns(p *planner.Peek) (cols []int, plain bool) {
	seen := map[int]bool{}
	for _, e := range p.Project {
		id, ok := planner.AsColumn(e)
		c := int(id)
		if !ok || seen[c] || e.Type() != p.Rel.Columns[c].Type {
			return nil, false
		}
		seen[c] = true
		cols = append(cols, c)
	}
	return cols, len(p.Filter) == 0
}

// readColumns are the columns that a peek's expressions read.
func readColumns(p *planner.Peek) []int {
	set := planner.ExprCols(append(append([]planner.Scalar{}, p.Filter...), p.Project...)...)
	cols := []int{}
	for c := range p.Rel.Columns {
		if set.Has(planner.ColID(c)) {
			cols = append(cols, c)
		}
	}
	return cols
}

// Streams reports that rows may be given as they are read: their order is the
// key's, or does not matter, and there may be many.
func (pl *Plan) Streams() bool { return len(pl.OrderBy) == 0 || pl.Ordered }

// Result filters and computes what was read.
func (pl *Plan) Result(b *row.Batch, ectx *expr.Context) (*row.Batch, error) {
	if pl.compute == nil || b.Len() == 0 {
		return b, nil
	}
	var failed error
	t := pl.compute.With(ectx)
	got := t.Apply(b, func(_ int, err error) {
		if failed == nil {
			failed = err
		}
	})
	return got, failed
}

// Computes reports that the plan evaluates expressions over the rows.
func (pl *Plan) Computes() bool { return pl.compute != nil }

// Visible drops the columns that only the order needed.
func (pl *Plan) Visible(b *row.Batch) *row.Batch {
	if len(b.Cols) == pl.Peek.Visible {
		return b
	}
	cols := make([]int, pl.Peek.Visible)
	for i := range cols {
		cols[i] = i
	}
	return b.Project(cols)
}
