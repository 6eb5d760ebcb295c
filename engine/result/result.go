// Package result is what a client is told of a statement beside its rows.
package result

import (
	"slices"

	"github.com/tarndb/tarn/row"
)

// Column describes a column of a result.
type Column struct {
	Name     string
	Type     row.Type
	TableOID uint32 // of the relation that the column is taken from unchanged; 0 if none
	Attnum   int16  // its number there, from 1; 0 if none
}

// Same compares what a client was told of a result and may have kept.
func Same(a, b []Column) bool {
	return (a == nil) == (b == nil) && slices.EqualFunc(a, b, func(x, y Column) bool {
		return x.Name == y.Name && x.Type == y.Type
	})
}

// Notice is a message for the client beside the result.
type Notice struct {
	Severity string // NOTICE, WARNING, INFO
	Code     string // SQLSTATE
	Message  string
	Detail   string
	Hint     string
}
