// Package ast is Tarn's syntax tree: what PostgreSQL's raw parser would have
// produced for the same text, before any name or type is looked up. Its shape
// follows PostgreSQL's raw parse tree, so that parse analysis can be followed
// literally. It holds no semantic types and no foreign parser's types.
//
// Nodes are made by sql/parser and not changed afterwards, with one exception:
// a Target's Name. They may be shared between goroutines. Every node tells where
// it came from with Pos, a byte offset in the text given to the parser and placed
// as PostgreSQL's `location`: an operator node at its operator, a function call
// at its name, a cast at its `::` or CAST, everything else at its first token.
package ast

// NoPos is the position of a node that no text stands for.
const NoPos = -1

// Loc is a node's byte offset in the user's text; every node embeds one.
type Loc int

// Pos gives the byte offset, or NoPos.
func (l Loc) Pos() int { return int(l) }

// Node is any part of a tree.
type Node interface{ Pos() int }

// Expr is a scalar expression (and what may stand where one may: stars, DEFAULT,
// grouping sets).
type Expr interface {
	Node
	exprNode()
}

// TableExpr is an item of FROM.
type TableExpr interface {
	Node
	tableNode()
}

// Statement is a whole command.
type Statement interface {
	Node
	stmtNode()
}

// TypeName is a type as written, built-in spellings already mapped to their
// catalog names as gram.y does: `integer` is pg_catalog.int4.
type TypeName struct {
	Loc
	Names []string // last one is the type, those before it its schema
	Mods  []Expr   // *Const or *ColumnRef
	// ArrayDims has an entry for each []: the bound written, or -1.
	ArrayDims []int
	SetOf     bool
	// IntervalFields is "", or for interval its restriction in lower case, such
	// as "day" or "year to month". Mods then holds the seconds' precision, if any.
	IntervalFields string
}

// ObjectName is a possibly qualified name of a relation. Catalog is the database
// when one was written; the parser does not know whether it is the current one.
type ObjectName struct {
	Loc
	Catalog string
	Schema  string
	Name    string
}

// Ident is a name with its place, for lists of columns.
type Ident struct {
	Loc
	Name string
}
