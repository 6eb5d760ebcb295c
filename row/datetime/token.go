package datetime

import (
	"errors"
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

// field is one word of a date, time or interval text, lower-cased.
type field struct {
	kind fieldKind
	text string
}

type fieldKind uint8

const (
	fieldNumber  fieldKind = iota // digits, perhaps with one point
	fieldDate                     // digits or letters joined by -, / or .; also zone names with punctuation
	fieldTime                     // digits with a colon
	fieldZone                     // a sign, then digits, colons, points and dashes
	fieldString                   // letters
	fieldSpecial                  // a sign, then letters
)

// maxFields and maxText are PostgreSQL's limits on what it takes apart.
const (
	maxFields = 25
	maxText   = 128 + 25
)

// The ways in which a text can be wrong; parseError gives them words.
var (
	errFormat    = errors.New("format")
	errRange     = errors.New("range")
	errMonthDay  = errors.New("range of month or day")
	errInterval  = errors.New("interval range")
	errZoneRange = errors.New("zone range")
)

// ErrVolatile says that a text depends on the current time (now, today,
// tomorrow, yesterday) and that the caller gave none.
var ErrVolatile = &fault.Error{Code: fault.Unsupported, Message: "date/time value depends on the current time"}

// parseError words an error as PostgreSQL does; others pass through.
func parseError(err error, typeName, input string) error {
	switch err {
	case errFormat:
		return fault.New(fault.InvalidDatetime, "invalid input syntax for type %s: \"%s\"", typeName, input)
	case errRange:
		return fault.New(fault.DatetimeOverflow, "date/time field value out of range: \"%s\"", input)
	case errMonthDay:
		e := fault.New(fault.DatetimeOverflow, "date/time field value out of range: \"%s\"", input)
		e.Hint = "Perhaps you need a different \"datestyle\" setting."
		return e
	case errInterval:
		return fault.New(fault.IntervalOverflow, "interval field value out of range: \"%s\"", input)
	case errZoneRange:
		return fault.New(fault.InvalidZoneOffset, "time zone displacement out of range: \"%s\"", input)
	}
	return err
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// splitter cuts a text into fields.
type splitter struct {
	s   string
	pos int
}

func (p *splitter) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

func (p *splitter) takeWhile(ok func(byte) bool) {
	for p.pos < len(p.s) && ok(p.s[p.pos]) {
		p.pos++
	}
}

// split cuts s into fields by PostgreSQL's rules.
func split(s string) ([]field, error) {
	if len(s) > maxText {
		return nil, errFormat
	}
	p := splitter{s: strings.ToLower(s)}
	var out []field
	for {
		p.takeWhile(isSpace)
		if p.pos == len(p.s) {
			return out, nil
		}
		if len(out) == maxFields {
			return nil, errFormat
		}
		start := p.pos
		switch c := p.peek(); {
		case isDigit(c):
			kind := p.number()
			out = append(out, field{kind, p.s[start:p.pos]})
		case c == '.':
			p.pos++
			p.takeWhile(isDigit)
			out = append(out, field{fieldNumber, p.s[start:p.pos]})
		case isAlpha(c):
			kind := p.word(start)
			out = append(out, field{kind, p.s[start:p.pos]})
		case c == '+' || c == '-':
			f, err := p.signed(c)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		case c > ' ' && c < 0x7f:
			p.pos++ // other punctuation only separates
		default:
			return nil, errFormat
		}
	}
}

func (p *splitter) number() fieldKind {
	p.takeWhile(isDigit)
	switch delim := p.peek(); delim {
	case ':':
		p.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return fieldTime
	case '-', '/', '.':
		p.pos++
		if !isDigit(p.peek()) {
			if delim == '.' && !isAlpha(p.peek()) {
				return fieldNumber
			}
			p.takeWhile(func(c byte) bool { return isDigit(c) || isAlpha(c) || c == delim })
			return fieldDate
		}
		p.takeWhile(isDigit)
		if p.peek() == delim {
			p.takeWhile(func(c byte) bool { return isDigit(c) || c == delim })
			return fieldDate
		}
		if delim == '.' {
			return fieldNumber
		}
		return fieldDate
	}
	return fieldNumber
}

// word takes letters, and what joins them to a date or to a zone's name.
func (p *splitter) word(start int) fieldKind {
	p.takeWhile(isAlpha)
	joined := false
	switch c := p.peek(); {
	case c == '-' || c == '/' || c == '.':
		joined = true
	case c == '+' || isDigit(c):
		joined = !isDateWord(p.s[start:p.pos])
	}
	if !joined {
		return fieldString
	}
	p.takeWhile(func(c byte) bool {
		return isDigit(c) || isAlpha(c) || c == '+' || c == '-' || c == '/' || c == '_' || c == '.' || c == ':'
	})
	return fieldDate
}

func (p *splitter) signed(sign byte) (field, error) {
	p.pos++
	p.takeWhile(isSpace)
	start := p.pos
	switch c := p.peek(); {
	case isDigit(c) || c == '.' && p.pos+1 < len(p.s) && isDigit(p.s[p.pos+1]):
		p.takeWhile(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
		return field{fieldZone, string(sign) + p.s[start:p.pos]}, nil
	case isAlpha(c):
		p.takeWhile(isAlpha)
		return field{fieldSpecial, string(sign) + p.s[start:p.pos]}, nil
	}
	return field{}, errFormat
}

// Words are recognized by their first ten letters.
const wordLen = 10

func cutWord(w string) string {
	if len(w) > wordLen {
		return w[:wordLen]
	}
	return w
}

type wordKind uint8

const (
	wordMonth wordKind = iota + 1
	wordDay
	wordMeridian // AM or PM
	wordEra      // AD or BC
	wordSpecial  // a value of its own
	wordFiller   // at, on
	wordISOTime  // t
	wordJulian   // j
	wordDST
)

type dateWord struct {
	kind  wordKind
	value int
}

// The special values.
const (
	specialEpoch = iota + 1
	specialEarly
	specialLate
	specialNow
	specialToday
	specialTomorrow
	specialYesterday
	specialMidnight
)

var dateWords = func() map[string]dateWord {
	m := map[string]dateWord{
		"am": {wordMeridian, 0}, "pm": {wordMeridian, 1},
		"ad": {wordEra, 0}, "bc": {wordEra, 1},
		"epoch": {wordSpecial, specialEpoch}, "-infinity": {wordSpecial, specialEarly},
		"infinity": {wordSpecial, specialLate},
		"now":      {wordSpecial, specialNow}, "today": {wordSpecial, specialToday},
		"tomorrow": {wordSpecial, specialTomorrow}, "yesterday": {wordSpecial, specialYesterday},
		"allballs": {wordSpecial, specialMidnight},
		"at":       {wordFiller, 0}, "on": {wordFiller, 0},
		"t": {wordISOTime, 0}, "j": {wordJulian, 0}, "jd": {wordJulian, 0}, "julian": {wordJulian, 0},
		"dst": {wordDST, 0}, "sept": {wordMonth, 9},
	}
	for i, name := range strings.Fields("january february march april may june july august september october november december") {
		m[name] = dateWord{wordMonth, i + 1}
		m[name[:3]] = dateWord{wordMonth, i + 1}
	}
	for i, name := range strings.Fields("sunday monday tuesday wednesday thursday friday saturday") {
		m[name] = dateWord{wordDay, i}
		m[name[:3]] = dateWord{wordDay, i}
	}
	for short, i := range map[string]int{"tues": 2, "wedn": 3, "weds": 3, "thur": 4, "thurs": 4} {
		m[short] = dateWord{wordDay, i}
	}
	return m
}()

func isDateWord(w string) bool {
	_, ok := dateWords[cutWord(w)]
	return ok
}
