// Package pgcatalog is PostgreSQL 15's pg_catalog and information_schema over
// Tarn's catalog, as system tables for the engine. What clients read is
// truthful; what Tarn has no notion of exists with the right columns and no
// rows, because a missing relation or column stops a client and an empty one does not.
package pgcatalog

import (
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// cell is a value on its way into a column. It is a struct, not an interface, so
// that a catalog of thousands of attributes is built without boxing.
type cell struct {
	null bool
	num  int64 // a float's bits, in a column of floats
	text string
	list *list // nil is the empty array
}

// list is the elements of an array or vector.
type list []int64

var null = cell{null: true}

type integer interface {
	~int | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint32
}

func num[T integer](v T) cell     { return cell{num: int64(v)} }
func text[T ~string](v T) cell    { return cell{text: string(v)} }
func vector(v []int64) cell       { return cell{list: (*list)(&v)} }
func float(v float64) cell        { return cell{num: int64(math.Float64bits(v))} }
func letter(b byte) cell          { return cell{num: int64(b)} }
func textOrNull(s string) cell    { return cell{text: s, null: s == ""} }
func numIf(ok bool, v int64) cell { return cell{num: v, null: !ok} }

func boolean(v bool) cell {
	if v {
		return cell{num: 1}
	}
	return cell{}
}

// yesNo is information_schema's boolean.
func yesNo(v bool) cell {
	if v {
		return text("YES")
	}
	return text("NO")
}

// getters gives the columns that differ from row to row; the other columns hold
// their constant from the specification, or NULL.
type getters[T any] map[string]func(T) cell

// typeNames are the types of a specification.
var typeNames = map[string]row.Type{
	"bool": row.T(row.Bool), "int2": row.T(row.Int2), "int4": row.T(row.Int4), "int8": row.T(row.Int8),
	"float4": row.T(row.Float4), "float8": row.T(row.Float8), "numeric": row.T(row.Numeric),
	"text": row.T(row.Text), "varchar": row.T(row.Varchar), "name": row.T(row.Name), "char": row.T(row.Char),
	"oid": row.T(row.OID), "regproc": row.T(row.Regproc), "regtype": row.T(row.Regtype),
	"int2vector": row.T(row.Int2Vector), "oidvector": row.T(row.OIDVector),
	"timestamptz": row.T(row.Timestamptz), "interval": row.T(row.Interval), "bytea": row.T(row.Bytea),
	"text[]": row.ArrayOf(row.Text), "name[]": row.ArrayOf(row.Name), "char[]": row.ArrayOf(row.Char),
	"int2[]": row.ArrayOf(row.Int2), "oid[]": row.ArrayOf(row.OID), "float4[]": row.ArrayOf(row.Float4),
	"regtype[]": row.ArrayOf(row.Regtype),
	// Types that Tarn has not, and what their values are closest to.
	"xid": row.T(row.OID), "node": row.T(row.Text), "acl": row.ArrayOf(row.Text), "inet": row.T(row.Text),
}

// parseSpec reads "name type, name type=constant, ...".
func parseSpec(spec string) ([]engine.SystemColumn, []cell) {
	var cols []engine.SystemColumn
	var constants []cell
	for part := range strings.SplitSeq(spec, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), " ")
		typeName, constant, has := strings.Cut(rest, "=")
		t, ok := typeNames[typeName]
		if !ok {
			panic(fmt.Sprintf("pgcatalog: column %q has an unknown type %q", name, typeName))
		}
		cols = append(cols, engine.SystemColumn{Name: name, Type: t})
		c := null
		if has {
			c = parseConstant(t, constant)
		}
		constants = append(constants, c)
	}
	return cols, constants
}

func parseConstant(t row.Type, s string) cell {
	switch {
	case t.Is(row.Bool):
		return boolean(s == "t")
	case t.Is(row.Char):
		if s == "" {
			return letter(0)
		}
		return letter(s[0])
	case t.Phys() == row.PhysInt:
		v, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			panic(fmt.Sprintf("pgcatalog: constant %q: %v", s, err))
		}
		return num(v)
	case t.Phys() == row.PhysFloat:
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			panic(fmt.Sprintf("pgcatalog: constant %q: %v", s, err))
		}
		return float(v)
	case t.Kind.IsString():
		return text(s)
	default:
		return cell{} // the empty array or vector
	}
}

