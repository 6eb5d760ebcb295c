package ast

import "slices"

// ColumnDef is a column of CREATE TABLE or CREATE SOURCE.
type ColumnDef struct {
	Loc
	Name      string
	Type      *TypeName
	Collation []string
	NotNull   bool
	Null      bool             // NULL was written
	Keys      []*KeyConstraint // PRIMARY KEY and UNIQUE, of this column
	Default   Expr             // or nil
	Check     []*Check
	// Generated is the expression of AS (expr), or of GENERATED ALWAYS AS (expr)
	// STORED, or nil.
	Generated Expr
	Identity  *Identity // or nil
	// ValueText is Default or Generated exactly as written.
	ValueText string
}

// Check is a CHECK constraint.
type Check struct {
	Loc
	Name string
	Expr Expr
	// CheckText is the expression exactly as written.
	CheckText string
}

// KeyConstraint is a PRIMARY KEY or UNIQUE.
type KeyConstraint struct {
	Loc
	Name       string
	Primary    bool
	NullsEqual bool // NULLS NOT DISTINCT
	Columns    []Ident
	Include    []Ident
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	Loc
	Column string
	Expr   Expr
}

// Include is INCLUDE what [field] [AS name]: key, partition, offset, timestamp,
// headers, payload.
type Include struct {
	Loc
	What  string
	Field string // a header's name, or empty
	Alias string // or empty
}

// Format is FORMAT x [ENCODE y] [(options)], x and y in lower case.
type Format struct {
	Loc
	Format  string
	Encode  string
	Options []*Option
}

// Relation is the common body of CREATE TABLE and CREATE SOURCE. A table is fed
// by a connector if With has a `connector`.
type Relation struct {
	Name        ObjectName
	IfNotExists bool
	Columns     []*ColumnDef
	Keys        []*KeyConstraint
	Checks      []*Check
	Likes       []*TableLike
	Watermarks  []*Watermark
	Includes    []*Include
	With        []*Option
	Format      *Format // or nil
}

// CreateSource is CREATE SOURCE.
type CreateSource struct {
	Loc
	Relation
	OrReplace bool
}

// CreateTable is CREATE TABLE.
type CreateTable struct {
	Loc
	Relation
	AppendOnly bool
	Temporary  bool
}

// CreateTableAs is CREATE TABLE AS, or SELECT INTO.
type CreateTableAs struct {
	Loc
	Temporary   bool
	IfNotExists bool
	Name        ObjectName
	Columns     []Ident
	Query       *Select
	NoData      bool
}

// TableLike is LIKE in CREATE TABLE: columns of another relation, behind the first
// Before ones.
type TableLike struct {
	Loc
	Name ObjectName
	// Including is what LIKE takes along beside names, types and NOT NULL, of LikeParts
	// and in their order.
	Including []string
	Before    int
}

// LikeParts are what INCLUDING ALL is.
var LikeParts = []string{"comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage"}

// Includes reports that LIKE takes something along.
func (l *TableLike) Includes(what string) bool { return slices.Contains(l.Including, what) }

// CreateView is CREATE [OR REPLACE] [MATERIALIZED] VIEW.
type CreateView struct {
	Loc
	Materialized bool
	OrReplace    bool
	IfNotExists  bool
	Name         ObjectName
	Columns      []Ident
	With         []*Option
	Query        *Select
	// QueryText is the query exactly as written, and QueryStart where it begins:
	// positions inside Query minus QueryStart point into QueryText.
	QueryText  string
	QueryStart int
	WithNoData bool
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	Loc
	Name        string
	IfNotExists bool
}

// CreateType is CREATE TYPE name AS ENUM (labels).
type CreateType struct {
	Loc
	Name   ObjectName
	Labels []string
}

// CreateIndex is CREATE [UNIQUE] INDEX.
type CreateIndex struct {
	Loc
	Unique      bool
	NullsEqual  bool // NULLS NOT DISTINCT
	IfNotExists bool
	Name        string // or empty
	Table       ObjectName
	Columns     []*SortBy
	Texts       []string // of Columns, each exactly as written, without its order
	Include     []Ident
	Where       Expr   // of a partial index, or nil
	WhereText   string // exactly as written
}

// SequenceOptions say how a sequence counts; nil: nothing was said.
type SequenceOptions struct {
	Type                              *TypeName
	Increment, Min, Max, Start, Cache *int64
	NoMin, NoMax                      bool
	Cycle                             *bool
	Restart                           bool
	RestartWith                       *int64
	OwnedBy                           []string // a column, or "none"
}

// CreateSequence is CREATE SEQUENCE.
type CreateSequence struct {
	Loc
	IfNotExists bool
	Name        ObjectName
	Options     SequenceOptions
}

// Identity is GENERATED ALWAYS or BY DEFAULT AS IDENTITY.
type Identity struct {
	Loc
	Always  bool
	Options SequenceOptions
}
