package builtin

import (
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// appendInterval and what follows make kernels of functions on intervals.
func appendInterval(dst []byte, v interval, err error) ([]byte, error) {
	if err != nil {
		return dst, err
	}
	return v.Append(dst), nil
}

func spanOfTimes(f func(a, b int64) (interval, error)) fn.Kernel {
	return fn.B2(func(_ *fn.Call, dst []byte, a, b int64) ([]byte, error) {
		v, err := f(a, b)
		return appendInterval(dst, v, err)
	})
}

func span1(f func(interval) (interval, error)) fn.Kernel {
	return fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		v, err := f(datetime.DecodeInterval(a))
		return appendInterval(dst, v, err)
	})
}

func span2(f func(a, b interval) (interval, error)) fn.Kernel {
	return fn.B2(func(_ *fn.Call, dst, a, b []byte) ([]byte, error) {
		v, err := f(datetime.DecodeInterval(a), datetime.DecodeInterval(b))
		return appendInterval(dst, v, err)
	})
}

// shifted declares + and - of an interval, in both orders for +.
func shifted(r *fn.Registry, typ, result string, add func(c *fn.Call, t int64, v interval) (int64, error), props ...fn.Property) {
	r.Op("+("+typ+", interval) "+result, fn.F2(func(c *fn.Call, t int64, v []byte) (int64, error) {
		return add(c, t, datetime.DecodeInterval(v))
	}), props...)
	r.Op("+(interval, "+typ+") "+result, fn.F2(func(c *fn.Call, v []byte, t int64) (int64, error) {
		return add(c, t, datetime.DecodeInterval(v))
	}), props...)
	r.Op("-("+typ+", interval) "+result, fn.F2(func(c *fn.Call, t int64, v []byte) (int64, error) {
		n := datetime.DecodeInterval(v)
		return add(c, t, interval{Months: -n.Months, Days: -n.Days, Micros: -n.Micros}) // the least numbers stay, as PostgreSQL's do
	}), props...)
}

// addTime moves a time of day by an interval's time, around midnight.
func addTime(t int64, by interval) int64 {
	t = (t + by.Micros) % datetime.Day // it may overflow, as in PostgreSQL
	if t < 0 {
		t += datetime.Day
	}
	return t
}

func temporalOps(r *fn.Registry) {
	shifted(r, "timestamp", "timestamp", func(_ *fn.Call, t int64, v interval) (int64, error) { return addInterval(t, v) })
	shifted(r, "timestamptz", "timestamptz", addZoned, fn.IsStable)
	shifted(r, "date", "timestamp", func(_ *fn.Call, d int64, v interval) (int64, error) {
		t, err := dateToTimestamp(d)
		if err != nil {
			return 0, err
		}
		return addInterval(t, v)
	})
	shifted(r, "time", "time", func(_ *fn.Call, t int64, v interval) (int64, error) { return addTime(t, v), nil })
	addDays := func(d, n int64) (int64, error) {
		if infiniteDate(d) {
			return d, nil
		}
		return checkDate(d + n)
	}
	r.Op("+(date, int4) date", fn.F2(func(_ *fn.Call, d, n int64) (int64, error) { return addDays(d, n) }))
	r.Op("+(int4, date) date", fn.F2(func(_ *fn.Call, n, d int64) (int64, error) { return addDays(d, n) }))
	r.Op("-(date, int4) date", fn.F2(func(_ *fn.Call, d, n int64) (int64, error) { return addDays(d, -n) }))
	r.Op("-(date, date) int4", fn.F2(func(_ *fn.Call, a, b int64) (int64, error) {
		if infiniteDate(a) || infiniteDate(b) {
			return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite dates")
		}
		return a - b, nil
	}))
	dateTime := func(d, t int64) (int64, error) {
		ts, err := dateToTimestamp(d)
		if err != nil || infinite(ts) {
			return ts, err
		}
		return checkTimestamp(ts + t)
	}
	r.Op("+(date, time) timestamp", fn.F2(func(_ *fn.Call, d, t int64) (int64, error) { return dateTime(d, t) }))
	r.Op("+(time, date) timestamp", fn.F2(func(_ *fn.Call, t, d int64) (int64, error) { return dateTime(d, t) }))
	r.Op("-(timestamp, timestamp) interval", spanOfTimes(between))
	r.Op("-(timestamptz, timestamptz) interval", spanOfTimes(between))
	r.Op("-(time, time) interval", spanOfTimes(func(a, b int64) (interval, error) { return interval{Micros: a - b}, nil }), fn.NoError)
	r.Op("+(interval, interval) interval", span2(addIntervals))
	r.Op("-(interval, interval) interval", span2(subIntervals))
	r.Op("-(interval) interval", span1(negated))
	r.Op("*(interval, float8) interval", fn.B2(func(_ *fn.Call, dst, v []byte, f float64) ([]byte, error) { return appendScaled(dst, v, f) }))
	r.Op("*(float8, interval) interval", fn.B2(func(_ *fn.Call, dst []byte, f float64, v []byte) ([]byte, error) { return appendScaled(dst, v, f) }))
	r.Op("/(interval, float8) interval", fn.B2(func(_ *fn.Call, dst, v []byte, f float64) ([]byte, error) {
		if f == 0 {
			return dst, divisionByZero()
		}
		s, err := fn.ScaleInterval(datetime.DecodeInterval(v), func(x float64) float64 { return x / f })
		return appendInterval(dst, s, err)
	}))
}

