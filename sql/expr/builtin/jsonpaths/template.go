package jsonpaths

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// A template of datetime() is one of to_timestamp, read as the SQL standard has it: what
// stands between the fields must be in the text as it is in the template, and nothing may be left over.

// part is a field of a template, or a text between two.
type part struct {
	field string // upper case; "" for a text
	text  string
	fill  bool // FM
}

// fields are the fields that there are, longer ones before those they begin with, with
// how many digits each has; 0 is no number.
var fields = []struct {
	name  string
	width int
	group string // d: of a date, t: of a time, z: of a zone
}{
	{"SSSSS", 5, "t"}, {"HH24", 2, "t"}, {"HH12", 2, "t"}, {"SSSS", 5, "t"}, {"YYYY", 4, "d"}, {"RRRR", 4, "d"}, {"A.M.", 0, "t"}, {"P.M.", 0, "t"},
	{"YYY", 3, "d"}, {"DDD", 3, "d"}, {"TZH", 2, "z"}, {"TZM", 2, "z"}, {"FF1", 1, "t"}, {"FF2", 2, "t"}, {"FF3", 3, "t"}, {"FF4", 4, "t"},
	{"FF5", 5, "t"}, {"FF6", 6, "t"}, {"HH", 2, "t"}, {"MI", 2, "t"}, {"SS", 2, "t"}, {"MS", 3, "t"}, {"US", 6, "t"}, {"AM", 0, "t"}, {"PM", 0, "t"},
	{"YY", 2, "d"}, {"RR", 2, "d"}, {"MM", 2, "d"}, {"DD", 2, "d"}, {"Y", 1, "d"},
}

// unread are the fields of to_timestamp that are not read here.
var unread = []string{"A.D.", "AD", "B.C.", "BC", "CC", "D", "FX", "I", "J", "MON", "OF", "Q", "RM", "TM", "TZ", "W"}

func startsUnread(s string) bool {
	return slices.ContainsFunc(unread, func(f string) bool {
		return strings.HasPrefix(s, f) || strings.HasPrefix(s, strings.ToLower(f))
	})
}

// template is a template that has been read.
type template struct {
	parts               []part
	dated, timed, zoned bool
}

func widthOf(field string) int {
	for _, f := range fields {
		if f.name == field {
			return f.width
		}
	}
	return 0
}

// parseTemplate reads a template.
func parseTemplate(text string) (*template, error) {
	t := &template{}
	for rest := text; rest != ""; {
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				end = len(rest) - 1
			}
			t.parts = append(t.parts, part{text: rest[1 : 1+end]})
			rest = rest[min(len(rest), end+2):]
			continue
		}
		p := part{}
		if len(rest) > 2 && strings.EqualFold(rest[:2], "FM") {
			p.fill, rest = true, rest[2:]
		}
		for _, f := range fields {
			if n := len(f.name); len(rest) >= n && (rest[:n] == f.name || rest[:n] == strings.ToLower(f.name)) {
				p.field, p.text = f.name, rest[:n]
				t.dated, t.timed, t.zoned = t.dated || f.group == "d", t.timed || f.group == "t", t.zoned || f.group == "z"
				break
			}
		}
		if p.field == "" {
			_, n := utf8.DecodeRuneInString(rest)
			c := rest[:n]
			switch {
			case strings.Contains("-./,':; ", c):
				p.text = c
			case startsUnread(rest):
				return nil, pgerr.New(pgerr.FeatureNotSupported, "datetime template %q is not supported", text)
			default:
				return nil, fail(pgerr.InvalidDatetimeFormat, "invalid datetime format separator: \"%s\"", c)
			}
		}
		t.parts = append(t.parts, p)
		rest = rest[len(p.text):]
	}
	switch {
	case t.dated && t.zoned && !t.timed:
		return nil, fail(pgerr.InvalidDatetimeFormat, "datetime format is zoned but not timed")
	case !t.dated && !t.timed:
		return nil, fail(pgerr.InvalidDatetimeFormat, "datetime format is not dated and not timed")
	}
	return t, nil
}

// reading is a text while it is read by a template.
type reading struct {
	text                         string
	rest                         string
	year, month, day, yearDay    int64
	hour, minute, second, micros int64
	midnight                     int64 // seconds since
	zoneHour, zoneMinute         int64
	west                         bool
	clock12, half, pm            bool
}

