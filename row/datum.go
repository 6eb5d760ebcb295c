package row

// Datum is one value outside a column: a constant, a peek's bound, a cell on
// its way to a client. The data path does not use it. The type is carried
// beside it, not in it. Zero is the integer 0; use NullDatum for NULL.
type Datum struct {
	Null bool
	I    int64   // PhysInt
	F    float64 // PhysFloat
	B    []byte  // PhysBytes; never modified once set
}

// NullDatum is SQL's NULL.
var NullDatum = Datum{Null: true}

// IntDatum makes a PhysInt value.
func IntDatum(v int64) Datum { return Datum{I: v} }

// BoolDatum makes a bool value.
func BoolDatum(v bool) Datum {
	if v {
		return Datum{I: 1}
	}
	return Datum{}
}

// FloatDatum makes a PhysFloat value.
func FloatDatum(v float64) Datum { return Datum{F: v} }

// BytesDatum makes a PhysBytes value; it keeps b.
func BytesDatum(b []byte) Datum { return Datum{B: b} }

// StringDatum makes a PhysBytes value from a string.
func StringDatum(s string) Datum { return Datum{B: []byte(s)} }

// Row is a tuple outside a batch.
type Row []Datum