func appendScaled(dst, v []byte, f float64) ([]byte, error) {
	s, err := fn.ScaleInterval(datetime.DecodeInterval(v), func(x float64) float64 { return x * f })
	return appendInterval(dst, s, err)
}

// clockFuncs answer from the context's clock: all of a statement's calls agree.
func clockFuncs(r *fn.Registry) {
	now := fn.F0(func(c *fn.Call) (int64, error) { return c.Ctx.Clock(), nil })
	local := fn.F0(func(c *fn.Call) (int64, error) { return toLocal(c, c.Ctx.Clock()), nil })
	for _, name := range []string{"now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "current_timestamp"} {
		r.Func(name+"() timestamptz", now, fn.IsStable, fn.NoError, fn.ReadsClock)
	}
	r.Func("timeofday() text", fn.Append(func(c *fn.Call, _ int, dst []byte) ([]byte, error) {
		t := time.UnixMicro(c.Ctx.Clock() - datetime.UnixEpochMicro).In(c.Location())
		return t.AppendFormat(dst, "Mon Jan 02 15:04:05.000000 2006 MST"), nil
	}), fn.IsVolatile, fn.NoError, fn.ReadsClock)
	r.Func("localtimestamp() timestamp", local, fn.IsStable, fn.NoError, fn.ReadsClock)
	r.Func("current_date() date", fn.F0(func(c *fn.Call) (int64, error) {
		return timestampToDate(toLocal(c, c.Ctx.Clock())), nil
	}), fn.IsStable, fn.NoError, fn.ReadsClock)
	r.Func("localtime() time", fn.F0(func(c *fn.Call) (int64, error) {
		_, t := datetime.Split(toLocal(c, c.Ctx.Clock()))
		return t, nil
	}), fn.IsStable, fn.NoError, fn.ReadsClock)
	precise := func(value func(c *fn.Call) int64) fn.Kernel {
		return fn.F1(func(c *fn.Call, p int64) (int64, error) {
			return datetime.RoundMicros(value(c), int(min(max(p, 0), 6))), nil
		})
	}
	r.Func("current_timestamp(int4) timestamptz", precise(func(c *fn.Call) int64 { return c.Ctx.Clock() }), fn.IsStable, fn.NoError, fn.ReadsClock)
	r.Func("localtimestamp(int4) timestamp", precise(func(c *fn.Call) int64 { return toLocal(c, c.Ctx.Clock()) }), fn.IsStable, fn.NoError, fn.ReadsClock)
	r.Func("localtime(int4) time", precise(func(c *fn.Call) int64 {
		_, t := datetime.Split(toLocal(c, c.Ctx.Clock()))
		return t
	}), fn.IsStable, fn.NoError, fn.ReadsClock)
}

func calendarFuncs(r *fn.Registry) {
	r.Func("age(timestamp, timestamp) interval", spanOfTimes(age))
	r.Func("age(timestamptz, timestamptz) interval", fn.B2(func(c *fn.Call, dst []byte, a, b int64) ([]byte, error) {
		v, err := age(toLocal(c, a), toLocal(c, b))
		return appendInterval(dst, v, err)
	}), fn.IsStable)
	today := func(c *fn.Call) int64 {
		d, _ := datetime.Split(toLocal(c, c.Ctx.Clock()))
		return d * datetime.Day
	}
	r.Func("age(timestamp) interval", fn.B1(func(c *fn.Call, dst []byte, t int64) ([]byte, error) {
		v, err := age(today(c), t)
		return appendInterval(dst, v, err)
	}), fn.IsStable, fn.ReadsClock)
	r.Func("age(timestamptz) interval", fn.B1(func(c *fn.Call, dst []byte, t int64) ([]byte, error) {
		v, err := age(today(c), toLocal(c, t))
		return appendInterval(dst, v, err)
	}), fn.IsStable, fn.ReadsClock)
	r.Func("justify_hours(interval) interval", span1(justifyHours))
	r.Func("justify_days(interval) interval", span1(justifyDays))
	r.Func("justify_interval(interval) interval", span1(justifyInterval))
	for _, t := range []string{"timestamp", "timestamptz"} {
		r.Func("date_bin(interval, "+t+", "+t+") "+t, fn.F3(func(_ *fn.Call, v []byte, ts, origin int64) (int64, error) {
			return bin(datetime.DecodeInterval(v), ts, origin)
		}))
		r.Func("isfinite("+t+") bool", fn.F1(func(_ *fn.Call, t int64) (bool, error) { return !infinite(t), nil }), fn.NoError)
	}
	r.Func("isfinite(date) bool", fn.F1(func(_ *fn.Call, d int64) (bool, error) { return !infiniteDate(d), nil }), fn.NoError)
	r.Func("isfinite(interval) bool", fn.F1(func(_ *fn.Call, _ []byte) (bool, error) { return true, nil }), fn.NoError)
	overlapFuncs(r)
	zoneFuncs(r)
}

