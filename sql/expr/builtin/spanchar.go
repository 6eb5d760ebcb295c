package builtin

import (
	"fmt"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// spanOnly is the error of a keyword that only a point in time has a value for.
func spanOnly() error {
	return pgerr.New(pgerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
		WithHint("Intervals are not tied to specific calendar dates.")
}

// appendSpan shows a keyword of an interval. Its parts have signs of their own.
func (m *moment) appendSpan(dst []byte, p *timePattern) ([]byte, error) {
	switch p.key {
	case "TZ", "TZH", "TZM", "OF", "AD", "BC", "A.D.", "B.C.", "MONTH", "MON", "DAY", "DY", "D", "ID":
		return dst, spanOnly()
	case "Y,YYY":
		return fmt.Appendf(dst, "%d,%03d%s", m.year/1000, m.year%1000, p.suffix(m.year)), nil
	case "RM":
		if m.month == 0 && m.year == 0 {
			return dst, nil
		}
		month := m.month - 1
		switch {
		case m.month < 0:
			month = 12 + m.month
		case m.month == 0 && m.year > 0:
			month = 11
		case m.month == 0:
			month = 0
		}
		return p.appendWord(dst, romans[month], 4), nil
	case "Q":
		if m.month == 0 {
			return dst, nil
		}
	}
	v, width, signed, ok := m.spanNumber(p.key)
	if !ok {
		text, width := m.word(p.key)
		return p.appendWord(dst, text, width), nil
	}
	if v < 0 && signed {
		width++
	}
	if p.fill && p.key != "MS" && p.key != "US" && p.key[0] != 'F' {
		width = 0
	}
	return append(fmt.Appendf(dst, "%0*d", width, v), p.suffix(v)...), nil
}

// spanNumber is the value of a keyword that shows digits, its width, and whether a
// minus sign comes on top of that.
func (m *moment) spanNumber(key string) (v int64, width int, signed, ok bool) {
	hour, day := m.micros/datetime.Hour, (m.year*12+int64(m.month))*30+int64(m.day)
	switch key {
	case "YYYY":
		return m.year, 4, true, true
	case "YYY":
		return m.year % 1000, 3, true, true
	case "YY":
		return m.year % 100, 2, true, true
	case "Y":
		return m.year % 10, 1, false, true
	case "CC":
		return m.year / 100, 2, true, true
	case "MM":
		return int64(m.month), 2, true, true
	case "DD":
		return int64(m.day), 2, false, true
	case "DDD":
		return day, 3, false, true
	case "Q":
		return int64(m.month-1)/3 + 1, 1, false, true
	case "WW":
		return (day-1)/7 + 1, 2, false, true
	case "W":
		return int64(m.day-1)/7 + 1, 1, false, true
	case "HH24":
		return hour, 2, true, true
	case "HH", "HH12":
		if hour %= 12; hour == 0 {
			hour = 12
		}
		return hour, 2, true, true
	case "J", "IYYY", "IYY", "IY", "I", "IW", "IDDD":
		at := moment{days: datetime.Days(m.year, int64(m.month), int64(m.day)), year: m.year, month: m.month, day: m.day}
		v, width, ok = at.number(key)
		return v, width, false, ok
	}
	v, width, ok = m.clockNumber(key)
	return v, width, key == "MI" || key == "SS", ok
}
