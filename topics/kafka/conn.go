package kafka

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/apiversions"
)

// conn is one connection to one broker. It carries one request at a time and
// belongs to one goroutine; after any error it must be closed, because an
// answer may still be on its way.
type conn struct {
	net    net.Conn
	in     *bufio.Reader
	addr   string
	client string
	apis   map[protocol.ApiKey]apiRange
	next   int32 // correlation id
	wait   time.Duration
}

type apiRange struct{ min, max int16 }

// maxResponse bounds what a peer can make us allocate: a peer that is no Kafka
// broker sends text where the length should be.
const maxResponse = 1 << 29

var errNotKafka = errors.New("the peer does not speak Kafka's protocol")

func dial(ctx context.Context, d dialer, addr string) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.cfg.RequestTimeout)
	defer cancel()
	nc, err := d.net.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &conn{net: nc, in: bufio.NewReaderSize(nc, 16<<10), addr: addr, client: d.cfg.ClientID, wait: d.cfg.RequestTimeout}
	if err := c.handshake(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

type dialer struct {
	cfg *Config
	net net.Dialer
}

func (c *conn) close() {
	if c != nil {
		c.net.Close()
	}
}

// handshake learns which versions of which requests the broker speaks.
func (c *conn) handshake(ctx context.Context) error {
	m, err := c.roundTripAt(ctx, 0, &apiversions.Request{})
	if err != nil {
		return err
	}
	res := m.(*apiversions.Response)
	if res.ErrorCode != 0 {
		return kafkago.Error(res.ErrorCode)
	}
	c.apis = make(map[protocol.ApiKey]apiRange, len(res.ApiKeys))
	for _, k := range res.ApiKeys {
		c.apis[protocol.ApiKey(k.ApiKey)] = apiRange{k.MinVersion, k.MaxVersion}
	}
	return nil
}

// version picks the newest version that the broker and we, up to ours, speak.
func (c *conn) version(key protocol.ApiKey, ours apiRange) (int16, error) {
	theirs, ok := c.apis[key]
	v := min(theirs.max, ours.max)
	if !ok || v < theirs.min || v < ours.min {
		return 0, fmt.Errorf("%w: the broker speaks %s versions %d to %d, this client %d to %d",
			kafkago.UnsupportedVersion, key, theirs.min, theirs.max, ours.min, ours.max)
	}
	return v, nil
}

// roundTrip sends a request in the newest version that both sides know.
func (c *conn) roundTrip(ctx context.Context, req protocol.Message) (protocol.Message, error) {
	key := req.ApiKey()
	v, err := c.version(key, apiRange{key.MinVersion(), key.MaxVersion()})
	if err != nil {
		return nil, err
	}
	return c.roundTripAt(ctx, v, req)
}

func (c *conn) roundTripAt(ctx context.Context, version int16, req protocol.Message) (res protocol.Message, err error) {
	err = c.guard(ctx, c.wait, func() error {
		if err := c.send(version, req); err != nil {
			return err
		}
		if err := c.peekLength(); err != nil {
			return err
		}
		id, m, err := protocol.ReadResponse(c.in, req.ApiKey(), version)
		if err == nil && id != c.next {
			err = fmt.Errorf("answer %d to request %d: %w", id, c.next, errNotKafka)
		}
		res = m
		return err
	})
	return res, err
}

func (c *conn) send(version int16, req protocol.Message) error {
	c.next++
	return protocol.WriteRequest(c.net, version, c.next, c.client, req)
}

func (c *conn) peekLength() error {
	head, err := c.in.Peek(4)
	if err != nil {
		return err
	}
	if n := binary.BigEndian.Uint32(head); n < 4 || n > maxResponse {
		return errNotKafka
	}
	return nil
}

// readRaw reads the body of one answer into buf, which it grows as needed.
func (c *conn) readRaw(buf []byte) ([]byte, error) {
	if err := c.peekLength(); err != nil {
		return buf, err
	}
	var head [8]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return buf, err
	}
	if id := int32(binary.BigEndian.Uint32(head[4:])); id != c.next {
		return buf, fmt.Errorf("answer %d to request %d: %w", id, c.next, errNotKafka)
	}
	n := int(binary.BigEndian.Uint32(head[:4])) - 4
	if cap(buf) < n {
		buf = make([]byte, n, n+n/4)
	}
	buf = buf[:n]
	_, err := io.ReadFull(c.in, buf)
	return buf, err
}

// guard runs I/O that must end when the context does or after a time limit.
func (c *conn) guard(ctx context.Context, limit time.Duration, io func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.net.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.net.SetDeadline(time.Unix(1, 0)) })
	err := io()
	if !stop() && err != nil {
		return context.Cause(ctx)
	}
	return err
}
