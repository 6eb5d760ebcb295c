package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// topicStream is the stream of a broker's topics. The topics are full before the
// clock starts, and shut: a view that is made before finds them empty.
type topicStream struct {
	broker *child
	addr   string
	events int64
	keep   bool // the broker serves the next run too

	gate chan struct{} // closed by open
	shut sync.Once

	mu       sync.Mutex
	appended []appendedAt // in order; of a paced stream
	failed   error
	handed   map[string]map[int32]int64 // offsets that fetches have reached
}

// appendedAt says that so many events were in their topics at a time.
type appendedAt struct {
	events int64
	at     time.Time
}

// startBroker runs a broker with events; rate 0 fills its topics before it returns.
func (b *nexmarkBench) startBroker(ctx context.Context, events, rate int64) (*child, string, error) {
	b.progress.say("filling topics with %s events", count(float64(events)))
	c, err := startChild(b.child, "broker", "--events", fmt.Sprint(events), "--rate", fmt.Sprint(rate),
		"--seed", fmt.Sprint(b.o.seed), "--partitions", fmt.Sprint(b.o.partitions))
	if err != nil {
		return nil, "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.stdin.Close() })
	addr, err := c.word(wordReady)
	stop()
	return c, addr, err
}

// topics is the stream of the broker that all queries share.
func (b *nexmarkBench) topics(ctx context.Context) (stream, error) {
	if b.broker == nil {
		var err error
		if b.broker, b.brokerAddr, err = b.startBroker(ctx, b.o.events, 0); err != nil {
			return nil, err
		}
		b.progress.end()
	}
	return newTopicStream(b.broker, b.brokerAddr, b.o.events, true), nil
}

// pacedTopics is the stream of a broker of its own, into which events come when
// it is opened.
func (b *nexmarkBench) pacedTopics(ctx context.Context, events int64, rate float64) (stream, error) {
	c, addr, err := b.startBroker(ctx, events, max(1, int64(rate)))
	if err != nil {
		return nil, err
	}
	return newTopicStream(c, addr, events, false), nil
}

func newTopicStream(c *child, addr string, events int64, keep bool) *topicStream {
	return &topicStream{broker: c, addr: addr, events: events, keep: keep, gate: make(chan struct{}), handed: map[string]map[int32]int64{}}
}

func (t *topicStream) setup(ctx context.Context, d *database) error {
	for k := nexmark.PersonKind; k <= nexmark.BidKind; k++ {
		if err := d.exec(ctx, sourceSQL(k.Topic(), nexmarkKey(k), nexmark.Fields(k), t.addr)); err != nil {
			return err
		}
	}
	return d.exec(ctx, sourceSQL(sideInput, "key", sideFields(), t.addr))
}

func (t *topicStream) logs() engine.OpenLog {
	return func(c topics.Config) (topics.Log, error) {
		log := kafka.Open(kafka.Config{Brokers: c.Brokers}, c.Topic)
		return &gatedLog{Log: log, stream: t, topic: c.Topic}, nil
	}
}

// ready is when every source that a view reads has asked for messages.
func (t *topicStream) ready(ctx context.Context, d *database) (bool, error) {
	n, err := d.number(ctx, `SELECT count(*) FROM tarn.sources WHERE state <> 'idle'`)
	if err != nil {
		return false, err
	}
	read, err := d.read(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	_, side := t.handed[sideInput]
	return int64(len(t.handed)) >= n && (!side || read[sideInput] >= sideRows), err
}

func (t *topicStream) open(_ int64, rate float64) error {
	t.shut.Do(func() { close(t.gate) })
	if rate == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(t.broker.stdin, wordGo); err != nil {
		return err
	}
	go t.follow()
	return nil
}

// follow takes note of what the broker appends, until it has appended all.
func (t *topicStream) follow() {
	for {
		line, err := t.broker.line()
		var a appendedAt
		var micros int64
		if err == nil {
			if line == wordWritten {
				return
			}
			_, err = fmt.Sscanf(line, wordAppended+" %d %d", &a.events, &micros)
		}
		a.at = time.UnixMicro(micros)
		t.mu.Lock()
		if err != nil {
			t.failed = err
		} else {
			t.appended = append(t.appended, a)
		}
		t.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// share is that of the slowest topic that is read.
func (t *topicStream) share() float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	share := 1.0
	for topic, partitions := range t.handed {
		if topic == sideInput {
			continue
		}
		if all := t.rows(topic, t.events); all > 0 {
			share = min(share, float64(sum(partitions))/float64(all))
		}
	}
	return share
}

func (t *topicStream) done(ctx context.Context, d *database) (bool, error) {
	t.mu.Lock()
	failed := t.failed
	want := map[string]int64{}
	for topic := range t.handed {
		want[topic] = t.rows(topic, t.events)
	}
	t.mu.Unlock()
	if failed != nil || t.share() < 1 {
		return false, failed
	}
	read, err := d.read(ctx)
	if err != nil {
		return false, err
	}
	for topic, n := range want {
		if read[topic] < n {
			return false, nil
		}
	}
	return true, nil
}

// rows is how many messages of a topic are among the first events.
func (t *topicStream) rows(topic string, events int64) int64 {
	for k := nexmark.PersonKind; k <= nexmark.BidKind; k++ {
		if k.Topic() == topic {
			return rowsBefore(k, events)
		}
	}
	return 0
}

// when counts a topic's messages over all its partitions, as if they were read
// in the order in which they were written.
func (t *topicStream) when(source string, n int64) (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearchFunc(t.appended, n, func(a appendedAt, n int64) int {
		if t.rows(source, a.events) <= n {
			return -1
		}
		return 1
	})
	if i == len(t.appended) {
		return time.Time{}, false
	}
	return t.appended[i].at, true
}

func (t *topicStream) close() error {
	if t.keep {
		return nil
	}
	return t.broker.stop()
}

func sum(m map[int32]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// gatedLog is a topic that is empty until its stream is opened.
type gatedLog struct {
	topics.Log
	stream *topicStream
	topic  string
}

var _ topics.Log = (*gatedLog)(nil)

// Bounds are those of an empty topic while the gate is shut. What lies beside the
// stream is always there.
func (l *gatedLog) Bounds(ctx context.Context) (map[int32]topics.Range, error) {
	bounds, err := l.Log.Bounds(ctx)
	if l.topic == sideInput {
		return bounds, err
	}
	select {
	case <-l.stream.gate:
	default:
		for p, r := range bounds {
			bounds[p] = topics.Range{Start: r.Start, End: r.Start}
		}
	}
	return bounds, err
}

// Fetch waits for the gate.
func (l *gatedLog) Fetch(ctx context.Context, partition int32, from int64, maxBytes int, sink topics.Sink) (int64, error) {
	l.reached(partition, from)
	if l.topic != sideInput {
		if err := l.wait(ctx); err != nil {
			return from, err
		}
	}
	next, err := l.Log.Fetch(ctx, partition, from, maxBytes, sink)
	l.reached(partition, next)
	return next, err
}

func (l *gatedLog) wait(ctx context.Context) error {
	select {
	case <-l.stream.gate:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *gatedLog) reached(partition int32, offset int64) {
	t := l.stream
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.handed[l.topic] == nil {
		t.handed[l.topic] = map[int32]int64{}
	}
	t.handed[l.topic][partition] = offset
}
