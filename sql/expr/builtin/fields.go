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

func unitError(name, typ string, known bool) error {
	if known {
		return pgerr.New(pgerr.FeatureNotSupported, "unit \"%s\" not supported for type %s", name, typ)
	}
	return pgerr.New(pgerr.InvalidParameterValue, "unit \"%s\" not recognized for type %s", strings.ToLower(name), typ)
}

// unitOf looks a name up once for the call's place.
func unitOf(c *fn.Call, name []byte, typ string) (unit, error) {
	return fn.Cached(c, name, func(key string) (unit, error) {
		u := unitNames[strings.ToLower(key)]
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

// partFuncs declares extract and date_part.
func partFuncs(r *fn.Registry) {
	for _, t := range []struct {
		typ   string
		value partValue
	}{
		{"timestamp", func(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
			return partOf(u, a.Int(i), 0, false)
		}},
		{"timestamptz", func(c *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
			t := a.Int(i)
			return partOf(u, toLocal(c, t), toLocal(c, t)-t, true)
		}},
		{"date", partOfDate}, {"time", partOfTime}, {"interval", partOfInterval},
	} {
		stable := fn.Property(func(*fn.Function) {})
		if t.typ == "timestamptz" {
			stable = fn.IsStable
		}
		full := fn.TypeName(parse(t.typ))
		part := partKernel(full, t.value)
		slow := fn.Rows(func(c *fn.Call, i int) error {
			d, err := part(c, i)
			if err != nil {
				return err
			}
			c.Out.Data = numeric.Append(c.Out.Data, d)
			c.Out.EndBytes()
			return nil
		})
		extract := slow
		if t.typ == "timestamp" {
			extract = func(c *fn.Call) {
				if !extractClock(c) {
					slow(c)
				}
			}
		}
		r.Func("extract(text, "+t.typ+") numeric", extract, stable)
		named := part
		if t.typ == "date" {
			named = datePartOfDate()
		}
		r.Func("date_part(text, "+t.typ+") float8", fn.Rows(func(c *fn.Call, i int) error {
			d, err := named(c, i)
			if err != nil {
				return err
			}
			f, err := d.ToFloat64()
			if err == nil {
				c.Out.AppendFloat(f)
			}
			return err
		}), stable)
	}
}

// partValue is a field of an argument; false: its type does not have the field.
type partValue func(c *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error)

// partKernel reads the field that the first argument names off the second.
func partKernel(typ string, value partValue) func(c *fn.Call, i int) (numeric.Decimal, error) {
	return func(c *fn.Call, i int) (numeric.Decimal, error) {
		u, err := unitOf(c, c.Args[0].Bytes(i), typ)
		if err != nil {
			return numeric.Zero, err
		}
		d, ok, err := value(c, u, &c.Args[1], i)
		if err == nil && !ok {
			err = unitError(string(c.Args[0].Bytes(i)), typ, true)
		}
		return d, err
	}
}

// datePartOfDate takes a date for a timestamp, which has hours, too; extract knows a
// date's own fields.
func datePartOfDate() func(c *fn.Call, i int) (numeric.Decimal, error) {
	part := partKernel("timestamp without time zone", func(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
		at, err := dateToTimestamp(a.Int(i))
		if err != nil {
			return numeric.Zero, false, err
		}
		return partOf(u, at, 0, false)
	})
	return func(c *fn.Call, i int) (numeric.Decimal, error) {
		if _, err := dateToTimestamp(c.Args[1].Int(i)); err != nil {
			return numeric.Zero, err // before the field is looked at
		}
		return part(c, i)
	}
}

// extractClock does hours and minutes of finite timestamps, which are all that a
// column usually has, without the detour over Decimal. It does all rows or none.
func extractClock(c *fn.Call) bool {
	if !c.Args[0].Const || c.Args[1].Const {
		return false
	}
	u, err := unitOf(c, c.Args[0].Bytes(0), "timestamp without time zone")
	if err != nil || u != uHour && u != uMinute {
		return false
	}
	in := c.Args[1].Col.Ints[:c.N]
	for _, t := range in {
		if infinite(t) {
			return false
		}
	}
	step, of := clockSteps[u], clockSteps[uDay]
	if u == uMinute {
		of = clockSteps[uHour]
	}
	data, offs := c.Out.Data, c.Out.Offs
	for _, t := range in {
		if t %= of; t < 0 {
			t += of
		}
		data = numeric.AppendSmall(data, t/step, 0)
		offs = append(offs, uint32(len(data)))
	}
	c.Out.Data, c.Out.Offs = data, offs
	return true
}

// clockSteps are the units that have one length.
var clockSteps = [...]int64{
	uMicros: 1, uMillis: datetime.Millisecond, uSecond: datetime.Second, uMinute: datetime.Minute, uHour: datetime.Hour, uDay: datetime.Day,
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

func clockPart(u unit, micros int64) (numeric.Decimal, bool, error) {
	switch u {
	case uMicros:
		return whole64(micros % datetime.Minute)
	case uMillis:
		return numeric.New(micros%datetime.Minute, 3), true, nil
	case uSecond:
		return numeric.New(micros%datetime.Minute, 6), true, nil
	case uMinute:
		return whole64(micros / datetime.Minute % 60)
	case uHour:
		return whole64(micros / datetime.Hour)
	}
	return numeric.Zero, false, nil
}

// partOf takes a field from a wall clock t that is offset microseconds ahead of UTC.
func partOf(u unit, t, offset int64, zoned bool) (numeric.Decimal, bool, error) {
	if infinite(t) {
		return infinitePart(u, t > 0)
	}
	days, micros := datetime.Split(t)
	if u >= uMicros && u <= uHour {
		return clockPart(u, micros)
	}
	switch u {
	case uEpoch:
		return numeric.New(t-offset-datetime.UnixEpochMicro, 6), true, nil
	case uJulian:
		d, err := numeric.FromInt64(micros).Div(numeric.FromInt64(datetime.Day))
		if err != nil {
			return d, true, err
		}
		d, err = numeric.FromInt64(days + 2451545).Add(d)
		return d, true, err
	}
	if zoned && u >= uZone {
		switch seconds := offset / datetime.Second; u {
		case uZone:
			return whole64(seconds)
		case uZoneHour:
			return whole64(seconds / 3600)
		default:
			return whole64(seconds / 60 % 60)
		}
	}
	return datePart(u, days)
}

func datePart(u unit, days int64) (numeric.Decimal, bool, error) {
	y, m, d := datetime.Civil(days)
	switch u {
	case uDay:
		return whole64(int64(d))
	case uMonth:
		return whole64(int64(m))
	case uQuarter:
		return whole64(int64((m-1)/3 + 1))
	case uWeek:
		_, w := isoWeek(days)
		return whole64(w)
	case uIsoyear:
		iso, _ := isoWeek(days)
		return whole64(era(iso))
	case uYear:
		return whole64(era(y))
	case uDecade:
		return whole64(floorDiv64(y, 10))
	case uCentury:
		return whole64(century(y, 100))
	case uMillennium:
		return whole64(century(y, 1000))
	case uDow:
		return whole64((weekday(days) + 1) % 7)
	case uIsodow:
		return whole64(weekday(days) + 1)
	case uDoy:
		return whole64(days - datetime.Days(y, 1, 1) + 1)
	case uJulian:
		return whole64(days + 2451545)
	case uEpoch:
		return whole64(days*86400 - datetime.UnixEpochMicro/datetime.Second)
	}
	return numeric.Zero, false, nil
}

// era shows years before 1 as negative: there is no year 0.
func era(y int64) int64 {
	if y <= 0 {
		return y - 1
	}
	return y
}

// infinitePart: what grows for ever is infinite, what goes round is NULL.
func infinitePart(u unit, positive bool) (numeric.Decimal, bool, error) {
	switch u {
	case uYear, uDecade, uCentury, uMillennium, uJulian, uIsoyear, uEpoch:
		if positive {
			return numeric.PosInf, true, nil
		}
		return numeric.NegInf, true, nil
	}
	return numeric.Zero, true, fn.ErrNull
}

func partOfDate(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
	d := a.Int(i)
	if u <= uHour || u >= uZone {
		return numeric.Zero, false, nil
	}
	if infiniteDate(d) {
		return infinitePart(u, d > 0)
	}
	return datePart(u, d)
}

func partOfTime(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
	if u == uEpoch {
		return numeric.New(a.Int(i), 6), true, nil
	}
	return clockPart(u, a.Int(i))
}

func partOfInterval(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
	v := datetime.DecodeInterval(a.Bytes(i))
	if u >= uMicros && u <= uHour {
		return clockPart(u, v.Micros)
	}
	years := int64(v.Months / 12)
	switch u {
	case uDay:
		return whole64(int64(v.Days))
	case uMonth:
		return whole64(int64(v.Months % 12))
	case uQuarter:
		return whole64(int64(v.Months%12/3 + 1))
	case uYear:
		return whole64(years)
	case uDecade:
		return whole64(years / 10)
	case uCentury:
		return whole64(years / 100)
	case uMillennium:
		return whole64(years / 1000)
	case uEpoch:
		// A year is 365.25 days here, and the months left over have 30.
		seconds := years*31557600 + int64(v.Months%12)*2592000 + int64(v.Days)*86400
		d, err := numeric.FromInt64(seconds).Add(numeric.New(v.Micros, 6))
		return d, true, err
	}
	return numeric.Zero, false, nil
}
