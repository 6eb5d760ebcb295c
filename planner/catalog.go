package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
)

// Catalog is all that the planner knows of the database: one consistent reading
// of its names. It is called from the goroutine that binds.
type Catalog interface {
	// Relation finds a relation by its exact schema and name; nil when there is
	// none. The planner keeps the result and never changes it.
	Relation(schema, name string) (*Relation, error)
	// Type finds a type of a user's by its exact schema and name. An error is that
	// there is no such schema.
	Type(schema, name string) (t row.Type, ok bool, err error)
}

// RelKind says what a relation is.
type RelKind uint8

// The kinds of relation.
const (
	KindSource RelKind = iota
	KindTable
	KindView
	KindMatView
	KindSystem // computed when it is read: pg_catalog, information_schema, tarn
)

var relKindNames = [...]string{"source", "table", "view", "materialized view", "system relation"}

func (k RelKind) String() string { return relKindNames[k] }

// Relation is a named collection of rows.
type Relation struct {
	ID      uint32 // its OID; unique
	Schema  string
	Name    string
	Kind    RelKind
	Columns []RelColumn

	// Keys are sets of column indexes known to be unique, the primary key
	// first. Rows are stored in the order of StoredKey.
	Keys [][]int
	// StoredKey is the key of the arrangement that holds the rows; nil when the
	// rows are not stored (a source, a system relation).
	StoredKey []int
	// KeyName is the name of the primary key's constraint.
	KeyName string
	// Checks are a table's constraints on single rows, in the order of their names.
	Checks []RelCheck
	// AppendOnly relations never retract a row.
	AppendOnly bool
	// Waterline is the promise about event time of an append-only relation; nil
	// without one.
	Waterline *Waterline

	// View is a plain view's query; the reader is bound as if it stood there,
	// under the search path that the view was made with.
	View       *ast.Select
	SearchPath []string
}

// Waterline says that rows whose column Attr lies before a level, which only
// rises, are not accepted any more. A NULL is always accepted.
type Waterline struct{ Attr int }

// RelColumn is a column of a relation.
type RelColumn struct {
	Name    string
	Type    row.Type
	NotNull bool
	Hidden  bool // reached by name only: not part of *
	// Default is the column's default, NULL when nil. It reads no columns.
	Default ast.Expr
	// Generated is the expression of a generated column, or nil: it reads columns of
	// the row that are not generated, and always gives the same for the same row.
	Generated ast.Expr
}

// RelCheck is a CHECK constraint.
type RelCheck struct {
	Name string
	Expr ast.Expr
}

// Column finds a column by name, -1 when there is none.
func (r *Relation) Column(name string) int {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return i
		}
	}
	return -1
}
