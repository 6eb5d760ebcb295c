// Package cells makes rows of Go values, for relations that are computed when they are
// read.
package cells

import "github.com/tarndb/tarn/row"

// Builder appends rows of Go values to a batch.
type Builder struct{ Out *row.Batch }

// Add appends a row. Values are string, int, int32, int64, uint32, uint64,
// float64, bool, []byte, row.Datum or nil.
func (b Builder) Add(values ...any) {
	for i, v := range values {
		b.Out.Cols[i].Append(datumOf(v))
	}
	b.Out.Weights = append(b.Out.Weights, 1)
}

func datumOf(v any) row.Datum {
	switch v := v.(type) {
	case nil:
		return row.NullDatum
	case string:
		return row.StringDatum(v)
	case int:
		return row.IntDatum(int64(v))
	case int32:
		return row.IntDatum(int64(v))
	case int64:
		return row.IntDatum(v)
	case uint32:
		return row.IntDatum(int64(v))
	case uint64:
		return row.IntDatum(int64(v))
	case float64:
		return row.FloatDatum(v)
	case bool:
		return row.BoolDatum(v)
	case []byte:
		return row.BytesDatum(v)
	case row.Datum:
		return v
	}
	panic("cells: a system table gave a value of an unknown Go type")
}

// TextOrNull is NULL for the empty string.
func TextOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
