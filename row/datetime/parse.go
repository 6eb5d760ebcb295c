package datetime

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/row/fault"
)

// Clock is what parsing may need of its surroundings.
type Clock struct {
	Zone *time.Location // of local times; nil is UTC
	Now  *int64         // the current timestamptz; nil makes words like today an ErrVolatile
}

func (c Clock) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// mask tells which parts of a date and time have been seen.
type mask uint8

const (
	hasYear mask = 1 << iota
	hasMonth
	hasDay
	hasTime
	hasZone
	hasDayOfYear
	hasDate = hasYear | hasMonth | hasDay
)

// decoder gathers the parts of a date and time.
type decoder struct {
	clock     Clock
	seen      mask
	year      int64
	month     int
	day       int
	yearDay   int
	micros    int64 // of the day
	offset    int   // seconds east, with hasZone
	zone      *time.Location
	textMonth bool // the month came as a word
	shortYear bool // the year has one or two digits
	bc        bool
	julian    bool
	meridian  int // 1 am, 2 pm
	next      wordKind
	special   int // a value that is not made of parts
}

// decode takes fields apart. timeOnly reads bare numbers as times.
func (d *decoder) decode(fields []field, timeOnly bool) error {
	for i, f := range fields {
		var err error
		switch f.kind {
		case fieldDate:
			err = d.dateField(f.text)
		case fieldTime:
			err = d.timeField(f.text)
		case fieldZone:
			err = d.zoneField(f.text)
		case fieldNumber:
			err = d.numberField(f.text, timeOnly)
		default:
			err = d.wordField(f.text, i, fields)
		}
		if err != nil {
			return err
		}
	}
	if d.next != 0 {
		return errFormat
	}
	return d.finish()
}

func (d *decoder) mark(m mask) error {
	if d.seen&m != 0 {
		return errFormat
	}
	d.seen |= m
	return nil
}

func (d *decoder) dateField(s string) error {
	if d.next == wordJulian {
		return d.julianDay(s)
	}
	if d.seen&hasDate != hasDate && d.next == 0 {
		return d.date(s)
	}
	if !isDigit(s[0]) {
		return d.namedZone(s)
	}
	// A time run together with its zone: hhmmss-zz.
	cut := strings.IndexByte(s, '-')
	if cut < 0 {
		return errFormat
	}
	d.next = 0
	if err := d.zoneField(s[cut:]); err != nil {
		return err
	}
	return d.joinedTime(s[:cut])
}

func (d *decoder) namedZone(s string) error {
	z, err := LoadZone(s)
	if err != nil {
		return err
	}
	d.zone = z
	return d.mark(hasZone)
}

// date reads a field whose parts are joined by punctuation; a month's name first
// of all, as it decides what the numbers are.
func (d *decoder) date(s string) error {
	parts := strings.FieldsFunc(s, func(r rune) bool {
		return r >= 0x80 || !isDigit(byte(r)) && !isAlpha(byte(r))
	})
	// A word and a number without punctuation between them are two parts.
	var cut []string
	for _, p := range parts {
		for p != "" {
			n := 1
			for n < len(p) && isDigit(p[n]) == isDigit(p[0]) {
				n++
			}
			cut, p = append(cut, p[:n]), p[n:]
		}
	}
	var numbers []string
	for _, p := range cut {
		if isDigit(p[0]) {
			numbers = append(numbers, p)
			continue
		}
		w := dateWords[cutWord(p)]
		if w.kind == wordFiller {
			continue
		}
		if w.kind != wordMonth {
			return errFormat
		}
		if err := d.mark(hasMonth); err != nil {
			return err
		}
		d.month, d.textMonth = w.value, true
	}
	for _, n := range numbers {
		if d.seen&hasDate == hasDate {
			return errFormat
		}
		if err := d.datePart(n); err != nil {
			return err
		}
	}
	if d.seen&hasDate != hasDate && d.seen&hasDayOfYear == 0 {
		return errFormat
	}
	return nil
}

