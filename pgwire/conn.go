package pgwire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/sql/pgerr"
)

// conn is one connection. Two goroutines: one reads frames into the inbox, the
// other answers them; everything not marked otherwise belongs to the latter.
type conn struct {
	server *Server
	opts   *Options
	nc     net.Conn
	in     *bufio.Reader // the startup's, then the reading goroutine's
	box    *inbox
	out    *outbox

	// ctx ends when the client is gone, or must go.
	ctx       context.Context
	endCtx    context.CancelFunc
	cancelled atomic.Bool // the statement that runs was asked to stop

	mu      sync.Mutex // guards the four below
	session Session    // set once; read without mu by the answering goroutine
	busy    bool       // a message is being answered
	parting bool       // terminate was called
	open    bool       // the startup's deadline has been lifted

	pid    int32
	secret [4]byte

	statements map[string]*statement
	portals    map[string]*portal
	running    *portal // whose Execute runs
	style      textStyle
	skipping   bool        // after an error in an extended query, up to Sync
	changed    []Parameter // to be reported before the next ReadyForQuery
}

func newConn(ctx context.Context, s *Server, nc net.Conn) *conn {
	c := &conn{
		server:     s,
		opts:       &s.opts,
		nc:         nc,
		in:         bufio.NewReaderSize(nc, 8<<10),
		box:        newInbox(inboxBytes),
		out:        newOutbox(nc),
		statements: map[string]*statement{},
		portals:    map[string]*portal{},
	}
	// A stopping server says 57P01 before it lets a session's context end.
	c.ctx, c.endCtx = context.WithCancel(context.WithoutCancel(ctx))
	return c
}

// inboxBytes bounds what is read ahead of the statement that runs; one message
// may be larger.
const inboxBytes = 256 << 10

// serve runs the connection from its first byte to its last.
func (c *conn) serve() {
	defer c.nc.Close()
	defer c.server.forget(c) // before the close: who sees the end may connect again at once
	defer c.endCtx()
	defer c.out.mu.Unlock()
	open, err := c.guardStart()
	if c.session != nil {
		defer c.closeSession()
	}
	if err != nil {
		c.farewell(err)
		return
	}
	if !open || !c.liftDeadline() {
		return
	}
	var reader sync.WaitGroup
	reader.Go(c.read)
	c.farewell(c.guardAnswers())
	c.box.stop(net.ErrClosed)
	_ = c.nc.SetReadDeadline(time.Now())
	reader.Wait()
}

func (c *conn) guardStart() (open bool, err error) {
	defer c.recoverTo(&err)
	_ = c.nc.SetDeadline(time.Now().Add(c.opts.StartupTimeout))
	if c.isParting() {
		return false, errShutdown()
	}
	open, err = c.start()
	if err == nil && open {
		err = c.out.flush()
	}
	return open, err
}

func (c *conn) closeSession() {
	c.mu.Lock()
	session := c.session
	c.session = nil // so that nobody cancels a closed session
	c.mu.Unlock()
	var err error
	defer func() {
		if err != nil {
			c.opts.Log.Error("closing a session failed", "pid", c.pid, "error", err)
		}
	}()
	defer c.recoverTo(&err)
	defer session.Close()
	c.dropPortals(nil)
}

// liftDeadline ends the startup's time limit; false when the server stops.
func (c *conn) liftDeadline() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.parting {
		c.open = true
		_ = c.nc.SetDeadline(time.Time{})
	}
	return !c.parting
}

func (c *conn) isParting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.parting
}

func (c *conn) setSession(s Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	c.style.set(s.ParameterStatus())
}

// read moves frames into the inbox until the client is gone. Without a
// Terminate before, that also cancels what still runs for it: nobody is there
// to hear the answer.
func (c *conn) read() {
	terminated := false
	for {
		f, err := readFrame(c.in, c.opts.MaxMessageBytes)
		if err != nil {
			c.box.end(err)
			var bad *protocolError
			if !terminated && !errors.As(err, &bad) && !c.isParting() {
				c.endCtx()
				c.session.Cancel()
			}
			return
		}
		terminated = terminated || f.kind == 'X'
		if !c.box.put(f) {
			return
		}
	}
}

// terminate makes the connection end with 57P01, soon. Any goroutine.
func (c *conn) terminate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting {
		return
	}
	c.parting = true
	c.box.stop(errShutdown())
	now := time.Now()
	_ = c.nc.SetWriteDeadline(now.Add(partingTime))
	_ = c.nc.SetReadDeadline(now)
	c.endCtx()
	if c.session != nil {
		c.cancelled.Store(true)
		c.session.Cancel()
	}
}

// cancelRunning stops the statement that runs, if one does. Any goroutine.
func (c *conn) cancelRunning() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy && c.session != nil {
		c.cancelled.Store(true)
		c.session.Cancel()
	}
}

func (c *conn) setBusy(busy bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	if busy && !c.parting {
		c.cancelled.Store(false)
	}
}

// farewell says a last error, if the client can still hear it.
func (c *conn) farewell(err error) {
	if err == nil || c.out.err != nil {
		return
	}
	if c.isParting() {
		err = errShutdown()
	}
	if isGone(err) {
		return
	}
	msg, internal := errorResponse(err, "FATAL")
	if internal {
		c.opts.Log.Error("connection failed", "pid", c.pid, "error", err)
	}
	if c.out.send(msg) == nil {
		_ = c.out.flush() // the connection ends anyway
	}
}

