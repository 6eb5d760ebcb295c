package recheck

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// shownDifferences is how many rows of an object's differences are printed.
const shownDifferences = 3

// compare walks what is stored of the object and what was computed again side by side:
// its rows, and those in its indexes.
func (r *recomputation) compare(ctx context.Context) (problem string, err error) {
	stored := r.Inputs.Trees(r.obj.Output)
	if r.obj.Sequence {
		if stored, err = r.copyStored(ctx); err != nil {
			return "", err
		}
		defer func() {
			for _, t := range stored {
				t.Release()
			}
		}()
	}
	problem, err = r.differences(r.layout, stored, r.obj.Output, "its rows are not what its inputs say")
	for i := range r.obj.Indexes {
		if err != nil {
			return "", err
		}
		layout, id := r.obj.Placed(i + 1)
		var more string
		more, err = r.differences(layout, r.Inputs.Trees(id), id, fmt.Sprintf("the rows in index %q are not those of the table", r.obj.Indexes[i].Name))
		if problem != "" && more != "" {
			problem += "\n"
		}
		problem += more
	}
	return problem, err
}

// differences compares an arrangement with the one that was computed again, shard by
// shard: a row on the wrong shard is a difference, too, since nobody would find it.
// what says what is wrong if there are any.
func (r *recomputation) differences(layout *row.Layout, stored []*storage.TreeSnapshot, id storage.ArrID, what string) (problem string, err error) {
	var shown []difference
	count := 0
	for shard, stored := range stored {
		r.Progress("comparing", r.rows)
		right := r.store.Tree(id, shard).Snapshot()
		err := diff(layout, stored, right, func(d difference) {
			if count++; len(shown) < shownDifferences {
				d.Key, d.Value = bytes.Clone(d.Key), bytes.Clone(d.Value)
				shown = append(shown, d)
			}
		})
		right.Release()
		if err != nil {
			return "", err
		}
	}
	if err := r.Inputs.ReadError(); err != nil {
		return "", err
	}
	if count == 0 {
		return "", nil
	}
	problem = fmt.Sprintf("%d of %s", count, what)
	for _, d := range shown {
		problem += fmt.Sprintf("\n  %s is stored %s, and should be %s", r.rowText(layout, d), times(d.Stored), times(d.Right))
	}
	return problem, nil
}

// copyStored arranges the stored rows as the rows computed again are.
func (r *recomputation) copyStored(ctx context.Context) ([]*storage.TreeSnapshot, error) {
	err := r.Inputs.Stored(r.obj, func(b *row.Batch) error {
		return r.step(ctx, map[operators.NodeID]row.Delta{r.copy: {b}})
	})
	if err != nil {
		return nil, err
	}
	var out []*storage.TreeSnapshot
	for shard := range r.Shards {
		out = append(out, r.store.Tree(copyState, shard).Snapshot())
	}
	return out, nil
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// rowText prints the row of an entry.
func (r *recomputation) rowText(layout *row.Layout, d difference) string {
	types := layout.Types()
	b := row.NewBatch(types, 1)
	if err := layout.Decode(d.Key, row.AppendWeight(d.Value, 1), b); err != nil {
		return fmt.Sprintf("entry %x, which is no row (%v),", d.Key, err)
	}
	return string(row.AppendRowText(nil, types, b.Row(0), nil))
}
