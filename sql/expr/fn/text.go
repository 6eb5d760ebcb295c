package fn

import (
	"strings"

	"github.com/tarndb/tarn/row"
)

// Style is what the context says about text forms.
func (c *Context) Style() *row.Style {
	now := c.Clock()
	return &row.Style{Forms: c.forms(), Zone: c.Location(), Now: &now}
}

// forms is Forms, the default ones without a context.
func (c *Context) forms() row.Forms {
	if c == nil {
		return row.Forms{}
	}
	return c.Forms
}

// AppendText appends the text form of a value that is not NULL.
func AppendText(c *Context, dst []byte, t row.Type, d row.Datum) []byte {
	if t.Kind == row.Timestamptz || t.Kind == row.Array || t.Kind == row.Record || c.forms() != (row.Forms{}) {
		return row.AppendText(dst, t, d, c.Style())
	}
	return row.AppendText(dst, t, d, nil)
}

// ParseText reads a type's text form; the words "now", "today", "tomorrow" and
// "yesterday" mean the context's clock.
func ParseText(c *Context, t row.Type, s string) (row.Datum, error) {
	return row.ParseText(t, s, c.Style())
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
