package datetime

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tarndb/tarn/row/fault"
)

var zones sync.Map // lower-case name -> *time.Location

// LoadZone finds a time zone by its name in the time zone database, in any case,
// by an abbreviation, or by a POSIX rule without daylight saving ("UTC+3", whose
// positive offsets are west).
func LoadZone(name string) (*time.Location, error) {
	low := strings.ToLower(name)
	if z, ok := zones.Load(low); ok {
		return z.(*time.Location), nil
	}
	z := findZone(name, low)
	if z == nil {
		return nil, fault.New(fault.InvalidParameter, "time zone \"%s\" not recognized", name)
	}
	if z != time.UTC && z.String() != strings.ToUpper(low) {
		// Only the database's zones are kept: there are only so many of them.
		zones.Store(low, z)
	}
	return z, nil
}

func findZone(name, low string) *time.Location {
	if low == "" || low == "local" || strings.HasPrefix(low, ".") || strings.HasPrefix(low, "/") {
		return nil
	}
	if low == "utc" || low == "gmt" || low == "z" || low == "zulu" {
		return time.UTC
	}
	for _, n := range [...]string{name, titleZone(low), strings.ToUpper(low)} {
		if z, err := time.LoadLocation(n); err == nil && n != "LOCAL" {
			return z
		}
	}
	if offset, ok := abbreviations[low]; ok {
		return time.FixedZone(strings.ToUpper(low), offset)
	}
	return posixZone(low)
}

// titleZone spells a lower-case zone name as the database does: america/new_york.
func titleZone(low string) string {
	b := []byte(low)
	word := 0
	for i := 0; i <= len(b); i++ {
		if i < len(b) && isAlpha(b[i]) {
			continue
		}
		switch w := low[word:i]; w {
		case "of", "au", "es", "":
		case "gmt", "utc", "us", "nz", "gb", "dumontdurville":
			if w == "dumontdurville" {
				copy(b[word:], "DumontDUrville")
			} else {
				copy(b[word:], strings.ToUpper(w))
			}
		default:
			b[word] -= 'a' - 'A'
		}
		word = i + 1
	}
	return string(b)
}

func posixZone(low string) *time.Location {
	i := strings.IndexAny(low, "+-0123456789")
	if i < 0 {
		return nil
	}
	for _, c := range []byte(low[:i]) {
		if !isAlpha(c) {
			return nil
		}
	}
	text := low[i:]
	if isDigit(text[0]) {
		text = "+" + text
	}
	offset, err := offsetSeconds(text)
	if err != nil || offset > 24*3600 || offset < -24*3600 {
		return nil
	}
	return time.FixedZone(strings.ToUpper(low), -offset)
}

// parseOffset reads a sign and hh, hhmm, hh:mm or hh:mm:ss as seconds.
func parseOffset(s string) (int, error) {
	seconds, err := offsetSeconds(s)
	if err == nil && (seconds >= 16*3600 || seconds <= -16*3600) {
		err = errZoneRange
	}
	return seconds, err
}

func offsetSeconds(s string) (int, error) {
	parts := strings.Split(s[1:], ":")
	var hms [3]int
	for i, part := range parts {
		v, err := strconv.Atoi(part)
		if err != nil || i > 2 || part[0] == '-' || part[0] == '+' {
			return 0, errFormat
		}
		hms[i] = v
	}
	if len(parts) == 1 && len(parts[0]) > 2 {
		hms[0], hms[1] = hms[0]/100, hms[0]%100
	}
	if hms[0] > 167 || hms[1] > 59 || hms[2] > 59 {
		return 0, errZoneRange
	}
	seconds := hms[0]*3600 + hms[1]*60 + hms[2]
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, nil
}

// ParseOffset reads a zone given as a signed offset, in seconds east of UTC.
func ParseOffset(s string) (seconds int, ok bool) {
	if len(s) < 2 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	seconds, err := parseOffset(s)
	return seconds, err == nil
}
