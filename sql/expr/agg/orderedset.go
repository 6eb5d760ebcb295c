package agg

import (
	"math"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// The ordered sets that are computed from the sorted values. The others (rank and
// its kin) are counts of the rows that come before a given one.
func declareOrderedSets(r *fn.Registry) {
	r.OrderedSet("percentile_disc(float8, anyelement) anyelement", 1, fn.Rows(percentile(discrete)))
	r.OrderedSet("percentile_disc(float8[], anyelement) anyarray", 1, fn.Rows(percentiles(discrete)))
	r.OrderedSet("percentile_cont(float8, float8) float8", 1, fn.Rows(percentile(continuousFloat)))
	r.OrderedSet("percentile_cont(float8[], float8) float8[]", 1, fn.Rows(percentiles(continuousFloat)))
	r.OrderedSet("percentile_cont(float8, interval) interval", 1, fn.Rows(percentile(continuousInterval)))
	r.OrderedSet("percentile_cont(float8[], interval) interval[]", 1, fn.Rows(percentiles(continuousInterval)))
	r.OrderedSet("mode(anyelement) anyelement", 0, fn.Rows(mode))
}

// pick is the value at a fraction of a list that is not empty.
type pick func(fraction float64, values []row.Datum) (row.Datum, error)

// percentile is the kernel for one fraction. The fraction is checked even where
// there are no values.
func percentile(pick pick) func(c *fn.Call, i int) error {
	return func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			return fn.ErrNull
		}
		f := c.Args[0].Float(i)
		if err := checkFraction(f); err != nil {
			return err
		}
		if c.Args[1].IsNull(i) {
			return fn.ErrNull
		}
		d, err := pick(f, row.NewArrayElems(c.Args[1].Col.Type, c.Args[1].Bytes(i)).All())
		if err == nil {
			c.Out.Append(d)
		}
		return err
	}
}

// percentiles is the kernel for an array of fractions: an array of its shape.
func percentiles(pick pick) func(c *fn.Call, i int) error {
	return func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) || c.Args[1].IsNull(i) {
			return fn.ErrNull
		}
		values := row.NewArrayElems(c.Args[1].Col.Type, c.Args[1].Bytes(i)).All()
		fractions := row.NewArrayElems(c.Args[0].Col.Type, c.Args[0].Bytes(i))
		b := row.NewArrayBuilder(c.Out.Type)
		for f, ok := fractions.Next(); ok; f, ok = fractions.Next() {
			d := row.NullDatum
			if !f.Null {
				err := checkFraction(f.F)
				if err == nil {
					d, err = pick(f.F, values)
				}
				if err != nil {
					return err
				}
			}
			b.Append(d)
		}
		c.Out.Data = b.FinishDims(c.Out.Data, fractions.Dims)
		c.Out.EndBytes()
		return nil
	}
}

func checkFraction(f float64) error {
	if f >= 0 && f <= 1 {
		return nil
	}
	text := strconv.FormatFloat(f, 'g', 6, 64)
	if math.IsInf(f, 0) {
		text = map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0]
	}
	return pgerr.New(pgerr.NumericValueOutOfRange, "percentile value %s is not between 0 and 1", text)
}

// discrete is the first value at which the fraction is reached.
func discrete(f float64, values []row.Datum) (row.Datum, error) {
	return values[max(int(math.Ceil(f*float64(len(values)))), 1)-1], nil
}

// between finds the values around a fraction, and how far it is from the first to
// the second.
func between(f float64, values []row.Datum) (low, high row.Datum, share float64) {
	at := f * float64(len(values)-1)
	first := math.Floor(at)
	return values[int(first)], values[int(math.Ceil(at))], at - first
}

func continuousFloat(f float64, values []row.Datum) (row.Datum, error) {
	low, high, share := between(f, values)
	if share == 0 {
		return low, nil
	}
	// The conversion keeps the product from being fused with the sum.
	return row.FloatDatum(low.F + float64(share*(high.F-low.F))), nil
}

func continuousInterval(f float64, values []row.Datum) (row.Datum, error) {
	low, high, share := between(f, values)
	if share == 0 {
		return low, nil
	}
	from := datetime.DecodeInterval(low.B)
	step, ok := addIntervals(datetime.DecodeInterval(high.B), from, -1)
	if !ok {
		return low, fn.IntervalOutOfRange()
	}
	step, err := fn.ScaleInterval(step, func(v float64) float64 { return v * share })
	if err != nil {
		return low, err
	}
	out, ok := addIntervals(from, step, 1)
	if !ok {
		return low, fn.IntervalOutOfRange()
	}
	return row.BytesDatum(out.Append(nil)), nil
}

// addIntervals is a + sign * b, part by part.
func addIntervals(a, b datetime.Interval, sign int64) (out datetime.Interval, ok bool) {
	months, days := int64(a.Months)+sign*int64(b.Months), int64(a.Days)+sign*int64(b.Days)
	micros := a.Micros + sign*b.Micros
	ok = months == int64(int32(months)) && days == int64(int32(days))
	if sign > 0 && (a.Micros^micros)&(b.Micros^micros) < 0 || sign < 0 && (a.Micros^b.Micros)&(a.Micros^micros) < 0 {
		ok = false
	}
	return datetime.Interval{Months: int32(months), Days: int32(days), Micros: micros}, ok
}

// mode is the value that is there most often, the first of several.
func mode(c *fn.Call, i int) error {
	if c.Args[0].IsNull(i) {
		return fn.ErrNull
	}
	a := row.NewArrayElems(c.Args[0].Col.Type, c.Args[0].Bytes(i))
	values := a.All()
	best, most := 0, 0
	for from := 0; from < len(values); {
		to := from + 1
		for to < len(values) && row.CompareDatums(a.Elem, values[from], values[to]) == 0 {
			to++
		}
		if to-from > most {
			best, most = from, to-from
		}
		from = to
	}
	c.Out.Append(values[best])
	return nil
}
