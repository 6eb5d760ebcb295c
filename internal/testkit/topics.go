package testkit

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/memlog"
)

// cluster is the topics of a script. They outlive the database.
type cluster struct {
	mu     sync.Mutex
	topics map[string]*memlog.Log
	down   bool
}

func newCluster() *cluster { return &cluster{topics: map[string]*memlog.Log{}} }

// open is engine.Options.OpenLog: as with a real broker, opening asks nobody.
func (c *cluster) open(cfg topics.Config) (topics.Log, error) {
	return &client{cluster: c, topic: cfg.Topic, broker: strings.Join(cfg.Brokers, ",")}, nil
}

func (c *cluster) topic(name string) *memlog.Log {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.topics[name]
}

func (c *cluster) create(name string, partitions int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.topics[name] = memlog.New(partitions)
}

func (c *cluster) setDown(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
	for name, l := range c.topics {
		if down {
			l.Fail(&topics.Error{Kind: topics.ErrNoBroker, Topic: name, Partition: topics.NoPartition, Broker: "mem:9092"}, -1)
		} else {
			l.Heal()
		}
	}
}

// client is one reader's way to a topic, which may not exist yet. Closing it
// leaves the topic alone.
type client struct {
	cluster       *cluster
	topic, broker string
}

var _ topics.Log = (*client)(nil)

func (c *client) log() (*memlog.Log, error) {
	c.cluster.mu.Lock()
	defer c.cluster.mu.Unlock()
	e := &topics.Error{Topic: c.topic, Partition: topics.NoPartition, Broker: c.broker}
	if c.cluster.down || c.broker != "mem:9092" {
		e.Kind = topics.ErrNoBroker
		return nil, e
	}
	if l := c.cluster.topics[c.topic]; l != nil {
		return l, nil
	}
	e.Kind = topics.ErrNoTopic
	return nil, e
}

// Partitions implements topics.Log.
func (c *client) Partitions(ctx context.Context) ([]int32, error) {
	l, err := c.log()
	if err != nil {
		return nil, err
	}
	return l.Partitions(ctx)
}

// Bounds implements topics.Log.
func (c *client) Bounds(ctx context.Context) (map[int32]topics.Range, error) {
	l, err := c.log()
	if err != nil {
		return nil, err
	}
	return l.Bounds(ctx)
}

// Resolve implements topics.Log.
func (c *client) Resolve(ctx context.Context, start topics.Start) (map[int32]int64, error) {
	l, err := c.log()
	if err != nil {
		return nil, err
	}
	return l.Resolve(ctx, start)
}

// Fetch implements topics.Log.
func (c *client) Fetch(ctx context.Context, partition int32, from int64, maxBytes int, sink topics.Sink) (int64, error) {
	l, err := c.log()
	if err != nil {
		return from, err
	}
	return l.Fetch(ctx, partition, from, maxBytes, sink)
}

// Close implements topics.Log.
func (c *client) Close() error { return nil }

// message reads a line of an append record.
func message(partition int32, line string) (topics.Message, error) {
	m := topics.Message{Partition: partition, Time: topics.NoTime}
	for {
		word, rest, ok := strings.Cut(line, "\t")
		switch {
		case ok && strings.HasPrefix(word, "#time="):
			ms, err := strconv.ParseInt(word[len("#time="):], 10, 64)
			if err != nil {
				return m, fmt.Errorf("time of a message: %w", err)
			}
			m.Time = ms * 1000
		case ok && strings.HasPrefix(word, "#header:"):
			name, value, _ := strings.Cut(word[len("#header:"):], "=")
			m.Headers = append(m.Headers, topics.Header{Key: name, Value: nullable(value)})
		case ok:
			m.Key, m.Value = nullable(word), nullable(rest)
			return m, nil
		default:
			m.Value = nullable(line)
			return m, nil
		}
		line = rest
	}
}

func nullable(s string) []byte {
	if s == `\N` {
		return nil
	}
	return []byte(s)
}
