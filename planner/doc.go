// Package planner turns a bound query into a plan: relational algebra (Node) of
// which correlated subqueries are removed, which rules rewrite, and which
// Incremental lowers to a list of operators that keep the query's answer under
// changes. planner/bind makes the algebra from a syntax tree and a Catalog.
//
//	bind.Query  sql/ast -> Query (algebra with Apply), every name and type known
//	Optimize    decorrelation, then the ordered rules of planner/rules
//	Incremental Query -> IPlan: operators, keys, exchanges, shared arrangements
//	AsPeek      Query -> Peek, when one stored relation's key answers it
//
// Columns are named by number (ColID), unique in one Query, never by position:
// a rewrite that moves a node cannot make an expression read another column,
// and a reference to an outer query is just a column that the inputs do not
// make. Positions appear only in IPlan.
//
// The package needs no store and runs nothing.
package planner
