// Package pgerr is the one error type that a user of Tarn can see: PostgreSQL's
// fields (SQLSTATE, message, detail, hint, position), made once, where the cause
// is known, and carried unchanged to the wire.
package pgerr

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Error is what ErrorResponse and NoticeResponse carry. An Error is owned by the
// goroutine that made it until it is returned; afterwards it must not be changed,
// except by Locate, which the owner of the statement's text calls once.
type Error struct {
	Code    string // SQLSTATE, one of the constants of this package
	Message string // lower-case, no full stop, PostgreSQL's wording where it has one
	Detail  string // whole sentences, or empty
	Hint    string // whole sentences, or empty
	Context string // where it happened inside of what the statement does: a line of COPY, of JSON

	// Position is the 1-based character (not byte) position in the statement
	// text the client sent; 0 means none. At leaves it 0: only Locate, which
	// knows the text, can count characters.
	Position int

	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string

	// Cause is the foreign error behind this one, if any. It never reaches the
	// client by itself: Message already says what the client should know.
	Cause error

	offset int // byte offset + 1, so that the zero Error has no position
}

// New makes an error. The format is fmt's.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: sprintf(format, args)}
}

// Wrap makes an error whose cause is a foreign one; errors.Is and As see cause.
func Wrap(cause error, code, format string, args ...any) *Error {
	return &Error{Code: code, Message: sprintf(format, args), Cause: cause}
}

func sprintf(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// Error gives the message, with the SQLSTATE so that logs can be searched for it.
func (e *Error) Error() string {
	return e.Message + " (SQLSTATE " + e.Code + ")"
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// WithDetail sets the detail and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = sprintf(format, args)
	return e
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = sprintf(format, args)
	return e
}

// WithCause sets the cause and returns e.
func (e *Error) WithCause(cause error) *Error {
	e.Cause = cause
	return e
}

// At sets the byte offset in the statement's text and returns e. A negative
// offset means that the place is unknown and changes nothing, so that a syntax
// node without a position can be handed over unchecked.
func (e *Error) At(byteOffset int) *Error {
	if byteOffset >= 0 {
		e.offset = byteOffset + 1
	}
	return e
}

// Offset is the byte offset that At stored; ok is false if there is none.
func (e *Error) Offset() (byteOffset int, ok bool) {
	return e.offset - 1, e.offset > 0
}

// Locate fills Position from the byte offset, given the text that the offset
// points into, and returns e. Without an offset Position stays as it is.
func (e *Error) Locate(text string) *Error {
	if e.offset > 0 {
		e.Position = CharPosition(text, e.offset-1)
	}
	return e
}

// Unplaced is an error without its place: of a text that is not the statement's.
func Unplaced(err error) error {
	e, ok := As(err)
	if !ok {
		return err
	}
	out := *e
	out.offset, out.Position = 0, 0
	return &out
}

// CharPosition converts a byte offset in text to a 1-based character position.
// An offset past the end gives the position just after the last character.
func CharPosition(text string, byteOffset int) int {
	return utf8.RuneCountInString(text[:min(max(byteOffset, 0), len(text))]) + 1
}

// Code is the SQLSTATE of err: that of the first *Error in its chain, 00000 for
// nil, XX000 for an error that is not ours.
func Code(err error) string {
	if err == nil {
		return SuccessfulCompletion
	}
	if e, ok := As(err); ok {
		return e.Code
	}
	return InternalError
}

// As finds the first *Error in err's chain.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// From gives err as an *Error: itself if it is one, else an internal error that
// wraps it, so that the wire always has the fields it needs.
func From(err error) *Error {
	if e, ok := As(err); ok {
		return e
	}
	return Wrap(err, InternalError, "%s", err.Error())
}
