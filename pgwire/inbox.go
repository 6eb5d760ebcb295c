package pgwire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// frame is one message of the client: its type byte and its body.
type frame struct {
	kind byte
	body []byte
}

// maxSmallMessage bounds messages that hold names and numbers only, so that
// garbage is recognized before it is read.
const maxSmallMessage = 10_000

// bodyStep is how much of a body is read before more memory is taken: a length
// that a client only claims costs nothing.
const bodyStep = 64 << 10

// readFrame reads one message. An error of kind *protocolError means that the
// stream cannot be followed any further.
func readFrame(r io.Reader, maxBody int) (frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	size, err := bodySize(head[:], maxBody)
	if err != nil {
		return frame{}, err
	}
	body, err := readBody(r, size)
	return frame{head[0], body}, err
}

// bodySize reads the head of a message.
func bodySize(head []byte, maxBody int) (int, error) {
	limit, known := bodyLimit(head[0], maxBody)
	if !known {
		return 0, violation("invalid frontend message type %d", head[0])
	}
	size := int64(int32(binary.BigEndian.Uint32(head[1:]))) - 4
	if size < 0 {
		return 0, violation("invalid message length")
	}
	if size > int64(limit) {
		return 0, violation("message of type \"%c\" and %d bytes exceeds the limit of %d bytes", head[0], size, limit)
	}
	return int(size), nil
}