// read reads a text by the template.
func (t *template) read(text string) (moment, error) {
	r := &reading{text: text, rest: text, month: 1, day: 1}
	for i := range t.parts {
		p := &t.parts[i]
		if r.rest == "" {
			return moment{}, fail(pgerr.InvalidDatetimeFormat, "input string is too short for datetime format")
		}
		if err := r.take(p, t.open(i)); err != nil {
			return moment{}, err
		}
	}
	if strings.TrimLeft(r.rest, " \t\n\r\v\f") != "" {
		return moment{}, fail(pgerr.InvalidDatetimeFormat, "trailing characters remain in input string after datetime format")
	}
	return r.moment(t)
}

// open reports that a part may have as many digits as it likes, since no digit follows it.
func (t *template) open(i int) bool {
	if t.parts[i].fill || i+1 == len(t.parts) {
		return true
	}
	switch next := t.parts[i+1]; next.field {
	case "":
		return next.text == "" || next.text[0] < '0' || next.text[0] > '9'
	case "TZH", "TZM":
		return next.field == "TZH"
	default:
		return widthOf(next.field) == 0
	}
}

func (r *reading) take(p *part, open bool) error {
	switch p.field {
	case "":
		for _, c := range p.text {
			have, n := utf8.DecodeRuneInString(r.rest)
			if have == c {
				r.rest = r.rest[n:]
				continue
			}
			if strings.ContainsRune("-./,':; ", c) && len(p.text) == 1 {
				return fail(pgerr.InvalidDatetimeFormat, "unmatched format separator \"%c\"", c)
			}
			return fail(pgerr.InvalidDatetimeFormat, "unmatched format character \"%c\"", c)
		}
		return nil
	case "AM", "PM", "A.M.", "P.M.":
		n := min(len(r.rest), len(p.field))
		switch w := strings.ReplaceAll(strings.ToLower(r.rest[:n]), ".", ""); w {
		case "am", "pm":
			r.half, r.pm, r.rest = true, w == "pm", r.rest[n:]
			return nil
		}
		return failure{pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", r.rest, p.text).
			WithDetail("The given value did not match any of the allowed values for this field.")}
	case "TZH":
		switch r.rest[0] {
		case '+', '-', ' ':
			r.west, r.rest = r.rest[0] == '-', r.rest[1:]
		}
	}
	v, digits, err := r.number(p, widthOf(p.field), open)
	if err == nil {
		r.set(p.field, v, digits)
	}
	return err
}

