package pgwire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/row"
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

	mu        sync.Mutex              // guards the four below
	session   Session                 // set once; read without mu by the answering goroutine
	busy      bool                    // a message is being answered
	interrupt context.CancelCauseFunc // of the message being answered
	parting   bool                    // terminate was called

	msg context.Context // of the message being answered; ends with ctx or a cancel

	pid    int32
	secret [4]byte

	statements map[string]*statement
	portals    map[string]*portal
	running    *portal // whose Execute runs
	style      textStyle
	executed   int         // portals run since the last Sync
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
	if !open {
		return
	}
	if !c.liftDeadline() {
		c.farewell(errShutdown())
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
	c.style.style.Names, _ = s.(row.ObjectNames)
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
		c.box.expect(c.in.Buffered() > 0)
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
		c.interrupt(errCanceled())
	}
}

// beginMessage and endMessage enclose what a cancel request may stop. The
// context reaches what Session.Cancel cannot: rows that are being fetched.
func (c *conn) beginMessage() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	c.msg, c.interrupt = context.WithCancelCause(c.ctx)
	if !c.parting {
		c.cancelled.Store(false)
	}
}

func (c *conn) endMessage() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
	c.interrupt(nil)
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
