package fn

import (
	"encoding/hex"
	"github.com/tarndb/tarn/sql/pgerr"
	"math/bits"
	"strconv"

	"github.com/tarndb/tarn/row"
)

// AppendText appends the text form of a value that is not NULL.
func AppendText(c *Context, dst []byte, t row.Type, d row.Datum) []byte {
	switch {
	case t.Phys() == row.PhysInt:
		return strconv.AppendInt(dst, d.I, 10)
	case t.Phys() == row.PhysFloat:
		return strconv.AppendFloat(dst, d.F, 'g', -1, 64)
	case t.Kind.IsString():
		return append(dst, d.B...)
	}
	return hex.AppendEncode(dst, d.B)
}

// HasLength reports that the type's modifier limits a number of characters.
func HasLength(t row.Type) bool {
	k := t.Kind
	if k == row.Array {
		k = t.Elem
	}
	return k == row.Varchar || k == row.BPChar
}

// FormatType is the type's name with its modifier, as format_type prints it.
func FormatType(t row.Type) string { return typeName(t) }

// ParseText reads a type's text form.
func ParseText(c *Context, t row.Type, s string) (row.Datum, error) {
	return row.Datum{}, pgerr.New(pgerr.FeatureNotSupported, "text input of %s is not available", FormatType(t))
}

func trailing(w uint64) int { return bits.TrailingZeros64(w) }
