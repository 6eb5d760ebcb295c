package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Windows of event time: TUMBLE and HOP. A window begins at a multiple of the
// slide, counted from 1970-01-01 UTC plus the offset, and lasts for the size;
// it holds the instants from its beginning up to, but without, its end. All
// lengths are microseconds. Infinity is in the window that begins and ends
// there; a bound that no timestamp can express is infinity, so that none of
// these functions fails and rules may move them.
//
// The functions are not in the registry: only the binder and rules make calls.

// Windowing is how a table function cuts time.
type Windowing struct {
	Slide, Size int64 // of TUMBLE both are its size; over 0
	Offset      int64 // less than Slide, not negative
}

// windowFuncs are the functions for one type of timestamp.
type windowFuncs struct{ start, end, hop *fn.Function }

var timestampWindows, timestamptzWindows = newWindowFuncs(row.T(row.Timestamp)), newWindowFuncs(row.T(row.Timestamptz))

func windowsOf(t row.Type) windowFuncs {
	if t.Is(row.Timestamptz) {
		return timestamptzWindows
	}
	return timestampWindows
}

func newWindowFuncs(t row.Type) windowFuncs {
	params := func(n int) []fn.ArgType {
		out := []fn.ArgType{{Type: t}}
		for len(out) < n {
			out = append(out, fn.ArgType{Type: row.T(row.Int8)})
		}
		return out
	}
	return windowFuncs{
		start: &fn.Function{
			Name: "window_start", Params: params(3), Result: fn.ArgType{Type: t}, Strict: true, NoError: true, Kernel: startKernel,
		},
		end: &fn.Function{
			Name: "window_end", Params: params(2), Result: fn.ArgType{Type: t}, Strict: true, NoError: true, Kernel: endKernel,
		},
		hop: &fn.Function{
			Name: "hop", Params: params(4), Result: fn.ArgType{Type: t}, Set: true, Strict: true, NoError: true,
			Table: hopTable, Spread: hopSpread,
		},
	}
}

func micros(v int64) Scalar {
	return &expr.Const{Datum: row.IntDatum(v), Typ: row.T(row.Int8), At: -1}
}

// Start is the beginning of the last window that begins at or before an instant.
func (w Windowing) Start(instant Scalar) Scalar {
	t := instant.Type().Base()
	return &expr.Call{Func: windowsOf(t).start, Args: []Scalar{instant, micros(w.Slide), micros(w.Offset)}, Typ: t, At: -1}
}

// End is the end of the window with a given beginning.
func (w Windowing) End(start Scalar) Scalar {
	t := start.Type().Base()
	return &expr.Call{Func: windowsOf(t).end, Args: []Scalar{start, micros(w.Size)}, Typ: t, At: -1}
}

// Hop makes a row for the beginning of each window that holds an instant, the
// earliest first; none for NULL.
func (w Windowing) Hop(instant Scalar, start Col) TableCall {
	f := windowsOf(start.Type).hop
	return TableCall{Func: f, Args: []Scalar{instant, micros(w.Slide), micros(w.Size), micros(w.Offset)}, Cols: []Col{start}}
}

// AsHop takes a call that Hop made apart.
func AsHop(c TableCall) (w Windowing, instant Scalar, ok bool) {
	if c.Func != timestampWindows.hop && c.Func != timestamptzWindows.hop {
		return w, nil, false
	}
	for i, into := range []*int64{&w.Slide, &w.Size, &w.Offset} {
		if *into, ok = constInt(c.Args[i+1]); !ok {
			return w, nil, false
		}
	}
	return w, c.Args[0], true
}

// isWindowBound reports the functions of this file that never decrease when
// their first argument grows.
func isWindowBound(f *fn.Function) bool {
	for _, w := range []windowFuncs{timestampWindows, timestamptzWindows} {
		if f == w.start || f == w.end {
			return true
		}
	}
	return false
}

// WindowBoundOf takes a bound of a window apart: the column that it is computed
// from, and how, as a text that is equal for equal functions. 0 for other
// expressions. A bound is NULL where the column is, and nowhere else.
func WindowBoundOf(e Scalar) (of ColID, form string) {
	c, ok := e.(*expr.Call)
	if !ok || !isWindowBound(c.Func) {
		return 0, ""
	}
	of, ok = AsColumn(c.Args[0])
	if !ok {
		return 0, ""
	}
	return of, Substitute(e, map[ColID]Scalar{of: expr.NullConst(c.Args[0].Type())}).String()
}

func isInfinite(t int64) bool { return t == datetime.TimestampNegInf || t == datetime.TimestampPosInf }

// windowStart is the greatest multiple of the slide that is not after t.
func windowStart(t, slide, offset int64) int64 {
	if isInfinite(t) {
		return t
	}
	// Timestamps are far enough from the ends of int64 that this cannot overflow.
	from := (t - datetime.UnixEpochMicro - offset) % slide
	if from < 0 {
		from += slide
	}
	if t -= from; t < datetime.TimestampMin {
		return datetime.TimestampNegInf
	}
	return t
}

func windowEnd(start, size int64) int64 {
	if isInfinite(start) {
		return start
	}
	if start >= datetime.TimestampEnd-size {
		return datetime.TimestampPosInf
	}
	return start + size
}

func startKernel(c *fn.Call) {
	slide, offset := c.Args[1].Int(0), c.Args[2].Int(0)
	out := c.Out.Ints[:c.N]
	if in := &c.Args[0]; in.Const {
		for i := range out {
			out[i] = windowStart(in.Int(0), slide, offset)
		}
	} else {
		for i, t := range in.Col.Ints[:c.N] {
			out[i] = windowStart(t, slide, offset)
		}
	}
	c.Out.Ints = out
}

func endKernel(c *fn.Call) {
	size := c.Args[1].Int(0)
	out := c.Out.Ints[:c.N]
	for i := range out {
		out[i] = windowEnd(c.Args[0].Int(i), size)
	}
	c.Out.Ints = out
}

// eachHop calls emit for the windows that hold t.
func eachHop(t, slide, size, offset int64, emit func(start int64)) {
	last := windowStart(t, slide, offset)
	if isInfinite(last) {
		emit(last)
		return
	}
	first := last
	for first-slide > t-size && first-slide >= datetime.TimestampMin {
		first -= slide
	}
	for start := first; start <= last; start += slide {
		if t-start < size {
			emit(start)
		}
	}
}

func hopTable(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
	eachHop(args[0].I, args[1].I, args[2].I, args[3].I, func(start int64) { emit(row.IntDatum(start)) })
	return nil
}

func hopSpread(c *fn.Call, out []row.Column, rows []int32) []int32 {
	slide, size, offset := c.Args[1].Int(0), c.Args[2].Int(0), c.Args[3].Int(0)
	for i := range c.N {
		if c.Null(i) {
			continue
		}
		eachHop(c.Args[0].Int(i), slide, size, offset, func(start int64) {
			out[0].Ints = append(out[0].Ints, start)
			rows = append(rows, int32(i))
		})
	}
	return rows
}
