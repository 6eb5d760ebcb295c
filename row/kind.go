// Package row is the leaf that every layer speaks: types, columns, batches of
// weighted rows, consolidation, the order-preserving key codec and the text
// forms of values. It imports nothing of Tarn.
package row

// Kind names a type as PostgreSQL does, without its modifier.
type Kind uint8

// The kinds. Their numbers are part of the on-disk format: append, never reorder.
const (
	Unknown Kind = iota // an untyped literal or a NULL that nothing has typed yet
	Bool
	Int2
	Int4
	Int8
	Float4
	Float8
	Numeric
	Text
	Varchar
	BPChar // char(n): blank-padded
	Bytea
	Date
	Time
	Timestamp
	Timestamptz
	Interval
	UUID
	JSON
	JSONB
	Array  // see Type.Elem
	Record // a row value; not storable
	// The catalog's own types: needed where clients read pg_catalog.
	OID
	Name
	Char // "char": one byte
	Regclass
	Regtype
	Regproc
	Regnamespace
	Int2Vector
	OIDVector
	Void
	Bit    // bit(n): the digits 0 and 1, as many as the modifier says
	Varbit // bit varying(n): up to as many
	JSONPath
	Enum   // see Type.User
	Timetz // datetime.Timetz.Int
	numKinds
)

// Phys is how values of a type lie in a column.
type Phys uint8

// The three physical forms. Few on purpose: one generic kernel instance each.
const (
	PhysInt   Phys = iota // []int64: bool, int2/4/8, date (days since 2000-01-01), time, timestamp, timestamptz (microseconds since midnight / 2000-01-01), oid and its aliases, "char", enums (EnumValue.Int), timetz (datetime.Timetz.Int)
	PhysFloat             // []float64: float4 (rounded to float32), float8
	PhysBytes             // data + offsets: everything else, in the form that the type's file documents
)

// Type is a kind, an element kind for arrays, PostgreSQL's type modifier, and which
// of the users' types it is. It is comparable.
type Type struct {
	Kind Kind
	Elem Kind   // the element's kind when Kind is Array; else Unknown (0)
	Mod  int32  // PostgreSQL's typmod: 0 means none (stored as typmod+1, so that the zero value is "none")
	User uint32 `json:",omitempty"` // EnumType.OID where Kind or Elem is Enum; else 0
}

// T makes a type without modifier.
func T(k Kind) Type { return Type{Kind: k} }

// ArrayOf makes the array type of an element kind.
func ArrayOf(elem Kind) Type { return Type{Kind: Array, Elem: elem} }

// WithTypmod returns t with PostgreSQL's typmod (-1 = none).
func (t Type) WithTypmod(typmod int32) Type { t.Mod = typmod + 1; return t }

// Typmod is PostgreSQL's typmod, -1 when there is none.
func (t Type) Typmod() int32 { return t.Mod - 1 }

// ElemType is the element's type of an array type; the modifier belongs to the element.
func (t Type) ElemType() Type { return Type{Kind: t.Elem, Mod: t.Mod, User: t.User} }

// ArrayType is the type of arrays of t, whose modifier it takes over.
func (t Type) ArrayType() Type { return Type{Kind: Array, Elem: t.Kind, Mod: t.Mod, User: t.User} }

// Base is t without its modifier.
func (t Type) Base() Type { t.Mod = 0; return t }

// Is reports whether t is of kind k.
func (t Type) Is(k Kind) bool { return t.Kind == k }

type kindInfo struct {
	name     string // pg_type.typname
	sql      string // format_type's name, without modifier
	oid      uint32
	arrayOID uint32
	phys     Phys
	len      int16 // pg_type.typlen
}

