// Package parser turns SQL text in PostgreSQL's dialect into sql/ast.
package parser

import (
	"github.com/tarndb/tarn/sql/ast"
)

// Statement is one command of a text.
type Statement struct {
	Node ast.Statement
	// Start and End delimit the command in the text given to Parse, without the
	// semicolon and without surrounding space.
	Start, End int
	// NumParams is the highest n of any $n in it.
	NumParams int
}
