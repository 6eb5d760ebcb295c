package over

import (
	"math"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// distance is an end of a RANGE frame at an offset: the first row, or the last, whose
// value in the order's column is so far from the current row's. NULLs are as far
// from one another as peers, and from all values as the order puts them.
//
// It answers as PostgreSQL's in_range functions do: distances that overflow are
// infinite, infinity is at every distance from itself, NaN is far from all numbers.
type distance struct {
	col   int
	order row.Order
	sub   bool // the offset is taken from the current row's value, not added to it
	less  bool // rows up to there are sought, in values, not rows from there

	offset row.Datum
	kind   row.Kind // of the column
	bad    bool     // the offset is negative, which is told once a row needs it
	// moved gives of the column's value the value at the offset, and the value in that
	// value's type: for times and intervals, whose arithmetic is the operators'.
	moved *expr.Program
	to    row.Type
}

func newDistance(t row.Type, k row.KeyCol, b Bound, offset row.Datum, less bool) (*distance, error) {
	d := &distance{col: k.Col, order: k.Order, sub: b.Kind == Preceding, less: less, offset: offset, kind: t.Kind}
	if k.Order.Desc {
		d.sub, d.less = !d.sub, !d.less
	}
	switch t.Kind {
	case row.Int2, row.Int4, row.Int8:
		d.bad = offset.I < 0
	case row.Float4, row.Float8:
		d.bad = offset.F < 0 || math.IsNaN(offset.F)
	case row.Numeric:
		v := numeric.Decode(offset.B)
		d.bad = v.Sign() < 0 || v.IsNaN()
	case row.Time:
		d.bad = datetime.DecodeInterval(offset.B).Micros < 0
	default:
		d.bad = datetime.DecodeInterval(offset.B).Cmp(datetime.Interval{}) < 0
		return d, d.compile(t, b)
	}
	return d, nil
}

func (d *distance) compile(t row.Type, b Bound) error {
	op := "+"
	if d.sub {
		op = "-"
	}
	var typing expr.Typing
	col := &expr.ColRef{Typ: t, At: -1}
	moved, err := typing.Operator(-1, op, col, b.Offset)
	if err != nil {
		return err
	}
	value, err := typing.Coerce(col, moved.Type(), expr.Implicit)
	if err != nil {
		return err
	}
	d.to = moved.Type()
	d.moved, err = expr.Compile([]expr.Expr{moved, value}, []row.Type{t})
	return err
}

// find walks through the rows: where a frame begins and ends never falls from one row
// to the next.
func (d *distance) find(w *window, into []int32, fail failFunc) {
	col := &w.part.rows.Cols[d.col]
	within := d.test(w.part)
	at, n := 0, w.part.n
	for i := range n {
		for ; at < n; at++ {
			stop, err := d.stops(col, at, i, within)
			if err != nil {
				fail(i, err)
			}
			if stop || err != nil {
				break
			}
		}
		into[i] = int32(at)
	}
}

// atEnd reports that the distance is a frame's end, not its beginning.
func (d *distance) atEnd() bool { return d.less != d.order.Desc }

// stops reports that row at is where row i's frame begins, or the first behind it.
func (d *distance) stops(col *row.Column, at, i int, within func(at, i int) (bool, error)) (bool, error) {
	there, here := col.IsNull(at), col.IsNull(i)
	switch {
	case !there && !here:
		ok, err := within(at, i)
		return ok != d.atEnd(), err
	case d.atEnd() && d.order.NullsFirst:
		return !there, nil
	case d.atEnd():
		return !here, nil
	case d.order.NullsFirst:
		return !there || here, nil
	}
	return there || !here, nil
}

// test makes the comparison of row at's value with the value at the offset from row i's.
func (d *distance) test(p *partition) func(at, i int) (bool, error) {
	col := &p.rows.Cols[d.col]
	if d.bad {
		err := pgerr.New(pgerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
		return func(int, int) (bool, error) { return false, err }
	}
	switch d.kind {
	case row.Int2, row.Int4, row.Int8:
		return func(at, i int) (bool, error) { return d.ints(col.Ints[at], col.Ints[i], d.offset.I), nil }
	case row.Float4, row.Float8:
		return func(at, i int) (bool, error) { return d.floats(col.Floats[at], col.Floats[i]), nil }
	case row.Numeric:
		offset := numeric.Decode(d.offset.B)
		return func(at, i int) (bool, error) {
			return d.decimals(numeric.Decode(col.Bytes(at)), numeric.Decode(col.Bytes(i)), offset)
		}
	case row.Time:
		micros := datetime.DecodeInterval(d.offset.B).Micros
		return func(at, i int) (bool, error) { return d.ints(col.Ints[at], col.Ints[i], micros), nil }
	}
	in := &row.Batch{Cols: []row.Column{*col}, Weights: p.rows.Weights}
	cols, errs := d.moved.Eval(p.ctx, in, nil)
	failed := map[int]error{}
	errs.Each(func(i int, err error) { failed[i] = err })
	return func(at, i int) (bool, error) {
		if err := failed[i]; err != nil {
			return false, err
		}
		return d.side(row.CompareDatums(d.to, cols[1].Datum(at), cols[0].Datum(i))), nil
	}
}

// side tells on which side of the value at the offset a value is wanted.
func (d *distance) side(c int) bool {
	if d.less {
		return c <= 0
	}
	return c >= 0
}

func (d *distance) ints(v, base, offset int64) bool {
	to := base + offset
	over := to < base
	if d.sub {
		to = base - offset
		over = to > base
	}
	if over {
		return d.less != d.sub
	}
	return d.less && v <= to || !d.less && v >= to
}

func (d *distance) floats(v, base float64) bool {
	switch offset := d.offset.F; {
	case math.IsNaN(v):
		return math.IsNaN(base) || !d.less
	case math.IsNaN(base):
		return d.less
	case d.sub && math.IsInf(offset, 1) && math.IsInf(base, 1), !d.sub && math.IsInf(offset, 1) && math.IsInf(base, -1):
		return true
	case d.sub:
		base -= offset
	default:
		base += offset
	}
	return d.less && v <= base || !d.less && v >= base
}

func (d *distance) decimals(v, base, offset numeric.Decimal) (bool, error) {
	switch {
	case v.IsNaN():
		return base.IsNaN() || !d.less, nil
	case base.IsNaN():
		return d.less, nil
	case offset.IsInf() && base.IsInf() && (base.Sign() > 0) == d.sub:
		return true, nil
	}
	if d.sub {
		offset = offset.Neg()
	}
	to, err := base.Add(offset)
	return d.side(v.Cmp(to)), err
}
