package oracle

import (
	"fmt"
	"math"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
	"github.com/tarndb/tarn/sql/pgerr"
)

// over computes window functions by their definitions: for each row it asks of each
// other row of the partition whether it is in the frame. A row for which a call fails
// is left out.
func (e *evaluator) over(n *planner.Over, v env) (*relation, error) {
	in, err := e.node(n.Input, v)
	if err != nil {
		return nil, err
	}
	by, err := in.positions(n.Partition)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: n.Columns()}
	for _, g := range groups(in, by) {
		sorted, err := sortRows(in, g.rows, n.Order)
		if err != nil {
			return nil, err
		}
		p := &overPartition{s: e.scalars(n, in.cols, v), n: n, in: in, rows: sorted}
		for i, r := range sorted {
			made, failed, err := p.row(i)
			if err != nil {
				return nil, err
			}
			if failed != nil {
				e.fail(failed)
				continue
			}
			out.rows = append(out.rows, join(r, made))
		}
	}
	return out, nil
}

// overPartition is the rows of a partition, in order.
type overPartition struct {
	s    *scalars
	n    *planner.Over
	in   *relation
	rows []row.Row
}

// row computes the calls for row i.
func (p *overPartition) row(i int) (made row.Row, failed, err error) {
	for k := range p.n.Calls {
		c := &p.n.Calls[k]
		var d row.Datum
		if c.Agg != nil {
			d, failed, err = p.aggregate(c, i)
		} else {
			d, failed, err = p.function(c, i)
		}
		if failed != nil || err != nil {
			return nil, failed, err
		}
		made = append(made, d)
	}
	return made, nil, nil
}

// peers reports that the order leaves two rows equal.
func (p *overPartition) peers(i, j int) bool {
	for _, o := range p.n.Order {
		at := p.in.position(o.Col.ID)
		a, b := p.rows[i][at], p.rows[j][at]
		if a.Null != b.Null || !a.Null && row.CompareDatums(o.Col.Type, a, b) != 0 {
			return false
		}
	}
	return true
}

// count is how many rows satisfy a condition.
func (p *overPartition) count(ok func(j int) bool) int {
	n := 0
	for j := range p.rows {
		if ok(j) {
			n++
		}
	}
	return n
}

// groupsBetween is how many groups of peers row j is behind row i; negative before it.
func (p *overPartition) groupsBetween(i, j int) int {
	if j < i {
		return -p.groupsBetween(j, i)
	}
	n := 0
	for r := i + 1; r <= j; r++ {
		if !p.peers(r-1, r) {
			n++
		}
	}
	return n
}

// frame lists the rows of row i's frame.
func (p *overPartition) frame(f over.Frame, i int) (rows []int, failed, err error) {
	for j := range p.rows {
		from, failed, err := p.inside(f, f.Start, i, j, 1)
		if failed != nil || err != nil {
			return nil, failed, err
		}
		to, failed, err := p.inside(f, f.End, i, j, -1)
		if failed != nil || err != nil {
			return nil, failed, err
		}
		out := f.Exclude == over.ExcludeCurrentRow && i == j || f.Exclude == over.ExcludeGroup && p.peers(i, j) ||
			f.Exclude == over.ExcludeTies && i != j && p.peers(i, j)
		if from && to && !out {
			rows = append(rows, j)
		}
	}
	return rows, nil, nil
}

// inside reports that row j is on the inner side of a bound of row i's frame: behind
// the start, where side is 1, or before the end, where it is -1.
func (p *overPartition) inside(f over.Frame, b over.Bound, i, j, side int) (ok bool, failed, err error) {
	switch b.Kind {
	case over.UnboundedPreceding, over.UnboundedFollowing:
		return true, nil, nil
	case over.CurrentRow:
		if f.Mode == over.Rows {
			return (j-i)*side >= 0, nil, nil
		}
		return p.groupsBetween(i, j)*side >= 0, nil, nil
	}
	offset, err := expr.EvalConst(b.Offset, p.s.e.ctx)
	if err != nil {
		return false, nil, err
	}
	behind := j - i
	switch f.Mode {
	case over.Range:
		ok, failed = p.near(b, offset, i, j, side)
		return ok, failed, nil
	case over.Groups:
		behind = p.groupsBetween(i, j)
	}
	if b.Kind == over.Preceding {
		offset.I = -offset.I
	}
	if side > 0 {
		return int64(behind) >= offset.I, nil, nil
	}
	return int64(behind) <= offset.I, nil, nil
}

