package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// shownDifferences is how many rows of an object's differences are printed.
const shownDifferences = 3

// difference is a row that is not stored as its inputs say.
type difference struct {
	key, value    []byte // of its entry; the value without the weight
	stored, right int64  // how many times
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
		err := diffTrees(r.layout, stored, right, func(d difference) {
			if count++; len(shown) < shownDifferences {
				d.key, d.value = bytes.Clone(d.key), bytes.Clone(d.value)
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
		problem += fmt.Sprintf("\n  %s is stored %s, and should be %s", r.rowText(d), times(d.stored), times(d.right))
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
func (r *recomputation) rowText(d difference) string {
	types := r.obj.Types()
	b := row.NewBatch(types, 1)
	if err := r.layout.Decode(d.key, row.AppendWeight(d.value, 1), b); err != nil {
		return fmt.Sprintf("entry %x, which is no row (%v),", d.key, err)
	}
	return string(row.AppendRowText(nil, types, b.Row(0), nil))
}

// diffTrees calls fn for each row that is not stored as often in both.
func diffTrees(l *row.Layout, stored, right *storage.TreeSnapshot, fn func(difference)) error {
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
		var was, is difference
		var errs [2]error
		if c <= 0 {
			was.key, was.value, was.stored, errs[0] = entry(l, a)
		}
		if c >= 0 {
			is.key, is.value, is.right, errs[1] = entry(l, b)
		}
		if err := errors.Join(errs[:]...); err != nil {
			return err
		}
		if c == 0 && bytes.Equal(was.value, is.value) {
			was.right, is.right = is.right, 0
		}
		for _, d := range []difference{was, is} {
			if d.stored != d.right {
				fn(d)
			}
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

// entry takes an entry apart; of a unique layout the value is the row, of which there is one.
func entry(l *row.Layout, it *storage.Iter) (key, value []byte, weight int64, err error) {
	if l.Unique() {
		return it.Key(), it.Value(), 1, nil
	}
	weight, err = row.EntryWeight(it.Value())
	return it.Key(), nil, weight, err
}
