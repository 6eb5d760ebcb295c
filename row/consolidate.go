package row

import "slices"

type sortItem struct {
	prefix uint64
	row    int32
}

// Consolidate sums a delta into one batch: sorted by CompareRows, no row twice,
// no weight zero. The result may be one of the delta's own batches when that
// already is all of this, or share its memory; treat it as read-only. A delta
// without rows gives nil.
func Consolidate(d Delta) *Batch {
	b := concat(d)
	if b == nil || isConsolidated(b) {
		return b
	}
	items := make([]sortItem, b.Len())
	for i := range items {
		items[i].row = int32(i)
	}
	sortRows(b, items)
	return sumRuns(b, items)
}

// concat is all rows of a delta in one batch, nil when there are none.
func concat(d Delta) *Batch {
	rows, last := 0, -1
	for i, b := range d {
		if n := b.Len(); n > 0 {
			rows += n
			last = i
		}
	}
	switch {
	case last < 0:
		return nil
	case rows == d[last].Len():
		return d[last]
	}
	out := NewBatch(d[last].Types(), rows)
	for _, b := range d {
		if b.Len() == 0 {
			continue
		}
		for c := range out.Cols {
			out.Cols[c].AppendColumn(&b.Cols[c])
		}
		out.Weights = append(out.Weights, b.Weights...)
	}
	return out
}

// isConsolidated looks for the first thing to do; on unsorted input it ends soon.
func isConsolidated(b *Batch) bool {
	for i, w := range b.Weights {
		if w == 0 || i > 0 && CompareRows(b, i-1, b, i) >= 0 {
			return false
		}
	}
	return true
}

// sortRows sorts by prefix first, which is cheap, and then each run of equal
// prefixes by the rows themselves.
func sortRows(b *Batch, items []sortItem) {
	if len(b.Cols) == 0 {
		return
	}
	first := 0
	if sortPrefixes(&b.Cols[0], items) {
		first = 1
	}
	radixSort(items)
	if first == len(b.Cols) {
		return
	}
	for i := 0; i < len(items); {
		end := i + 1
		for end < len(items) && items[end].prefix == items[i].prefix {
			end++
		}
		if end-i > 1 {
			sortRun(b, items[i:end], first)
		}
		i = end
	}
}

func sortRun(b *Batch, run []sortItem, first int) {
	slices.SortFunc(run, func(x, y sortItem) int {
		for c := first; c < len(b.Cols); c++ {
			if r := compareFaithful(&b.Cols[c], int(x.row), &b.Cols[c], int(y.row)); r != 0 {
				return r
			}
		}
		return 0
	})
}

// radixMin is where counting by bytes begins to be cheaper than comparing.
const radixMin = 128

// radixSort sorts by prefix, one byte a pass from the lowest, and passes over the
// bytes that all prefixes share.
func radixSort(items []sortItem) {
	if len(items) < radixMin {
		slices.SortFunc(items, func(x, y sortItem) int { return compare(x.prefix, y.prefix) })
		return
	}
	var differ uint64
	for _, it := range items {
		differ |= it.prefix ^ items[0].prefix
	}
	from, to := items, make([]sortItem, len(items))
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var next [256]int32
		for _, it := range from {
			next[uint8(it.prefix>>shift)]++
		}
		at := int32(0)
		for c, n := range next {
			next[c] = at
			at += n
		}
		for _, it := range from {
			c := uint8(it.prefix >> shift)
			to[next[c]] = it
			next[c]++
		}
		from, to = to, from
	}
	copy(items, from)
}

// sumRuns gathers one row of each run of equal rows, with the run's weight.
func sumRuns(b *Batch, items []sortItem) *Batch {
	sel := make([]int32, 0, len(items))
	weights := make([]int64, 0, len(items))
	for i := 0; i < len(items); {
		first := items[i]
		sum := b.Weights[first.row]
		for i++; i < len(items) && items[i].prefix == first.prefix && EqualRow(b, int(first.row), b, int(items[i].row)); i++ {
			sum += b.Weights[items[i].row]
		}
		if sum != 0 {
			sel = append(sel, first.row)
			weights = append(weights, sum)
		}
	}
	if len(sel) == 0 {
		return nil
	}
	out := &Batch{Cols: make([]Column, len(b.Cols)), Weights: weights}
	for c := range b.Cols {
		out.Cols[c] = b.Cols[c].Gather(sel)
	}
	return out
}
