package pgwire

import (
	"context"
	"encoding/binary"
)

// Authenticator decides whether a client is who it says it is.
type Authenticator interface {
	// Authenticate runs the exchange between the startup message and
	// AuthenticationOk, which is not its own to send. Its error is shown as
	// FATAL; 28P01 and 28000 are the usual ones.
	Authenticate(ctx context.Context, x Exchange, user, database string) error
}

// Exchange is one client during authentication. Codes are those of the
// protocol's Authentication messages: 3 clear text, 10 SASL, 11 its
// continuation, 12 its end.
type Exchange interface {
	// Ask sends a challenge and waits for the body of the client's 'p' message.
	Ask(code uint32, data []byte) ([]byte, error)
	// Tell sends what needs no reply, such as the server's SASL signature.
	Tell(code uint32, data []byte) error
}

// Trust lets everyone in under any name.
type Trust struct{}

// Authenticate implements Authenticator.
func (Trust) Authenticate(context.Context, Exchange, string, string) error { return nil }

// Ask implements Exchange.
func (c *conn) Ask(code uint32, data []byte) ([]byte, error) {
	if err := c.Tell(code, data); err != nil {
		return nil, err
	}
	if err := c.out.flush(); err != nil {
		return nil, err
	}
	f, err := readFrame(c.box, c.opts.MaxMessageBytes)
	if err != nil {
		return nil, err
	}
	if f.kind != 'p' {
		return nil, violation("expected password response, got message type %d", f.kind)
	}
	return f.body, nil
}

// Tell implements Exchange.
func (c *conn) Tell(code uint32, data []byte) error {
	b := append(c.out.buf, 'R')
	b = binary.BigEndian.AppendUint32(b, uint32(8+len(data)))
	b = binary.BigEndian.AppendUint32(b, code)
	c.out.buf = append(b, data...)
	return c.out.spill()
}

var (
	_ Authenticator = Trust{}
	_ Exchange      = (*conn)(nil)
)
