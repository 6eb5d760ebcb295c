// Package kafka reads and writes topics of a Kafka cluster (0.11 and later)
// through kafka-go's protocol layer.
//
// Sources read with isolation level "read committed": the broker serves only
// what lies before the last stable offset, and messages of aborted transactions
// and the markers that end transactions are dropped here, by the broker's list
// of aborted transactions.
package kafka

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/listoffsets"

	"github.com/tarndb/tarn/topics"
)

// Config says how to reach a cluster. Only Brokers is needed.
type Config struct {
	Brokers        []string      // host:port of any of the cluster's brokers
	ClientID       string        // what brokers log; default "tarn"
	MaxWait        time.Duration // how long a fetch waits for messages; default 500 ms
	RequestTimeout time.Duration // for connecting, and for an answer beyond MaxWait; default 10 s
}

func (c Config) withDefaults() Config {
	c.ClientID = cmp.Or(c.ClientID, "tarn")
	c.MaxWait = cmp.Or(c.MaxWait, 500*time.Millisecond)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 10*time.Second)
	return c
}

// Log is one topic of a cluster.
type Log struct {
	topic   string
	cluster *cluster
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc

	mu      sync.Mutex
	closed  bool
	readers map[int32]*reader // idle ones: Fetch takes its own out
}

var _ topics.Log = (*Log)(nil)

// Open names a topic; nothing is connected before the first call that needs it.
func Open(cfg Config, topic string) *Log {
	l := &Log{topic: topic, cluster: newCluster(cfg), readers: map[int32]*reader{}}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// scope makes a context that ends with ctx and with the log.
func (l *Log) scope(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// fail decides between the log's end, the caller's and the cluster's fault.
func (l *Log) fail(caller context.Context, err error, partition int32, addr string) error {
	if err == nil {
		return nil
	}
	if e := caller.Err(); e != nil {
		return e
	}
	if l.ctx.Err() != nil {
		return topics.ErrClosed
	}
	return l.cluster.classify(caller, err, l.topic, partition, addr)
}

// Partitions implements topics.Log.
func (l *Log) Partitions(ctx context.Context) ([]int32, error) {
	scoped, done := l.scope(ctx)
	defer done()
	leaders, err := l.cluster.partitions(scoped, l.topic)
	if err != nil {
		return nil, l.fail(ctx, err, topics.NoPartition, "")
	}
	return slices.Sorted(maps.Keys(leaders)), nil
}

// The times that stand for the ends of a partition in a ListOffsets request.
const (
	latestTime   = -1
	earliestTime = -2
)

// Bounds implements topics.Log.
func (l *Log) Bounds(ctx context.Context) (map[int32]topics.Range, error) {
	scoped, done := l.scope(ctx)
	defer done()
	first, err := l.offsets(scoped, earliestTime)
	if err != nil {
		return nil, l.fail(ctx, err, topics.NoPartition, "")
	}
	last, err := l.offsets(scoped, latestTime)
	if err != nil {
		return nil, l.fail(ctx, err, topics.NoPartition, "")
	}
	out := make(map[int32]topics.Range, len(first))
	for p, o := range first {
		// A partition that appeared between the two questions is in last only.
		if end, ok := last[p]; ok {
			out[p] = topics.Range{Start: o, End: max(o, end)}
		}
	}
	return out, nil
}

// Resolve implements topics.Log.
func (l *Log) Resolve(ctx context.Context, start topics.Start) (map[int32]int64, error) {
	bounds, err := l.Bounds(ctx)
	if err != nil {
		return nil, err
	}
	var at map[int32]int64
	if start.Mode == topics.AtTime {
		scoped, done := l.scope(ctx)
		defer done()
		if at, err = l.offsets(scoped, start.Millis); err != nil {
			return nil, l.fail(ctx, err, topics.NoPartition, "")
		}
	}
	out := make(map[int32]int64, len(bounds))
	for p, r := range bounds {
		o, ok := at[p]
		if !ok || o < 0 {
			o = r.End
		}
		out[p] = start.Of(p, r, o)
	}
	return out, nil
}

// offsets asks the leader of every partition for the offset at a time.
func (l *Log) offsets(ctx context.Context, at int64) (map[int32]int64, error) {
	c := l.cluster
	if err := c.lock(ctx); err != nil {
		return nil, err
	}
	defer c.unlock()
	leaders, err := c.partitionsLocked(ctx, l.topic)
	if err != nil {
		return nil, err
	}
	byAddr := map[string][]listoffsets.RequestPartition{}
	for p := range leaders {
		addr, err := c.leaderLocked(ctx, l.topic, p)
		if err != nil {
			return nil, err
		}
		byAddr[addr] = append(byAddr[addr], listoffsets.RequestPartition{Partition: p, CurrentLeaderEpoch: -1, Timestamp: at})
	}
	out := make(map[int32]int64, len(leaders))
	for addr, parts := range byAddr {
		if err := c.listOffsets(ctx, addr, l.topic, parts, out); err != nil {
			delete(c.leaders, l.topic)
			return nil, c.classify(ctx, err, l.topic, topics.NoPartition, addr)
		}
	}
	return out, nil
}

// listOffsets puts one broker's answers into out. Caller holds the lock.
func (c *cluster) listOffsets(ctx context.Context, addr, topic string, parts []listoffsets.RequestPartition, out map[int32]int64) error {
	m, err := c.ask(ctx, addr, &listoffsets.Request{
		ReplicaID:      -1,
		IsolationLevel: readCommitted,
		Topics:         []listoffsets.RequestTopic{{Topic: topic, Partitions: parts}},
	})
	if err != nil {
		return err
	}
	for _, t := range m.(*listoffsets.Response).Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				return codeError(kafkago.Error(p.ErrorCode), topic, p.Partition, addr)
			}
			out[p.Partition] = p.Offset
		}
	}
	return nil
}

