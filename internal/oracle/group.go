package oracle

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// group is rows that are equal in some columns, NULLs being alike.
type group struct {
	key  row.Row // the least of the forms that the equal values have
	rows []row.Row
}

// groups splits a relation, in the order of the first rows. Without columns all
// rows are one group, if there are any.
func groups(in *relation, by []int) []*group {
	var out []*group
	at := map[string]*group{}
	for _, r := range in.rows {
		var key []byte
		of := make(row.Row, len(by))
		for i, c := range by {
			key = row.AppendKeyDatum(key, in.cols[c].Type, r[c])
			of[i] = r[c]
		}
		g := at[string(key)]
		if g == nil {
			g = &group{key: of}
			at[string(key)] = g
			out = append(out, g)
		} else if bytes.Compare(forms(in, by, of), forms(in, by, g.key)) < 0 {
			g.key = of
		}
		g.rows = append(g.rows, r)
	}
	return out
}

// forms tells apart values that are equal but print differently.
func forms(in *relation, by []int, key row.Row) []byte {
	var out []byte
	for i, c := range by {
		if t := in.cols[c].Type; row.KeyLossy(t) {
			out = row.AppendValueDatum(out, t, key[i])
		}
	}
	return out
}

func (e *evaluator) distinct(n *planner.Distinct, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	return once(in), nil
}

func once(in *relation) *relation {
	out := &relation{cols: in.cols}
	for _, g := range groups(in, allOf(in.cols)) {
		out.rows = append(out.rows, g.key)
	}
	return out
}

func allOf(cols []planner.Col) []int {
	out := make([]int, len(cols))
	for i := range out {
		out[i] = i
	}
	return out
}

// aggregate: a row for which an argument or a filter fails counts in no aggregate
// of its group; the arguments are asked for only where the filter is true.
func (e *evaluator) aggregate(n *planner.Aggregate, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	by, err := in.positions(n.Group)
	if err != nil {
		return nil, err
	}
	s := e.scalars(n, in.cols, v)
	good := &relation{cols: in.cols}
	calls := map[*row.Datum][]*aggRow{} // by the identity of the row
	for _, r := range in.rows {
		// A row of no columns has no identity of its own yet.
		r = append(slices.Clone(r), row.Datum{})
		args, failed, err := s.aggRow(n.Aggs, r[:len(r)-1])
		if err != nil {
			return nil, err
		}
		if failed != nil {
			e.fail(failed)
			continue
		}
		calls[&r[0]] = args
		good.rows = append(good.rows, r)
	}
	sets := groups(good, by)
	if len(by) == 0 && len(sets) == 0 {
		sets = []*group{{}}
	}
	out := &relation{cols: n.Columns()}
	for _, g := range sets {
		made := slices.Clone(g.key)
		var failed error
		for i := range n.Aggs {
			var rows []*aggRow
			for _, r := range g.rows {
				if a := calls[&r[0]][i]; a != nil {
					rows = append(rows, a)
				}
			}
			var d row.Datum
			if d, failed = fold(e.ctx, &n.Aggs[i], rows); failed != nil {
				break
			}
			made = append(made, d)
		}
		if failed != nil {
			e.fail(failed)
			continue
		}
		out.rows = append(out.rows, made)
	}
	return out, nil
}

// aggRow is what one row gives to one aggregate.
type aggRow struct{ args, order row.Row }

// aggRow computes what a row gives to each aggregate; nil where the filter keeps it out.
func (s *scalars) aggRow(aggs []planner.Agg, r row.Row) (out []*aggRow, failed, err error) {
	out = make([]*aggRow, len(aggs))
	for i, g := range aggs {
		if g.Filter != nil {
			ok, failed, err := s.holds([]planner.Scalar{g.Filter}, r)
			if failed != nil || err != nil {
				return nil, failed, err
			}
			if !ok {
				continue
			}
		}
		a := &aggRow{}
		if a.args, failed, err = s.row(g.Args, r); failed != nil || err != nil {
			return nil, failed, err
		}
		for _, o := range g.Order {
			d, failed, err := s.eval(o.Expr, r)
			if failed != nil || err != nil {
				return nil, failed, err
			}
			a.order = append(a.order, d)
		}
		out[i] = a
	}
	return out, nil, nil
}

