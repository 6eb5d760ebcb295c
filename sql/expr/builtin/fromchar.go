package builtin

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// timeFields is what a text says by a to_timestamp template.
type timeFields struct {
	year, month, day, doy       int64
	hour, minute, second, micro int64
	sinceMidnight               int64
	pm, am, bc, half            bool  // am: the hour is of the 12-hour clock
	epochDays                   int64 // of J
	julian                      bool
	offset                      int64
	zoned                       bool

	isoYear, isoWeek, isoDay, isoDoy int64
	iso, gregorian                   bool // which calendar the template speaks of

	given []givenField
	room  [8]givenField // of given: most templates have no more
}

// givenField is a number that a template has read.
type givenField struct {
	field string
	value int64
}

func fromCharFuncs(r *fn.Registry) {
	r.Func("to_timestamp(text, text) timestamptz", fn.F2(func(c *fn.Call, s, f []byte) (int64, error) {
		v, err := readTime(c, string(s), f)
		if err != nil {
			return 0, err
		}
		t, err := v.timestamp(string(s))
		if err != nil {
			return 0, err
		}
		if v.zoned {
			return checkTimestamp(t - v.offset*datetime.Second)
		}
		return fromLocal(c, t)
	}), fn.IsStable)
	r.Func("to_date(text, text) date", fn.F2(func(c *fn.Call, s, f []byte) (int64, error) {
		v, err := readTime(c, string(s), f)
		if err != nil {
			return 0, err
		}
		return v.date(string(s))
	}))
}

func readTime(c *fn.Call, s string, f []byte) (timeFields, error) {
	v := timeFields{month: 1, day: 1, isoDay: 1}
	patterns, err := fn.Cached(c, f, parseTimePattern)
	if err != nil {
		return v, err
	}
	rest := strings.TrimLeft(s, " ")
	for i := range patterns {
		p := &patterns[i]
		if p.key == "" {
			rest = skipSeparators(rest, p.text)
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			break
		}
		// A number runs into the next one only where no separator stands between them.
		joined := i+1 < len(patterns) && patterns[i+1].digits() && !p.fill && p.ordinal == ""
		if rest, err = v.take(p, rest, joined); err != nil {
			return v, err
		}
	}
	if v.iso && v.gregorian {
		return v, badTemplate("invalid combination of date conventions").
			WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
	}
	return v, nil
}

// digits reports a keyword that stands for a number.
func (p *timePattern) digits() bool {
	if p.key == "" {
		return p.text != "" && isDigit(p.text[0])
	}
	m := moment{year: 1, month: 1, day: 1}
	_, _, ok := m.number(p.key)
	return ok
}