// Fetch implements topics.Log. The first call for a partition connects to its
// leader; any error drops that connection and what is known of the leaders.
func (l *Log) Fetch(ctx context.Context, partition int32, from int64, maxBytes int, sink topics.Sink) (int64, error) {
	scoped, done := l.scope(ctx)
	defer done()
	r, fresh, err := l.take(scoped, partition)
	if err != nil {
		return from, l.fail(ctx, err, partition, "")
	}
	next, err := r.fetch(scoped, &l.cluster.cfg, from, maxBytes, sink)
	var mine sinkError
	var code kafkago.Error
	switch {
	case err == nil:
		l.put(r)
		return next, nil
	case errors.As(err, &mine):
		l.put(r)
		return next, mine.err
	case errors.As(err, &code) && code == kafkago.OffsetOutOfRange:
		l.put(r)
		return next, l.fail(ctx, l.outOfRange(scoped, partition, from), partition, r.conn.addr)
	}
	r.conn.close()
	l.cluster.forget(l.topic)
	// A connection kept from an earlier fetch may have been closed by an idle
	// broker; that is no failure that anyone should hear of.
	if !fresh && next == from && scoped.Err() == nil && !errors.As(err, &code) && !errors.Is(err, errBadRecords) {
		done()
		return l.Fetch(ctx, partition, from, maxBytes, sink)
	}
	return next, l.fail(ctx, err, partition, r.conn.addr)
}

// outOfRange makes the error that says what the log holds.
func (l *Log) outOfRange(ctx context.Context, partition int32, from int64) error {
	bounds, err := l.Bounds(ctx)
	if err != nil {
		return err
	}
	return &topics.Error{Kind: topics.ErrOffsetOutOfRange, Topic: l.topic, Partition: partition,
		Offset: from, Range: bounds[partition]}
}

// take removes the idle reader of a partition, or connects a new one.
func (l *Log) take(ctx context.Context, partition int32) (r *reader, fresh bool, err error) {
	l.mu.Lock()
	r = l.readers[partition]
	delete(l.readers, partition)
	l.mu.Unlock()
	if r != nil {
		return r, false, nil
	}
	addr, err := l.cluster.leader(ctx, l.topic, partition)
	if err != nil {
		return nil, true, err
	}
	cn, err := dial(ctx, l.cluster.dialer(), addr)
	if err != nil {
		l.cluster.forget(l.topic)
		return nil, true, err
	}
	return &reader{topic: l.topic, partition: partition, conn: cn}, true, nil
}

// put keeps a reader for the next fetch.
func (l *Log) put(r *reader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		r.conn.close()
		return
	}
	l.readers[r.partition] = r
}

// Close implements topics.Log.
func (l *Log) Close() error {
	l.cancel()
	l.mu.Lock()
	l.closed = true
	for p, r := range l.readers {
		r.conn.close()
		delete(l.readers, p)
	}
	l.mu.Unlock()
	l.cluster.close()
	return nil
}
