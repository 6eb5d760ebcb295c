package datetime

import (
	"math"
	"strconv"
	"strings"
)

// datePart reads a number whose meaning follows from its width and from what is known.
func (d *decoder) datePart(s string) error {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return errRange
	}
	n := int(v)
	isYear := len(s) >= 3 || d.clock.Order == OrderYMD
	if len(s) == 3 && d.seen&hasDate == hasYear && n >= 1 && n <= 366 {
		d.yearDay = n
		return d.mark(hasDayOfYear | hasMonth | hasDay)
	}
	switch d.seen & hasDate {
	case 0:
		switch {
		case isYear:
			return d.setYear(v, len(s))
		case d.clock.Order == OrderDMY:
			return d.setDay(n)
		}
		return d.setMonth(n)
	case hasYear:
		return d.setMonth(n)
	case hasMonth:
		if d.textMonth && isYear {
			return d.setYear(v, len(s))
		}
		return d.setDay(n)
	case hasYear | hasMonth:
		if d.textMonth && len(s) >= 3 && d.shortYear {
			// What was taken for a year was the day.
			d.day, d.seen = int(d.year), d.seen|hasDay
			d.year, d.shortYear = v, false
			return nil
		}
		return d.setDay(n)
	case hasMonth | hasDay:
		return d.setYear(v, len(s))
	case hasDay:
		return d.setMonth(n)
	}
	return errFormat
}

func (d *decoder) setYear(v int64, width int) error {
	d.year, d.shortYear = v, width <= 2
	return d.mark(hasYear)
}

func (d *decoder) setMonth(v int) error {
	d.month = v
	return d.mark(hasMonth)
}

func (d *decoder) setDay(v int) error {
	d.day = v
	return d.mark(hasDay)
}

func (d *decoder) timeField(s string) error {
	if d.next != 0 && d.next != wordISOTime {
		return errFormat
	}
	d.next = 0
	v, err := clockTime(s, false)
	if err != nil {
		return err
	}
	d.micros = v
	return d.mark(hasTime)
}

// clockTime reads hh:mm[:ss[.fraction]] or mm:ss.fraction; two parts are minutes
// and seconds where minutesFirst says so. Hours are not limited.
func clockTime(s string, minutesFirst bool) (int64, error) {
	whole, fraction, hasFraction := strings.Cut(s, ".")
	parts := strings.Split(whole, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, errFormat
	}
	if len(parts) == 3 && parts[2] == "" && !hasFraction {
		parts[2] = "0"
	}
	var v [3]int64
	for i, p := range parts {
		n, err := strconv.ParseInt(p, 10, 64)
		if p == "" || p[0] == '-' || p[0] == '+' {
			return 0, errFormat
		}
		if err != nil {
			return 0, errRange
		}
		v[i] = n
	}
	if len(parts) == 2 && (hasFraction || minutesFirst) {
		v = [3]int64{0, v[0], v[1]}
	}
	micros, err := fractionMicros(fraction)
	if err != nil {
		return 0, err
	}
	if v[1] > 59 || v[2] > 60 || v[0] > math.MaxInt64/Hour {
		return 0, errRange
	}
	rest := v[1]*Minute + v[2]*Second + micros
	if rest > math.MaxInt64-v[0]*Hour {
		return 0, errRange
	}
	return v[0]*Hour + rest, nil
}

// fractionMicros rounds the digits after a point to microseconds.
func fractionMicros(digits string) (int64, error) {
	if digits == "" {
		return 0, nil
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return 0, errFormat
		}
	}
	f, err := strconv.ParseFloat("0."+digits, 64)
	if err != nil {
		return 0, errFormat
	}
	return int64(math.RoundToEven(f * 1e6)), nil
}

func (d *decoder) zoneField(s string) error {
	if d.next != 0 {
		return errFormat
	}
	offset, err := parseOffset(s)
	if err != nil {
		return err
	}
	d.offset, d.zone = offset, nil
	return d.mark(hasZone)
}

func (d *decoder) numberField(s string, timeOnly bool) error {
	switch d.next {
	case wordJulian:
		return d.julianDay(s)
	case wordISOTime:
		d.next = 0
		return d.joinedTime(s)
	}
	point := strings.IndexByte(s, '.')
	dated := timeOnly || d.seen&hasDate == hasDate
	switch {
	case timeOnly && d.seen&hasTime != 0:
		return errFormat
	case point >= 0 && d.seen&hasDate == 0 && !timeOnly:
		return d.date(s)
	case point > 2 || dated:
		return d.joinedTime(s)
	case point >= 0:
		return errFormat
	case len(s) >= 6:
		return d.joinedDate(s)
	}
	return d.datePart(s)
}

// joinedDate reads yyyymmdd or yymmdd, with any number of digits for the year.
func (d *decoder) joinedDate(s string) error {
	if d.seen&hasDate != 0 {
		return errFormat
	}
	n := len(s)
	year, err := strconv.ParseInt(s[:n-4], 10, 32)
	if err != nil {
		return errRange
	}
	d.month, _ = strconv.Atoi(s[n-4 : n-2])
	d.day, _ = strconv.Atoi(s[n-2:])
	d.seen |= hasMonth | hasDay
	return d.setYear(year, n-4)
}

// joinedTime reads hhmmss[.fraction] or hhmm.
func (d *decoder) joinedTime(s string) error {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole) != 6 && len(whole) != 4 {
		return errFormat
	}
	v, err := strconv.Atoi(whole)
	if err != nil {
		return errFormat
	}
	if len(whole) == 4 {
		v *= 100
	}
	micros, err := fractionMicros(fraction)
	if err != nil {
		return err
	}
	if v/100%100 > 59 || v%100 > 60 {
		return errRange
	}
	d.micros = int64(v/10000)*Hour + int64(v/100%100)*Minute + int64(v%100)*Second + micros
	return d.mark(hasTime)
}

// julianDay reads a Julian day number, perhaps with a fraction that is the time.
func (d *decoder) julianDay(s string) error {
	d.next = 0
	whole, fraction, _ := strings.Cut(s, ".")
	v, err := strconv.ParseInt(whole, 10, 32)
	if err != nil || v < 0 {
		return errRange
	}
	year, month, day := Civil(v + DateMin)
	d.year, d.month, d.day, d.julian = year, month, day, true
	if fraction != "" {
		f, err := strconv.ParseFloat("0."+fraction, 64)
		if err != nil {
			return errFormat
		}
		d.micros = int64(f * float64(Day))
		if err := d.mark(hasTime); err != nil {
			return err
		}
	}
	return d.mark(hasDate)
}
