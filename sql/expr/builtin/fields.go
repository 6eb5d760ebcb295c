package builtin

import (
	"strings"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// unit is a field of a point in time or an interval.
type unit uint8

const (
	noUnit unit = iota
	uMicros
	uMillis
	uSecond
	uMinute
	uHour
	uDay
	uWeek
	uMonth
	uQuarter
	uYear
	uDecade
	uCentury
	uMillennium
	uDow
	uIsodow
	uDoy
	uIsoyear
	uJulian
	uEpoch
	uZone
	uZoneHour
	uZoneMinute
)

var unitNames = func() map[string]unit {
	m := map[string]unit{}
	for u, names := range map[unit]string{
		uMicros: "microseconds microsecon microsecond us usec usecs usecond useconds",
		uMillis: "milliseconds millisecon millisecond ms msec msecs mseconds msecond",
		uSecond: "second seconds s sec secs", uMinute: "minute minutes m min mins",
		uHour: "hour hours h hr hrs", uDay: "day days d", uWeek: "week weeks w",
		uMonth: "month months mon mons", uQuarter: "quarter qtr", uYear: "year years y yr yrs",
		uDecade: "decade decades dec decs", uCentury: "century centuries c cent",
		uMillennium: "millennium millennia mil mils", uDow: "dow", uIsodow: "isodow", uDoy: "doy",
		uIsoyear: "isoyear", uJulian: "julian jd j", uEpoch: "epoch", uZone: "timezone",
		uZoneHour: "timezone_h timezone_hour", uZoneMinute: "timezone_m timezone_minute",
	} {
		for _, n := range strings.Fields(names) {
			m[n] = u
		}
	}
	return m
}()

// lowered has the letters of ASCII in lower case, and what of them fits into a name, as
// PostgreSQL folds identifiers.
func lowered(s string) string {
	s = string(appendName(nil, []byte(s)))
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, s)
}

func unitError(name, typ string, known bool) error {
	if known {
		return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", name, typ)
	}
	return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", lowered(name), typ)
}

// unitOf looks a name up once for the call's place.
func unitOf(c *fn.Call, name []byte, typ string) (unit, error) {
	return fn.Cached(c, name, func(key string) (unit, error) {
		u := unitNames[lowered(key)]
		if u == noUnit {
			return u, unitError(key, typ, false)
		}
		return u, nil
	})
}

func fieldFuncs(r *fn.Registry) {
	const plain, withZone = "timestamp without time zone", "timestamp with time zone"
	r.Func("date_trunc(text, timestamp) timestamp", fn.F2(func(c *fn.Call, name []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil // whatever the unit is
		}
		u, err := unitOf(c, name, plain)
		if err != nil {
			return 0, err
		}
		return truncate(u, name, t, plain)
	}))
	zoned := func(c *fn.Call, name []byte, t int64) (int64, error) {
		if infinite(t) {
			return t, nil
		}
		u, err := unitOf(c, name, withZone)
		if err != nil {
			return 0, err
		}
		wall := toLocal(c, t)
		local, err := truncate(u, name, wall, withZone)
		if err != nil {
			return local, err
		}
		// Units below a day keep the offset, so that an hour that the clocks repeat stays itself.
		if u < uDay {
			return t - (wall - local), nil
		}
		return fromLocal(c, local)
	}
	r.Func("date_trunc(text, timestamptz) timestamptz", fn.F2(zoned), fn.IsStable)
	r.Func("date_trunc(text, timestamptz, text) timestamptz", fn.F3(func(c *fn.Call, name []byte, t int64, zone string) (int64, error) {
		if infinite(t) {
			return t, nil
		}
		z, err := datetime.LoadZone(zone)
		if err != nil {
			return 0, err
		}
		ctx := fn.Context{Zone: z}
		in := *c
		in.Ctx = &ctx
		return zoned(&in, name, t)
	}))
	r.Func("date_trunc(text, interval) interval", fn.B2(func(c *fn.Call, dst, name, v []byte) ([]byte, error) {
		u, err := unitOf(c, name, "interval")
		if err != nil {
			return dst, err
		}
		s, ok := truncateInterval(u, datetime.DecodeInterval(v))
		if !ok {
			err := unitError(string(name), "interval", u == uWeek || u >= uZone)
			if pe, ok := pgerr.As(err); ok && u == uWeek {
				return dst, pe.WithDetail("Months usually have fractional weeks.")
			}
			return dst, err
		}
		return s.Append(dst), nil
	}))
	partFuncs(r)
}

func truncate(u unit, name []byte, t int64, typ string) (int64, error) {
	if infinite(t) {
		return t, nil
	}
	if u <= uDay {
		step := clockSteps[u]
		return floorDiv64(t, step) * step, nil
	}
	days, _ := datetime.Split(t)
	y, m, _ := datetime.Civil(days)
	switch u {
	case uWeek:
		days -= weekday(days)
	case uMonth:
		days = datetime.Days(y, int64(m), 1)
	case uQuarter:
		days = datetime.Days(y, int64((m-1)/3*3+1), 1)
	case uYear:
		days = datetime.Days(y, 1, 1)
	case uDecade:
		days = datetime.Days(floorDiv64(y, 10)*10, 1, 1)
	case uCentury:
		days = datetime.Days(floorDiv64(y-1, 100)*100+1, 1, 1)
	case uMillennium:
		days = datetime.Days(floorDiv64(y-1, 1000)*1000+1, 1, 1)
	default:
		return 0, unitError(string(name), typ, u >= uZone)
	}
	return checkTimestamp(days * datetime.Day)
}

// weekday counts from Monday, 0. 2000-01-01 was a Saturday.
func weekday(days int64) int64 { return ((days+5)%7 + 7) % 7 }

func truncateInterval(u unit, v interval) (interval, bool) {
	trunc := func(step int64) interval {
		v.Micros -= v.Micros % step
		return v
	}
	months := func(step int32) interval { return interval{Months: v.Months - v.Months%step} }
	switch u {
	case uMicros:
		return v, true
	case uMillis:
		return trunc(datetime.Millisecond), true
	case uSecond:
		return trunc(datetime.Second), true
	case uMinute:
		return trunc(datetime.Minute), true
	case uHour:
		return trunc(datetime.Hour), true
	case uDay:
		return interval{Months: v.Months, Days: v.Days}, true
	case uMonth:
		return months(1), true
	case uQuarter:
		return months(3), true
	case uYear:
		return months(12), true
	case uDecade:
		return months(120), true
	case uCentury:
		return months(1200), true
	case uMillennium:
		return months(12000), true
	}
	return v, false
}

func whole64(v int64) (numeric.Decimal, bool, error) { return numeric.FromInt64(v), true, nil }

// century numbers centuries (or with 1000 millennia) without a year 0.
func century(y, size int64) int64 {
	if y > 0 {
		return (y + size - 1) / size
	}
	return -((size - 1 - (y - 1)) / size)
}

// isoWeek is the ISO year and week of a day.
func isoWeek(days int64) (year, week int64) {
	thursday := days - weekday(days) + 3
	y, _, _ := datetime.Civil(thursday)
	return y, (thursday-datetime.Days(y, 1, 1))/7 + 1
}
