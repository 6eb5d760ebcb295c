// Package format turns messages into rows: a Decoder appends the fields of a
// message straight to the columns of a batch, by the schema that the source
// declares.
package format

import (
	"fmt"
	"strings"

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
	// Field is a field of the value's JSON object.
	Field Origin = iota
	// Key is the whole key (INCLUDE key): its bytes for bytea, text and varchar;
	// JSON for json and jsonb; for other types one JSON scalar or the type's text
	// form. NULL where the message has no key.
	Key
	// KeyField is a column of the primary key with FORMAT UPSERT: the field of
	// that name where the key is a JSON object; else, where it is the only one,
	// the key itself, a JSON scalar or plain text.
	KeyField
	// Partition is an integer type or text.
	Partition
	// Offset is bigint, numeric or text.
	Offset
	// Timestamp is timestamptz, or timestamp (in UTC); NULL where the message has none.
	Timestamp
	// Headers is jsonb, json or text: an array of {"key": ..., "value": ...} in
	// their order. A value that is not text is given as "\\x" and hex digits.
	Headers
	// Header is bytea or text: the last header named Column.Field, NULL without one.
	Header
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
	// its Key and KeyField columns and the columns about the message set, its Field columns
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

// ParseFormat reads the word after FORMAT. Errors are *topics.OptionError.
func ParseFormat(word string) (Format, error) {
	switch strings.ToUpper(word) {
	case "PLAIN":
		return Plain, nil
	case "UPSERT":
		return Upsert, nil
	}
	return 0, &topics.OptionError{Code: codeNotSupported, Message: fmt.Sprintf("format %q is not supported", strings.ToLower(word)),
		Hint: "Valid formats are PLAIN, UPSERT."}
}

// ParseEncode reads the word after ENCODE. Errors are *topics.OptionError.
func ParseEncode(word string) (Encode, error) {
	if strings.EqualFold(word, "JSON") {
		return JSON, nil
	}
	return 0, &topics.OptionError{Code: codeNotSupported, Message: fmt.Sprintf("encoding %q is not supported", strings.ToLower(word)),
		Hint: "Valid encodings are JSON."}
}
