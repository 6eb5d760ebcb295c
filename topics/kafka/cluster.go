package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/metadata"

	"github.com/tarndb/tarn/topics"
)

// cluster knows which broker leads which partition of which topic. It keeps
// one connection for questions about the cluster and one for each broker for
// requests that are not fetches, all used under its lock.
type cluster struct {
	cfg Config

	sem        chan struct{} // the lock: a channel, so that waiting for it ends with the context
	control    *conn
	brokers    map[int32]string // node id -> address
	controller int32
	leaders    map[string]map[int32]int32 // topic -> partition -> node id
	conns      map[string]*conn           // address -> connection
}

func newCluster(cfg Config) *cluster {
	return &cluster{
		cfg:     cfg.withDefaults(),
		sem:     make(chan struct{}, 1),
		brokers: map[int32]string{},
		leaders: map[string]map[int32]int32{},
		conns:   map[string]*conn{},
	}
}

// lock must be held for everything below but the configuration. It is held
// during I/O: there is one answer to wait for, and all callers need it.
func (c *cluster) lock(ctx context.Context) error {
	select {
	case c.sem <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *cluster) unlock() { <-c.sem }

func (c *cluster) dialer() dialer { return dialer{cfg: &c.cfg} }

// close must not run beside other methods' I/O: cancel their contexts first.
func (c *cluster) close() {
	c.sem <- struct{}{}
	defer c.unlock()
	c.control.close()
	c.control = nil
	for addr, cn := range c.conns {
		cn.close()
		delete(c.conns, addr)
	}
}

// refresh asks for the topic's partitions and leaders anew. Caller holds the lock.
func (c *cluster) refresh(ctx context.Context, topic string) (*metadata.Response, error) {
	reused := c.control != nil
	res, err := c.metadata(ctx, topic)
	if err != nil && reused && ctx.Err() == nil {
		// The kept connection may simply have been closed while idle.
		res, err = c.metadata(ctx, topic)
	}
	if err != nil {
		return nil, c.classify(ctx, err, topic, topics.NoPartition, "")
	}
	clear(c.brokers)
	for _, b := range res.Brokers {
		c.brokers[b.NodeID] = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
	}
	c.controller = res.ControllerID
	return res, nil
}

func (c *cluster) metadata(ctx context.Context, topic string) (*metadata.Response, error) {
	if c.control == nil {
		cn, err := c.bootstrap(ctx)
		if err != nil {
			return nil, err
		}
		c.control = cn
	}
	m, err := c.control.roundTrip(ctx, &metadata.Request{TopicNames: []string{topic}})
	if err != nil {
		c.control.close()
		c.control = nil
		return nil, err
	}
	return m.(*metadata.Response), nil
}

// bootstrap connects to the first address that answers: those given, then
// those learnt, so that a cluster whose first brokers are gone is still found.
func (c *cluster) bootstrap(ctx context.Context) (*conn, error) {
	addrs := append([]string(nil), c.cfg.Brokers...)
	for _, a := range c.brokers {
		if !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	var errs []error
	for _, addr := range addrs {
		cn, err := dial(ctx, c.dialer(), addr)
		if err == nil {
			return cn, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		errs = append(errs, err)
	}
	return nil, &topics.Error{Kind: topics.ErrNoBroker, Partition: topics.NoPartition,
		Broker: strings.Join(c.cfg.Brokers, ", "), Err: errors.Join(errs...)}
}

// partitions lists the topic's partitions and learns their leaders.
func (c *cluster) partitions(ctx context.Context, topic string) (map[int32]int32, error) {
	if err := c.lock(ctx); err != nil {
		return nil, err
	}
	defer c.unlock()
	return c.partitionsLocked(ctx, topic)
}

func (c *cluster) partitionsLocked(ctx context.Context, topic string) (map[int32]int32, error) {
	res, err := c.refresh(ctx, topic)
	if err != nil {
		return nil, err
	}
	if len(res.Topics) == 0 {
		return nil, codeError(kafkago.UnknownTopicOrPartition, topic, topics.NoPartition, "")
	}
	t := res.Topics[0]
	if t.ErrorCode != 0 {
		delete(c.leaders, topic)
		return nil, codeError(kafkago.Error(t.ErrorCode), topic, topics.NoPartition, "")
	}
	leaders := make(map[int32]int32, len(t.Partitions))
	for _, p := range t.Partitions {
		leaders[p.PartitionIndex] = p.LeaderID // -1 while there is none
	}
	c.leaders[topic] = leaders
	return leaders, nil
}

// leader is the address of the broker that leads a partition.
func (c *cluster) leader(ctx context.Context, topic string, partition int32) (string, error) {
	if err := c.lock(ctx); err != nil {
		return "", err
	}
	defer c.unlock()
	return c.leaderLocked(ctx, topic, partition)
}

func (c *cluster) leaderLocked(ctx context.Context, topic string, partition int32) (string, error) {
	leaders, ok := c.leaders[topic]
	if _, known := leaders[partition]; !ok || !known {
		var err error
		if leaders, err = c.partitionsLocked(ctx, topic); err != nil {
			return "", err
		}
	}
	node, ok := leaders[partition]
	if !ok {
		return "", codeError(kafkago.UnknownTopicOrPartition, topic, partition, "")
	}
	addr, ok := c.brokers[node]
	if !ok {
		delete(c.leaders, topic)
		return "", codeError(kafkago.LeaderNotAvailable, topic, partition, "")
	}
	return addr, nil
}

// forget drops what is known of a topic's leaders, so that they are asked for again.
func (c *cluster) forget(topic string) {
	c.sem <- struct{}{}
	defer c.unlock()
	delete(c.leaders, topic)
}

// ask sends a request to one broker over the connection kept for it. Caller holds the lock.
func (c *cluster) ask(ctx context.Context, addr string, req protocol.Message) (protocol.Message, error) {
	for {
		cn, kept := c.conns[addr]
		if !kept {
			var err error
			if cn, err = dial(ctx, c.dialer(), addr); err != nil {
				return nil, err
			}
			c.conns[addr] = cn
		}
		m, err := cn.roundTrip(ctx, req)
		if err == nil {
			return m, nil
		}
		cn.close()
		delete(c.conns, addr)
		if !kept || ctx.Err() != nil {
			return nil, err
		}
	}
}

// classify gives an error of the network or of the library its kind.
func (c *cluster) classify(ctx context.Context, err error, topic string, partition int32, addr string) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	var known *topics.Error
	if errors.As(err, &known) {
		if known.Topic == "" {
			known.Topic = topic
		}
		return known
	}
	var code kafkago.Error
	if errors.As(err, &code) {
		return codeError(code, topic, partition, addr)
	}
	kind := topics.ErrTransient
	if errors.Is(err, errNotKafka) || errors.Is(err, errBadRecords) {
		kind = topics.ErrUnreadable
	}
	return &topics.Error{Kind: kind, Topic: topic, Partition: partition, Broker: addr, Err: err}
}

// codeError gives an error code of the protocol its kind.
func codeError(code kafkago.Error, topic string, partition int32, addr string) *topics.Error {
	e := &topics.Error{Kind: topics.ErrUnreadable, Topic: topic, Partition: partition, Broker: addr}
	switch {
	case code == kafkago.UnknownTopicOrPartition:
		e.Kind = topics.ErrNoTopic
		return e
	case code == kafkago.OffsetOutOfRange:
		e.Kind = topics.ErrOffsetOutOfRange
		return e
	case code.Temporary() || code.Timeout():
		e.Kind = topics.ErrTransient
	}
	e.Err = fmt.Errorf("%s (error code %d)", strings.ToLower(code.Title()), int(code))
	return e
}
