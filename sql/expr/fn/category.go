package fn

import "github.com/tarndb/tarn/row"

// Category is pg_type.typcategory.
type Category byte

// The categories.
const (
	CatArray    Category = 'A'
	CatBool     Category = 'B'
	CatBits     Category = 'V'
	CatDatetime Category = 'D'
	CatEnum     Category = 'E'
	CatNumeric  Category = 'N'
	CatPseudo   Category = 'P'
	CatString   Category = 'S'
	CatTimespan Category = 'T'
	CatUser     Category = 'U'
	CatUnknown  Category = 'X'
	CatInternal Category = 'Z'
)

// CategoryOf is the type's category and whether the type is preferred in it.
func CategoryOf(t row.Type) (c Category, preferred bool) {
	switch t.Kind {
	case row.Unknown:
		return CatUnknown, false
	case row.Bool:
		return CatBool, true
	case row.Int2, row.Int4, row.Int8, row.Float4, row.Numeric, row.Regclass, row.Regtype, row.Regproc, row.Regnamespace:
		return CatNumeric, false
	case row.Float8, row.OID:
		return CatNumeric, true
	case row.Text:
		return CatString, true
	case row.Varchar, row.BPChar, row.Name:
		return CatString, false
	case row.Char:
		return CatInternal, false
	case row.Date, row.Time, row.Timetz, row.Timestamp:
		return CatDatetime, false
	case row.Timestamptz:
		return CatDatetime, true
	case row.Interval:
		return CatTimespan, true
	case row.Array, row.Int2Vector, row.OIDVector:
		return CatArray, false
	case row.Bit:
		return CatBits, false
	case row.Varbit:
		return CatBits, true
	case row.Enum:
		return CatEnum, false
	case row.Record, row.Void:
		return CatPseudo, false
	}
	return CatUser, false
}
