package topics

import (
	"context"

	"github.com/tarndb/tarn/row"
)

// Field is a column of a ColumnLog.
type Field struct {
	Name string
	Type row.Type
}

// ColumnLog is a Log that has its rows in columns already, so that they need no
// decoding: generators, and benchmarks that are to measure nothing but the
// engine. A source over one calls FetchRows and never Fetch.
type ColumnLog interface {
	Log

	// Fields lists the columns that rows have, the same at every call. A source
	// finds its columns among them by name, and they must be of its types. The
	// slice is the log's.
	Fields() []Field

	// FetchRows hands out the rows of a partition from an offset on, one row an
	// offset: at least one and at most limit, or nil when there was none for a
	// bounded time. The batch has the columns cols, indexes of Fields, in that
	// order, and weights of +1; the caller goes on at from + b.Len(). It is not
	// changed any more, neither by the log nor by those who read it, who may keep
	// it for as long as they like. Goroutines and errors are as with Fetch.
	FetchRows(ctx context.Context, partition int32, from int64, cols []int, limit int) (*row.Batch, error)
}
