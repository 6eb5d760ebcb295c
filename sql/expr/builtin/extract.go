package builtin

import (
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/sql/expr/fn"
	"math"
)

// extract and date_part: a field of a point in time or an interval as a number.

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
		{"date", partOfDate}, {"time", partOfTime}, {"timetz", partOfTimetz}, {"interval", partOfInterval},
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
		d, err := sinceEpoch(t - offset)
		return d, true, err
	case uJulian:
		d, err := numeric.FromInt64(micros).Div(numeric.FromInt64(datetime.Day))
		if err != nil {
			return d, true, err
		}
		d, err = numeric.FromInt64(days + 2451545).Add(d)
		return d, true, err
	}
	if zoned && u >= uZone {
		return zonePart(u, offset/datetime.Second)
	}
	return datePart(u, days)
}

// zonePart is a field of a zone so many seconds east of UTC.
func zonePart(u unit, seconds int64) (numeric.Decimal, bool, error) {
	switch u {
	case uZone:
		return whole64(seconds)
	case uZoneHour:
		return whole64(seconds / 3600)
	}
	return whole64(seconds / 60 % 60)
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

// sinceEpoch is a timestamp in seconds since 1970. PostgreSQL divides numerics where 64
// bits do not do, and so it rounds the last days of its timestamps.
func sinceEpoch(t int64) (numeric.Decimal, error) {
	if t < math.MaxInt64+datetime.UnixEpochMicro {
		return numeric.New(t-datetime.UnixEpochMicro, 6), nil
	}
	d, err := numeric.FromInt64(t).Sub(numeric.FromInt64(datetime.UnixEpochMicro))
	if err == nil {
		d, err = d.Div(numeric.FromInt64(datetime.Second))
	}
	return d.Round(6), err
}

func partOfTime(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
	if u == uEpoch {
		return numeric.New(a.Int(i), 6), true, nil
	}
	return clockPart(u, a.Int(i))
}

func partOfTimetz(_ *fn.Call, u unit, a *fn.Arg, i int) (numeric.Decimal, bool, error) {
	t := datetime.TimetzOf(a.Int(i))
	switch u {
	case uEpoch:
		return numeric.New(t.Micros+int64(t.West)*datetime.Second, 6), true, nil
	case uZone, uZoneHour, uZoneMinute:
		return zonePart(u, -int64(t.West))
	}
	return clockPart(u, t.Micros)
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
