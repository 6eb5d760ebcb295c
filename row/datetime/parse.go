package datetime

import (
	"strings"
	"time"
)

// Clock is what parsing may need of its surroundings.
type Clock struct {
	Zone  *time.Location // of local times; nil is UTC
	Now   *int64         // the current timestamptz; nil makes words like today an ErrVolatile
	Order DateOrder      // of dates whose numbers do not say which of them is the year
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
			dated := i == 0 && len(fields) > 1 && (fields[len(fields)-1].kind == fieldDate || fields[1].kind == fieldTime)
			if timeOnly && !dated && d.next == 0 && !isDigit(f.text[0]) {
				err = d.namedZone(f.text) // a date stands before the time
				break
			}
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
