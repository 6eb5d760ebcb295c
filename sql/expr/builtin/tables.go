package builtin

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// arrayTables declares the table functions over arrays.
func arrayTables(r *fn.Registry) {
	r.Table("unnest(anyarray) anyelement", func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		a := row.NewArrayElems(c.Args[0].Col.Type, args[0].B)
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			emit(d)
		}
		return a.Err()
	}, "")
	subscripts := func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		a := row.NewArrayElems(c.Args[0].Col.Type, args[0].B)
		dim := args[1].I
		if dim < 1 || dim > int64(len(a.Dims)) {
			return nil
		}
		lo, n := int64(a.Dims[dim-1].Lower), int64(a.Dims[dim-1].Len)
		for k := int64(0); k < n; k++ {
			if len(args) > 2 && args[2].I != 0 {
				emit(row.IntDatum(lo + n - 1 - k))
			} else {
				emit(row.IntDatum(lo + k))
			}
		}
		return nil
	}
	r.Table("pg_options_to_table(text[]) record", func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		a := row.NewArrayElems(c.Args[0].Col.Type, args[0].B)
		for d, ok := a.Next(); ok; d, ok = a.Next() {
			name, value, given := strings.Cut(string(d.B), "=")
			v := row.StringDatum(value)
			v.Null = !given
			emit(row.StringDatum(name), v)
		}
		return a.Err()
	}, "option_name text, option_value text")
	r.Table("generate_subscripts(anyarray, int4) int4", subscripts, "")
	r.Table("generate_subscripts(anyarray, int4, bool) int4", subscripts, "")
}

func zeroStep() error {
	return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero")
}

func seriesTables(r *fn.Registry) {
	for _, w := range widths[1:] {
		k := func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			step := int64(1)
			if len(args) > 2 {
				step = args[2].I
			}
			return integerSeries(args[0].I, args[1].I, step, emit)
		}
		r.Table("generate_series("+w.typ+", "+w.typ+") "+w.typ, k, "")
		r.Table("generate_series("+w.typ+", "+w.typ+", "+w.typ+") "+w.typ, k, "")
	}
	k := func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		step := numeric.FromInt64(1)
		if len(args) > 2 {
			step = numeric.Decode(args[2].B)
		}
		return decimalSeries(numeric.Decode(args[0].B), numeric.Decode(args[1].B), step, emit)
	}
	r.Table("generate_series(numeric, numeric) numeric", k, "")
	r.Table("generate_series(numeric, numeric, numeric) numeric", k, "")
	r.Table("generate_series(timestamp, timestamp, interval) timestamp", func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		return timeSeries(args, emit, addInterval)
	}, "")
	r.Table("generate_series(timestamptz, timestamptz, interval) timestamptz", func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		return timeSeries(args, emit, func(t int64, v interval) (int64, error) { return addZoned(c, t, v) })
	}, "", fn.IsStable)
}

func integerSeries(from, to, step int64, emit func(...row.Datum)) error {
	if step == 0 {
		return zeroStep()
	}
	for v := from; step > 0 && v <= to || step < 0 && v >= to; {
		emit(row.IntDatum(v))
		next := v + step
		if (next > v) != (step > 0) {
			return nil
		}
		v = next
	}
	return nil
}

func decimalSeries(from, to, step numeric.Decimal, emit func(...row.Datum)) error {
	for _, d := range []struct {
		name string
		v    numeric.Decimal
	}{{"start", from}, {"stop", to}, {"step size", step}} {
		if !d.v.IsFinite() {
			what := "infinity"
			if d.v.IsNaN() {
				what = "NaN"
			}
			return pgerr.New(pgerr.InvalidParameterValue, "%s value cannot be %s", d.name, what)
		}
	}
	if step.Sign() == 0 {
		return zeroStep()
	}
	for v := from; v.Cmp(to)*step.Sign() <= 0; {
		emit(row.BytesDatum(numeric.Append(nil, v)))
		next, err := v.Add(step)
		if err != nil {
			return err
		}
		v = next
	}
	return nil
}

func timeSeries(args []row.Datum, emit func(...row.Datum), add func(int64, interval) (int64, error)) error {
	step := datetime.DecodeInterval(args[2].B)
	sign := step.Cmp(interval{})
	if sign == 0 {
		return zeroStep()
	}
	for t := args[0].I; sign > 0 && t <= args[1].I || sign < 0 && t >= args[1].I; {
		emit(row.IntDatum(t))
		next, err := add(t, step)
		if err != nil {
			return err
		}
		if next == t {
			return nil
		}
		t = next
	}
	return nil
}
