package pgwire

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/row"
)

// conn is one connection, with a goroutine that reads messages and answers them;
// everything not marked otherwise belongs to it.
type conn struct {
	server *Server
	opts   *Options
	nc     net.Conn
	box    *inbox
	out    *outbox

	// ctx ends when the client is gone, or must go.
	ctx       context.Context
	endCtx    context.CancelFunc
	cancelled atomic.Bool   // the statement that runs was asked to stop
	busy      atomic.Bool   // messages are being answered
	parting   atomic.Bool   // terminate was called; set under mu
	slimming  atomic.Bool   // look has ended a read; set under mu
	worked    atomic.Uint32 // how often messages have come after a rest

	mu        sync.Mutex              // guards those below
	session   Session                 // set once; read without mu by the answering goroutine
	interrupt context.CancelCauseFunc // of msg; written by the answering goroutine alone
	quick     QuickReader             // what the session can do at once; nil: nothing
	looked    uint32                  // worked at the last look
	slimmed   uint32                  // worked when it was slimmed

	msg context.Context // of the message being answered, if it needed one: see message

	pid    int32
	secret [4]byte

	statements map[string]*statement
	texts      texts
	portals    map[string]*portal // the named ones
	bound      bindMessage
	unnamed    portal
	bare       bool    // there is an unnamed portal
	running    *portal // whose Execute runs
	style      *row.Style
	executed   int         // portals run since the last Sync
	skipping   bool        // after an error in an extended query, up to Sync
	stirred    bool        // the session may have something to report beside results
	changed    []Parameter // to be reported before the next ReadyForQuery
}

func newConn(ctx context.Context, s *Server, nc net.Conn) *conn {
	c := &conn{
		server:     s,
		opts:       &s.opts,
		nc:         nc,
		box:        newInbox(nc, s.opts.MaxMessageBytes),
		out:        newOutbox(nc),
		statements: map[string]*statement{},
		portals:    map[string]*portal{},
		stirred:    true,
	}
	// A stopping server says 57P01 before it lets a session's context end.
	c.ctx, c.endCtx = context.WithCancel(context.WithoutCancel(ctx))
	c.out.long = func() { c.box.watch(c.gone) }
	c.out.resumed = c.unwatch
	return c
}

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
	if !open {
		return
	}
	if !c.liftDeadline() {
		c.farewell(errShutdown())
		return
	}
	c.farewell(c.guardAnswers())
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
	if !c.parting.Load() {
		_ = c.nc.SetDeadline(time.Time{})
	}
	return !c.parting.Load()
}

func (c *conn) isParting() bool { return c.parting.Load() }

func (c *conn) setSession(s Session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	c.quick, _ = s.(QuickReader)
	c.style = s.Style()
}

// gone ends what runs for a client that has left without a Terminate: nobody is
// there to hear the answer. It is called while a statement runs, by another goroutine.
func (c *conn) gone() {
	if c.isParting() {
		return
	}
	c.endCtx()
	c.session.Cancel()
}

// unwatch takes the reading over again after a call that took long.
func (c *conn) unwatch() {
	c.box.unwatch()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.parting.Load() {
		_ = c.nc.SetReadDeadline(time.Time{})
	}
}

// terminate makes the connection end with 57P01, soon. Any goroutine.
func (c *conn) terminate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.parting.Swap(true) {
		return
	}
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
	if c.busy.Load() && c.session != nil {
		c.cancelled.Store(true)
		c.session.Cancel()
		if c.interrupt != nil {
			c.interrupt(errCanceled())
		}
	}
}

// beginMessage and endMessage enclose what a cancel request may stop.
func (c *conn) beginMessage() {
	if c.cancelled.Load() && !c.isParting() {
		c.cancelled.Store(false) // it was for an earlier one
	}
}

func (c *conn) endMessage() {
	if c.interrupt == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupt(nil)
	c.msg, c.interrupt = nil, nil
}

// message is the context of the message that is being answered; it ends with ctx
// or a cancel, and so reaches what Session.Cancel cannot: rows that are being
// fetched. Messages that are answered at once need none.
func (c *conn) message() context.Context {
	c.stirred = true
	if c.msg == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.msg, c.interrupt = context.WithCancelCause(c.ctx)
		if c.cancelled.Load() {
			c.interrupt(errCanceled())
		}
	}
	return c.msg
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
	return errors.Is(err, errGone) || errors.Is(err, net.ErrClosed) || errors.As(err, &ne) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) // before it said who it is
}

// errGone ends a connection whose stream ended.
var errGone = errors.New("client has gone")
