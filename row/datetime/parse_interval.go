package datetime

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

// Fields of an interval that a declared type keeps, by the bits of PostgreSQL's typmod.
const (
	FieldMonth  = 1 << 1
	FieldYear   = 1 << 2
	FieldDay    = 1 << 3
	FieldHour   = 1 << 10
	FieldMinute = 1 << 11
	FieldSecond = 1 << 12
	FieldsAll   = 0x7fff
)

type unit uint8

const (
	unitNone unit = iota
	unitMicro
	unitMilli
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitAgo // what a bare number before "ago" has, which is an error
)

var intervalUnits = func() map[string]unit {
	m := make(map[string]unit)
	for u, words := range map[unit]string{
		unitMicro:      "microsecon us usec usecond useconds usecs",
		unitMilli:      "millisecon ms msec msecond mseconds msecs",
		unitSecond:     "s sec second seconds secs",
		unitMinute:     "m min mins minute minutes",
		unitHour:       "h hour hours hr hrs",
		unitDay:        "d day days",
		unitWeek:       "w week weeks",
		unitMonth:      "mon mons month months",
		unitYear:       "y year years yr yrs",
		unitDecade:     "dec decade decades decs",
		unitCentury:    "c cent centuries century",
		unitMillennium: "mil millennia millennium mils",
	} {
		for _, w := range strings.Fields(words) {
			m[cutWord(w)] = u
		}
	}
	return m
}()

// allSeconds marks seconds and their parts as taken: a fraction of a second leaves no room for milliseconds.
const allSeconds = 1<<unitSecond | 1<<unitMilli | 1<<unitMicro

// sum adds up the parts of an interval; overflow is remembered.
type sum struct {
	months, days, micros int64
	bad                  bool
}

func (s *sum) add(to *int64, v, scale int64) {
	hi, lo := bits.Mul64(uint64(abs(v)), uint64(scale))
	limit := uint64(math.MaxInt64)
	if v < 0 {
		limit++
	}
	if hi != 0 || lo > limit {
		s.bad = true
		return
	}
	p := int64(lo)
	if v < 0 {
		p = -p
	}
	r := *to + p
	s.bad = s.bad || (r > *to) != (p > 0) && p != 0
	*to = r
}

// addFraction adds a fraction of a unit that is scale microseconds long.
func (s *sum) addFraction(f float64, scale int64) {
	if f == 0 {
		return
	}
	f *= float64(scale)
	whole := math.Trunc(f)
	rest := f - whole
	if rest > 0.5 {
		whole++
	} else if rest < -0.5 {
		whole--
	}
	s.add(&s.micros, int64(whole), 1)
}

func (s *sum) addFractionDays(f float64, scale int64) {
	f *= float64(scale)
	days := math.Trunc(f)
	s.add(&s.days, int64(days), 1)
	s.addFraction(f-days, Day)
}

func (s *sum) addFractionYears(f float64, years int64) {
	s.add(&s.months, int64(math.RoundToEven(f*float64(12*years))), 1)
}

// unitMicros is the length of the units up to the hour.
func (u unit) micros() int64 {
	return [...]int64{unitMicro: 1, unitMilli: Millisecond, unitSecond: Second, unitMinute: Minute, unitHour: Hour}[u]
}

// put adds v and a fraction of a unit.
func (s *sum) put(u unit, v int64, f float64) error {
	switch u {
	case unitMicro, unitMilli, unitSecond, unitMinute, unitHour:
		s.add(&s.micros, v, u.micros())
		s.addFraction(f, u.micros())
	case unitDay:
		s.add(&s.days, v, 1)
		s.addFraction(f, Day)
	case unitWeek:
		s.add(&s.days, v, 7)
		s.addFractionDays(f, 7)
	case unitMonth:
		s.add(&s.months, v, 1)
		s.addFractionDays(f, 30)
	case unitYear, unitDecade, unitCentury, unitMillennium:
		years := [...]int64{1, 10, 100, 1000}[u-unitYear]
		s.add(&s.months, v, 12*years)
		s.addFractionYears(f, years)
	default:
		return errFormat
	}
	if s.bad {
		return errInterval
	}
	return nil
}

