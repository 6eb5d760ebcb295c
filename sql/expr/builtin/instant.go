package builtin

import (
	"math"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

type interval = datetime.Interval

func timestampRange() error { return pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range") }
func dateRange() error      { return pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range") }

func infinite(ts int64) bool {
	return ts == datetime.TimestampPosInf || ts == datetime.TimestampNegInf
}

func checkTimestamp(ts int64) (int64, error) {
	if ts < datetime.TimestampMin || ts >= datetime.TimestampEnd {
		return 0, timestampRange()
	}
	return ts, nil
}

func infiniteDate(d int64) bool { return d == datetime.DatePosInf || d == datetime.DateNegInf }

func checkDate(d int64) (int64, error) {
	if d < datetime.DateMin || d >= datetime.DateEnd {
		return 0, dateRange()
	}
	return d, nil
}

// dateToTimestamp is a date's midnight.
func dateToTimestamp(d int64) (int64, error) {
	switch {
	case d == datetime.DatePosInf:
		return datetime.TimestampPosInf, nil
	case d == datetime.DateNegInf:
		return datetime.TimestampNegInf, nil
	case d >= datetime.TimestampEnd/datetime.Day:
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range for timestamp")
	}
	return d * datetime.Day, nil
}

func timestampToDate(ts int64) int64 {
	switch ts {
	case datetime.TimestampPosInf:
		return datetime.DatePosInf
	case datetime.TimestampNegInf:
		return datetime.DateNegInf
	}
	d, _ := datetime.Split(ts)
	return d
}

// toLocal and fromLocal convert between an instant and the session's wall clock.
func toLocal(c *fn.Call, ts int64) int64 {
	zone := c.Location()
	if infinite(ts) || zone == time.UTC {
		return ts
	}
	return ts + int64(datetime.Offset(ts, zone))*datetime.Second
}

func fromLocal(c *fn.Call, ts int64) (int64, error) {
	zone := c.Location()
	if infinite(ts) || zone == time.UTC {
		return ts, nil
	}
	return checkTimestamp(datetime.FromLocal(ts, zone))
}

// addMonths moves the date and keeps the day where the month has it.
func addMonths(days int64, months int32) int64 {
	if months == 0 {
		return days
	}
	y, m, d := datetime.Civil(days)
	total := int64(m) - 1 + int64(months)
	y += floorDiv64(total, 12)
	m = int(total-floorDiv64(total, 12)*12) + 1
	return datetime.Days(y, int64(m), int64(min(d, datetime.MonthDays(y, m))))
}

func floorDiv64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// addInterval adds months, then days, then microseconds to a wall clock.
func addInterval(ts int64, v interval) (int64, error) {
	if infinite(ts) {
		return ts, nil
	}
	days, micros := datetime.Split(ts)
	days = addMonths(days, v.Months) + int64(v.Days)
	if days < datetime.DateMin || days >= datetime.TimestampEnd/datetime.Day+1 {
		return 0, timestampRange()
	}
	base := days*datetime.Day + micros
	sum := base + v.Micros
	if (sum > base) != (v.Micros > 0) && v.Micros != 0 {
		return 0, timestampRange()
	}
	return checkTimestamp(sum)
}

// addZoned moves months and days on the session's wall clock and microseconds in
// real time, so that a day across a change of the clocks is not 24 hours.
func addZoned(c *fn.Call, ts int64, v interval) (int64, error) {
	if infinite(ts) {
		return ts, nil
	}
	if v.Months != 0 || v.Days != 0 {
		local, err := addInterval(toLocal(c, ts), interval{Months: v.Months, Days: v.Days})
		if err != nil {
			return 0, err
		}
		if ts, err = fromLocal(c, local); err != nil {
			return 0, err
		}
	}
	return addInterval(ts, interval{Micros: v.Micros})
}

func negated(v interval) (interval, error) {
	if v.Months == math.MinInt32 || v.Days == math.MinInt32 || v.Micros == math.MinInt64 {
		return v, fn.IntervalOutOfRange()
	}
	return interval{Months: -v.Months, Days: -v.Days, Micros: -v.Micros}, nil
}

func addIntervals(a, b interval) (interval, error) {
	m, d, t := int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days), a.Micros+b.Micros
	if m != int64(int32(m)) || d != int64(int32(d)) || (a.Micros^t)&(b.Micros^t) < 0 {
		return a, fn.IntervalOutOfRange()
	}
	return interval{Months: int32(m), Days: int32(d), Micros: t}, nil
}

func subIntervals(a, b interval) (interval, error) {
	m, d, t := int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days), a.Micros-b.Micros
	if m != int64(int32(m)) || d != int64(int32(d)) || (a.Micros^b.Micros)&(a.Micros^t) < 0 {
		return a, fn.IntervalOutOfRange()
	}
	return interval{Months: int32(m), Days: int32(d), Micros: t}, nil
}

// between is the difference of two timestamps in days and time.
func between(a, b int64) (interval, error) {
	if infinite(a) || infinite(b) {
		return interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	d := a - b
	if (a^b)&(a^d) < 0 {
		return interval{}, fn.IntervalOutOfRange()
	}
	return interval{Days: int32(d / datetime.Day), Micros: d % datetime.Day}, nil
}

// age is the difference in years, months and days of the calendar.
func age(a, b int64) (interval, error) {
	if infinite(a) || infinite(b) {
		return interval{}, pgerr.New(pgerr.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	sign := int64(1)
	late, early := a, b
	if a < b {
		sign, late, early = -1, b, a
	}
	ld, lt := datetime.Split(late)
	ed, et := datetime.Split(early)
	ly, lm, lday := datetime.Civil(ld)
	ey, em, eday := datetime.Civil(ed)
	micros, days, months := lt-et, int64(lday-eday), (ly-ey)*12+int64(lm-em)
	if micros < 0 {
		micros += datetime.Day
		days--
	}
	for days < 0 {
		// PostgreSQL borrows the length of the month of the second argument if
		// that is the earlier one, else of the first's.
		days += int64(datetime.MonthDays(ey, em))
		months--
	}
	return interval{Months: int32(sign * months), Days: int32(sign * days), Micros: sign * micros}, nil
}

func justifyHours(v interval) (interval, error) {
	days := int64(v.Days) + v.Micros/datetime.Day
	if days != int64(int32(days)) {
		return v, fn.IntervalOutOfRange()
	}
	v.Days, v.Micros = int32(days), v.Micros%datetime.Day
	if v.Days > 0 && v.Micros < 0 {
		v.Micros += datetime.Day
		v.Days--
	} else if v.Days < 0 && v.Micros > 0 {
		v.Micros -= datetime.Day
		v.Days++
	}
	return v, nil
}

func justifyDays(v interval) (interval, error) {
	months := int64(v.Months) + int64(v.Days/30)
	if months != int64(int32(months)) {
		return v, fn.IntervalOutOfRange()
	}
	v.Months, v.Days = int32(months), v.Days%30
	if v.Months > 0 && v.Days < 0 {
		v.Days += 30
		v.Months--
	} else if v.Months < 0 && v.Days > 0 {
		v.Days -= 30
		v.Months++
	}
	return v, nil
}

func justifyInterval(v interval) (interval, error) {
	days := int64(v.Days) + v.Micros/datetime.Day
	v.Micros %= datetime.Day
	months := int64(v.Months) + days/30
	days %= 30
	if months != int64(int32(months)) {
		return v, fn.IntervalOutOfRange()
	}
	if months > 0 && (days < 0 || days == 0 && v.Micros < 0) {
		days += 30
		months--
	} else if months < 0 && (days > 0 || days == 0 && v.Micros > 0) {
		days -= 30
		months++
	}
	if days > 0 && v.Micros < 0 {
		v.Micros += datetime.Day
		days--
	} else if days < 0 && v.Micros > 0 {
		v.Micros -= datetime.Day
		days++
	}
	return interval{Months: int32(months), Days: int32(days), Micros: v.Micros}, nil
}

// bin is the start of the stride, counted from origin, in which ts lies.
func bin(v interval, ts, origin int64) (int64, error) {
	switch {
	case infinite(ts):
		return ts, nil
	case infinite(origin):
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "origin out of range")
	case v.Months != 0:
		return 0, pgerr.New(pgerr.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	days := int64(v.Days) * datetime.Day
	stride, since := days+v.Micros, ts-origin
	switch {
	case days/datetime.Day != int64(v.Days), (days^stride)&(v.Micros^stride) < 0:
		return 0, fn.IntervalOutOfRange()
	case stride <= 0:
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "stride must be greater than zero")
	case (ts^origin)&(ts^since) < 0:
		return 0, fn.IntervalOutOfRange()
	}
	begin := origin + since - since%stride
	if since%stride >= 0 {
		return checkTimestamp(begin)
	}
	if begin < datetime.TimestampMin+stride {
		return 0, timestampRange()
	}
	return begin - stride, nil
}
