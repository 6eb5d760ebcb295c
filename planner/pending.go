package planner

// ViewQuery is a parsed query, DefaultExpr a parsed expression: the syntax tree's types.
type (
	ViewQuery   any
	DefaultExpr any
)

// AggFunc is an aggregate function.
type AggFunc struct{ Name string }