func (s *sum) interval() (Interval, error) {
	if s.days != int64(int32(s.days)) || s.months != int64(int32(s.months)) {
		if abs(s.months/12) <= math.MaxInt32 && s.days == int64(int32(s.days)) {
			// Years and months each fit, their sum does not.
			return Interval{}, fault.New(fault.DatetimeOverflow, "interval out of range")
		}
		return Interval{}, errInterval
	}
	return Interval{Months: int32(s.months), Days: int32(s.days), Micros: s.micros}, nil
}

// ParseInterval reads an interval; fields (0 for all) says what a number without
// a unit means, as the declared type's range of fields does. In StyleSQL a sign at
// the beginning holds for all parts if there is no other.
func ParseInterval(s string, fields int32, style IntervalStyle) (Interval, error) {
	v, err := verboseInterval(s, fields, style == StyleSQL)
	if err == errFormat {
		v, err = isoInterval(strings.Trim(s, " \t\n\r\v\f"))
	}
	if err == errRange {
		err = errInterval
	}
	if err != nil {
		return Interval{}, parseError(err, "interval", s)
	}
	return v, nil
}

// lastUnit is the unit of a number at the end that has none.
func lastUnit(fields int32) unit {
	if fields == 0 || fields == FieldsAll {
		return unitSecond
	}
	switch {
	case fields&FieldSecond != 0:
		return unitSecond
	case fields&FieldMinute != 0:
		return unitMinute
	case fields&FieldHour != 0:
		return unitHour
	case fields&FieldDay != 0:
		return unitDay
	case fields&FieldMonth != 0:
		return unitMonth
	}
	return unitYear
}

// verboseInterval reads from the end, so that units are known before their numbers.
func verboseInterval(text string, fields int32, oneSign bool) (Interval, error) {
	words, err := split(text)
	if err != nil {
		return Interval{}, err
	}
	negative := oneSign && onlyFirstIsNegative(words)
	var s sum
	var seen uint32
	ago := false
	next := unitNone
	for i := len(words) - 1; i >= 0; i-- {
		w := words[i]
		var used uint32
		switch w.kind {
		case fieldString, fieldSpecial:
			u, ok := intervalUnits[cutWord(w.text)]
			switch {
			case ok:
				next = u
			case w.text == "ago":
				ago, next = true, unitAgo
			default:
				return Interval{}, errFormat
			}
			continue
		case fieldTime, fieldZone:
			ok := false
			if ok, err = s.clock(w, fields); ok {
				if negative {
					s.micros = -abs(s.micros)
				}
				used, next = allSeconds|1<<unitMinute|1<<unitHour, unitDay
			}
			if ok || err != nil {
				break
			}
			fallthrough
		default:
			if next == unitNone {
				next = lastUnit(fields)
			}
			number := w.text
			if negative && number[0] != '-' {
				number = "-" + number
			}
			next, used, err = s.number(number, next)
		}
		if err != nil {
			return Interval{}, err
		}
		if seen&used != 0 {
			return Interval{}, errFormat
		}
		seen |= used
	}
	if seen == 0 {
		return Interval{}, errFormat
	}
	if ago {
		s.months, s.days, s.micros = -s.months, -s.days, -s.micros
	}
	return s.interval()
}

func onlyFirstIsNegative(words []field) bool {
	for i, w := range words {
		if i == 0 && w.text[0] != '-' || i > 0 && (w.text[0] == '-' || w.text[0] == '+') {
			return false
		}
	}
	return len(words) > 0
}

// clock takes a field as hours, minutes and seconds; ok is false where it is a number.
func (s *sum) clock(w field, fields int32) (ok bool, err error) {
	text := w.text
	if w.kind == fieldZone {
		text = text[1:]
		if !strings.Contains(text, ":") {
			return false, nil
		}
	}
	v, err := clockTime(text, fields == FieldMinute|FieldSecond)
	if err != nil {
		if w.kind == fieldZone {
			return false, nil
		}
		return false, err
	}
	if w.kind == fieldZone && w.text[0] == '-' {
		v = -v
	}
	// A time sets the microseconds: fractions of units to its right are dropped.
	s.micros = v
	return true, nil
}

