package pgwire

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

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
func readFrame(r *bufio.Reader, maxBody int) (frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	limit, known := bodyLimit(head[0], maxBody)
	if !known {
		return frame{}, violation("invalid frontend message type %d", head[0])
	}
	size := int64(int32(binary.BigEndian.Uint32(head[1:]))) - 4
	if size < 0 {
		return frame{}, violation("invalid message length")
	}
	if size > int64(limit) {
		return frame{}, violation("message of type \"%c\" and %d bytes exceeds the limit of %d bytes", head[0], size, limit)
	}
	body, err := readBody(r, int(size))
	return frame{head[0], body}, err
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
	case 'B':
		msg = &pgproto3.Bind{}
	case 'P':
		msg = &pgproto3.Parse{}
	case 'Q':
		msg = &pgproto3.Query{}
	case 'C':
		msg = &pgproto3.Close{}
	case 'D':
		msg = &pgproto3.Describe{}
	case 'E':
		msg = &pgproto3.Execute{}
	default:
		return nil, violation("unexpected message type \"%c\"", f.kind)
	}
	if err := msg.Decode(f.body); err != nil {
		return nil, err
	}
	return msg, nil
}

// inbox is the bounded queue between a connection's reading goroutine and the
// one that answers. It is bounded in bytes and in messages, so a flooding client
// fills its own socket and nothing else; and because reading goes on while a
// statement runs, a client that vanishes is noticed.
type inbox struct {
	mu       sync.Mutex
	changed  sync.Cond
	queue    []frame
	bytes    int
	maxBytes int
	more     bool  // bytes of another frame have come
	ended    error // why no more frames come; frames before it are still handed out
	stopped  error // why nothing is handed out any more
}

const maxQueuedFrames = 256

func newInbox(maxBytes int) *inbox {
	in := &inbox{maxBytes: maxBytes}
	in.changed.L = &in.mu
	return in
}

// put waits for room; false when nobody will read the frame.
func (in *inbox) put(f frame) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.stopped == nil && len(in.queue) > 0 && (in.bytes+len(f.body) > in.maxBytes || len(in.queue) >= maxQueuedFrames) {
		in.changed.Wait()
	}
	if in.stopped != nil {
		return false
	}
	in.queue = append(in.queue, f)
	in.bytes += len(f.body)
	in.changed.Broadcast()
	return true
}

// take waits for the next frame. After stop it fails at once, after end only
// when the frames before the end have been taken.
func (in *inbox) take() (frame, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.stopped == nil && len(in.queue) == 0 && in.ended == nil {
		in.changed.Wait()
	}
	switch {
	case in.stopped != nil:
		return frame{}, in.stopped
	case len(in.queue) == 0:
		return frame{}, in.ended
	}
	f := in.queue[0]
	in.queue[0] = frame{}
	in.queue = in.queue[1:]
	in.bytes -= len(f.body)
	in.changed.Broadcast()
	return f, nil
}

// ready reports whether take would not wait.
func (in *inbox) ready() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.queue) > 0 || in.ended != nil || in.stopped != nil
}

// follows reports that the next frame has the kind, as far as the client's bytes
// have come: it waits for frames only while more is set.
func (in *inbox) follows(kind byte) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.stopped == nil && len(in.queue) == 0 && in.ended == nil && in.more {
		in.changed.Wait()
	}
	return len(in.queue) > 0 && in.queue[0].kind == kind
}

// expect says whether bytes of another frame have come already.
func (in *inbox) expect(more bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.more = more
	in.changed.Broadcast()
}

func (in *inbox) end(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.ended = err
	in.changed.Broadcast()
}

func (in *inbox) stop(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.stopped == nil {
		in.stopped = err
	}
	in.changed.Broadcast()
}
