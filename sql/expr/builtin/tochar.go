package builtin

import (
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// timePattern is one piece of a to_char template: a keyword with its modifiers, or
// text to be copied.
type timePattern struct {
	key     string // upper case; empty for text
	text    string // the keyword as written, or the text
	fill    bool   // FM: no blanks or zeros are filled in
	ordinal string // TH or th
}

// The keywords, longer ones before their prefixes.
var timeKeys = strings.Fields(`A.D. A.M. B.C. P.M. SSSSS SSSS Y,YYY YYYY IYYY IDDD MONTH DDD DAY IYY YYY
HH24 HH12 TZH TZM MON FF1 FF2 FF3 FF4 FF5 FF6 AD AM BC CC DD DY HH ID IW IY MI MM MS OF PM RM SS TZ US WW YY D I J Q W Y`)

func parseTimePattern(f string) ([]timePattern, error) {
	var out []timePattern
	literal := func(s string) {
		if n := len(out); n > 0 && out[n-1].key == "" {
			out[n-1].text += s
			return
		}
		out = append(out, timePattern{text: s})
	}
	for f != "" {
		if f[0] == '"' {
			var s string
			s, f = cutQuoted(f[1:])
			literal(s)
			continue
		}
		p, rest := cutTimeKey(f)
		if f = rest; p.key == "" {
			n := 1
			if f[0] == '\\' && len(f) > 1 && f[1] == '"' {
				f = f[1:]
			}
			literal(f[:n])
			f = f[n:]
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

// cutQuoted takes what is in double quotes off the template, behind the first of them. A
// backslash makes the next character stand for itself.
func cutQuoted(f string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		switch {
		case f[i] == '"':
			return b.String(), f[i+1:]
		case f[i] == '\\' && i+1 < len(f):
			i++
		}
		b.WriteByte(f[i])
	}
	return b.String(), ""
}

// cutTimeKey takes a keyword with its prefix and suffix off the template.
func cutTimeKey(f string) (p timePattern, rest string) {
	rest = f
	for len(rest) > 2 && (strings.EqualFold(rest[:2], "FM") || strings.EqualFold(rest[:2], "TM")) {
		p.fill = true
		rest = rest[2:]
	}
	for _, k := range timeKeys {
		if len(rest) >= len(k) && strings.EqualFold(rest[:len(k)], k) {
			p.key, p.text, rest = k, rest[:len(k)], rest[len(k):]
			if len(rest) >= 2 && strings.EqualFold(rest[:2], "TH") {
				p.ordinal, rest = rest[:2], rest[2:]
			}
			return p, rest
		}
	}
	return timePattern{}, rest // a prefix of nothing is left out
}

// moment is what a template may show of a point in time.
type moment struct {
	days   int64
	micros int64
	year   int64
	month  int
	day    int
	offset int
	zone   string
	zoned  bool
	span   bool // it is an interval's parts
}

func momentOf(local int64) moment {
	days, micros := datetime.Split(local)
	y, m, d := datetime.Civil(days)
	return moment{days: days, micros: micros, year: y, month: m, day: d}
}

func toCharFuncs(r *fn.Registry) {
	show := func(c *fn.Call, dst, f []byte, m moment) ([]byte, error) {
		t, err := fn.Cached(c, f, newTimeTemplate)
		if err != nil {
			return dst, err
		}
		return t.append(dst, &m)
	}
	r.Func("to_char(timestamp, text) text", fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		t, f := c.Args[0].Int(i), c.Args[1].Bytes(i)
		if len(f) == 0 || infinite(t) {
			return dst, fn.ErrNull
		}
		template, err := fn.Cached(c, f, newTimeTemplate)
		if err != nil {
			return dst, err
		}
		return template.appendTime(dst, t)
	}))
	r.Func("to_char(timestamptz, text) text", fn.B2(func(c *fn.Call, dst []byte, t int64, f []byte) ([]byte, error) {
		if len(f) == 0 || infinite(t) {
			return dst, fn.ErrNull
		}
		m := momentOf(toLocal(c, t))
		m.zoned, m.offset = true, datetime.Offset(t, c.Location())
		m.zone, _ = time.UnixMicro(t - datetime.UnixEpochMicro).In(c.Location()).Zone()
		return show(c, dst, f, m)
	}), fn.IsStable)
	r.Func("to_char(interval, text) text", fn.B2(func(c *fn.Call, dst, v, f []byte) ([]byte, error) {
		if len(f) == 0 {
			return dst, fn.ErrNull
		}
		span := datetime.DecodeInterval(v)
		return show(c, dst, f, moment{
			year: int64(span.Months / 12), month: int(span.Months % 12), day: int(span.Days), micros: span.Micros, span: true,
		})
	}))
	numberToChar(r)
}

// timeTemplate is a template read once for the call's place. It remembers the
// last text: rows that follow each other mostly have one day, if not one minute.
type timeTemplate struct {
	patterns []timePattern
	step     int64 // texts of times in one step are equal
	last     int64 // the step whose text there is
	text     []byte
}

func newTimeTemplate(f string) (*timeTemplate, error) {
	patterns, err := parseTimePattern(f)
	t := &timeTemplate{patterns: patterns, step: datetime.Day}
	for _, p := range patterns {
		switch p.key {
		case "":
		case "HH24", "HH12", "HH", "AM", "PM", "A.M.", "P.M.":
			t.step = min(t.step, datetime.Hour)
		case "MI":
			t.step = min(t.step, datetime.Minute)
		case "SS", "SSSS", "SSSSS":
			t.step = min(t.step, datetime.Second)
		case "YYYY", "YYY", "YY", "Y", "MM", "DD", "DDD", "D", "IYYY", "IW", "ID", "Q", "MONTH", "MON", "DAY", "DY":
		default:
			t.step = 1
		}
	}
	return t, err
}

func (t *timeTemplate) append(dst []byte, m *moment) (_ []byte, err error) {
	for i := range t.patterns {
		if dst, err = m.append(dst, &t.patterns[i]); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendTime is append for a local time.
func (t *timeTemplate) appendTime(dst []byte, local int64) ([]byte, error) {
	if at := floorDiv64(local, t.step); at != t.last || t.text == nil {
		m := momentOf(local)
		text, err := t.append(t.text[:0], &m)
		if err != nil {
			t.text = nil
			return dst, err
		}
		t.last, t.text = at, text
	}
	return append(dst, t.text...), nil
}

func (m *moment) append(dst []byte, p *timePattern) ([]byte, error) {
	if p.key == "" {
		return append(dst, p.text...), nil
	}
	if m.span {
		return m.appendSpan(dst, p)
	}
	if v, width, ok := m.number(p.key); ok {
		text := strconv.FormatInt(max(v, -v), 10)
		if !p.fill && len(text) < width {
			text = strings.Repeat("0", width-len(text)) + text
		}
		if v < 0 {
			text = "-" + text
		}
		return append(append(dst, text...), p.suffix(v)...), nil
	}
	text, width := m.word(p.key)
	return p.appendWord(dst, text, width), nil
}

// appendWord appends a word in the keyword's case and, without FM, to its width.
func (p *timePattern) appendWord(dst []byte, text string, width int) []byte {
	text = likeWritten(text, p.text)
	dst = append(dst, text...)
	for n := len(text); !p.fill && n < width; n++ {
		dst = append(dst, ' ')
	}
	return dst
}

// likeWritten gives a word the case of the keyword.
func likeWritten(word, key string) string {
	switch {
	case key == strings.ToLower(key):
		return strings.ToLower(word)
	case len(key) > 1 && key[1] >= 'a' && key[1] <= 'z':
		return word
	}
	return strings.ToUpper(word)
}

// suffix is the English ordinal ending.
func (p *timePattern) suffix(v int64) string {
	if p.ordinal == "" {
		return ""
	}
	v = max(v, -v)
	end := "th"
	if v/10%10 != 1 {
		switch v % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	if p.ordinal[0] == 'T' {
		return strings.ToUpper(end)
	}
	return end
}

// shownYear counts backwards before year 1, which the era says.
func (m *moment) shownYear() int64 {
	if m.year <= 0 {
		return 1 - m.year
	}
	return m.year
}

// number is the value of a keyword that shows digits, and their least number.
func (m *moment) number(key string) (v int64, width int, ok bool) {
	hour := m.micros / datetime.Hour
	isoYear, isoWeekNo := isoWeek(m.days)
	switch key {
	case "YYYY":
		return m.shownYear(), 4, true
	case "YYY":
		return m.shownYear() % 1000, 3, true
	case "YY":
		return m.shownYear() % 100, 2, true
	case "Y":
		return m.shownYear() % 10, 1, true
	case "IYYY":
		return isoYear, 4, true
	case "IYY":
		return isoYear % 1000, 3, true
	case "IY":
		return isoYear % 100, 2, true
	case "I":
		return isoYear % 10, 1, true
	case "MM":
		return int64(m.month), 2, true
	case "DD":
		return int64(m.day), 2, true
	case "DDD":
		return m.days - datetime.Days(m.year, 1, 1) + 1, 3, true
	case "IDDD":
		return (isoWeekNo-1)*7 + weekday(m.days) + 1, 3, true
	case "D":
		return (weekday(m.days)+1)%7 + 1, 1, true
	case "ID":
		return weekday(m.days) + 1, 1, true
	case "WW":
		return (m.days-datetime.Days(m.year, 1, 1))/7 + 1, 2, true
	case "IW":
		return isoWeekNo, 2, true
	case "W":
		return int64(m.day-1)/7 + 1, 1, true
	case "Q":
		return int64(m.month-1)/3 + 1, 1, true
	case "CC":
		return century(m.year, 100), 2, true
	case "J":
		return m.days + 2451545, 1, true
	case "HH24":
		return hour, 2, true
	case "HH", "HH12":
		return (hour+11)%12 + 1, 2, true
	}
	return m.clockNumber(key)
}

func (m *moment) clockNumber(key string) (v int64, width int, ok bool) {
	fraction := m.micros % datetime.Second
	switch key {
	case "MI":
		return m.micros / datetime.Minute % 60, 2, true
	case "SS":
		return m.micros / datetime.Second % 60, 2, true
	case "SSSS", "SSSSS":
		return m.micros / datetime.Second, 1, true
	case "MS", "FF3":
		return fraction / 1000, 3, true
	case "US", "FF6":
		return fraction, 6, true
	case "FF1", "FF2", "FF4", "FF5":
		n := int(key[2] - '0')
		for range 6 - n {
			fraction /= 10
		}
		return fraction, n, true
	}
	return 0, 0, false
}

var (
	monthNames = strings.Fields("January February March April May June July August September October November December")
	dayNames   = strings.Fields("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
	romans     = strings.Fields("I II III IV V VI VII VIII IX X XI XII")
)

// word is the value of a keyword that shows letters, and its width.
func (m *moment) word(key string) (text string, width int) {
	month := (m.month + 11) % 12
	day := dayNames[weekday(m.days)]
	half, era := "AM", "AD"
	if m.micros/datetime.Hour%24 >= 12 {
		half = "PM"
	}
	if m.year <= 0 {
		era = "BC"
	}
	switch key {
	case "MONTH":
		return monthNames[month], 9
	case "MON":
		return monthNames[month][:3], 3
	case "DAY":
		return day, 9
	case "DY":
		return day[:3], 3
	case "RM":
		return romans[month], 4
	case "AM", "PM":
		return half, 2
	case "A.M.", "P.M.":
		return half[:1] + "." + half[1:] + ".", 4
	case "AD", "BC":
		return era, 2
	case "A.D.", "B.C.":
		return era[:1] + "." + era[1:] + ".", 4
	case "TZ":
		return m.zone, 0
	case "OF":
		return offsetText(m.offset, true), 0
	case "TZH":
		return offsetText(m.offset, false), 0
	case "TZM":
		return strconv.Itoa(100 + max(m.offset, -m.offset)/60%60)[1:], 0
	case "Y,YYY":
		y := m.shownYear()
		return strconv.FormatInt(y/1000, 10) + "," + strconv.FormatInt(1000+y%1000, 10)[1:], 0
	}
	return "", 0
}

func offsetText(seconds int, minutes bool) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	out := sign + strconv.Itoa(100 + seconds/3600)[1:]
	if rest := seconds / 60 % 60; minutes && rest != 0 {
		out += ":" + strconv.Itoa(100 + rest)[1:]
	}
	return out
}
