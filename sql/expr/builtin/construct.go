package builtin

import (
	"fmt"
	"math"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// makeFuncs put dates, times and intervals together from numbers.
func makeFuncs(r *fn.Registry) {
	r.Func("make_date(int4, int4, int4) date", fn.F3(func(_ *fn.Call, y, m, d int64) (int64, error) { return makeDate(y, m, d, true) }))
	r.Func("make_time(int4, int4, float8) time", fn.F3(func(_ *fn.Call, h, m int64, s float64) (int64, error) { return makeTime(h, m, s) }))
	stamp := func(c *fn.Call, i int) (int64, error) {
		d, err := makeDate(c.Args[0].Int(i), c.Args[1].Int(i), c.Args[2].Int(i), false)
		if err != nil {
			return 0, err
		}
		t, err := makeTime(c.Args[3].Int(i), c.Args[4].Int(i), c.Args[5].Float(i))
		if err != nil {
			return 0, err
		}
		return checkTimestamp(d*datetime.Day + t)
	}
	r.Func("make_timestamp(int4, int4, int4, int4, int4, float8) timestamp", fn.Rows(func(c *fn.Call, i int) error {
		t, err := stamp(c, i)
		if err == nil {
			c.Out.AppendInt(t)
		}
		return err
	}))
	zoned := fn.Rows(func(c *fn.Call, i int) error {
		t, err := stamp(c, i)
		if err != nil {
			return err
		}
		zone := c.Location()
		if len(c.Args) > 6 {
			name := string(c.Args[6].Bytes(i))
			if east, ok := datetime.ParseOffset(name); ok { // to AT TIME ZONE the sign means the west
				zone = time.FixedZone("", east)
			} else if zone, err = datetime.LoadZone(name); err != nil {
				return err
			}
		}
		if t, err = checkTimestamp(datetime.FromLocal(t, zone)); err == nil {
			c.Out.AppendInt(t)
		}
		return err
	})
	r.Func("make_timestamptz(int4, int4, int4, int4, int4, float8) timestamptz", zoned, fn.IsStable)
	r.Func("make_timestamptz(int4, int4, int4, int4, int4, float8, text) timestamptz", zoned, fn.IsStable)
	for n := 0; n <= 7; n++ {
		r.Func("make_interval("+intervalParams[:intervalLens[n]]+") interval", fn.Rows(makeInterval))
	}
	r.Func("to_timestamp(float8) timestamptz", fn.F1(func(_ *fn.Call, v float64) (int64, error) {
		switch {
		case v != v:
			return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp cannot be NaN")
		case math.IsInf(v, 1):
			return datetime.TimestampPosInf, nil
		case math.IsInf(v, -1):
			return datetime.TimestampNegInf, nil
		}
		us := math.RoundToEven(v*1e6) + float64(datetime.UnixEpochMicro)
		if us < float64(datetime.TimestampMin) || us >= float64(datetime.TimestampEnd) {
			return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "timestamp out of range: \"%.6g\"", v)
		}
		return int64(math.RoundToEven(v*1e6)) + datetime.UnixEpochMicro, nil
	}))
}

// The parameters of make_interval: all but the leading ones may be left out.
const intervalParams = "int4, int4, int4, int4, int4, int4, float8"

var intervalLens = [...]int{0, 4, 10, 16, 22, 28, 34, len(intervalParams)}

// makeDate puts a date together. PostgreSQL's make_date shows a year before Christ as
// it counts them, its make_timestamp as it was given.
func makeDate(y, m, d int64, counted bool) (int64, error) {
	year := y
	if y < 0 {
		year++ // there is no year 0: -1 is 1 BC
	}
	if y == 0 || y == math.MinInt32 || m < 1 || m > 12 || d < 1 || d > int64(datetime.MonthDays(year, int(m))) {
		if counted && y != math.MinInt32 {
			y = year
		}
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", y, m, d)
	}
	if year < -4713 || year > 5874897 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", y, m, d)
	}
	days, err := checkDate(datetime.Days(year, m, d))
	if err != nil {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", y, m, d)
	}
	return days, nil
}

func makeTime(h, m int64, s float64) (int64, error) {
	us := math.RoundToEven(s * 1e6)
	if h < 0 || h > 24 || m < 0 || m > 59 || !(s >= 0 && s <= 60) || h == 24 && (m > 0 || s > 0) {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%s", h, m, secondsText(s))
	}
	return h*datetime.Hour + m*datetime.Minute + int64(us), nil
}

// secondsText is a number of seconds as C's %02g prints it.
func secondsText(s float64) string {
	if math.IsInf(s, 0) {
		return map[bool]string{true: "Infinity", false: "-Infinity"}[s > 0]
	}
	return fmt.Sprintf("%02.6g", s)
}

func makeInterval(c *fn.Call, i int) error {
	var n [6]int64
	for k := range n {
		if k < len(c.Args) {
			n[k] = c.Args[k].Int(i)
		}
	}
	seconds := 0.0
	if len(c.Args) > 6 {
		seconds = c.Args[6].Float(i)
	}
	months, days := n[0]*12+n[1], n[2]*7+n[3]
	us := float64(n[4])*3600e6 + float64(n[5])*60e6 + math.RoundToEven(seconds*1e6)
	if months != int64(int32(months)) || days != int64(int32(days)) || !(math.Abs(us) < 0x1p63) {
		return fn.IntervalOutOfRange()
	}
	v := interval{
		Months: int32(months), Days: int32(days),
		Micros: n[4]*datetime.Hour + n[5]*datetime.Minute + int64(math.RoundToEven(seconds*1e6)),
	}
	c.Out.Data = v.Append(c.Out.Data)
	c.Out.EndBytes()
	return nil
}
