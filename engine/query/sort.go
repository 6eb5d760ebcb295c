package query

import (
	"cmp"
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// Sorted orders rows as a query's ORDER BY says.
func Sorted(b *row.Batch, order []planner.PosSort) *row.Batch {
	if len(order) == 0 || b.Len() < 2 {
		return b
	}
	keys := make([][]byte, b.Len())
	sel := make([]int32, b.Len())
	for i := range sel {
		var k []byte
		for _, o := range order {
			k = row.AppendKeyOrder(k, &b.Cols[o.Col], i, row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		keys[i], sel[i] = k, int32(i)
	}
	slices.SortStableFunc(sel, func(x, y int32) int { return cmp.Compare(string(keys[x]), string(keys[y])) })
	return b.Gather(sel)
}

// SortBytes is about what Sorted takes beside them: their keys, and the rows
// once more.
func SortBytes(b *row.Batch, sorted bool) int64 {
	if !sorted {
		return 0
	}
	return 2*b.Bytes() + 48*int64(b.Len())
}
