package topics

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of failure that a reader can tell apart, for errors.Is on any error
// that a Log returns.
var (
	// ErrNoBroker: no bootstrap server answers. Retry with backoff.
	ErrNoBroker = errors.New("no broker can be reached")
	// ErrNoTopic: the cluster answers and has no such topic or partition. Retry with backoff.
	ErrNoTopic = errors.New("topic does not exist")
	// ErrOffsetOutOfRange: the log no longer holds, or does not yet hold, the
	// offset that was asked for. Error.Range is what it holds. Going on from
	// there would lose rows: the source must stop and say so.
	ErrOffsetOutOfRange = errors.New("offset is out of range")
	// ErrTransient: a lost connection, a moved leader, a broker that starts or
	// is overloaded. The log has already forgotten the connection: call again.
	ErrTransient = errors.New("transient failure")
	// ErrUnreadable: the broker refuses (authorization), or what it sends cannot
	// be read (checksum, unknown compression). Waiting alone does not help.
	ErrUnreadable = errors.New("log cannot be read")
	// ErrClosed: the log was closed.
	ErrClosed = errors.New("log is closed")
)

// NoPartition is Error.Partition where the failure concerns the whole topic.
const NoPartition = -1

// Error is a failure to read a log, with what it concerns.
type Error struct {
	Kind      error // one of the Err values of this package
	Topic     string
	Partition int32  // or NoPartition
	Broker    string // the address asked, or the bootstrap list, or empty
	Offset    int64  // with ErrOffsetOutOfRange: what was asked for
	Range     Range  // with ErrOffsetOutOfRange: what the log holds
	Err       error  // the cause, or nil
}

// Error is one line for SHOW SOURCES.
func (e *Error) Error() string {
	s := e.subject()
	if e.Err != nil {
		// Causes joined with errors.Join stand on lines of their own.
		s += ": " + strings.ReplaceAll(e.Err.Error(), "\n", "; ")
	}
	return s
}

func (e *Error) subject() string {
	switch e.Kind {
	case ErrNoBroker:
		return fmt.Sprintf("no broker answers at %s", e.Broker)
	case ErrNoTopic:
		if e.Partition != NoPartition {
			return fmt.Sprintf("topic %q has no partition %d", e.Topic, e.Partition)
		}
		return fmt.Sprintf("topic %q does not exist", e.Topic)
	case ErrOffsetOutOfRange:
		return fmt.Sprintf("offset %d of topic %q partition %d is out of range: the log holds %d to %d",
			e.Offset, e.Topic, e.Partition, e.Range.Start, e.Range.End)
	}
	s := e.Kind.Error() + ": topic " + fmt.Sprintf("%q", e.Topic)
	if e.Partition != NoPartition {
		s += fmt.Sprintf(" partition %d", e.Partition)
	}
	if e.Broker != "" {
		s += " at " + e.Broker
	}
	return s
}

// Unwrap lets errors.Is see both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// OptionError is a fault in WITH (...) or FORMAT ... ENCODE ..., in the words
// that a client is to see. The SQL layer adds the position of Option.
type OptionError struct {
	Code    string // SQLSTATE
	Option  string // the option's name, or empty
	Message string
	Hint    string
}

// Error is the message without the hint.
func (e *OptionError) Error() string { return e.Message }