// skipSeparators passes over as many characters as the template has; a separator
// stands for any separator, and none is asked for.
func skipSeparators(s, text string) string {
	for i := 0; i < len(text) && s != ""; i++ {
		if isSeparator(text[i]) && !isSeparator(s[0]) {
			continue
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s
}

func isSeparator(c byte) bool {
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') || c == ' '
}

func badTemplate(format string, args ...any) *pgerr.Error {
	return pgerr.New(pgerr.InvalidDatetimeFormat, format, args...)
}

// take reads one keyword's value off the text.
func (v *timeFields) take(p *timePattern, s string, joined bool) (string, error) {
	m := moment{year: 1, month: 1, day: 1}
	if _, width, ok := m.number(p.key); ok {
		return v.takeNumber(p, s, width, joined)
	}
	lower := strings.ToLower(s)
	switch p.key {
	case "MONTH", "MON":
		for i, name := range monthNames {
			name = strings.ToLower(name)
			for _, n := range []string{name, name[:3]} {
				if strings.HasPrefix(lower, n) && (p.key == "MONTH" || n == name[:3]) {
					v.month = int64(i + 1)
					return s[len(n):], nil
				}
			}
		}
		return s, notAllowed(p, s)
	case "DAY", "DY":
		for _, name := range dayNames {
			for _, n := range []string{strings.ToLower(name), strings.ToLower(name[:3])} {
				if strings.HasPrefix(lower, n) {
					return s[len(n):], nil
				}
			}
		}
		return s, notAllowed(p, s)
	case "AM", "PM", "A.M.", "P.M.":
		w := strings.ReplaceAll(lower[:min(len(lower), len(p.key))], ".", "")
		if w != "am" && w != "pm" {
			return s, notAllowed(p, s)
		}
		v.half, v.pm = true, w == "pm"
		return s[min(len(s), len(p.key)):], nil
	case "AD", "BC", "A.D.", "B.C.":
		w := strings.ReplaceAll(lower[:min(len(lower), len(p.key))], ".", "")
		if w != "ad" && w != "bc" {
			return s, badTemplate("invalid value \"%s\" for \"%s\"", firstWord(s), p.text)
		}
		v.bc = w == "bc"
		return s[min(len(s), len(p.key)):], nil
	case "TZH", "OF":
		n := 0
		for n < len(s) && (s[n] == '+' || s[n] == '-' || s[n] >= '0' && s[n] <= '9' || s[n] == ':') {
			n++
		}
		seconds, ok := datetime.ParseOffset(s[:n])
		if !ok {
			return s, badTemplate("invalid value \"%s\" for \"%s\"", firstWord(s), p.text)
		}
		v.zoned, v.offset = true, int64(seconds)
		return s[n:], nil
	}
	return s, pgerr.New(pgerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.text)
}

func notAllowed(p *timePattern, s string) error {
	return badTemplate("invalid value \"%s\" for \"%s\"", firstWord(s), p.text).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " ,"); i >= 0 {
		return s[:i]
	}
	return s
}

func (v *timeFields) takeNumber(p *timePattern, s string, width int, joined bool) (string, error) {
	sign := 0
	if s[0] == '-' || s[0] == '+' {
		sign = 1
	}
	n := sign
	limit := len(s)
	switch {
	case joined:
		limit = min(limit, width)
	case p.key == "MS" || p.key == "US" || p.key[0] == 'F':
		limit = min(limit, sign+width)
	}
	for n < limit && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	wanted := s[:min(len(s), width)]
	const fixedHint = `If your source string is not fixed-width, try using the "FM" modifier.`
	if joined && len(wanted) < width {
		return s, badTemplate("source string too short for \"%s\" formatting field", p.text).
			WithDetail("Field requires %d characters, but only %d remain.", width, len(wanted)).WithHint("%s", fixedHint)
	}
	x, err := strconv.ParseInt(s[:n], 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return s, pgerr.New(pgerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", p.text).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	case err != nil:
		return s, badTemplate("invalid value \"%s\" for \"%s\"", wanted, p.text).WithDetail("Value must be an integer.")
	case joined && n < width:
		return s, badTemplate("invalid value \"%s\" for \"%s\"", wanted, p.text).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, n).WithHint("%s", fixedHint)
	}
	if err := v.note(p, x); err != nil {
		return s, err
	}
	v.set(p.key, x, n-sign)
	rest := s[n:]
	if p.ordinal != "" && len(rest) >= 2 {
		rest = rest[2:]
	}
	return rest, nil
}

// sameField are keywords that set what another one sets.
var sameField = map[string]string{
	"YYY": "YYYY", "YY": "YYYY", "Y": "YYYY", "IYY": "IYYY", "IY": "IYYY", "I": "IYYY",
	"HH": "HH24", "HH12": "HH24", "SSSSS": "SSSS",
}

// note refuses a number that contradicts an earlier one. Zero is none.
func (v *timeFields) note(p *timePattern, x int64) error {
	field := p.key
	if f, ok := sameField[field]; ok {
		field = f
	}
	for _, old := range v.given {
		if old.field == field && old.value != 0 && old.value != x {
			return badTemplate("conflicting values for \"%s\" field in formatting string", p.text).
				WithDetail("This value contradicts a previous setting for the same field type.")
		}
	}
	if v.given == nil {
		v.given = v.room[:0]
	}
	v.given = append(v.given, givenField{field, x})
	return nil
}

// set stores a number that was written with so many digits.
func (v *timeFields) set(key string, x int64, digits int) {
	switch key {
	case "IYYY", "IYY", "IY", "I", "IW", "ID", "IDDD":
		v.iso = true
	case "YYYY", "YYY", "YY", "Y", "MM", "DD", "DDD", "WW", "W", "D":
		v.gregorian = true
	}
	switch key {
	case "YYYY":
		v.year = x
	case "YYY", "YY", "Y":
		v.year = nearYear(x, digits)
	case "IYYY":
		v.isoYear = x
	case "IYY", "IY", "I":
		v.isoYear = nearYear(x, digits)
	case "IW":
		v.isoWeek = x
	case "ID":
		v.isoDay = x
	case "IDDD":
		v.isoDoy = x
	case "WW":
		v.doy = (x-1)*7 + 1
	case "W":
		v.day = (x-1)*7 + 1
	case "MM":
		v.month = x
	case "DD":
		v.day = x
	case "DDD":
		v.doy = x
	case "J":
		v.julian, v.epochDays = true, x-2451545
	case "HH24":
		v.hour = x
	case "HH", "HH12":
		v.hour, v.am = x, true
	case "MI":
		v.minute = x
	case "SS":
		v.second = x
	case "SSSS", "SSSSS":
		v.sinceMidnight = x
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		for ; digits < 6; digits++ {
			x *= 10
		}
		v.micro = x
	}
}

// nearYear completes a short year to the one nearest to 2020.
func nearYear(x int64, digits int) int64 {
	switch {
	case digits > 3:
		return x
	case x < 70:
		return x + 2000
	case x < 100:
		return x + 1900
	case x < 520:
		return x + 2000
	}
	return x + 1000
}

func (v *timeFields) date(text string) (int64, error) {
	if v.julian {
		days, err := checkDate(v.epochDays)
		if err != nil {
			err = pgerr.New(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", text)
		}
		return days, err
	}
	if v.iso {
		return v.isoDate()
	}
	year := v.year
	if year < 0 {
		year++ // there is no year 0: -44 is 44 BC
	}
	if v.bc && year > 0 { // a year that is not said is 1 BC
		year = 1 - year
	}
	out := func() error {
		return pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text)
	}
	if v.doy > 0 {
		if v.doy > 366 || v.doy == 366 && !datetime.IsLeap(year) {
			return 0, out()
		}
		return checkDate(datetime.Days(year, 1, 1) + v.doy - 1)
	}
	if v.month < 1 || v.month > 12 || v.day < 1 || v.day > int64(datetime.MonthDays(year, int(v.month))) {
		return 0, out()
	}
	return checkDate(datetime.Days(year, v.month, v.day))
}

// isoDate counts from the Monday of the year's first week, which has January 4.
func (v *timeFields) isoDate() (int64, error) {
	first := datetime.Days(v.isoYear, 1, 4)
	first -= weekday(first)
	if v.isoDoy > 0 {
		return checkDate(first + v.isoDoy - 1)
	}
	return checkDate(first + (max(v.isoWeek, 1)-1)*7 + v.isoDay - 1)
}

func (v *timeFields) timestamp(text string) (int64, error) {
	d, err := v.date(text)
	if err != nil {
		return 0, err
	}
	hour := v.hour
	if v.am || v.half {
		if hour < 1 || hour > 12 {
			return 0, badTemplate("hour \"%d\" is invalid for the 12-hour clock", hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
		if hour %= 12; v.pm {
			hour += 12
		}
	}
	if hour > 23 || v.minute > 59 || v.second > 59 || v.sinceMidnight >= 86400 {
		return 0, pgerr.New(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text)
	}
	seconds := hour*3600 + v.minute*60 + v.second + v.sinceMidnight
	return checkTimestamp(d*datetime.Day + seconds*datetime.Second + v.micro)
}