func (r *reading) number(p *part, width int, open bool) (v int64, digits int, err error) {
	const fixedHint = `If your source string is not fixed-width, try using the "FM" modifier.`
	s := strings.TrimLeft(r.rest, " \t\n\r\v\f")
	wanted := s[:min(len(s), width)]
	if !open && len(wanted) < width {
		return 0, 0, failure{pgerr.New(pgerr.InvalidDatetimeFormat, "source string too short for \"%s\" formatting field", p.text).
			WithDetail("Field requires %d characters, but only %d remain.", width, len(wanted)).WithHint("%s", fixedHint)}
	}
	n, limit := 0, len(s)
	if !open {
		limit = width
	}
	for n < limit && (s[n] >= '0' && s[n] <= '9' || n == 0 && (s[n] == '-' || s[n] == '+')) {
		n++
	}
	v, err = strconv.ParseInt(s[:n], 10, 64)
	switch {
	case n == 0 || n == 1 && (s[0] == '-' || s[0] == '+'):
		return 0, 0, failure{pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", wanted, p.text).WithDetail("Value must be an integer.")}
	case !open && n < width:
		return 0, 0, failure{pgerr.New(pgerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", wanted, p.text).
			WithDetail("Field requires %d characters, but only %d could be parsed.", width, n).WithHint("%s", fixedHint)}
	case err != nil || v < math.MinInt32 || v > math.MaxInt32:
		return 0, 0, failure{pgerr.New(pgerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", p.text).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)}
	}
	r.rest = s[n:]
	return v, n, nil
}

func (r *reading) set(field string, v int64, digits int) {
	switch field {
	case "YYYY":
		r.year = v
	case "YYY", "YY", "Y", "RRRR", "RR":
		if r.year = v; digits < 4 {
			r.year = nearYear(v)
		}
	case "MM":
		r.month = v
	case "DD":
		r.day = v
	case "DDD":
		r.yearDay = v
	case "HH24":
		r.hour = v
	case "HH", "HH12":
		r.hour, r.clock12 = v, true
	case "MI":
		r.minute = v
	case "SS":
		r.second = v
	case "SSSS", "SSSSS":
		r.midnight = v
	case "TZH":
		r.zoneHour = v
	case "TZM":
		r.zoneMinute = v
	default: // parts of a second
		for ; digits < 6; digits++ {
			v *= 10
		}
		r.micros += v
	}
}

// nearYear completes a short year to the one nearest to 2020.
func nearYear(v int64) int64 {
	switch {
	case v < 70:
		return v + 2000
	case v < 100:
		return v + 1900
	case v < 520:
		return v + 2000
	}
	return v + 1000
}

// moment is what was read.
func (r *reading) moment(t *template) (moment, error) {
	outside := fail(pgerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", r.text)
	if r.clock12 || r.half {
		if r.hour < 1 || r.hour > 12 {
			return moment{}, failure{pgerr.New(pgerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", r.hour).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")}
		}
		if r.hour %= 12; r.pm {
			r.hour += 12
		}
	}
	if r.hour < 0 || r.hour > 23 || r.minute < 0 || r.minute > 59 || r.second < 0 || r.second > 59 || r.micros < 0 || r.micros >= datetime.Second ||
		r.midnight < 0 || r.midnight >= 86400 {
		return moment{}, outside
	}
	micros := ((r.hour*60+r.minute)*60+r.second+r.midnight)*datetime.Second + r.micros
	var days int64
	switch {
	case !t.dated:
	case r.yearDay > 0:
		days = datetime.Days(r.year, 1, 1) + r.yearDay - 1
	case r.month < 1 || r.month > 12 || r.day < 1 || r.day > int64(datetime.MonthDays(r.year, int(r.month))):
		return moment{}, outside
	default:
		days = datetime.Days(r.year, r.month, r.day)
	}
	if r.zoneHour < 0 || r.zoneHour > 15 || r.zoneMinute < 0 || r.zoneMinute > 59 {
		return moment{}, fail("22009", "time zone displacement out of range: \"%s\"", r.text)
	}
	east := int(r.zoneHour*3600 + r.zoneMinute*60)
	if r.west {
		east = -east
	}
	ts := days*datetime.Day + micros
	switch {
	case !t.dated && t.zoned:
		return moment{kind: row.Timetz, at: datetime.Timetz{Micros: micros, West: -east}.Int()}, nil
	case !t.dated:
		return moment{kind: row.Time, at: micros}, nil
	case !t.timed:
		if days < datetime.DateMin || days >= datetime.DateEnd {
			return moment{}, fail(pgerr.DatetimeFieldOverflow, "date out of range: \"%s\"", r.text)
		}
		return moment{kind: row.Date, at: days}, nil
	case days < datetime.DateMin || days > datetime.TimestampEnd/datetime.Day || ts >= datetime.TimestampEnd:
		return moment{}, fail(pgerr.DatetimeFieldOverflow, "timestamp out of range")
	case t.zoned:
		return moment{kind: row.Timestamptz, at: ts - int64(east)*datetime.Second, east: east}, nil
	}
	return moment{kind: row.Timestamp, at: ts}, nil
}

// standard are the templates that datetime() tries where it is given none.
var standard = func() []*template {
	var out []*template
	for _, text := range []string{
		"yyyy-mm-dd",
		"HH24:MI:SS.USTZH:TZM", "HH24:MI:SS.USTZH", "HH24:MI:SSTZH:TZM", "HH24:MI:SSTZH", "HH24:MI:SS.US", "HH24:MI:SS",
		"yyyy-mm-dd HH24:MI:SS.USTZH:TZM", "yyyy-mm-dd HH24:MI:SS.USTZH", "yyyy-mm-dd HH24:MI:SSTZH:TZM", "yyyy-mm-dd HH24:MI:SSTZH",
		`yyyy-mm-dd"T"HH24:MI:SS.USTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SS.USTZH`, `yyyy-mm-dd"T"HH24:MI:SSTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SSTZH`,
		"yyyy-mm-dd HH24:MI:SS.US", "yyyy-mm-dd HH24:MI:SS", `yyyy-mm-dd"T"HH24:MI:SS.US`, `yyyy-mm-dd"T"HH24:MI:SS`,
	} {
		t, err := parseTemplate(text)
		if err != nil {
			panic(err)
		}
		out = append(out, t)
	}
	return out
}()
