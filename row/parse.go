package row

import "github.com/tarndb/tarn/row/fault"

// ParseText reads PostgreSQL's input syntax of a type.
func ParseText(t Type, s string, st *Style) (Datum, error) {
	return Datum{}, fault.Syntax(t.Base().String(), s)
}

// ApplyTypmod fits a value into its type's modifier, as an explicit cast or as an assignment does.
func ApplyTypmod(t Type, d Datum, explicit bool) (Datum, error) { return d, nil }
