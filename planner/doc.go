// Package planner turns a syntax tree into a plan: names and types are bound
// against a Catalog, the result is relational algebra (Node), correlated
// subqueries are removed, rules rewrite it, and Incremental lowers it to a list
// of operators that keep the query's answer under changes.
//
//	Bind      sql/ast -> Query (algebra with Apply), every name and type known
//	Optimize  decorrelation, then the ordered rules of planner/rules
//	Incremental  Query -> IPlan: operators, keys, exchanges, shared arrangements
//	AsPeek    Query -> Peek, when one stored relation's key answers it
//
// Columns are named by number (ColID), unique in one Query, never by position:
// a rewrite that moves a node cannot make an expression read another column,
// and a reference to an outer query is just a column that the inputs do not
// make. Positions appear only in IPlan.
//
// The package needs no store and runs nothing.
package planner