// number adds a number with its unit, or years-months; used marks the unit as
// taken, and next is the unit that a further bare number would have.
func (s *sum) number(text string, u unit) (next unit, used uint32, err error) {
	if years, months, ok := strings.Cut(text[1:], "-"); ok {
		years = text[:1] + years
		y, err1 := strconv.ParseInt(years, 10, 64)
		m, err2 := strconv.ParseInt(months, 10, 64)
		if err1 != nil || err2 != nil {
			return u, 0, errFormat
		}
		if m < 0 || m >= 12 {
			return u, 0, errRange
		}
		if years[0] == '-' {
			m = -m
		}
		if err := s.put(unitYear, y, 0); err != nil {
			return u, 0, err
		}
		return unitMonth, 1 << unitMonth, s.put(unitMonth, m, 0)
	}
	if err := s.signed(text, u); err != nil {
		return u, 0, err
	}
	next, used = u, uint32(1)<<u
	switch {
	case u == unitHour:
		next = unitDay
	case u == unitSecond && strings.Trim(text, "+-0123456789") == "." && strings.Trim(text[strings.IndexByte(text, '.'):], ".0") != "":
		used = allSeconds
	}
	return next, used, nil
}

// splitFraction reads [+-]digits[.digits] as an integer and a fraction of the same sign.
func splitFraction(text string) (v int64, f float64, err error) {
	body := strings.TrimLeft(text, "+-")
	sign := text[:len(text)-len(body)]
	whole, fraction, _ := strings.Cut(body, ".")
	if whole == "" && fraction == "" {
		return 0, 0, errFormat
	}
	for _, digits := range [...]string{whole, fraction} {
		for i := range len(digits) {
			if !isDigit(digits[i]) {
				return 0, 0, errFormat
			}
		}
	}
	if whole != "" {
		if v, err = strconv.ParseInt(sign+whole, 10, 64); err != nil {
			return 0, 0, errRange
		}
	}
	if fraction != "" {
		if f, err = strconv.ParseFloat(sign+"0."+fraction, 64); err != nil {
			return 0, 0, errFormat
		}
	}
	return v, f, nil
}

// ApplyTypmod cuts an interval to the fields and rounds it to the precision of its declared type.
func (v Interval) ApplyTypmod(typmod int32) (Interval, error) {
	if typmod < 0 {
		return v, nil
	}
	switch fields := typmod >> 16 & FieldsAll; fields {
	case FieldsAll:
	case FieldYear:
		v = Interval{Months: v.Months / 12 * 12}
	case FieldMonth, FieldYear | FieldMonth:
		v = Interval{Months: v.Months}
	case FieldDay:
		v.Micros = 0
	case FieldHour, FieldDay | FieldHour:
		v.Micros = v.Micros / Hour * Hour
	case FieldMinute, FieldHour | FieldMinute, FieldDay | FieldHour | FieldMinute:
		v.Micros = v.Micros / Minute * Minute
	}
	if p := typmod & 0xffff; p <= 6 {
		r, ok := roundMicros(v.Micros, int(p))
		if !ok {
			return v, fault.New(fault.DatetimeOverflow, "interval out of range")
		}
		v.Micros = r
	}
	return v, nil
}

// RoundMicros rounds to a number of digits after the second, half away from zero.
func RoundMicros(v int64, precision int) int64 {
	r, ok := roundMicros(v, precision)
	if !ok {
		return v
	}
	return r
}

func roundMicros(v int64, precision int) (int64, bool) {
	if precision < 0 || precision >= 6 {
		return v, true
	}
	scale := [...]int64{1000000, 100000, 10000, 1000, 100, 10}[precision]
	half := scale / 2
	if v < 0 {
		if v < math.MinInt64+half {
			return 0, false
		}
		return (v - half) / scale * scale, true
	}
	if v > math.MaxInt64-half {
		return 0, false
	}
	return (v + half) / scale * scale, true
}
