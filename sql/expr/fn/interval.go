package fn

import (
	"math"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// ScaleInterval applies a multiplication or division to each part of an
// interval and spreads what whole months and days leave over to the smaller
// parts, with months of 30 days and days of 24 hours, as PostgreSQL does.
func ScaleInterval(v datetime.Interval, scale func(float64) float64) (datetime.Interval, error) {
	months, days := scale(float64(v.Months)), scale(float64(v.Days))
	if !fitsInt32(months) || !fitsInt32(days) {
		return v, IntervalOutOfRange()
	}
	rest := roundMicro((months - math.Trunc(months)) * 30)
	seconds := roundMicro((days - math.Trunc(days) + rest - math.Trunc(rest)) * 86400)
	whole := math.Trunc(days) + math.Trunc(rest)
	if math.Abs(seconds) >= 86400 {
		extra := math.Trunc(seconds / 86400)
		whole += extra
		seconds -= extra * 86400
	}
	micros := math.RoundToEven(scale(float64(v.Micros)) + seconds*1e6)
	if !fitsInt32(whole) || !(micros >= -0x1p63 && micros < 0x1p63) {
		return v, IntervalOutOfRange()
	}
	return datetime.Interval{Months: int32(months), Days: int32(whole), Micros: int64(micros)}, nil
}

// IntervalOutOfRange is the error of an interval that does not fit.
func IntervalOutOfRange() error {
	return pgerr.New(pgerr.DatetimeFieldOverflow, "interval out of range")
}

func fitsInt32(v float64) bool { return v >= math.MinInt32 && v <= math.MaxInt32 }

func roundMicro(v float64) float64 { return math.RoundToEven(v*1e6) / 1e6 }