// near is inside for a distance of values.
func (p *overPartition) near(b over.Bound, offset row.Datum, i, j, side int) (ok bool, failed error) {
	o := p.n.Order[0]
	at := p.in.position(o.Col.ID)
	base, v := p.rows[i][at], p.rows[j][at]
	if base.Null || v.Null {
		return base.Null && v.Null || (j-i)*side > 0, nil
	}
	down := b.Kind == over.Preceding
	if o.Desc {
		down, side = !down, -side
	}
	edge, t, err := p.shift(o.Col.Type, base, b.Offset.Type(), offset, down)
	if err != nil {
		return false, err
	}
	if v, _, err = p.comparable(o.Col.Type, v); err != nil {
		return false, err
	}
	if isNaN(t, edge) {
		if c, _, _ := p.comparable(o.Col.Type, base); !isNaN(t, c) {
			return true, nil // infinity less infinity
		}
	}
	return row.CompareDatums(t, v, edge)*side >= 0, nil
}

func isNaN(t row.Type, d row.Datum) bool {
	return t.Is(row.Float8) && math.IsNaN(d.F) || t.Is(row.Numeric) && numeric.Decode(d.B).IsNaN()
}

// comparable is a value in a type in which distances do not overflow.
func (p *overPartition) comparable(t row.Type, d row.Datum) (row.Datum, row.Type, error) {
	switch t.Kind {
	case row.Int2, row.Int4, row.Int8, row.Time:
		return row.BytesDatum(numeric.Append(nil, numeric.FromInt64(d.I))), row.T(row.Numeric), nil
	case row.Float4, row.Float8:
		return d, row.T(row.Float8), nil
	case row.Date:
		out, err := expr.EvalRow(&expr.Cast{Arg: &expr.ColRef{Typ: t}, Func: castFunc(t, row.T(row.Timestamp)), To: row.T(row.Timestamp)}, []row.Type{t}, row.Row{d}, p.s.e.ctx)
		return out, row.T(row.Timestamp), err
	}
	return d, t.Base(), nil
}

func castFunc(from, to row.Type) *expr.Function {
	path, _ := expr.FindCast(from, to, expr.Implicit)
	return path.Func
}

// shift adds an offset to a value, or takes it away.
func (p *overPartition) shift(t row.Type, base row.Datum, ot row.Type, offset row.Datum, down bool) (row.Datum, row.Type, error) {
	negative := false
	switch ot.Kind {
	case row.Float8:
		negative = offset.F < 0 || math.IsNaN(offset.F)
	case row.Numeric:
		v := numeric.Decode(offset.B)
		negative = v.Sign() < 0 || v.IsNaN()
	case row.Interval:
		v := datetime.DecodeInterval(offset.B)
		negative = v.Cmp(datetime.Interval{}) < 0
		if t.Is(row.Time) {
			negative, offset, ot = v.Micros < 0, row.IntDatum(v.Micros), row.T(row.Int8)
		}
	default:
		negative = offset.I < 0
	}
	if negative {
		return base, t, pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
	}
	base, t, err := p.comparable(t, base)
	if err == nil && t.Is(row.Numeric) {
		offset, ot, err = p.comparable(ot, offset)
	}
	if err != nil {
		return base, t, err
	}
	op := map[bool]string{true: "-", false: "+"}[down]
	sum, err := expr.Typing{Ctx: p.s.e.ctx}.Operator(-1, op, &expr.ColRef{Index: 0, Typ: t, At: -1}, &expr.ColRef{Index: 1, Typ: ot, At: -1})
	if err != nil {
		return base, t, err
	}
	out, err := expr.EvalRow(sum, []row.Type{t, ot}, row.Row{base, offset}, p.s.e.ctx)
	return out, t, err
}

// aggregate folds the rows of the frame, in their order.
func (p *overPartition) aggregate(c *planner.OverCall, i int) (d row.Datum, failed, err error) {
	frame, failed, err := p.frame(c.Frame, i)
	if failed != nil || err != nil {
		return d, failed, err
	}
	place := &expr.Const{Typ: row.T(row.Int8)}
	g := &planner.Agg{Col: c.Col, Func: c.Agg, Args: c.Args, Order: []planner.SortExpr{{Expr: place}}}
	var rows []*aggRow
	for _, j := range frame {
		if c.Filter.ID != 0 {
			if f := p.rows[j][p.in.position(c.Filter.ID)]; f.Null || f.I == 0 {
				continue
			}
		}
		args, failed, err := p.s.row(c.Args, p.rows[j])
		if failed != nil || err != nil {
			return d, failed, err
		}
		rows = append(rows, &aggRow{args: args, order: row.Row{row.IntDatum(int64(j))}})
	}
	d, failed = fold(p.s.e.ctx, g, rows)
	return d, failed, nil
}

