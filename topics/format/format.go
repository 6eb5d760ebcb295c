// Package format turns messages into rows: a Decoder appends the fields of a
// message straight to the columns of a batch, by the schema that the source
// declares.
package format

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// Format says what a message means to the collection.
type Format uint8

// The formats.
const (
	Plain  Format = iota // every message is one more row
	Upsert               // the key names a row; the value is its new content, a null value its end
)

// Encode says how values (and, with Upsert, keys) are written.
type Encode uint8

// The encodings.
const (
	JSON Encode = iota
)

// Origin says which part of a message a column comes from.
type Origin uint8

// The origins.
const (
	Field     Origin = iota // a field of the value's JSON object
	Key                     // the key: its raw bytes for bytea, else decoded, see Decoder
	Partition               // int4 (or any integer type)
	Offset                  // int8
	Timestamp               // timestamptz (or timestamp, in UTC); NULL where the message has none
	Headers                 // jsonb (or json, text): an array of {"key": ..., "value": ...}, in order
	Header                  // bytea (or text): the value of the last header named Column.Field
)

// Column is one column of a source.
type Column struct {
	Name    string
	Type    row.Type
	NotNull bool
	Origin  Origin
	Field   string // the field's or header's name where it is not Name
}

// Spec says what a decoder does.
type Spec struct {
	Format  Format
	Encode  Encode
	Columns []Column // every column that the source declares
	// Wanted are the columns, as indexes of Columns, that batches have, in that
	// order; nil means all. The others are decoded and dropped: whether a message
	// is good must not depend on who reads it, or two views would disagree.
	Wanted []int
}

// Op says what a decoded message does.
type Op uint8

// The operations.
const (
	// Insert (Plain): one more row, weight +1.
	Insert Op = iota
	// Put (Upsert): the row replaces the one of the same key, weight +1.
	Put
	// Delete (Upsert, null value): the row of this key ends. The appended row has
	// its Key columns and the columns about the message set, its Field columns
	// NULL, and weight -1.
	Delete
)

// DecodeError says why a message is no row.
type DecodeError struct {
	Code    string // SQLSTATE
	Column  string // the column's name, or empty where the message as a whole is at fault
	Message string // in Postgres's style, names the column
}

// Error is the message.
func (e *DecodeError) Error() string { return e.Message }

// Types lists the types of the batches that the decoder fills.
func (d *Decoder) Types() []row.Type { return d.types }

// NewBatch makes a batch for the decoder with room for n rows.
func (d *Decoder) NewBatch(n int) *row.Batch { return row.NewBatch(d.types, n) }

var _ = topics.NoTime
