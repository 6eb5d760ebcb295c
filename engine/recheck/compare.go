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

// compare walks the stored rows and those computed again side by side, shard by
// shard: a row on the wrong shard is a difference, too, since nobody would find it.
func (r *recomputation) compare(ctx context.Context) (problem string, err error) {
	storedTrees := r.Inputs.Trees(r.obj)
	if r.obj.Sequence {
		copied, err := r.copyStored(ctx)
		if err != nil {
			return "", err
		}
		defer func() {
			for _, t := range copied {
				t.Release()
			}
		}()
		storedTrees = copied
	}
	var shown []operators.Difference
	count := 0
	for shard, stored := range storedTrees {
		r.Progress("comparing", r.rows)
		right := r.store.Tree(r.obj.Output, shard).Snapshot()
		err := operators.Diff(r.layout, stored, right, func(d operators.Difference) {
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
	problem = fmt.Sprintf("%d of its rows are not what its inputs say", count)
	for _, d := range shown {
		problem += fmt.Sprintf("\n  %s is stored %s, and should be %s", r.rowText(d), times(d.Stored), times(d.Right))
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
func (r *recomputation) rowText(d operators.Difference) string {
	types := r.obj.Types()
	b := row.NewBatch(types, 1)
	if err := r.layout.Decode(d.Key, row.AppendWeight(d.Value, 1), b); err != nil {
		return fmt.Sprintf("entry %x, which is no row (%v),", d.Key, err)
	}
	return string(row.AppendRowText(nil, types, b.Row(0), nil))
}
