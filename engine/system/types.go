// Package system is the relations that are computed when they are read, and what they
// may know: pg_catalog, information_schema and the schema tarn.
package system

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/cursor"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
)

// Table is a relation that is computed when it is read: pg_catalog,
// information_schema and the tarn schema. It is read as of the catalog and the
// epoch of the statement that reads it.
type Table struct {
	Schema, Name string
	OID          uint32
	Columns      []Column
	// Rows appends the relation's rows to out. It may be called by many
	// sessions at once and must not keep ctx.
	Rows func(ctx *Context, out *row.Batch) error
}

// Column is a column of a system table.
type Column struct {
	Name string
	Type row.Type
}

// Context is what a system table may know: the catalog as one consistent
// reading, and the session that asks.
type Context struct {
	Catalog CatalogReader
	Session SessionInfo
}

// SessionInfo is what system tables and functions know of a session.
type SessionInfo struct {
	User, Database string
	PID            int32
	SearchPath     []string
	Setting        func(name string) (value string, ok bool)
	Settings       func() []Setting
	Cursors        func() []*cursor.Cursor
}

// Setting is a session parameter as SHOW ALL and pg_settings print it.
type Setting = settings.Setting

// CatalogReader is a consistent reading of the catalog.
type CatalogReader interface {
	Schemas() []SchemaInfo
	Relations() []RelationInfo // user objects and system tables, by OID
	Relation(oid uint32) (RelationInfo, bool)
	Types() []*TypeInfo // the users'
}

// TypeInfo is an enumerated type.
type TypeInfo = catalog.Type

// SchemaInfo is a schema.
type SchemaInfo = catalog.Schema

// RelationInfo is a relation as catalogs show it.
type RelationInfo struct {
	OID        uint32
	Schema     string
	Name       string
	Kind       catalog.Kind
	System     bool
	Columns    []ColumnInfo
	PrimaryKey []int  // columns, nil when there is none
	KeyName    string // of the primary key's constraint, empty for the usual one
	Checks     []CheckInfo
	Indexes    []IndexInfo               // of a table, UNIQUE constraints among them
	Counts     *SequenceInfo             // of a sequence
	LastValue  func() (v int64, ok bool) // ok is false before the first
	// Owner and OwnerColumn are the column, counted from 1, that a sequence goes with.
	Owner         uint32
	OwnerColumn   int
	OwnerIdentity bool
	Comment       string
	KeyComment    string  // on the primary key's constraint
	Unique        [][]int // other keys known to be unique (a materialized view's output key)
	Definition    string  // the query of a view, as written
	CreateSQL     string  // the whole statement
	Rows          int64   // known or estimated count, -1 when unknown
	DependsOn     []uint32
}

// ColumnInfo is a column as catalogs show it.
type ColumnInfo struct {
	Name    string
	Type    row.Type
	NotNull bool
	Default string // text of the default's or generated value's expression, empty when there is none
	// Generated says that the column is computed from the others.
	Generated bool
	Identity  string        // pg_attribute.attidentity; the default is not shown then
	Counts    *SequenceInfo // of an identity column
	Comment   string
}

// SequenceInfo is how a sequence counts, as catalogs show it.
type SequenceInfo = catalog.Counting

// IndexInfo is an index of a table as catalogs show it.
type IndexInfo = catalog.IndexDef

// CheckInfo is a CHECK constraint as catalogs show it.
type CheckInfo = catalog.Check
