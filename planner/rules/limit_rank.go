package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// LimitRank makes a top-k of row_number() under a filter: rows with a number up to
// k are the first k of their partition.
//
//	SELECT ... FROM (SELECT ..., row_number() OVER (PARTITION BY p ORDER BY o) AS n FROM t) AS x WHERE n <= k
//
// Why: what is behind the first k rows need not be numbered again at each change,
// and need not even be kept where rows only come. If nobody else reads the number
// PruneColumns drops it.
//
// Unsound for a bound that is no constant, and above a limit that is there
// already: its rows were counted first.
var LimitRank = planner.Rule{
	Name: "LimitRank",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		f, ok := n.(*planner.Filter)
		if !ok {
			return nil
		}
		k, ok := f.Input.(*planner.TopK)
		if !ok || k.Rank.ID == 0 || k.Limit != nil || k.Offset != nil {
			return nil
		}
		limit := int64(-1)
		var stay []planner.Scalar
		for _, p := range f.Preds {
			bound, whole, ok := rankBound(p, k.Rank.ID)
			if ok && (limit < 0 || bound < limit) {
				limit = bound
			}
			if !ok || !whole {
				stay = append(stay, p)
			}
		}
		if limit < 0 {
			return nil
		}
		out := *k
		out.Limit = &expr.Const{Datum: row.IntDatum(limit), Typ: row.T(row.Int8), At: -1}
		return planner.NewFilter(&out, stay...)
	},
}

// rankBound is the greatest rank that can satisfy a predicate; whole says that all
// ranks from 1 up to it do.
func rankBound(p planner.Scalar, rank planner.ColID) (bound int64, whole, ok bool) {
	op, l, r, is := expr.AsComparison(p)
	if !is {
		return 0, false, false
	}
	cmp := op.Comparison
	if id, col := planner.AsColumn(r); col && id == rank {
		l, r, cmp = r, l, cmp.Commuted()
	}
	id, col := planner.AsColumn(l)
	d, constant := planner.AsConst(r)
	if !col || id != rank || !constant || d.Null || r.Type().Phys() != row.PhysInt || !isInteger(r.Type()) {
		return 0, false, false
	}
	switch v := d.I; {
	case cmp == fn.Le && v >= 0:
		return v, true, true
	case cmp == fn.Lt && v > 0:
		return v - 1, true, true
	case cmp == fn.Eq && v > 0:
		return v, v == 1, true
	}
	return 0, false, false
}

func isInteger(t row.Type) bool { return t.Is(row.Int2) || t.Is(row.Int4) || t.Is(row.Int8) }
