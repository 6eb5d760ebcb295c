package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/cursor"
	"github.com/tarndb/tarn/engine/named"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr/chance"
	"github.com/tarndb/tarn/sql/pgerr"
)

// StartupInfo is what a client says when it begins a session.
type StartupInfo struct {
	User, Database string
	Params         map[string]string // session parameters, by lower-case name
	RemoteAddr     string
	PID            int32
	Names          StatementNames // nil: the session keeps its own
	Server         Connections    // nil: pg_cancel_backend reaches the database's sessions, pg_terminate_backend none
}

// Connections is the clients of a server, by the pids of their sessions. Safe for
// all goroutines.
type Connections interface {
	// CancelBackend cancels what the session runs; false if there is no such session.
	CancelBackend(pid int32) bool
	// TerminateBackend ends the session's connection; false if there is none.
	TerminateBackend(pid int32) bool
}

// DatabaseName is the one database of a server.
const DatabaseName = "tarn"

// Session is one client's session. Its methods are for one goroutine at a time,
// but for Cancel.
type Session struct {
	db       *Database
	user     string
	database string
	pid      int32
	addr     string
	names    StatementNames
	cursors  cursor.Set
	returned map[uint32]*row.Batch // of data changes in the WITH clause of the statement that runs
	server   Connections
	began    time.Time
	settings *settings.Settings
	tx       *transaction
	notices  []Notice
	alone    bool // the statement that runs next is all of its implicit transaction
	derives  *derived
	quick    quickReader
	chance   chance.Source
	drawn    sysfn.Drawn
	done     <-chan struct{} // of the running statement's context

	mu          sync.Mutex
	cancel      context.CancelCauseFunc // of the running statement
	running     string                  // its text
	application string                  // as other sessions see it
	since       time.Time
}

// derived is what statements need of the settings, worked out once for each
// change of them. It is immutable.
type derived struct {
	version     uint64
	bindKey     string // what names and literals are read under
	searchPath  []string
	style       *row.Style
	timeout     time.Duration // 0: none
	application string
}

func (s *Session) derived() *derived {
	if d := s.derives; d != nil && d.version == s.settings.Version() {
		return d
	}
	ms, _ := strconv.Atoi(s.settings.Value("statement_timeout"))
	s.derives = &derived{
		version:     s.settings.Version(),
		bindKey:     s.settings.ReadKey(),
		searchPath:  s.settings.SearchPath(),
		style:       &row.Style{Forms: s.settings.Forms(), Zone: s.settings.Zone(), Names: s},
		timeout:     time.Duration(ms) * time.Millisecond,
		application: s.settings.Value("application_name"),
	}
	return s.derives
}

// sessionRegistry is the sessions that live. Safe for all goroutines.
type sessionRegistry struct {
	mu   sync.Mutex
	all  map[*Session]bool
	last atomic.Int32
}

func (r *sessionRegistry) add(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*Session]bool{}
	}
	r.all[s] = true
}

func (r *sessionRegistry) remove(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, s)
}

func (r *sessionRegistry) list() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Collect(maps.Keys(r.all))
	slices.SortFunc(out, func(a, b *Session) int { return int(a.pid) - int(b.pid) })
	return out
}

func (r *sessionRegistry) cancelAll() {
	for _, s := range r.list() {
		s.stopRunning(errShutdown())
	}
}

// CancelBackend implements Connections.
func (r *sessionRegistry) CancelBackend(pid int32) bool {
	for _, s := range r.list() {
		if s.pid == pid {
			s.Cancel()
			return true
		}
	}
	return false
}

// TerminateBackend implements Connections: embedded sessions have no connection.
func (r *sessionRegistry) TerminateBackend(int32) bool { return false }

// others is where the session's neighbours are reached.
func (s *Session) others() Connections {
	if s.server != nil {
		return s.server
	}
	return &s.db.sessions
}

// NewSession begins a session. Wrong parameters are errors.
func (db *Database) NewSession(info StartupInfo) (*Session, error) {
	s := &Session{
		db: db, user: info.User, database: info.Database, pid: info.PID, addr: info.RemoteAddr,
		names: info.Names, server: info.Server, began: time.Now(), settings: settings.New(),
	}
	if s.names == nil {
		s.names = named.Statements[Prepared]{}
	}
	if s.user == "" {
		s.user = DatabaseName
	}
	if s.database == "" {
		s.database = DatabaseName
	}
	if s.pid == 0 {
		s.pid = db.sessions.last.Add(1)
	}
	if err := s.settings.Begin(s.user, info.Params); err != nil {
		return nil, err
	}
	db.sessions.add(s)
	return s, nil
}

// Close ends the session; what is open is rolled back.
func (s *Session) Close() {
	s.stopRunning(errShutdown())
	s.endTransaction(false)
	s.cursors.CloseAll()
	s.db.sessions.remove(s)
}