// fold computes an aggregate of the rows of one group.
func fold(ctx *expr.Context, g *planner.Agg, rows []*aggRow) (row.Datum, error) {
	types := g.Func.Args
	if g.Distinct {
		rows = distinctArgs(types, rows)
	}
	switch g.Func.Kind {
	case fn.Min, fn.Max:
		return extreme(g, rows), nil
	case fn.Invertible:
		return accumulate(g, rows)
	case fn.Ordered:
		return sequence(ctx, g, rows)
	}
	return row.Datum{}, fmt.Errorf("oracle: aggregate %s is of an unknown kind", g.Func.Name)
}

// distinctArgs keeps of equal argument lists the least form.
func distinctArgs(types []row.Type, rows []*aggRow) []*aggRow {
	in := &relation{}
	for _, t := range types {
		in.cols = append(in.cols, planner.Col{Type: t})
	}
	first := map[string]*aggRow{}
	for _, a := range rows {
		in.rows = append(in.rows, a.args)
		if k := faithful(types, a.args); first[k] == nil {
			first[k] = a
		}
	}
	var out []*aggRow
	for _, g := range groups(in, allOf(in.cols)) {
		out = append(out, first[faithful(types, g.key)])
	}
	return out
}

// faithful names a row down to what it prints.
func faithful(types []row.Type, r row.Row) string {
	var out []byte
	for i, t := range types {
		out = row.AppendValueDatum(out, t, r[i])
	}
	return string(out)
}

// extreme is min or max: NULL of no values. Of equal values that print
// differently min has the least form and max the greatest.
func extreme(g *planner.Agg, rows []*aggRow) row.Datum {
	t, best := g.Func.Args[0], row.NullDatum
	if t.Kind == row.Unknown {
		t = g.Col.Type
	}
	for _, a := range rows {
		d := a.args[0]
		if d.Null {
			continue
		}
		if best.Null {
			best = d
			continue
		}
		c := row.CompareDatums(t, d, best)
		if c == 0 {
			c = bytes.Compare(row.AppendValueDatum(nil, t, d), row.AppendValueDatum(nil, t, best))
		}
		if c < 0 && g.Func.Kind == fn.Min || c > 0 && g.Func.Kind == fn.Max {
			best = d
		}
	}
	return best
}

func accumulate(g *planner.Agg, rows []*aggRow) (row.Datum, error) {
	acc := g.Func.New(g.Func.Args)
	state := acc.Init(nil)
	for _, a := range rows {
		var err error
		if state, err = acc.Update(state, columns(g.Func.Args, []*aggRow{a}), 0, 1); err != nil {
			return row.Datum{}, err
		}
	}
	out := row.NewColumn(acc.Type(), 1)
	if err := acc.Result(state, &out); err != nil {
		return row.Datum{}, err
	}
	return out.Datum(0), nil
}

// sequence gives an ordered aggregate its rows by the call's ORDER BY, then by the
// arguments: where the query leaves the order open, that is the answer taken.
func sequence(ctx *expr.Context, g *planner.Agg, rows []*aggRow) (row.Datum, error) {
	sorted := slices.Clone(rows)
	keys := map[*aggRow][]byte{}
	for _, a := range sorted {
		var k []byte
		for i, o := range g.Order {
			k = row.AppendKeyDatumOrder(k, o.Expr.Type(), a.order[i], row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
		for i, t := range g.Func.Args {
			k = row.AppendKeyDatum(k, t, a.args[i])
		}
		keys[a] = append(k, faithful(g.Func.Args, a.args)...)
	}
	slices.SortStableFunc(sorted, func(a, b *aggRow) int { return bytes.Compare(keys[a], keys[b]) })
	list := make([]int32, len(sorted))
	for i := range list {
		list[i] = int32(i)
	}
	seq := g.Func.NewSequence(g.Func.Args, ctx)
	out := row.NewColumn(seq.Type(), 1)
	if err := seq.Result(columns(g.Func.Args, sorted), list, &out); err != nil {
		return row.Datum{}, err
	}
	return out.Datum(0), nil
}

// columns puts the arguments of rows into columns.
func columns(types []row.Type, rows []*aggRow) []*row.Column {
	out := make([]*row.Column, len(types))
	for i, t := range types {
		c := row.NewColumn(t, len(rows))
		for _, a := range rows {
			c.Append(a.args[i])
		}
		out[i] = &c
	}
	return out
}
