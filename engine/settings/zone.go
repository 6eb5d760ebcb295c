package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/pgerr"
)

// checkZone accepts the names of the IANA database and UTC.
func checkZone(_, v string) (string, error) {
	z, err := Zone(v)
	if err != nil {
		return "", err
	}
	return z.String(), nil
}

// Zone is the session's time zone.
func (s *Settings) Zone() *time.Location {
	z, err := Zone(s.values["timezone"])
	if err != nil {
		return time.UTC
	}
	return z
}

// Zone finds a time zone by its name, or by an offset in hours east of
// Greenwich, as SET TIME ZONE 2 gives it.
func Zone(v string) (*time.Location, error) {
	switch strings.ToLower(v) {
	case "utc", "gmt", "z", "zulu", "default", "local", "etc/utc":
		return time.UTC, nil
	}
	if h, err := strconv.ParseFloat(v, 64); err == nil && h >= -15 && h <= 15 {
		return offsetZone(int(math.Round(h * 3600))), nil
	}
	if text, ok := strings.CutPrefix(v, "INTERVAL '"); ok {
		if d, err := datetime.ParseInterval(strings.TrimSuffix(text, "'"), 0, datetime.StylePostgres); err == nil && d.Months == 0 && d.Days == 0 {
			return offsetZone(int(d.Micros / 1_000_000)), nil
		}
	}
	if _, rule, ok := strings.Cut(v, ">"); ok && strings.HasPrefix(v, "<") {
		if west, ok := datetime.ParseOffset(rule); ok {
			return time.FixedZone(v, -west), nil
		}
	}
	if z, err := time.LoadLocation(v); err == nil && v != "" {
		return z, nil
	}
	if strings.ContainsAny(v, "0123456789") {
		if z, err := datetime.LoadZone(v); err == nil {
			return z, nil
		}
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"TimeZone\": \"%s\"", v)
}

// offsetZone is a zone of so many seconds east of Greenwich, under its POSIX name, in
// which the second number counts to the west.
func offsetZone(east int) *time.Location {
	text := func(v int) string {
		s := fmt.Sprintf("%c%02d", "+-"[btoi(v < 0)], max(v, -v)/3600)
		if m := max(v, -v) / 60 % 60; m > 0 {
			s += fmt.Sprintf(":%02d", m)
		}
		return s
	}
	return time.FixedZone("<"+text(east)+">"+text(-east), east)
}

func btoi(v bool) int {
	if v {
		return 1
	}
	return 0
}
