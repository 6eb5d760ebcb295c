package row

import "github.com/tarndb/tarn/row/fault"

// AppendBinary appends the wire protocol's binary form of a value that is not NULL.
func AppendBinary(dst []byte, t Type, d Datum) []byte { return dst }

// ParseBinary reads the wire protocol's binary form.
func ParseBinary(t Type, b []byte) (Datum, error) {
	return Datum{}, fault.New(fault.InvalidBinary, "incorrect binary data format")
}
