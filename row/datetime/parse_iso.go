package datetime

import "strings"

// isoInterval reads ISO 8601 durations: P1Y2M3DT4H5M6S, P0001-02-03T04:05:06, P1W.
func isoInterval(text string) (Interval, error) {
	if len(text) < 2 || text[0] != 'P' {
		return Interval{}, errFormat
	}
	var s sum
	inTime, any := false, false
	for rest := text[1:]; rest != ""; {
		if rest[0] == 'T' {
			if inTime {
				return Interval{}, errFormat
			}
			inTime, any, rest = true, false, rest[1:]
			continue
		}
		n := 0
		for n < len(rest) && (isDigit(rest[n]) || rest[n] == '.' || n == 0 && (rest[n] == '-' || rest[n] == '+')) {
			n++
		}
		if n == 0 || n == 1 && !isDigit(rest[0]) {
			return Interval{}, errFormat
		}
		if n == len(rest) || rest[n] == '-' || rest[n] == ':' || rest[n] == 'T' && !inTime {
			if any {
				return Interval{}, errFormat
			}
			w, err := s.isoAlternative(rest, inTime)
			if err != nil {
				return Interval{}, err
			}
			any, rest = true, rest[w:]
			continue
		}
		u, ok := isoUnit(rest[n], inTime)
		if !ok {
			return Interval{}, errFormat
		}
		if err := s.signed(rest[:n], u); err != nil {
			return Interval{}, err
		}
		any, rest = true, rest[n+1:]
	}
	return s.interval()
}

func (s *sum) signed(text string, u unit) error {
	v, f, err := splitFraction(text)
	if err != nil {
		return err
	}
	return s.put(u, v, f)
}

func isoUnit(c byte, inTime bool) (unit, bool) {
	if inTime {
		switch c {
		case 'H':
			return unitHour, true
		case 'M':
			return unitMinute, true
		case 'S':
			return unitSecond, true
		}
		return unitNone, false
	}
	switch c {
	case 'Y':
		return unitYear, true
	case 'M':
		return unitMonth, true
	case 'W':
		return unitWeek, true
	case 'D':
		return unitDay, true
	}
	return unitNone, false
}

// isoAlternative reads yyyy-mm-dd, yyyymmdd, hh:mm:ss or hhmmss and says how long it was.
func (s *sum) isoAlternative(rest string, inTime bool) (int, error) {
	end := strings.IndexByte(rest, 'T')
	if end < 0 {
		end = len(rest)
	}
	text := rest[:end]
	units, sep := []unit{unitYear, unitMonth, unitDay}, "-"
	if inTime {
		units, sep = []unit{unitHour, unitMinute, unitSecond}, ":"
	}
	var parts []string
	width := 6
	if !inTime {
		width = 8
	}
	if !strings.Contains(text[1:], sep) && len(text) == width {
		parts = []string{text[:width-4], text[width-4 : width-2], text[width-2:]}
	} else {
		parts = splitParts(text, sep[0])
	}
	if len(parts) > 3 {
		return 0, errFormat
	}
	for i, p := range parts {
		if p == "" || (p[0] == '-' || p[0] == '+') && len(p) == 1 {
			return 0, errFormat
		}
		if err := s.signed(p, units[i]); err != nil {
			return 0, err
		}
	}
	return end, nil
}

// splitParts cuts at separators that are not the sign of a part.
func splitParts(text string, sep byte) []string {
	var parts []string
	start := 0
	for i := 1; i < len(text); i++ {
		if text[i] == sep && i > start {
			parts, start = append(parts, text[start:i]), i+1
		}
	}
	return append(parts, text[start:])
}
