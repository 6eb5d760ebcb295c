package planner

import (
	"strings"

	"github.com/tarndb/tarn/sql/expr"
)

// TableFunc joins each row of its input with the rows that its functions make
// of it. With several functions their rows go side by side, the shorter ones
// filled up with NULLs. A row of the input for which no function makes a row
// disappears.
type TableFunc struct {
	Input Node // Unit when the functions read no columns
	Calls []TableCall
	// Ordinal is WITH ORDINALITY's column, counting from 1; its ID is 0 when absent.
	Ordinal Col
}

// TableCall is one set-returning function and the columns that it makes.
type TableCall struct {
	Func *expr.Function
	Args []Scalar
	Cols []Col
}

// Columns lists the input's columns, the functions' columns, the ordinal.
func (t *TableFunc) Columns() []Col {
	out := append([]Col(nil), t.Input.Columns()...)
	return append(out, t.Made()...)
}

// Made lists the columns that the node adds.
func (t *TableFunc) Made() []Col {
	var out []Col
	for _, c := range t.Calls {
		out = append(out, c.Cols...)
	}
	if t.Ordinal.ID != 0 {
		out = append(out, t.Ordinal)
	}
	return out
}

// Children lists the input.
func (t *TableFunc) Children() []Node { return []Node{t.Input} }

// WithChildren replaces the input.
func (t *TableFunc) WithChildren(c ...Node) Node {
	return &TableFunc{Input: c[0], Calls: t.Calls, Ordinal: t.Ordinal}
}

// Exprs lists the arguments, call by call.
func (t *TableFunc) Exprs() []Scalar {
	var out []Scalar
	for _, c := range t.Calls {
		out = append(out, c.Args...)
	}
	return out
}

// WithExprs replaces the arguments.
func (t *TableFunc) WithExprs(e []Scalar) Node {
	calls := make([]TableCall, len(t.Calls))
	for i, c := range t.Calls {
		n := len(c.Args)
		calls[i] = TableCall{Func: c.Func, Args: e[:n:n], Cols: c.Cols}
		e = e[n:]
	}
	return &TableFunc{Input: t.Input, Calls: calls, Ordinal: t.Ordinal}
}

// Describe is the EXPLAIN line.
func (t *TableFunc) Describe() string {
	parts := make([]string, len(t.Calls))
	for i, c := range t.Calls {
		parts[i] = colList(c.Cols) + " := " + c.Func.Name + "(" + scalarList(c.Args, t.Input) + ")"
	}
	s := "TableFunc " + strings.Join(parts, ", ")
	if t.Ordinal.ID != 0 {
		s += " with ordinality " + t.Ordinal.String()
	}
	return s
}