// datePart reads a number whose meaning follows from its width and from what is known.
func (d *decoder) datePart(s string) error {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return errRange
	}
	n := int(v)
	if len(s) == 3 && d.seen&hasDate == hasYear && n >= 1 && n <= 366 {
		d.yearDay = n
		return d.mark(hasDayOfYear | hasMonth | hasDay)
	}
	switch d.seen & hasDate {
	case 0:
		if len(s) >= 3 {
			return d.setYear(v, len(s))
		}
		return d.setMonth(n)
	case hasYear:
		return d.setMonth(n)
	case hasMonth:
		if d.textMonth && len(s) >= 3 {
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

func (d *decoder) wordField(s string, i int, fields []field) error {
	if d.next != 0 {
		return errFormat
	}
	if offset, ok := abbreviations[s]; ok {
		d.offset, d.zone = offset, nil
		if d.seen&hasZone != 0 && i > 0 && fields[i-1].kind == fieldString {
			return errFormat
		}
		return d.mark(hasZone)
	}
	w, ok := dateWords[cutWord(s)]
	if !ok {
		z, err := LoadZone(s)
		if err != nil {
			return errFormat
		}
		d.zone = z
		return d.mark(hasZone)
	}
	switch w.kind {
	case wordMonth:
		return d.monthWord(w.value)
	case wordMeridian:
		d.meridian = w.value + 1
	case wordEra:
		d.bc = w.value == 1
	case wordISOTime:
		if i+1 == len(fields) {
			return errFormat
		}
		d.next = wordISOTime
	case wordJulian:
		d.next = wordJulian
	case wordDST:
		d.offset += 3600
		if d.seen&hasZone == 0 {
			return errFormat
		}
	case wordSpecial:
		return d.specialWord(w.value)
	}
	return nil
}

// monthWord takes a month's name; a number that came first and was taken for the month is the day.
func (d *decoder) monthWord(v int) error {
	if d.seen&(hasMonth|hasDay) == hasMonth && !d.textMonth && d.month >= 1 && d.month <= 31 {
		d.day, d.seen = d.month, d.seen&^hasMonth|hasDay
	}
	d.month, d.textMonth = v, true
	return d.mark(hasMonth)
}

func (d *decoder) specialWord(v int) error {
	if v == specialMidnight {
		d.micros, d.offset = 0, 0
		return d.mark(hasTime | hasZone)
	}
	if v <= specialLate {
		// A time beside it is checked, and then does not matter.
		d.special = v
		return d.mark(hasDate)
	}
	if d.clock.Now == nil {
		return ErrVolatile
	}
	local := *d.clock.Now + int64(Offset(*d.clock.Now, d.clock.zone()))*Second
	days, micros := Split(local)
	switch v {
	case specialTomorrow:
		days++
	case specialYesterday:
		days--
	case specialNow:
		d.micros = micros
		if err := d.mark(hasTime); err != nil {
			return err
		}
	}
	d.year, d.month, d.day = Civil(days)
	d.julian = true // a year as it is counted here, not as it is written
	return d.mark(hasDate)
}

// finish checks the parts against each other.
func (d *decoder) finish() error {
	if d.special != 0 {
		return nil
	}
	if err := d.finishYear(); err != nil {
		return err
	}
	if d.seen&hasDayOfYear != 0 {
		d.year, d.month, d.day = Civil(Days(d.year, 1, 1) + int64(d.yearDay) - 1)
	}
	if d.seen&hasMonth != 0 && (d.month < 1 || d.month > 12) || d.seen&hasDay != 0 && (d.day < 1 || d.day > 31) {
		return errMonthDay
	}
	if d.seen&hasDate == hasDate && d.day > MonthDays(d.year, d.month) {
		return errRange
	}
	if d.meridian != 0 {
		hour := d.micros / Hour
		if d.seen&hasTime == 0 || hour > 12 {
			return errRange
		}
		if d.meridian == 1 && hour == 12 {
			d.micros -= 12 * Hour
		} else if d.meridian == 2 && hour != 12 {
			d.micros += 12 * Hour
		}
	}
	if d.micros > Day {
		return errRange
	}
	return nil
}

func (d *decoder) finishYear() error {
	switch {
	case d.seen&hasYear == 0 || d.julian:
		return nil
	case d.bc:
		if d.year <= 0 {
			return errRange
		}
		d.year = 1 - d.year
	case d.shortYear && d.year < 70:
		d.year += 2000
	case d.shortYear:
		d.year += 1900
	case d.year <= 0:
		return errRange
	}
	return nil
}

// decodeFull reads a text that must have a date.
func decodeFull(s string, clock Clock) (*decoder, error) {
	fields, err := split(s)
	if err != nil {
		return nil, err
	}
	d := &decoder{clock: clock}
	if err := d.decode(fields, false); err != nil {
		return nil, err
	}
	if d.seen&hasDate != hasDate {
		return nil, errFormat
	}
	return d, nil
}

// ParseDate reads a date as a day number.
func ParseDate(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "date", s)
	}
	switch d.special {
	case specialEpoch:
		return unixEpochDays, nil
	case specialEarly:
		return DateNegInf, nil
	case specialLate:
		return DatePosInf, nil
	}
	days := Days(d.year, int64(d.month), int64(d.day))
	if days < DateMin || days >= DateEnd {
		return 0, fault.New(fault.DatetimeOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

// ParseTimestamp reads a timestamp without time zone; a zone in the text is ignored.
func ParseTimestamp(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "timestamp", s)
	}
	ts, ok := d.local()
	if !ok {
		return 0, fault.New(fault.DatetimeOverflow, "timestamp out of range: \"%s\"", s)
	}
	return ts, nil
}

// ParseTimestamptz reads a timestamp with time zone; without a zone in the text the clock's holds.
func ParseTimestamptz(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "timestamp with time zone", s)
	}
	ts, ok := d.local()
	if ok && d.special == 0 {
		switch {
		case d.seen&hasZone == 0:
			ts = FromLocal(ts, clock.zone())
		case d.zone != nil:
			ts = FromLocal(ts, d.zone)
		default:
			ts -= int64(d.offset) * Second
		}
		ok = ts >= TimestampMin && ts < TimestampEnd
	}
	if !ok {
		return 0, fault.New(fault.DatetimeOverflow, "timestamp out of range: \"%s\"", s)
	}
	return ts, nil
}

// local is the date and time as if in UTC; ok is false outside the range of timestamps.
func (d *decoder) local() (ts int64, ok bool) {
	switch d.special {
	case specialEpoch:
		return UnixEpochMicro, true
	case specialEarly:
		return TimestampNegInf, true
	case specialLate:
		return TimestampPosInf, true
	}
	days := Days(d.year, int64(d.month), int64(d.day))
	if days < DateMin-1 || days > TimestampEnd/Day {
		return 0, false
	}
	ts = days*Day + d.micros
	return ts, ts >= TimestampMin && ts < TimestampEnd
}

// ParseTime reads a time of day; a date in the text is ignored.
func ParseTime(s string, clock Clock) (int64, error) {
	fields, err := split(s)
	if err == nil {
		d := &decoder{clock: clock}
		if err = d.decode(fields, true); err == nil {
			if d.seen&hasTime != 0 && d.special == 0 {
				return d.micros, nil
			}
			err = errFormat
		}
	}
	return 0, parseError(err, "time", s)
}
