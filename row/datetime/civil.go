package datetime

import "math"

// The values that are not points in time.
const (
	DateNegInf      = math.MinInt32
	DatePosInf      = math.MaxInt32
	TimestampNegInf = math.MinInt64
	TimestampPosInf = math.MaxInt64
)

// PostgreSQL's limits: days and microseconds from 2000-01-01. Timestamps begin
// with the Julian day 0 (4714-11-24 BC) and end before 294277-01-01.
const (
	DateMin        int64 = -2451545
	DateEnd        int64 = 2145031949                  // 5874898-01-01
	TimestampMin   int64 = -211813488000000000         // DateMin in microseconds
	TimestampEnd   int64 = 9223371331200000000         // 294277-01-01
	unixEpochDays  int64 = -10957                      // 1970-01-01
	UnixEpochMicro int64 = unixEpochDays * 86400000000 // 1970-01-01 in microseconds
)

// Days is the day number, from 2000-01-01, of a date of the proleptic Gregorian
// calendar; year 0 is 1 BC. Months past 12 and days past the month's end carry.
func Days(year, month, day int64) int64 {
	year += floorDiv(month-1, 12)
	month = floorMod(month-1, 12) + 1
	// Count from 1 March, so that the leap day is a year's last.
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + floorDiv(year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + (153*(month-3)+2)/5 + day - 1 - 730425
}

// Civil is the date of a day number.
func Civil(days int64) (year int64, month, day int) {
	z := days + 730425
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	m := (5*doy + 2) / 153
	day = int(doy - (153*m+2)/5 + 1)
	month = int(m) + 3
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}

// MonthDays is the length of a month.
func MonthDays(year int64, month int) int {
	switch month {
	case 2:
		if IsLeap(year) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// IsLeap reports a leap year.
func IsLeap(year int64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// Split is a timestamp's day number and the microseconds of its day.
func Split(ts int64) (days, micros int64) {
	days = floorDiv(ts, Day)
	return days, ts - days*Day
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