var kinds = [numKinds]kindInfo{
	Unknown:      {"unknown", "unknown", 705, 0, PhysBytes, -2},
	Bool:         {"bool", "boolean", 16, 1000, PhysInt, 1},
	Int2:         {"int2", "smallint", 21, 1005, PhysInt, 2},
	Int4:         {"int4", "integer", 23, 1007, PhysInt, 4},
	Int8:         {"int8", "bigint", 20, 1016, PhysInt, 8},
	Float4:       {"float4", "real", 700, 1021, PhysFloat, 4},
	Float8:       {"float8", "double precision", 701, 1022, PhysFloat, 8},
	Numeric:      {"numeric", "numeric", 1700, 1231, PhysBytes, -1},
	Text:         {"text", "text", 25, 1009, PhysBytes, -1},
	Varchar:      {"varchar", "character varying", 1043, 1015, PhysBytes, -1},
	BPChar:       {"bpchar", "character", 1042, 1014, PhysBytes, -1},
	Bytea:        {"bytea", "bytea", 17, 1001, PhysBytes, -1},
	Date:         {"date", "date", 1082, 1182, PhysInt, 4},
	Time:         {"time", "time without time zone", 1083, 1183, PhysInt, 8},
	Timestamp:    {"timestamp", "timestamp without time zone", 1114, 1115, PhysInt, 8},
	Timestamptz:  {"timestamptz", "timestamp with time zone", 1184, 1185, PhysInt, 8},
	Interval:     {"interval", "interval", 1186, 1187, PhysBytes, 16},
	UUID:         {"uuid", "uuid", 2950, 2951, PhysBytes, 16},
	JSON:         {"json", "json", 114, 199, PhysBytes, -1},
	JSONB:        {"jsonb", "jsonb", 3802, 3807, PhysBytes, -1},
	Array:        {"anyarray", "anyarray", 2277, 0, PhysBytes, -1},
	Record:       {"record", "record", 2249, 2287, PhysBytes, -1},
	OID:          {"oid", "oid", 26, 1028, PhysInt, 4},
	Name:         {"name", "name", 19, 1003, PhysBytes, 64},
	Char:         {"char", "\"char\"", 18, 1002, PhysInt, 1},
	Regclass:     {"regclass", "regclass", 2205, 2210, PhysInt, 4},
	Regtype:      {"regtype", "regtype", 2206, 2211, PhysInt, 4},
	Regproc:      {"regproc", "regproc", 24, 1008, PhysInt, 4},
	Regnamespace: {"regnamespace", "regnamespace", 4089, 4090, PhysInt, 4},
	Int2Vector:   {"int2vector", "int2vector", 22, 1006, PhysBytes, -1},
	OIDVector:    {"oidvector", "oidvector", 30, 1013, PhysBytes, -1},
	Void:         {"void", "void", 2278, 0, PhysInt, 4},
	Bit:          {"bit", "bit", 1560, 1561, PhysBytes, -1},
	Varbit:       {"varbit", "bit varying", 1562, 1563, PhysBytes, -1},
	JSONPath:     {"jsonpath", "jsonpath", 4072, 4073, PhysBytes, -1},
	Timetz:       {"timetz", "time with time zone", 1266, 1270, PhysInt, 12},
	Enum:         {"anyenum", "anyenum", 3500, 0, PhysInt, 4},
}

// Phys is the physical form of the type's values.
func (t Type) Phys() Phys { return kinds[t.Kind].phys }

// Phys is the physical form of the kind's values.
func (k Kind) Phys() Phys { return kinds[k].phys }

// OID is PostgreSQL's object identifier of the type.
func (t Type) OID() uint32 {
	switch {
	case t.User != 0 && t.Kind == Array:
		return t.User + 1
	case t.User != 0:
		return t.User
	case t.Kind == Array:
		return kinds[t.Elem].arrayOID
	}
	return kinds[t.Kind].oid
}

// Len is pg_type.typlen: bytes of a fixed-length type, -1 for varlena, -2 for a C string.
func (t Type) Len() int16 { return kinds[t.Kind].len }

// Name is pg_type.typname: "int4", "_int4".
func (t Type) Name() string {
	if t.Kind == Array {
		return "_" + t.ElemType().Name()
	}
	if e := EnumOf(t); e != nil {
		return e.Name
	}
	return kinds[t.Kind].name
}

// TypeByOID finds the type of a PostgreSQL type OID.
func TypeByOID(oid uint32) (Type, bool) {
	if e := enumByOID(oid &^ 1); e != nil && oid == e.OID {
		return e.Type(), true
	} else if e != nil {
		return e.Type().ArrayType(), true
	}
	for k := Kind(0); k < numKinds; k++ {
		if kinds[k].oid == oid && k != Array && k != Enum {
			return T(k), true
		}
		if kinds[k].arrayOID == oid && oid != 0 {
			return ArrayOf(k), true
		}
	}
	return Type{}, false
}

// Kinds lists every kind but Array and Enum, which are no types alone: for catalogs
// and tests.
func Kinds() []Kind {
	out := make([]Kind, 0, numKinds)
	for k := Kind(0); k < numKinds; k++ {
		if k != Array && k != Enum {
			out = append(out, k)
		}
	}
	return out
}

// Comparable reports whether the type has an equality and an order.
func (t Type) Comparable() bool {
	if t.Kind == Array {
		t = t.ElemType()
	}
	return t.Kind != JSON && t.Kind != JSONPath
}

// IsString reports whether the kind's values are character strings.
func (k Kind) IsString() bool {
	return k == Text || k == Varchar || k == BPChar || k == Name || k == Unknown
}

// IsInteger reports int2, int4 and int8.
func (k Kind) IsInteger() bool { return k == Int2 || k == Int4 || k == Int8 }

// IsNumber reports the integers, floats and numeric.
func (k Kind) IsNumber() bool {
	return k.IsInteger() || k == Float4 || k == Float8 || k == Numeric
}
