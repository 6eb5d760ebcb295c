package fn

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
)

// Style is what the context says about text forms.
func (c *Context) Style() *row.Style { return &row.Style{Zone: c.Location()} }

// AppendText appends the text form of a value that is not NULL.
func AppendText(c *Context, dst []byte, t row.Type, d row.Datum) []byte {
	if t.Kind == row.Timestamptz || t.Kind == row.Array || t.Kind == row.Record {
		return row.AppendText(dst, t, d, c.Style())
	}
	return row.AppendText(dst, t, d, nil)
}

// ParseText reads a type's text form; the words "now", "today", "tomorrow" and
// "yesterday" mean the context's clock.
func ParseText(c *Context, t row.Type, s string) (row.Datum, error) {
	switch t.Kind {
	case row.Date, row.Timestamp, row.Timestamptz, row.Time:
		if d, ok := clockWord(c, t.Kind, s); ok {
			return d, nil
		}
	}
	return row.ParseText(t, s, c.Style())
}

func clockWord(c *Context, k row.Kind, s string) (row.Datum, bool) {
	if len(s) < 3 || len(s) > 40 {
		return row.Datum{}, false
	}
	shift := int64(0)
	word := strings.ToLower(strings.TrimSpace(s))
	switch word {
	case "now", "today":
	case "tomorrow":
		shift = 1
	case "yesterday":
		shift = -1
	default:
		return row.Datum{}, false
	}
	now := c.Clock()
	local := now + int64(datetime.Offset(now, c.Location()))*datetime.Second
	day, micros := datetime.Split(local)
	switch {
	case k == row.Date:
		return row.IntDatum(day + shift), true
	case k == row.Time && word == "now":
		return row.IntDatum(micros), true
	case k == row.Time:
		return row.Datum{}, false
	case word == "now" && k == row.Timestamptz:
		return row.IntDatum(now), true
	case word == "now":
		return row.IntDatum(local), true
	}
	midnight := (day + shift) * datetime.Day
	if k == row.Timestamptz {
		midnight = datetime.FromLocal(midnight, c.Location())
	}
	return row.IntDatum(midnight), true
}

// Clock is Now, 0 without a context.
func (c *Context) Clock() int64 {
	if c == nil {
		return 0
	}
	return c.Now
}

// HasLength reports that the type's modifier limits a number of characters.
func HasLength(t row.Type) bool {
	k := t.Kind
	if k == row.Array {
		k = t.Elem
	}
	return k == row.Varchar || k == row.BPChar
}

// TypeName is the type's name as messages print it, without a modifier:
// "integer", "timestamp with time zone", "text[]".
func TypeName(t row.Type) string {
	switch {
	case t.Kind == row.Array && t.Elem == row.Unknown:
		return "anyarray"
	case t.Kind == row.BPChar || t.Kind == row.Array && t.Elem == row.BPChar:
		return strings.Replace(t.Base().String(), "bpchar", "character", 1)
	}
	return t.Base().String()
}
