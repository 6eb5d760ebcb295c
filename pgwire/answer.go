package pgwire

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/sql/pgerr"
)

// guardAnswers catches what panics outside of a statement: only this connection ends.
func (c *conn) guardAnswers() (err error) {
	defer c.recoverTo(&err)
	return c.answerAll()
}

// answerAll answers frames until the connection ends; nil after Terminate.
func (c *conn) answerAll() error {
	for {
		f, need, err := c.box.cut()
		if need > 0 {
			if err := c.rest(); err != nil {
				return err
			}
			f, err = c.box.take()
		}
		if c.isParting() {
			return errShutdown()
		}
		if err != nil {
			if c.slim(err) {
				continue
			}
			return streamEnd(err)
		}
		if !c.busy.Load() {
			c.busy.Store(true)
			c.worked.Add(1)
		}
		if f.kind == 'X' {
			return nil
		}
		c.beginMessage()
		err = c.answer(f)
		c.endMessage()
		if err != nil {
			return err
		}
	}
}

// rest writes the answers to all that has come, before more is waited for.
func (c *conn) rest() error {
	if c.out.answered {
		if err := c.out.flush(); err != nil {
			return err
		}
	}
	c.busy.Store(false)
	return nil
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
	c.out.answered = true // a client may wait for it before its Sync
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
	case 'B':
		return c.bind(f.body)
	case 'E':
		return c.execute(f.body)
	case 'F':
		return pgerr.New(pgerr.FeatureNotSupported, "the function call protocol is not supported")
	}
	msg, err := decodeFrame(f)
	if err != nil {
		var bad *protocolError
		if errors.As(err, &bad) {
			return err
		}
		return errMessageFormat()
	}
	switch m := msg.(type) {
	case *pgproto3.Query:
		return c.query(m.String)
	case *pgproto3.Parse:
		return c.parse(m)
	case *pgproto3.Describe:
		return c.describe(m)
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
	c.stirred = true
	return c.session.EndImplicit(c.ctx, true)
}

// ready ends an answer.
func (c *conn) ready() error {
	if c.stirred {
		if err := c.report(); err != nil {
			return err
		}
	}
	c.out.buf = append(c.out.buf, 'Z', 0, 0, 0, 5, c.session.TxStatus())
	c.out.answered = true
	return c.out.spill()
}

// report says what is to be said beside results.
func (c *conn) report() error {
	if err := c.reportNotices(); err != nil {
		return err
	}
	c.noteChanges()
	for _, p := range c.changed {
		if err := c.reportParameter(p); err != nil {
			return err
		}
	}
	c.changed, c.stirred = c.changed[:0], false
	return nil
}

func (c *conn) reportParameter(p Parameter) error {
	return c.out.send(&pgproto3.ParameterStatus{Name: p.Name, Value: p.Value})
}

// noteChanges lets settings take effect on the statements that follow; the
// client is told before ReadyForQuery.
func (c *conn) noteChanges() {
	c.changed = append(c.changed, c.session.ChangedParameters()...)
	c.style = c.session.Style()
}

func (c *conn) reportNotices() error {
	for _, n := range c.session.Notices() {
		if err := c.out.send(noticeResponse(n)); err != nil {
			return err
		}
	}
	return nil
}
