package pgwire

import (
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
)

// textStyle is how a session wants values to look and how it writes them.
type textStyle struct {
	zone  string
	style row.Style
}

// set takes the style from the reported parameters. A zone that this system
// does not know keeps the former one: the session has checked it already.
func (s *textStyle) set(params map[string]string) {
	zone := params["TimeZone"]
	if zone == s.zone || zone == "" {
		return
	}
	if loc, err := settings.Zone(zone); err == nil {
		s.zone, s.style.Zone = zone, loc
	}
}

func (s *textStyle) appendText(dst []byte, c *row.Column, i int) []byte {
	return row.AppendText(dst, c.Type, c.Datum(i), &s.style)
}