// zoneFuncs is AT TIME ZONE: timezone(zone, t).
func zoneFuncs(r *fn.Registry) {
	r.Func("timezone(text, timestamptz) timestamp", fn.F2(func(c *fn.Call, zone []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil // whatever the zone is
		}
		z, err := fn.Cached(c, zone, datetime.LoadZone)
		if err != nil {
			return 0, err
		}
		return checkTimestamp(t + int64(datetime.Offset(t, z))*datetime.Second)
	}))
	r.Func("timezone(text, timestamp) timestamptz", fn.F2(func(c *fn.Call, zone []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil
		}
		z, err := fn.Cached(c, zone, datetime.LoadZone)
		if err != nil {
			return 0, err
		}
		return checkTimestamp(datetime.FromLocal(t, z))
	}))
	r.Func("timezone(interval, timestamptz) timestamp", fn.F2(func(_ *fn.Call, zone []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil
		}
		o, err := zoneOffset(zone, -1)
		if err != nil {
			return 0, err
		}
		return checkTimestamp(t + o)
	}))
	r.Func("timezone(interval, timestamp) timestamptz", fn.F2(func(_ *fn.Call, zone []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil
		}
		o, err := zoneOffset(zone, 1)
		if err != nil {
			return 0, err
		}
		return checkTimestamp(t - o)
	}))
}

// zoneOffset is how far the zone is in the east that an interval gives. PostgreSQL's
// offsets are seconds of 32 bits, and positive to the west (sign -1) in the one direction and to the
// east in the other.
func zoneOffset(zone []byte, sign int64) (int64, error) {
	v := datetime.DecodeInterval(zone)
	if v.Months != 0 || v.Days != 0 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "interval time zone \"%s\" must not include months or days", v.AppendText(nil))
	}
	return sign * int64(int32(sign*(v.Micros/datetime.Second))) * datetime.Second, nil
}

func temporalCasts(r *fn.Registry) {
	clock := func(t int64) (int64, error) {
		if infinite(t) {
			return 0, fn.ErrNull
		}
		_, micros := datetime.Split(t)
		return micros, nil
	}
	r.Cast("date -> timestamp", fn.Implicit, fn.F1(func(_ *fn.Call, d int64) (int64, error) { return dateToTimestamp(d) }))
	r.Cast("date -> timestamptz", fn.Implicit, fn.F1(func(c *fn.Call, d int64) (int64, error) {
		t, err := dateToTimestamp(d)
		if err != nil {
			return 0, err
		}
		return fromLocal(c, t)
	}), fn.IsStable)
	r.Cast("timestamp -> timestamptz", fn.Implicit, fn.F1(fromLocal), fn.IsStable)
	r.Cast("timestamp -> date", fn.Assignment, fn.F1(func(_ *fn.Call, t int64) (int64, error) { return timestampToDate(t), nil }), fn.NoError)
	r.Cast("timestamp -> time", fn.Assignment, fn.F1(func(_ *fn.Call, t int64) (int64, error) { return clock(t) }), fn.NoError)
	r.Cast("timestamptz -> timestamp", fn.Assignment, fn.F1(func(c *fn.Call, t int64) (int64, error) { return toLocal(c, t), nil }), fn.IsStable, fn.NoError)
	r.Cast("timestamptz -> date", fn.Assignment, fn.F1(func(c *fn.Call, t int64) (int64, error) { return timestampToDate(toLocal(c, t)), nil }), fn.IsStable, fn.NoError)
	r.Cast("timestamptz -> time", fn.Assignment, fn.F1(func(c *fn.Call, t int64) (int64, error) { return clock(toLocal(c, t)) }), fn.IsStable, fn.NoError)
	r.Cast("time -> interval", fn.Implicit, fn.B1(func(_ *fn.Call, dst []byte, t int64) ([]byte, error) {
		return interval{Micros: t}.Append(dst), nil
	}), fn.NoError)
	r.Cast("interval -> time", fn.Assignment, fn.F1(func(_ *fn.Call, v []byte) (int64, error) {
		t := datetime.DecodeInterval(v).Micros % datetime.Day
		if t < 0 {
			t += datetime.Day
		}
		return t, nil
	}), fn.NoError)
}
