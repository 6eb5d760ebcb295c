package pgwire

import (
	"bytes"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/sql/pgerr"
)

// CopyRows is an optional power of Rows: those of COPY are no result, but data that
// the client gives or takes.
type CopyRows interface {
	// CopyIn is where the data of COPY FROM STDIN goes; nil for other statements.
	CopyIn() *engine.CopyIn
	// CopyOut is how the rows of COPY TO STDOUT are printed; nil for other statements.
	CopyOut() *engine.CopyOut
}

var _ CopyRows = (*engine.Rows)(nil)

// copyData runs the copy sub-protocol of a portal that is COPY; ok is false for
// every other statement.
func (c *conn) copyData(p *portal) (ok bool, err error) {
	rows, is := p.rows.(CopyRows)
	if !is {
		return false, nil
	}
	switch in, out := rows.CopyIn(), rows.CopyOut(); {
	case in != nil:
		err = c.copyIn(in)
	case out != nil:
		err = c.copyOut(p, out)
	default:
		return false, nil
	}
	if err == nil {
		p.batch, p.done, p.lastTag = nil, true, p.rows.Tag()
	}
	return true, err
}

// copyIn takes the client's data until it says that this is all.
func (c *conn) copyIn(in *engine.CopyIn) (err error) {
	if err := c.out.send(&pgproto3.CopyInResponse{ColumnFormatCodes: make([]uint16, in.Columns())}); err != nil {
		return err
	}
	if err := c.out.flush(); err != nil {
		return err
	}
	for {
		f, err := c.box.take()
		if err != nil {
			return streamEnd(err)
		}
		if c.cancelled.Load() {
			return errCanceled()
		}
		switch f.kind {
		case 'd':
			c.out.whileBlocked(func() { err = in.Write(c.message(), f.body) })
			if err != nil {
				return err
			}
		case 'c':
			c.out.whileBlocked(func() { err = in.Finish(c.message()) })
			return err
		case 'f':
			reason, _, _ := bytes.Cut(f.body, []byte{0})
			return in.Fail(string(reason))
		case 'H', 'S': // mean nothing here
		case 'X':
			return errGone
		default:
			return pgerr.New(pgerr.ProtocolViolation, "unexpected message type 0x%02X during COPY from stdin", f.kind)
		}
	}
}

// copyOut sends the rows of a query as lines.
func (c *conn) copyOut(p *portal, out *engine.CopyOut) error {
	if err := c.out.send(&pgproto3.CopyOutResponse{ColumnFormatCodes: make([]uint16, out.Columns())}); err != nil {
		return err
	}
	line := func(add func(dst []byte) []byte) {
		at := len(c.out.buf)
		c.out.buf = add(append(c.out.buf, 'd', 0, 0, 0, 0))
		if len(c.out.buf) == at+5 {
			c.out.buf = c.out.buf[:at]
			return
		}
		binary.BigEndian.PutUint32(c.out.buf[at+1:], uint32(len(c.out.buf)-at-1))
	}
	line(out.AppendHeader)
	for {
		if err := c.fetch(p); err != nil {
			return err
		}
		if p.done {
			return c.out.send(&pgproto3.CopyDone{})
		}
		b := p.batch
		for i := range b.Len() {
			for range b.Weights[i] {
				line(func(dst []byte) []byte { return out.AppendRow(dst, b, i) })
				if len(c.out.buf) >= flushBytes {
					if err := c.spillRows(); err != nil {
						return err
					}
				}
			}
		}
	}
}
