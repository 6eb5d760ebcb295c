package engine

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

// difference is a row that is not stored as its inputs say.
type difference struct {
	key           []byte
	stored, right int64 // how many times
}

// compare walks the stored rows and those computed again side by side, shard by
// shard: a row on the wrong shard is a difference, too, since nobody would find it.
func (r *recomputation) compare(ctx context.Context) error {
	storedTrees := r.st.trees[r.obj.Output]
	if r.obj.Sequence {
		copied, err := r.copyStored(ctx)
		if err != nil {
			return err
		}
		defer func() {
			for _, t := range copied {
				t.Release()
			}
		}()
		storedTrees = copied
	}
	var shown []difference
	count := 0
	for shard, stored := range storedTrees {
		r.report.Progress(r.obj.Label(), "comparing", r.rows)
		right := r.store.Tree(r.obj.Output, shard).Snapshot()
		err := diffTrees(stored, right, func(d difference) {
			if count++; len(shown) < shownDifferences {
				d.key = bytes.Clone(d.key)
				shown = append(shown, d)
			}
		})
		right.Release()
		if err != nil {
			return err
		}
	}
	if err := r.st.readError(); err != nil {
		return err
	}
	if count == 0 {
		return nil
	}
	problem := fmt.Sprintf("%d of its rows are not what its inputs say", count)
	for _, d := range shown {
		problem += fmt.Sprintf("\n  %s is stored %s, and should be %s", r.rowText(d.key), times(d.stored), times(d.right))
	}
	r.report.Finding(r.obj.Label(), problem)
	return errDiffers
}

// copyStored arranges the stored rows as the rows computed again are.
func (r *recomputation) copyStored(ctx context.Context) ([]*storage.TreeSnapshot, error) {
	err := scanObject(r.st, r.obj, nil, row.BatchRows, func(b *row.Batch) error {
		return r.step(ctx, map[operators.NodeID]row.Delta{r.copy: {b}})
	})
	if err != nil {
		return nil, err
	}
	var out []*storage.TreeSnapshot
	for shard := range r.db.shards {
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
func (r *recomputation) rowText(key []byte) string {
	types := r.obj.Types()
	b := row.NewBatch(types, 1)
	if err := r.layout.Decode(key, row.AppendWeight(nil, 1), b); err != nil {
		return fmt.Sprintf("entry %x, which is no row (%v),", key, err)
	}
	return string(row.AppendRowText(nil, types, b.Row(0), nil))
}

// diffTrees calls fn for each entry whose weight is not the same in both.
func diffTrees(stored, right *storage.TreeSnapshot, fn func(difference)) error {
	a, b := stored.Scan(nil, nil), right.Scan(nil, nil)
	defer a.Close()
	defer b.Close()
	inA, inB := a.Next(), b.Next()
	for inA || inB {
		c := 1
		if inA {
			c = -1
			if inB {
				c = bytes.Compare(a.Key(), b.Key())
			}
		}
		var d difference
		var err error
		if c <= 0 {
			d.key = a.Key()
			if d.stored, err = row.EntryWeight(a.Value()); err != nil {
				return err
			}
		}
		if c >= 0 {
			d.key = b.Key()
			if d.right, err = row.EntryWeight(b.Value()); err != nil {
				return err
			}
		}
		if d.stored != d.right {
			fn(d)
		}
		if c <= 0 {
			inA = a.Next()
		}
		if c >= 0 {
			inB = b.Next()
		}
	}
	return nil
}
