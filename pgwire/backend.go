// Package pgwire speaks PostgreSQL's frontend/backend protocol, version 3, for
// a Backend that it knows only by the interfaces of this file. It owns
// connections, framing, prepared names, portals, formats and cancel keys; what
// SQL means is the backend's.
package pgwire

import (
	"context"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// Backend makes a session for each connection that has said who it is.
type Backend interface {
	// NewSession is called once a client is authenticated. Its error is shown to
	// the client as FATAL, and the connection ends. It may be called by many
	// connections at once.
	NewSession(ctx context.Context, info StartupInfo) (Session, error)
}

// StartupInfo is what a client said when it connected.
type StartupInfo struct {
	User, Database string
	// Params are the session parameters that the client asked for, by their
	// lower-case names; those of "options=-c name=value" are among them.
	Params map[string]string
	// RemoteAddr is the client's address.
	RemoteAddr string
	// PID is what pg_backend_pid() answers; unique among live connections, positive.
	PID int32
	// Names is the connection's prepared statements, for SQL's PREPARE, EXECUTE,
	// DEALLOCATE and DISCARD. It belongs to the connection's goroutine: a session
	// uses it only while one of its own methods runs.
	Names StatementNames
	// Server reaches other connections, for pg_cancel_backend and pg_terminate_backend.
	Server Connections
}

// StatementNames is the name space that the protocol's Parse and SQL's PREPARE share.
type StatementNames interface {
	// Lookup finds a statement; the unnamed one is "".
	Lookup(name string) (Prepared, bool)
	// Define adds a statement, with the text that made it; 42P05 if the name is taken.
	Define(name, sql string, p Prepared) error
	// Drop forgets a statement; 26000 if there is none.
	Drop(name string) error
	// DropAll forgets every statement, as DEALLOCATE ALL does.
	DropAll()
	// HasPortal reports a named portal.
	HasPortal(name string) bool
	// ClosePortal closes a named portal, if there is one.
	ClosePortal(name string)
	// ClosePortals closes every portal but the running one, as CLOSE ALL and DISCARD ALL do.
	ClosePortals()
	// List is the named statements in the order of their names.
	List() []NamedStatement
}

// NamedStatement is a row of pg_prepared_statements.
type NamedStatement struct {
	Name, SQL string
	Prepared  Prepared
}

// Connections is the other connections of the server. Safe for all goroutines.
type Connections interface {
	// CancelBackend cancels what the connection runs; false if there is no such connection.
	CancelBackend(pid int32) bool
	// TerminateBackend ends the connection with 57P01; false if there is no such connection.
	TerminateBackend(pid int32) bool
}

// Statement is one parsed statement, opaque to the protocol.
type Statement any

// Session is one client's session. All methods but Cancel are called by one
// goroutine, one at a time. A context that ends means that the client is gone
// or the server stops: a running call ends soon, with any error. Errors that a
// client should see as they are are *pgerr.Error; others become XX000.
type Session interface {
	// Parse splits and parses the text of a Query or Parse message: no
	// statement for an empty text. An error's position counts from the text's start.
	Parse(ctx context.Context, sql string) ([]Statement, error)
	// Prepare binds names and types. paramTypes may be shorter than the
	// statement's parameters; Unknown means infer. It must not run anything.
	Prepare(ctx context.Context, st Statement, paramTypes []row.Type) (Prepared, error)
	// Execute starts a statement; params have exactly the types of
	// p.ParamTypes(). It begins the implicit transaction if none is open.
	// Several Rows of one session may be open at once (portals). ctx ends when
	// the message has been answered: Rows go by the context that Next is given.
	Execute(ctx context.Context, p Prepared, params []row.Datum) (Rows, error)
	// EndImplicit ends the implicit transaction, if one is open: the statements
	// of one simple Query, or those between two Syncs. failed says that a
	// statement or message failed: roll back, and put an explicit transaction
	// block into its failed state ('E'). Without failed its error replaces success.
	EndImplicit(ctx context.Context, failed bool) error
	// Cancel makes the running call end with 57014. Any goroutine may call it;
	// it has no effect on a session that runs nothing.
	Cancel()
	// Close ends the session and rolls back what is open. Called once.
	Close()
	SessionState
}

// SessionState is what the protocol reports beside results.
type SessionState interface {
	// TxStatus is 'I' outside a transaction block (an implicit transaction
	// included), 'T' in one, 'E' in a failed one.
	TxStatus() byte
	// Style is how values look as text, and are read, by the settings of now. It does
	// not change; it is asked for before each statement.
	Style() *row.Style
	// ParameterStatus is all reported parameters with their canonical names.
	ParameterStatus() map[string]string
	// ChangedParameters is the reported parameters that changed since it was
	// last asked. What ParameterStatus said at the start does not count.
	ChangedParameters() []Parameter
	// Notices takes the messages that arose since it was last asked.
	Notices() []engine.Notice
}

// Parameter is a reported parameter's value.
type Parameter struct{ Name, Value string }

// Prepared is a statement with its types. It is immutable.
type Prepared interface {
	// ParamTypes are the types of $1, $2, ...: none Unknown.
	ParamTypes() []row.Type
	// Columns is the result's shape; nil if the statement returns no rows.
	Columns() []engine.ResultColumn
}

// Rows is a running statement's result.
type Rows interface {
	// Next is the next rows, nil at the end. The batch is the caller's to read
	// until the following call of Next or Close. A row of weight n stands n times.
	Next(ctx context.Context) (*row.Batch, error)
	// Tag is the command tag after the end: "SELECT 3", "INSERT 0 1".
	Tag() string
	// Close releases what the statement holds, before or after the end. Called
	// exactly once; nothing is called after it.
	Close()
}

// A Session may also be a row.ObjectNames: then regclass and its kin are sent and
// read as names, else as numbers.

// Revalidator is an optional power of a Session: it says what a prepared
// statement means under the catalog of now. The result is p itself when nothing
// that it depends on has changed. A result whose columns differ from what the
// client was told becomes "cached plan must not change result type".
type Revalidator interface {
	Revalidate(ctx context.Context, p Prepared) (Prepared, error)
}

// CursorSession is an optional power of a Session: it has cursors of SQL, which share
// their names with named portals.
type CursorSession interface {
	// FromCursor is a statement that reads the next rows of a cursor, at most limit, or
	// all for 0; ok is false where there is none of that name.
	FromCursor(name string, limit int64) (p Prepared, ok bool)
	// CloseCursor closes a cursor, if there is one of that name.
	CloseCursor(name string)
}

// Fetching is an optional power of a Prepared that may be FETCH.
type Fetching interface {
	// Fetches reports FETCH: its columns are those of the cursor that is there when it
	// is bound, whatever the client was told before.
	Fetches() bool
	// Binary reports rows that a simple Query is sent in binary form.
	Binary() bool
}

// Loner is an optional power of a Session: it is told that the statement which
// Execute starts next is all of its implicit transaction, before EndImplicit says
// so. Statements that are not announced may be followed by others.
type Loner interface {
	StandAlone()
}

// QuickReader is an optional power of a Session: it answers some statements at
// once, without waiting for anything, so that nothing need be able to stop them.
type QuickReader interface {
	// Quick answers a prepared statement; ok is false where it has done nothing and
	// Execute must run it. The statement's tag is SELECT and the number of rows. alone
	// is as StandAlone says. The rows are valid until the session's next call.
	Quick(p Prepared, params []row.Datum, alone bool) (rows *row.Batch, ok bool, err error)
	// Current reports that Revalidate would give p.
	Current(p Prepared) bool
	// Idle reports that EndImplicit would do nothing.
	Idle() bool
}

// StreamingRows is an optional power of Rows: while Next may wait for the world
// (SUBSCRIBE), every batch is sent as soon as it is there.
type StreamingRows interface {
	Streaming() bool
}
