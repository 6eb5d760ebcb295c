package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

func (e *evaluator) setOp(n *planner.SetOp, v env) (*relation, error) {
	left, err := e.arm(n.Left, n.LeftCols, n.Cols, v)
	if err != nil {
		return nil, err
	}
	right, err := e.arm(n.Right, n.RightCols, n.Cols, v)
	if err != nil {
		return nil, err
	}
	if n.Kind == planner.Union {
		out := &relation{cols: n.Cols, rows: append(slices.Clone(left.rows), right.rows...)}
		if n.All {
			return out, nil
		}
		return once(out), nil
	}
	inRight := map[string]int{}
	for _, g := range groups(right, allOf(n.Cols)) {
		inRight[keyOf(n.Cols, g.key)] = len(g.rows)
	}
	out := &relation{cols: n.Cols}
	for _, g := range groups(left, allOf(n.Cols)) {
		for range times(n, len(g.rows), inRight[keyOf(n.Cols, g.key)]) {
			out.rows = append(out.rows, g.key)
		}
	}
	return out, nil
}

// times is how often a row comes out that is l times left and r times right.
func times(n *planner.SetOp, l, r int) int {
	switch {
	case n.Kind == planner.Intersect && n.All:
		return min(l, r)
	case n.Kind == planner.Intersect:
		return min(l, r, 1)
	case n.All:
		return max(l-r, 0)
	case r > 0:
		return 0
	}
	return min(l, 1)
}

// arm is one side under the set operation's columns.
func (e *evaluator) arm(n planner.Node, from, to []planner.Col, v env) (*relation, error) {
	in, err := e.node(n, v)
	if err != nil {
		return nil, err
	}
	at, err := in.positions(from)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: to}
	for _, r := range in.rows {
		made := make(row.Row, len(at))
		for i, p := range at {
			made[i] = r[p]
		}
		out.rows = append(out.rows, made)
	}
	return out, nil
}

func keyOf(cols []planner.Col, r row.Row) string {
	var out []byte
	for i, c := range cols {
		out = row.AppendKeyDatum(out, c.Type, r[i])
	}
	return string(out)
}

// topK sorts each partition; ties are broken by the rows: their columns in order,
// then their forms.
func (e *evaluator) topK(n *planner.TopK, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	by, err := in.positions(n.Partition)
	if err != nil {
		return nil, err
	}
	limit, offset, err := e.window(n)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: n.Columns()}
	for _, g := range groups(in, by) {
		sorted, err := sortRows(in, g.rows, n.Order)
		if err != nil {
			return nil, err
		}
		if n.Rank.ID != 0 {
			for i, r := range sorted {
				sorted[i] = append(slices.Clone(r), row.IntDatum(int64(i+1)))
			}
		}
		sorted = sorted[min(offset, len(sorted)):]
		if limit >= 0 {
			end := min(limit, len(sorted))
			for n.Ties && end > 0 && end < len(sorted) && bytes.Equal(in.orderKey(sorted[end-1], n.Order), in.orderKey(sorted[end], n.Order)) {
				end++
			}
			sorted = sorted[:end]
		}
		out.rows = append(out.rows, sorted...)
	}
	return out, nil
}

// window is LIMIT (-1: none) and OFFSET.
func (e *evaluator) window(n *planner.TopK) (limit, offset int, err error) {
	limit = -1
	for _, part := range []struct {
		x    planner.Scalar
		into *int
	}{{n.Limit, &limit}, {n.Offset, &offset}} {
		if part.x == nil {
			continue
		}
		d, err := expr.EvalConst(part.x, e.ctx)
		if err != nil {
			return 0, 0, err
		}
		if d.Null {
			continue
		}
		if d.I < 0 {
			return 0, 0, fmt.Errorf("oracle: a negative limit or offset")
		}
		*part.into = int(d.I)
	}
	return limit, offset, nil
}

// orderKey is bytes that sort as the order says; it reads columns that are there.
func (in *relation) orderKey(r row.Row, order []planner.Sort) (k []byte) {
	for _, o := range order {
		k = row.AppendKeyDatumOrder(k, o.Col.Type, r[in.position(o.Col.ID)], row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst})
	}
	return k
}

func sortRows(in *relation, rows []row.Row, order []planner.Sort) ([]row.Row, error) {
	type keyed struct {
		key []byte
		row row.Row
	}
	list := make([]keyed, len(rows))
	for i, r := range rows {
		for _, o := range order {
			if in.position(o.Col.ID) < 0 {
				return nil, fmt.Errorf("oracle: no column %s to order by", o.Col)
			}
		}
		k := in.orderKey(r, order)
		for c, col := range in.cols {
			k = row.AppendKeyDatum(k, col.Type, r[c])
		}
		for c, col := range in.cols {
			if row.KeyLossy(col.Type) {
				k = row.AppendValueDatum(k, col.Type, r[c])
			}
		}
		list[i] = keyed{k, r}
	}
	slices.SortStableFunc(list, func(a, b keyed) int { return bytes.Compare(a.key, b.key) })
	out := make([]row.Row, len(list))
	for i, k := range list {
		out[i] = k.row
	}
	return out, nil
}
