// Package fault is the error that value parsing and arithmetic raise: what
// PostgreSQL would say, with its SQLSTATE. It is apart from package row so that
// the packages below row can raise it too; row.Error is the same type.
package fault

import "fmt"

// Error carries what a client is shown. Message is lower-case and worded as
// PostgreSQL words it; Detail and Hint are sentences, or empty.
type Error struct {
	Code    string // SQLSTATE
	Message string
	Detail  string
	Hint    string
	Context string // what was being done, where that is more than the statement
}

// Error is the primary message.
func (e *Error) Error() string { return e.Message }

// SQLState is the five-character code.
func (e *Error) SQLState() string { return e.Code }

// SQLSTATEs that values raise.
const (
	InvalidText       = "22P02"
	InvalidBinary     = "22P03"
	OutOfRange        = "22003"
	DivisionByZero    = "22012"
	InvalidDatetime   = "22007"
	DatetimeOverflow  = "22008"
	IntervalOverflow  = "22015"
	InvalidZoneOffset = "22009"
	StringTooLong     = "22001"
	InvalidParameter  = "22023"
	InvalidPowerArg   = "2201F"
	InvalidLogArg     = "2201E"
	ArraySubscript    = "2202E"
	LimitExceeded     = "54000"
	Unsupported       = "0A000"
	InvalidBytes      = "22021"
	DataCorrupted     = "XX001"
)

// New makes an error.
func New(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Syntax is the error of an input text that is not a value of the named type.
func Syntax(typeName, input string) *Error {
	return New(InvalidText, "invalid input syntax for type %s: \"%s\"", typeName, input)
}

// Range is the error of an input text whose value the named type cannot hold.
func Range(typeName, input string) *Error {
	return New(OutOfRange, "value \"%s\" is out of range for type %s", input, typeName)
}

// Corrupt is the error of stored bytes that no encoder of ours wrote.
func Corrupt(what string) *Error {
	return New(DataCorrupted, "corrupt %s", what)
}
