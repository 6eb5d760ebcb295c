package format

import (
	"errors"
	"fmt"

	"github.com/tarndb/tarn/row"
)

// SQLSTATEs of messages that are no rows.
const (
	codeInvalidText     = "22P02" // invalid_text_representation: broken JSON, a value that its type does not know
	codeOutOfRange      = "22003" // numeric_value_out_of_range
	codeDatetimeRange   = "22008" // datetime_field_overflow
	codeBadEncoding     = "22021" // character_not_in_repertoire
	codeUntranslatable  = "22P05" // untranslatable_character
	codeNotNull         = "23502" // not_null_violation
	codeNullNotAllowed  = "22004" // null_value_not_allowed
	codeTooComplex      = "54001" // statement_too_complex
	codeNotSupported    = "0A000"
	codeInvalidOption   = "22023"
	codeInvalidTableDef = "42P16"
)

func (s *scanner) expected(what string) *DecodeError { return s.brokenAt(s.p, "expected "+what) }

// brokenAt is the error of JSON that breaks off or goes on in an impossible way.
func (s *scanner) brokenAt(p int, what string) *DecodeError {
	where := "at the end"
	if p < len(s.b) {
		where = fmt.Sprintf("at byte %d, %q", p, s.b[p])
	}
	return &DecodeError{Code: codeInvalidText, Message: fmt.Sprintf("invalid input syntax for type json: %s %s", what, where)}
}

// of names the column that an error concerns.
func (e *DecodeError) of(column string) *DecodeError {
	if e.Column != "" {
		return e
	}
	e.Column = column
	e.Message = fmt.Sprintf("column %q: %s", column, e.Message)
	return e
}

// typeError turns an error of reading a type's text form into one of decoding.
func typeError(err error) *DecodeError {
	var e *row.Error
	if errors.As(err, &e) {
		return &DecodeError{Code: e.Code, Message: e.Message}
	}
	return &DecodeError{Code: codeInvalidText, Message: err.Error()}
}

func nullError(column string) *DecodeError {
	return &DecodeError{Code: codeNotNull, Column: column,
		Message: fmt.Sprintf("null value in column %q violates not-null constraint", column)}
}

// shown cuts a value to what fits an error message.
func shown(b []byte) string {
	const limit = 80
	if len(b) > limit {
		return string(b[:limit]) + "..."
	}
	return string(b)
}