// function is a window function that is no aggregate.
func (p *overPartition) function(c *planner.OverCall, i int) (d row.Datum, failed, err error) {
	n := len(p.rows)
	before := p.count(func(j int) bool { return j < i && !p.peers(i, j) })
	switch c.Window.Name {
	case "row_number":
		return row.IntDatum(int64(i + 1)), nil, nil
	case "rank":
		return row.IntDatum(int64(before + 1)), nil, nil
	case "dense_rank":
		return row.IntDatum(int64(p.groupsBetween(0, i) + 1)), nil, nil
	case "percent_rank":
		if n == 1 {
			return row.FloatDatum(0), nil, nil
		}
		return row.FloatDatum(float64(before) / float64(n-1)), nil, nil
	case "cume_dist":
		upTo := p.count(func(j int) bool { return j <= i || p.peers(i, j) })
		return row.FloatDatum(float64(upTo) / float64(n)), nil, nil
	case "ntile":
		return p.ntile(c, i)
	case "lag", "lead":
		return p.neighbour(c, i)
	case "first_value", "last_value", "nth_value":
		return p.ofFrame(c, i)
	}
	return d, nil, fmt.Errorf("oracle: window function %s is not known", c.Window.Name)
}

// ntile: the first row that names a number of buckets counts.
func (p *overPartition) ntile(c *planner.OverCall, i int) (d row.Datum, failed, err error) {
	first, buckets := -1, 0
	for j := 0; j <= i && first < 0; j++ {
		args, failed, err := p.s.row(c.Args, p.rows[j])
		switch {
		case failed != nil || err != nil:
			return d, failed, err
		case !args[0].Null && args[0].I > 0:
			first, buckets = j, int(args[0].I)
		case j == i && args[0].Null:
			return row.NullDatum, nil, nil
		case j == i:
			return d, pgerr.New(pgerr.InvalidArgumentForNtile, "argument of ntile must be greater than zero"), nil
		}
	}
	at, n := i-first, len(p.rows)
	size, larger := n/buckets, n%buckets
	if at < larger*(size+1) {
		return row.IntDatum(int64(at/(size+1) + 1)), nil, nil
	}
	return row.IntDatum(int64(larger + (at-larger*(size+1))/size + 1)), nil, nil
}

func (p *overPartition) neighbour(c *planner.OverCall, i int) (d row.Datum, failed, err error) {
	here, failed, err := p.s.row(c.Args, p.rows[i])
	if failed != nil || err != nil {
		return d, failed, err
	}
	by := 1
	if len(here) > 1 {
		if here[1].Null {
			return row.NullDatum, nil, nil
		}
		by = int(here[1].I)
	}
	if c.Window.Name == "lag" {
		by = -by
	}
	if at := i + by; at >= 0 && at < len(p.rows) {
		there, failed, err := p.s.row(c.Args[:1], p.rows[at])
		if failed != nil || err != nil {
			return d, failed, err
		}
		return there[0], nil, nil
	}
	if len(here) > 2 {
		return here[2], nil, nil
	}
	return row.NullDatum, nil, nil
}

func (p *overPartition) ofFrame(c *planner.OverCall, i int) (d row.Datum, failed, err error) {
	frame, failed, err := p.frame(c.Frame, i)
	if failed != nil || err != nil {
		return d, failed, err
	}
	here, failed, err := p.s.row(c.Args, p.rows[i])
	if failed != nil || err != nil {
		return d, failed, err
	}
	at := 0
	switch c.Window.Name {
	case "last_value":
		at = len(frame) - 1
	case "nth_value":
		if here[1].Null {
			return row.NullDatum, nil, nil
		}
		if here[1].I <= 0 {
			return d, pgerr.New(pgerr.InvalidArgumentForNthValue, "argument of nth_value must be greater than zero"), nil
		}
		at = int(here[1].I) - 1
	}
	if at < 0 || at >= len(frame) {
		return row.NullDatum, nil, nil
	}
	there, failed, err := p.s.row(c.Args[:1], p.rows[frame[at]])
	if failed != nil || err != nil {
		return d, failed, err
	}
	return there[0], nil, nil
}
