package pgwire

import (
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// flushBytes is where the buffer is written out although nobody waits for it.
const flushBytes = 32 << 10

// answerDelay is how long a finished answer may wait in the buffer for the
// answers to further statements that the client has already sent.
const answerDelay = 2 * time.Millisecond

// outbox is the one buffered writer of a connection. It belongs to the
// connection's goroutine, which holds mu except inside whileBlocked.
type outbox struct {
	mu   sync.Mutex
	conn net.Conn
	buf  []byte
	err  error // of the first failed write; everything after it is dropped
	// answered: the buffer ends in something that the client waits for.
	answered bool
	timer    *time.Timer
	blocked  bool   // inside whileBlocked
	long     func() // called when a call takes longer than answerDelay
	resumed  func() // called after such a call
	wasLong  bool
}

func newOutbox(conn net.Conn) *outbox {
	o := &outbox{conn: conn}
	o.timer = time.AfterFunc(time.Hour, o.delayed)
	o.timer.Stop()
	o.mu.Lock()
	return o
}

// send encodes a message into the buffer.
func (o *outbox) send(m pgproto3.BackendMessage) error {
	start := len(o.buf)
	buf, err := m.Encode(o.buf)
	if err != nil {
		o.buf = o.buf[:start]
		return err
	}
	o.buf = buf
	return o.spill()
}

// spill writes the buffer if it is large.
func (o *outbox) spill() error {
	if len(o.buf) >= flushBytes {
		return o.flush()
	}
	return o.err
}

// flush writes what is buffered. It blocks while the client does not read: that
// is the backpressure on results.
func (o *outbox) flush() error {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.conn.Write(o.buf)
	}
	if cap(o.buf) > 4*flushBytes {
		o.buf = nil
	}
	o.buf = o.buf[:0]
	o.answered = false
	return o.err
}

// slim gives back the buffer of what is written.
func (o *outbox) slim() {
	if len(o.buf) == 0 {
		o.buf = nil
	}
}

// whileBlocked runs a call that may take long. If it does, answers of earlier
// statements that are still buffered leave after answerDelay, so that a fast
// statement's answer never waits for a slow one that was sent behind it.
func (o *outbox) whileBlocked(call func()) {
	o.blocked = true
	o.timer.Reset(answerDelay)
	o.mu.Unlock()
	defer func() {
		o.timer.Stop()
		o.mu.Lock()
		o.blocked = false
		if o.wasLong {
			o.wasLong = false
			o.resumed()
		}
	}()
	call()
}

func (o *outbox) delayed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.blocked || o.wasLong {
		return
	}
	if o.answered {
		_ = o.flush() // the error stays in o.err and meets the connection's next write
	}
	o.wasLong = true
	o.long()
}