func readBody(r io.Reader, size int) ([]byte, error) {
	body := make([]byte, 0, min(size, bodyStep))
	for len(body) < size {
		n := min(size-len(body), max(bodyStep, len(body)))
		body = append(body, make([]byte, n)...)
		if _, err := io.ReadFull(r, body[len(body)-n:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return body, nil
}

func bodyLimit(kind byte, maxBody int) (limit int, known bool) {
	switch kind {
	case 'B', 'P', 'Q', 'F', 'd':
		return maxBody, true
	case 'C', 'D', 'E', 'H', 'S', 'X', 'c', 'f', 'p':
		return min(maxBody, maxSmallMessage), true
	default:
		return 0, false
	}
}

// protocolError ends a connection: FATAL, 08P01.
type protocolError struct{ message string }

func (e *protocolError) Error() string { return e.message }

func violation(format string, args ...any) error {
	return &protocolError{fmt.Sprintf(format, args...)}
}

// decodeFrame turns a body into a message. The message aliases the body.
func decodeFrame(f frame) (pgproto3.FrontendMessage, error) {
	var msg pgproto3.FrontendMessage
	switch f.kind {
	case 'P':
		msg = &pgproto3.Parse{}
	case 'Q':
		msg = &pgproto3.Query{}
	case 'C':
		msg = &pgproto3.Close{}
	case 'D':
		msg = &pgproto3.Describe{}
	default:
		return nil, violation("unexpected message type \"%c\"", f.kind)
	}
	if err := msg.Decode(f.body); err != nil {
		return nil, err
	}
	return msg, nil
}

// inbox is the bytes that a client has sent and nobody has answered yet. The
// answering goroutine reads them itself, so that a message costs no handover; only
// while a statement takes long does another goroutine read ahead, in order to
// notice a client that vanishes. What is held is bounded: a flooding client fills
// its own socket and nothing else.
type inbox struct {
	conn    net.Conn
	maxBody int
	buf     []byte
	r, w    int   // buf[r:w] has come and is not taken
	little  int   // reads in a row that gave little
	err     error // why no more comes; what came before is still handed out

	watching chan struct{} // closed when the reading ahead has ended; nil: there is none
}

const (
	// restBytes is what a connection that rests holds for its next message.
	restBytes = 1 << 10
	// usualBytes is what is read at once from a client that sends many messages together.
	usualBytes = 16 << 10
	// littleReads is how many of them make a client one that sends little.
	littleReads = 64
	// aheadBytes bounds what is read ahead of a statement that runs; one message may
	// be larger.
	aheadBytes = 256 << 10
)

func newInbox(conn net.Conn, maxBody int) *inbox {
	return &inbox{conn: conn, maxBody: maxBody, buf: make([]byte, restBytes)}
}

// slim gives back what a client has needed that sent much, after a read that ended
// without a reason to end the connection.
func (in *inbox) slim() {
	in.err = nil
	if held := in.w - in.r; held <= restBytes && len(in.buf) > restBytes {
		buf := make([]byte, restBytes)
		in.r, in.w, in.buf = 0, copy(buf, in.buf[in.r:in.w]), buf
	}
}

// take waits for the next message. Its body is valid until the following call.
func (in *inbox) take() (frame, error) {
	for {
		f, need, err := in.cut()
		if err != nil || need == 0 {
			return f, err
		}
		if in.err != nil {
			return frame{}, in.err
		}
		in.fill(need)
	}
}

// cut takes a message that has come whole; else need is how many bytes it has at least.
func (in *inbox) cut() (f frame, need int, err error) {
	b := in.buf[in.r:in.w]
	if len(b) < 5 {
		return f, 5, nil
	}
	size, err := bodySize(b, in.maxBody)
	if err != nil {
		return f, 0, err
	}
	if len(b) < 5+size {
		return f, 5 + size, nil
	}
	in.r += 5 + size
	return frame{b[0], b[5 : 5+size : 5+size]}, 0, nil
}

// fill reads once; need is how many bytes are waited for. A length that a client
// only claims costs nothing: the buffer grows with what has come, and shrinks when
// little comes for a while.
func (in *inbox) fill(need int) {
	held, size := in.w-in.r, len(in.buf)
	switch {
	case held == size:
		size = max(usualBytes, min(2*size, need))
	case in.w == size && size < usualBytes: // the last read was cut short by the buffer
		size = usualBytes
	case held == 0 && in.little >= littleReads && size > restBytes:
		size = restBytes
	}
	if size != len(in.buf) {
		buf := make([]byte, size)
		in.r, in.w, in.buf = 0, copy(buf, in.buf[in.r:in.w]), buf
	} else if in.r > 0 {
		in.r, in.w = 0, copy(in.buf, in.buf[in.r:in.w])
	}
	n, err := in.conn.Read(in.buf[in.w:])
	in.w += n
	if in.little++; n > restBytes/2 {
		in.little = 0
	}
	if n == 0 {
		in.err = err
	}
}

// Read implements io.Reader, for what comes before messages.
func (in *inbox) Read(p []byte) (int, error) {
	if in.r == in.w {
		if in.err == nil {
			in.fill(1)
		}
		if in.err != nil {
			return 0, in.err
		}
	}
	n := copy(p, in.buf[in.r:in.w])
	in.r += n
	return n, nil
}

// follows reports that the next message has the kind, as far as the client's
// bytes have come.
func (in *inbox) follows(kind byte) bool { return in.r < in.w && in.buf[in.r] == kind }

// watch reads ahead in another goroutine until unwatch, and says when the client
// has gone without having taken its leave.
func (in *inbox) watch(gone func()) {
	done := make(chan struct{})
	in.watching = done
	go func() {
		defer close(done)
		for in.w-in.r < aheadBytes {
			if in.w == len(in.buf) { // the message that is being answered may lie in the old one
				buf := make([]byte, max(usualBytes, 2*len(in.buf)))
				in.w = copy(buf, in.buf[:in.w])
				in.buf = buf
			}
			n, err := in.conn.Read(in.buf[in.w:])
			in.w += n
			var ne net.Error
			switch {
			case err == nil:
				continue
			case errors.As(err, &ne) && ne.Timeout():
				return // unwatch, or the server stops
			}
			in.err = err
			if !in.terminated() {
				gone()
			}
			return
		}
	}()
}

// unwatch ends the reading ahead; the caller restores the read deadline.
func (in *inbox) unwatch() {
	_ = in.conn.SetReadDeadline(time.Unix(1, 0))
	<-in.watching
	in.watching = nil
}

// terminated reports a Terminate among the messages that have come.
func (in *inbox) terminated() bool {
	for b := in.buf[in.r:in.w]; len(b) >= 5; {
		size, err := bodySize(b, in.maxBody)
		if b[0] == 'X' || err != nil {
			return true
		}
		if len(b) < 5+size {
			break
		}
		b = b[5+size:]
	}
	return false
}