// Cancel makes the running statement end with 57014. Any goroutine may call it.
func (s *Session) Cancel() {
	s.stopRunning(pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request"))
}

func (s *Session) stopRunning(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(cause)
	}
}

// Statement is one parsed statement of a text.
type Statement struct {
	AST    ast.Statement
	Text   string // the whole text that positions count in
	Start  int    // where the statement begins and ends in it
	End    int
	Params int
}

// Source is the statement's own text.
func (st *Statement) Source() string { return strings.TrimSpace(st.Text[st.Start:st.End]) }

// Parse splits and parses a text.
func (s *Session) Parse(text string) ([]*Statement, error) { return Split(text) }

// StandAlone says that the statement that runs next is all of its implicit
// transaction: its writes need not wait for EndImplicit, and are computed anew
// where another transaction was faster.
func (s *Session) StandAlone() { s.alone = true }

// located turns an error's byte offset into the position that clients print.
func located(err error, text string) error {
	if e, ok := pgerr.As(err); ok {
		return e.Locate(text)
	}
	return err
}

// begin makes the context of a statement: cancellable, and under statement_timeout.
func (s *Session) begin(ctx context.Context, text string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.done = ctx.Done()
	s.mu.Lock()
	s.cancel, s.running, s.since = cancel, text, time.Now()
	s.application = s.derived().application
	s.mu.Unlock()
	if s.db.gate.Closed() {
		cancel(errShutdown()) // it came in just before, and cancelAll did not see it
	}
	var timer *time.Timer
	if timeout := s.derived().timeout; timeout > 0 {
		timer = time.AfterFunc(timeout, func() {
			cancel(pgerr.New(pgerr.QueryCanceled, "canceling statement due to statement timeout"))
		})
	}
	return ctx, func() {
		if timer != nil {
			timer.Stop()
		}
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
		cancel(nil)
	}
}

// ended turns an error caused by the statement's context into the context's own.
func ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if errors.Is(err, context.Canceled) {
		return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
	}
	return err
}

// shownApplication is the application's name as of the last statement, or NULL.
// The caller holds mu.
func (s *Session) shownApplication() any { return cells.TextOrNull(s.application) }

// notice keeps a message for the client.
func (s *Session) notice(severity, code, message string) {
	s.notices = append(s.notices, Notice{Severity: severity, Code: code, Message: message})
}

// Notices takes the messages that arose since it was last asked.
func (s *Session) Notices() []Notice {
	out := s.notices
	s.notices = nil
	return out
}

// Parameter is the value of a reported parameter.
type Parameter = settings.Parameter

// Parameters lists the reported parameters.
func (s *Session) Parameters() []Parameter {
	return s.settings.Reported()
}

// ChangedParameters lists the reported ones that changed since it was last asked.
func (s *Session) ChangedParameters() []Parameter {
	return s.settings.Changed()
}

// Style is how the session's settings have values look as text. It does not change:
// later settings have one of their own.
func (s *Session) Style() *row.Style { return s.derived().style }

func (s *Session) info() SessionInfo {
	return SessionInfo{
		User: s.user, Database: s.database, PID: s.pid, SearchPath: s.settings.SearchPath(),
		Setting: s.settings.Get, Settings: s.settings.List, Cursors: s.cursors.List,
	}
}

// Rows is a statement's result.
type Rows struct {
	columns []ResultColumn
	next    func(ctx context.Context) (*row.Batch, error)
	tag     func() string
	close   func()
	copyIn  *CopyIn
	copyOut *CopyOut
	whole   *row.Batch
}

var _ cursor.Whole = (*Rows)(nil)

// Whole implements cursor.Whole.
func (r *Rows) Whole() *row.Batch { return r.whole }

// CopyIn is where the data of COPY FROM STDIN goes; nil for every other statement.
func (r *Rows) CopyIn() *CopyIn { return r.copyIn }

// CopyOut is how the rows of COPY TO STDOUT are printed; nil for every other statement.
func (r *Rows) CopyOut() *CopyOut { return r.copyOut }

// Columns is the result's shape; nil for a statement without rows.
func (r *Rows) Columns() []ResultColumn { return r.columns }

// Next is the next rows, nil at the end. The batch is the caller's to read until
// the following call. A row of weight n stands n times.
func (r *Rows) Next(ctx context.Context) (*row.Batch, error) {
	if r.next == nil {
		return nil, nil
	}
	return r.next(ctx)
}

// Tag is the command tag, after the end.
func (r *Rows) Tag() string { return r.tag() }

// Close releases what the result holds.
func (r *Rows) Close() {
	if r.close != nil {
		r.close()
		r.close = nil
	}
}

// done is the result of a statement without rows.
func done(tag string) *Rows { return &Rows{tag: func() string { return tag }} }
