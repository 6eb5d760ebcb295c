package pgcatalog

import (
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// kindFacts is what pg_type says of a kind beside what package row knows.
type kindFacts struct {
	category  byte
	preferred bool
	align     byte
	in, recv  string // the names of the input and the binary input function
	out, send string
}

// Input functions follow two patterns: "int4in" and "date_in".
func plain(category byte, align byte, name string) kindFacts {
	return kindFacts{category: category, align: align, in: name + "in", recv: name + "recv", out: name + "out", send: name + "send"}
}

func under(category byte, align byte, name string) kindFacts { return plain(category, align, name+"_") }

func (f kindFacts) prefer() kindFacts { f.preferred = true; return f }

var facts = map[row.Kind]kindFacts{
	row.Unknown: plain('X', 'c', "unknown"), row.Void: under('P', 'i', "void"), row.Record: under('P', 'd', "record"),
	row.Bool: plain('B', 'c', "bool").prefer(), row.Int2: plain('N', 's', "int2"), row.Int4: plain('N', 'i', "int4"),
	row.Int8: plain('N', 'd', "int8"), row.Float4: plain('N', 'i', "float4"), row.Float8: plain('N', 'd', "float8").prefer(),
	row.Numeric: under('N', 'i', "numeric"), row.Text: plain('S', 'i', "text").prefer(),
	row.Varchar: plain('S', 'i', "varchar"), row.BPChar: plain('S', 'i', "bpchar"),
	row.Bytea: plain('U', 'i', "bytea"), row.Date: under('D', 'i', "date"), row.Time: under('D', 'd', "time"), row.Timetz: under('D', 'd', "timetz"),
	row.Timestamp: under('D', 'd', "timestamp"), row.Timestamptz: under('D', 'd', "timestamptz").prefer(),
	row.Interval: under('T', 'd', "interval").prefer(), row.UUID: under('U', 'c', "uuid"),
	row.JSON: under('U', 'i', "json"), row.JSONB: under('U', 'i', "jsonb"), row.JSONPath: under('U', 'i', "jsonpath"), row.OID: plain('N', 'i', "oid").prefer(),
	row.Name: plain('S', 'c', "name"), row.Char: plain('Z', 'c', "char"), row.Regclass: plain('N', 'i', "regclass"),
	row.Regtype: plain('N', 'i', "regtype"), row.Regproc: plain('N', 'i', "regproc"), row.Regnamespace: plain('N', 'i', "regnamespace"),
	row.Bit: under('V', 'i', "bit"), row.Varbit: under('V', 'i', "varbit").prefer(),
	row.Enum: under('E', 'i', "enum"), row.Int2Vector: plain('A', 'i', "int2vector"), row.OIDVector: plain('A', 'i', "oidvector"),
}

var arrayFacts = under('A', 'i', "array")

func factsOf(t row.Type) kindFacts {
	if t.Is(row.Array) {
		f := arrayFacts
		if facts[t.Elem].align == 'd' {
			f.align = 'd'
		}
		return f
	}
	return facts[t.Kind]
}

// typeLen is attlen and typlen; an array is always of variable length.
func typeLen(t row.Type) int16 {
	if t.Is(row.Array) {
		return -1
	}
	return t.Len()
}

func byValue(t row.Type) bool {
	n := typeLen(t)
	return n == 1 || n == 2 || n == 4 || n == 8
}

func alignment(t row.Type) byte { return factsOf(t).align }

func storageOf(t row.Type) byte {
	switch {
	case typeLen(t) >= 0 || t.Is(row.Unknown) || t.Is(row.Int2Vector) || t.Is(row.OIDVector):
		return 'p'
	case t.Is(row.Numeric):
		return 'm'
	}
	return 'x'
}

func collationOf(t row.Type) uint32 {
	k := t.Kind
	if k == row.Array {
		k = t.Elem
	}
	switch k {
	case row.Text, row.Varchar, row.BPChar:
		return defaultCollate
	case row.Name:
		return cCollate
	}
	return 0
}

// elementOf is typelem: also the vectors and name can be subscripted.
func elementOf(t row.Type) uint32 {
	switch t.Kind {
	case row.Array:
		return t.ElemType().Base().OID()
	case row.Int2Vector:
		return row.T(row.Int2).OID()
	case row.OIDVector:
		return row.T(row.OID).OID()
	case row.Name:
		return row.T(row.Char).OID()
	}
	return 0
}

func typeKind(t row.Type) byte {
	switch t.Kind {
	case row.Unknown, row.Void, row.Record:
		return 'p'
	case row.Enum:
		return 'e'
	}
	return 'b'
}

// allTypes lists every type and its array type.
func allTypes() []row.Type {
	var out []row.Type
	for _, k := range row.Kinds() {
		out = append(out, row.T(k))
		if row.ArrayOf(k).OID() != 0 {
			out = append(out, row.ArrayOf(k))
		}
	}
	return out
}

func arrayOID(t row.Type) uint32 {
	if t.Is(row.Array) {
		return 0
	}
	return t.ArrayType().OID()
}

// opclassOID numbers the default B-tree operator class of a type.
func opclassOID(t row.Type) uint32 { return 10000 + uint32(t.Kind) }

func procOf(pick func(kindFacts) string) func(catalogType) cell {
	return func(t catalogType) cell { return num(ioProcs.oid(pick(factsOf(t.Type)))) }
}

// catalogType is a type with its schema's number.
type catalogType struct {
	row.Type
	namespace uint32
}

// enumValue is a value of an enumerated type, with its place from 1 on.
type enumValue struct {
	row.EnumValue
	of    uint32
	place int
}

func (s *snapshot) eachEnumValue(yield func(enumValue)) {
	for _, t := range s.catalog.Types() {
		for i, v := range t.Values {
			yield(enumValue{v, t.OID, i + 1})
		}
	}
}

func typeTables() []engine.SystemTable {
	types := allTypes()
	eachType := func(s *snapshot, yield func(catalogType)) {
		for _, t := range types {
			yield(catalogType{t, catalogNamespace})
		}
		for _, t := range s.catalog.Types() {
			yield(catalogType{t.Type(), s.namespaces[t.Schema]})
			yield(catalogType{t.Type().ArrayType(), s.namespaces[t.Schema]})
		}
	}
	return []engine.SystemTable{
		define(catalogSchema, "pg_type", `oid oid, typname name, typnamespace oid, typowner oid=10, typlen int2, typbyval bool,
			typtype char, typcategory char, typispreferred bool, typisdefined bool=t, typdelim char, typrelid oid=0, typsubscript regproc=0,
			typelem oid, typarray oid, typinput regproc, typoutput regproc, typreceive regproc, typsend regproc, typmodin regproc=0,
			typmodout regproc=0, typanalyze regproc=0, typalign char, typstorage char, typnotnull bool=f, typbasetype oid=0,
			typtypmod int4=-1, typndims int4=0, typcollation oid, typdefaultbin node, typdefault text, typacl acl`,
			eachType, getters[catalogType]{
				"oid":            func(t catalogType) cell { return num(t.OID()) },
				"typname":        func(t catalogType) cell { return text(t.Name()) },
				"typnamespace":   func(t catalogType) cell { return num(t.namespace) },
				"typlen":         func(t catalogType) cell { return num(typeLen(t.Type)) },
				"typbyval":       func(t catalogType) cell { return boolean(byValue(t.Type)) },
				"typtype":        func(t catalogType) cell { return letter(typeKind(t.Type)) },
				"typcategory":    func(t catalogType) cell { return letter(factsOf(t.Type).category) },
				"typispreferred": func(t catalogType) cell { return boolean(factsOf(t.Type).preferred) },
				"typdelim":       func(catalogType) cell { return letter(',') },
				"typelem":        func(t catalogType) cell { return num(elementOf(t.Type)) },
				"typarray":       func(t catalogType) cell { return num(arrayOID(t.Type)) },
				"typinput":       procOf(func(f kindFacts) string { return f.in }),
				"typoutput":      procOf(func(f kindFacts) string { return f.out }),
				"typreceive":     procOf(func(f kindFacts) string { return f.recv }),
				"typsend":        procOf(func(f kindFacts) string { return f.send }),
				"typalign":       func(t catalogType) cell { return letter(alignment(t.Type)) },
				"typstorage":     func(t catalogType) cell { return letter(storageOf(t.Type)) },
				"typcollation":   func(t catalogType) cell { return num(collationOf(t.Type)) },
			}),
		define(catalogSchema, "pg_opclass", `oid oid, opcmethod oid=403, opcname name, opcnamespace oid=11, opcowner oid=10,
			opcfamily oid=0, opcintype oid, opcdefault bool=t, opckeytype oid=0`,
			func(_ *snapshot, yield func(row.Type)) {
				for _, t := range types {
					if !t.Is(row.Array) && !t.Is(row.JSONPath) && typeKind(t) == 'b' { // a jsonpath has no order
						yield(t)
					}
				}
			}, getters[row.Type]{
				"oid":       func(t row.Type) cell { return num(opclassOID(t)) },
				"opcname":   func(t row.Type) cell { return text(t.Name() + "_ops") },
				"opcintype": func(t row.Type) cell { return num(t.OID()) },
			}),
		empty(catalogSchema, "pg_range", `rngtypid oid, rngsubtype oid, rngmultitypid oid, rngcollation oid, rngsubopc oid,
			rngcanonical regproc, rngsubdiff regproc`),
		define(catalogSchema, "pg_enum", `oid oid, enumtypid oid, enumsortorder float4, enumlabel name`,
			(*snapshot).eachEnumValue, getters[enumValue]{
				"oid":           func(v enumValue) cell { return num(v.OID) },
				"enumtypid":     func(v enumValue) cell { return num(v.of) },
				"enumsortorder": func(v enumValue) cell { return float(float64(v.place)) },
				"enumlabel":     func(v enumValue) cell { return text(v.Label) },
			}),
	}
}
