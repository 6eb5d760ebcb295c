package datetime

import (
	"strings"
	"time"
)

// DateFormat is how dates and timestamps look, the first half of PostgreSQL's DateStyle.
type DateFormat uint8

// The formats, as DateStyle names them.
const (
	DateISO DateFormat = iota
	DateSQL
	DatePostgres
	DateGerman
)

func (f DateFormat) String() string { return [...]string{"ISO", "SQL", "Postgres", "German"}[f] }

// DateOrder is how a date of three short numbers is read, the second half of DateStyle;
// some formats print in it, too.
type DateOrder uint8

// The orders, as DateStyle names them.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

func (o DateOrder) String() string { return [...]string{"MDY", "DMY", "YMD"}[o] }

// DateStyle is PostgreSQL's setting of the name. The zero value is its default.
type DateStyle struct {
	Format DateFormat
	Order  DateOrder
}

func (s DateStyle) String() string { return s.Format.String() + ", " + s.Order.String() }

// ParseDateStyle reads the words of a DateStyle; what they do not say is as now has it.
// wrong is what PostgreSQL says is wrong with the text, "" if nothing is.
func ParseDateStyle(text string, now DateStyle) (s DateStyle, wrong string) {
	s = now
	words, ok := identifiers(text)
	if !ok {
		return s, "List syntax is invalid."
	}
	formats, orders, conflict := false, false, false
	for _, word := range words {
		format, order := s.Format, s.Order
		isFormat, isOrder := true, true
		switch w := strings.ToLower(word); {
		case w == "iso":
			format, isOrder = DateISO, false
		case w == "sql":
			format, isOrder = DateSQL, false
		case strings.HasPrefix(w, "postgres"):
			format, isOrder = DatePostgres, false
		case w == "german":
			format, isOrder = DateGerman, false
			if !orders {
				s.Order = OrderDMY
			}
		case w == "ymd":
			order, isFormat = OrderYMD, false
		case w == "dmy", strings.HasPrefix(w, "euro"):
			order, isFormat = OrderDMY, false
		case w == "mdy", w == "us", strings.HasPrefix(w, "noneuro"):
			order, isFormat = OrderMDY, false
		case w == "default":
			if !formats {
				s.Format = DateISO
			}
			if !orders {
				s.Order = OrderMDY
			}
			continue
		default:
			return now, "Unrecognized key word: \"" + word + "\"."
		}
		if isFormat {
			conflict = conflict || formats && format != s.Format
			s.Format, formats = format, true
		}
		if isOrder {
			conflict = conflict || orders && order != s.Order
			s.Order, orders = order, true
		}
	}
	if conflict {
		return now, "Conflicting \"datestyle\" specifications."
	}
	return s, ""
}

// identifiers splits a list of names at its commas, as PostgreSQL reads lists in settings:
// without quotes in lower case, with them as they stand.
func identifiers(text string) ([]string, bool) {
	var out []string
	rest := strings.TrimLeft(text, blanks)
	if rest == "" {
		return nil, true
	}
	for {
		var name string
		if strings.HasPrefix(rest, `"`) {
			end := 1
			for end < len(rest) && (rest[end] != '"' || strings.HasPrefix(rest[end:], `""`)) {
				if rest[end] == '"' {
					end++
				}
				end++
			}
			if end >= len(rest) {
				return nil, false
			}
			name, rest = strings.ReplaceAll(rest[1:end], `""`, `"`), rest[end+1:]
		} else {
			end := strings.IndexAny(rest, blanks+",")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			name, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		out = append(out, name)
		rest = strings.TrimLeft(rest, blanks)
		if rest == "" {
			return out, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = strings.TrimLeft(rest[1:], blanks)
	}
}

const blanks = " \t\n\r\v\f"

// AppendDate appends the text form of a date.
func (s DateStyle) AppendDate(dst []byte, days int64) []byte {
	if s.Format == DateISO || days == DateNegInf || days == DatePosInf {
		return AppendDate(dst, days)
	}
	year, month, day := Civil(days)
	return appendEra(s.appendNumbers(dst, year, month, day, '-'), year)
}

// appendNumbers appends a date in numbers; dash is between those of DatePostgres.
func (s DateStyle) appendNumbers(dst []byte, year int64, month, day int, dash byte) []byte {
	first, second, sep := month, day, dash
	if s.Order == OrderDMY || s.Format == DateGerman {
		first, second = day, month
	}
	switch s.Format {
	case DateSQL:
		sep = '/'
	case DateGerman:
		sep = '.'
	}
	dst = appendPadded(dst, int64(first), 2)
	dst = appendPadded(append(dst, sep), int64(second), 2)
	return appendPadded(append(dst, sep), eraYear(year), 4)
}

// eraYear is a year as it is counted in its era.
func eraYear(year int64) int64 {
	if year <= 0 {
		return 1 - year
	}
	return year
}

// AppendTimestamp appends the text form of a timestamp without time zone.
func (s DateStyle) AppendTimestamp(dst []byte, ts int64) []byte {
	if s.Format == DateISO {
		return AppendTimestamp(dst, ts)
	}
	dst, infinite := appendInfinite(dst, ts)
	if infinite {
		return dst
	}
	dst, year := s.appendLocal(dst, ts)
	return appendEra(dst, year)
}

// AppendTimestamptz appends the text form of a timestamp with time zone, in a zone.
func (s DateStyle) AppendTimestamptz(dst []byte, ts int64, zone *time.Location) []byte {
	if s.Format == DateISO {
		return AppendTimestamptz(dst, ts, zone)
	}
	dst, infinite := appendInfinite(dst, ts)
	if infinite {
		return dst
	}
	dst, year := s.appendLocal(dst, ts+int64(Offset(ts, zone))*Second)
	dst = append(append(dst, ' '), Abbreviation(ts, zone)...)
	return appendEra(dst, year)
}

// maxAbbreviation is how much of a zone's abbreviation PostgreSQL prints.
const maxAbbreviation = 10

// Abbreviation is what a zone is called at an instant: CET, +0530.
func Abbreviation(ts int64, zone *time.Location) string {
	name, _ := time.Unix(floorDiv(ts-UnixEpochMicro, Second), 0).In(zone).Zone()
	if rest, ok := strings.CutPrefix(name, "<"); ok {
		name, _, _ = strings.Cut(rest, ">")
	}
	return name[:min(len(name), maxAbbreviation)]
}

// appendLocal appends what a timestamp has before its zone and its era, in a format other than ISO.
func (s DateStyle) appendLocal(dst []byte, local int64) ([]byte, int64) {
	days, micros := Split(local)
	year, month, day := Civil(days)
	if s.Format != DatePostgres {
		dst = s.appendNumbers(dst, year, month, day, '-')
		return AppendTime(append(dst, ' '), micros), year
	}
	dst = append(append(dst, weekdays[floorMod(days+6, 7)]...), ' ')
	if s.Order == OrderDMY {
		dst = append(appendPadded(dst, int64(day), 2), ' ')
		dst = append(dst, months[month-1]...)
	} else {
		dst = append(append(dst, months[month-1]...), ' ')
		dst = appendPadded(dst, int64(day), 2)
	}
	dst = AppendTime(append(dst, ' '), micros)
	return appendPadded(append(dst, ' '), eraYear(year), 4), year
}

var (
	weekdays = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	months   = [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)
