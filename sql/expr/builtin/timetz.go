package builtin

import (
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// timetzFuncs declares what time with time zone has of its own; its comparisons are
// those of the numbers that stand for it.
func timetzFuncs(r *fn.Registry) {
	shifted(r, "timetz", "timetz", func(_ *fn.Call, v int64, by interval) (int64, error) {
		t := datetime.TimetzOf(v)
		t.Micros = addTime(t.Micros, by)
		return t.Int(), nil
	})
	moment := func(d, v int64) (int64, error) {
		ts, err := dateToTimestamp(d)
		if err != nil || infinite(ts) {
			return ts, err
		}
		t := datetime.TimetzOf(v)
		if ts, err = checkTimestamp(ts + t.Micros + int64(t.West)*datetime.Second); err != nil {
			err = pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
		}
		return ts, err
	}
	r.Op("+(date, timetz) timestamptz", fn.F2(func(_ *fn.Call, d, t int64) (int64, error) { return moment(d, t) }))
	r.Op("+(timetz, date) timestamptz", fn.F2(func(_ *fn.Call, t, d int64) (int64, error) { return moment(d, t) }))
	r.Func("timezone(text, timetz) timetz", fn.F2(func(c *fn.Call, zone []byte, v int64) (int64, error) {
		z, err := fn.Cached(c, zone, datetime.LoadZone)
		if err != nil {
			return 0, err
		}
		return datetime.TimetzOf(v).In(-datetime.Offset(c.Ctx.Clock(), z)).Int(), nil
	}), fn.IsStable, fn.ReadsClock)
	r.Func("timezone(interval, timetz) timetz", fn.F2(func(_ *fn.Call, zone []byte, v int64) (int64, error) {
		east, err := zoneOffset(zone, -1)
		if err != nil {
			return 0, err
		}
		t := datetime.TimetzOf(v).In(-int(east / datetime.Second))
		return t.Int(), t.Check()
	}))
	r.Cast("time -> timetz", fn.Implicit, fn.F1(func(c *fn.Call, t int64) (int64, error) {
		return datetime.TimeToday(t, c.Ctx.Clock(), c.Location()).Int(), nil
	}), fn.IsStable, fn.NoError, fn.ReadsClock)
	r.Cast("timetz -> time", fn.Assignment, fn.F1(func(_ *fn.Call, v int64) (int64, error) {
		return datetime.TimetzOf(v).Micros, nil
	}), fn.NoError)
	r.Cast("timestamptz -> timetz", fn.Assignment, fn.F1(func(c *fn.Call, t int64) (int64, error) {
		if infinite(t) {
			return 0, fn.ErrNull
		}
		return datetime.LocalTimetz(t, c.Location()).Int(), nil
	}), fn.IsStable, fn.NoError)
}