// isGone reports errors that mean there is nobody to answer.
func isGone(err error) bool {
	var ne net.Error
	return errors.Is(err, errGone) || errors.Is(err, net.ErrClosed) || errors.As(err, &ne)
}

// errGone ends a connection whose stream ended.
var errGone = errors.New("client has gone")

// guardAnswers catches what panics outside of a statement: only this connection ends.
func (c *conn) guardAnswers() (err error) {
	defer c.recoverTo(&err)
	return c.answerAll()
}

// answerAll answers frames until the connection ends; nil after Terminate.
func (c *conn) answerAll() error {
	for {
		if c.out.answered && !c.box.ready() {
			if err := c.out.flush(); err != nil {
				return err
			}
		}
		f, err := c.box.take()
		if err != nil {
			return streamEnd(err)
		}
		if f.kind == 'X' {
			return nil
		}
		c.setBusy(true)
		err = c.answer(f)
		c.setBusy(false)
		if err != nil {
			return err
		}
	}
}

// streamEnd keeps the errors that a client may hear; the others mean that it is gone.
func streamEnd(err error) error {
	var bad *protocolError
	var known *pgerr.Error
	if errors.As(err, &bad) || errors.As(err, &known) {
		return err
	}
	return errGone
}

// answer handles one frame. Its error ends the connection; a failed statement
// is answered here and is no error.
func (c *conn) answer(f frame) error {
	if c.skipping && f.kind != 'S' {
		return nil
	}
	err := c.guard(f)
	if err == nil {
		return c.out.err
	}
	if fatal := c.fail(err); fatal != nil {
		return fatal
	}
	switch f.kind {
	case 'Q', 'F', 'S':
		return c.ready()
	}
	c.skipping = true
	return nil
}

// guard is dispatch with a net: a panic is this statement's failure, not the server's.
func (c *conn) guard(f frame) (err error) {
	defer c.recoverTo(&err)
	return c.dispatch(f)
}

func (c *conn) recoverTo(err *error) {
	if p := recover(); p != nil {
		c.opts.Log.Error("a session panicked", "pid", c.pid, "panic", p, "stack", string(debug.Stack()))
		*err = fmt.Errorf("internal error: %v", p)
	}
}

func (c *conn) dispatch(f frame) error {
	switch f.kind {
	case 'S':
		return c.sync()
	case 'H':
		c.out.answered = true
		return nil
	case 'd', 'c', 'f':
		return nil // the rest of a COPY that has already failed
	case 'F':
		return pgerr.New(pgerr.FeatureNotSupported, "the function call protocol is not supported")
	}
	msg, err := decodeFrame(f)
	if err != nil {
		var bad *protocolError
		if errors.As(err, &bad) {
			return err
		}
		return pgerr.New(pgerr.ProtocolViolation, "invalid message format")
	}
	switch m := msg.(type) {
	case *pgproto3.Query:
		return c.query(m.String)
	case *pgproto3.Parse:
		return c.parse(m)
	case *pgproto3.Bind:
		return c.bind(m)
	case *pgproto3.Describe:
		return c.describe(m)
	case *pgproto3.Execute:
		return c.execute(m)
	case *pgproto3.Close:
		return c.closeNamed(m)
	default:
		return violation("unexpected message type \"%c\"", f.kind)
	}
}

// fail answers a failed message and rolls back. Its error ends the connection.
func (c *conn) fail(err error) error {
	var bad *protocolError
	if errors.As(err, &bad) || c.out.err != nil {
		return err
	}
	if c.isParting() {
		return errShutdown()
	}
	if c.ctx.Err() != nil {
		return errGone
	}
	if undo := c.rollBack(); undo != nil {
		return undo
	}
	if c.cancelled.Load() && errors.Is(err, context.Canceled) {
		err = errCanceled()
	}
	if e := c.reportNotices(); e != nil {
		return e
	}
	msg, internal := errorResponse(err, "ERROR")
	if internal {
		c.opts.Log.Error("statement failed inside", "pid", c.pid, "error", err)
	}
	return c.out.send(msg)
}

// rollBack ends the failed transaction and the portals that lived in it.
func (c *conn) rollBack() (err error) {
	defer c.recoverTo(&err)
	c.dropPortals(nil)
	return c.session.EndImplicit(c.ctx, true)
}

// ready ends an answer.
func (c *conn) ready() error {
	if err := c.reportNotices(); err != nil {
		return err
	}
	c.noteChanges()
	for _, p := range c.changed {
		if err := c.reportParameter(p); err != nil {
			return err
		}
	}
	c.changed = c.changed[:0]
	if err := c.out.send(&pgproto3.ReadyForQuery{TxStatus: c.session.TxStatus()}); err != nil {
		return err
	}
	c.out.answered = true
	return c.out.err
}

func (c *conn) reportParameter(p Parameter) error {
	return c.out.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
}

// noteChanges lets settings take effect on the statements that follow; the
// client is told before ReadyForQuery.
func (c *conn) noteChanges() {
	changed := c.session.ChangedParameters()
	if len(changed) == 0 {
		return
	}
	c.changed = append(c.changed, changed...)
	c.style.set(c.session.ParameterStatus())
}

func (c *conn) reportNotices() error {
	for _, n := range c.session.Notices() {
		if err := c.out.send(noticeResponse(n)); err != nil {
			return err
		}
	}
	return nil
}