// define makes a system table: each yields its rows, get says what differs
// between them. The OID is PostgreSQL's where clients may know it by heart,
// otherwise derived from the name; see assignOIDs.
func define[T any](schema, name, spec string, each func(*snapshot, func(T)), get getters[T]) engine.SystemTable {
	cols, constants := parseSpec(spec)
	funcs := make([]func(T) cell, len(cols))
	forms := make([]form, len(cols))
	left := len(get)
	for i, c := range cols {
		forms[i] = formOf(c.Type)
		if f := get[c.Name]; f != nil {
			funcs[i] = f
			left--
		}
	}
	if left != 0 {
		panic(fmt.Sprintf("pgcatalog: %s.%s: a getter names no column of the specification, or a column stands twice", schema, name))
	}
	return engine.SystemTable{
		Schema: schema, Name: name, Columns: cols,
		Rows: func(ctx *engine.SystemContext, out *row.Batch) error {
			each(newSnapshot(ctx), func(v T) {
				for i := range forms {
					c := &constants[i]
					if funcs[i] != nil {
						value := funcs[i](v)
						c = &value
					}
					appendCell(&out.Cols[i], forms[i], c)
				}
				out.Weights = append(out.Weights, 1)
			})
			return nil
		},
	}
}

// empty makes a relation that has columns and no rows.
func empty(schema, name, spec string) engine.SystemTable {
	cols, _ := parseSpec(spec)
	return engine.SystemTable{
		Schema: schema, Name: name, Columns: cols,
		Rows: func(*engine.SystemContext, *row.Batch) error { return nil },
	}
}

// form is how a column takes cells; it is chosen once for a table.
type form uint8

const (
	asInt form = iota
	asFloat
	asText
	asList
)

func formOf(t row.Type) form {
	switch {
	case t.Is(row.Array) || t.Is(row.Int2Vector) || t.Is(row.OIDVector):
		return asList
	case t.Phys() == row.PhysInt:
		return asInt
	case t.Phys() == row.PhysFloat:
		return asFloat
	}
	return asText
}

func appendCell(c *row.Column, f form, v *cell) {
	switch {
	case v.null:
		c.AppendNull()
	case f == asInt:
		c.AppendInt(v.num)
	case f == asFloat:
		c.AppendFloat(math.Float64frombits(uint64(v.num)))
	case f == asText:
		c.AppendString(v.text)
	default:
		appendList(c, v.list)
	}
}

func appendList(c *row.Column, v *list) {
	b := row.NewArrayBuilder(c.Type)
	if v != nil {
		for _, n := range *v {
			b.Append(row.IntDatum(n))
		}
	}
	lower := 1
	if !c.Type.Is(row.Array) {
		lower = 0 // the vectors count from 0: clients index indkey by it
	}
	c.Data = b.FinishDims(c.Data, []row.Dim{{Len: b.Len(), Lower: lower}})
	c.EndBytes()
}

// wellKnown are the OIDs that clients may have learned by heart.
var wellKnown = map[string]uint32{
	"pg_catalog.pg_type": 1247, "pg_catalog.pg_attribute": 1249, "pg_catalog.pg_proc": 1255, "pg_catalog.pg_class": 1259,
	"pg_catalog.pg_database": 1262, "pg_catalog.pg_am": 2601, "pg_catalog.pg_attrdef": 2604, "pg_catalog.pg_cast": 2605,
	"pg_catalog.pg_constraint": 2606, "pg_catalog.pg_conversion": 2607, "pg_catalog.pg_depend": 2608,
	"pg_catalog.pg_description": 2609, "pg_catalog.pg_index": 2610, "pg_catalog.pg_inherits": 2611,
	"pg_catalog.pg_language": 2612, "pg_catalog.pg_namespace": 2615, "pg_catalog.pg_opclass": 2616,
	"pg_catalog.pg_operator": 2617, "pg_catalog.pg_rewrite": 2618, "pg_catalog.pg_trigger": 2620,
}

// The others lie between PostgreSQL's own and those of schemas and users.
const (
	firstTableOID = 11000
	tableOIDs     = 900
)

// assignOIDs gives each table a number that does not change from start to
// start, nor when another table is added at the end.
func assignOIDs(tables []engine.SystemTable) []engine.SystemTable {
	used := map[uint32]bool{}
	for i := range tables {
		t := &tables[i]
		name := t.Schema + "." + t.Name
		if t.OID = wellKnown[name]; t.OID != 0 {
			continue
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // a hash never fails
		at := h.Sum32() % tableOIDs
		for used[at] {
			at = (at + 1) % tableOIDs
		}
		used[at] = true
		t.OID = firstTableOID + at
	}
	return tables
}
