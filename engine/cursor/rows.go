package cursor

import (
	"sort"

	"github.com/tarndb/tarn/row"
)

// rows is all rows of a query, found by their number.
type rows struct {
	batch *row.Batch
	ends  []int64 // by entry of batch, how many rows there are up to it and with it; nil: one each
}

func newRows(b *row.Batch) *rows {
	r := &rows{batch: b}
	for _, w := range b.Weights {
		if w != 1 {
			r.count()
			break
		}
	}
	return r
}

func (r *rows) count() {
	n := int64(0)
	for _, w := range r.batch.Weights {
		n += w
		r.ends = append(r.ends, n)
	}
}

func (r *rows) len() int64 {
	switch {
	case r.ends == nil:
		return int64(r.batch.Len())
	case len(r.ends) == 0:
		return 0
	}
	return r.ends[len(r.ends)-1]
}

// entry is where row n, counted from 0, lies, and how many rows of the entry come
// before it.
func (r *rows) entry(n int64) (i int, before int64) {
	if r.ends == nil {
		return int(n), 0
	}
	i = sort.Search(len(r.ends), func(i int) bool { return r.ends[i] > n })
	return i, n - (r.ends[i] - r.batch.Weights[i])
}

// slice is up to most rows from row n on, counted from 0.
func (r *rows) slice(n, most int64) (*row.Batch, int64) {
	if n >= r.len() {
		return nil, 0
	}
	l := lot{batch: r.batch}
	l.at, l.taken = r.entry(n)
	return l.take(most)
}

// reversed is the n rows up to row last, counted from 1, the last one first.
func (r *rows) reversed(last, n int64) *row.Batch {
	sel := make([]int32, 0, n)
	weights := make([]int64, 0, n)
	for n > 0 {
		i, before := r.entry(last - 1)
		w := min(before+1, n)
		sel, weights = append(sel, int32(i)), append(weights, w)
		last, n = last-w, n-w
	}
	out := r.batch.Gather(sel)
	out.Weights = weights
	return out
}

// lot is a batch of which a part has been taken.
type lot struct {
	batch *row.Batch
	at    int   // the first entry of which something is left
	taken int64 // rows of that one that were taken
}

func (l *lot) empty() bool { return l.batch == nil || l.at == l.batch.Len() }

// take is the next rows, at most so many; nil where there are none.
func (l *lot) take(most int64) (b *row.Batch, n int64) {
	if l.empty() || most <= 0 {
		return nil, 0
	}
	from := l.at
	var weights []int64
	for ; l.at < l.batch.Len() && n < most; l.at, l.taken = l.at+1, 0 {
		w := min(l.batch.Weights[l.at]-l.taken, most-n)
		weights = append(weights, w)
		n += w
		if l.taken += w; l.taken < l.batch.Weights[l.at] {
			break
		}
	}
	out := l.batch.Slice(from, from+len(weights))
	out.Weights = weights
	return out, n
}

// rest is all that is left; nil where that is nothing.
func (l *lot) rest() *row.Batch {
	const all = 1<<63 - 1
	b, _ := l.take(all)
	return b
}
