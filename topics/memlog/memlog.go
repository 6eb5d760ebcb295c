// Package memlog is a topics.Log in memory, for tests of whatever reads logs:
// messages are appended by the test, partitions added, faults injected.
package memlog

import (
	"context"
	"slices"
	"sort"
	"sync"

	"github.com/tarndb/tarn/topics"
)

// Log is a topic in memory. Its methods may be called from any goroutine.
// Fetch blocks until messages arrive, Wake is called, the log is closed or its
// context ends: a test's clock is its own appends.
type Log struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	parts   []partition
	fault   error
	faults  int // how many calls still fail; negative: until Heal
	closed  bool
	polls   int    // how often waiting fetches were sent away empty-handed
	onWait  func() // called with the lock held when a fetch begins to wait
}

type partition struct {
	start int64 // messages before it were trimmed
	msgs  []topics.Message
	end   int64 // offset of the next message
}

var _ topics.Log = (*Log)(nil)

// New makes a topic with n empty partitions, 0 to n-1.
func New(n int) *Log {
	l := &Log{changed: make(chan struct{})}
	l.AddPartitions(n)
	return l
}

// wake must be called with the lock held.
func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// Append appends a message and returns its offset. nil means null; the bytes are kept.
func (l *Log) Append(part int32, key, value []byte) int64 {
	return l.AppendMessage(topics.Message{Partition: part, Key: key, Value: value, Time: topics.NoTime})
}

// AppendMessage appends a message to its partition; the offset is set here.
func (l *Log) AppendMessage(m topics.Message) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.parts[m.Partition]
	m.Offset = p.end
	p.msgs = append(p.msgs, m)
	p.end++
	l.wake()
	return m.Offset
}

// Skip moves the end of a partition on by n offsets that hold no message, as
// transaction markers and compaction do.
func (l *Log) Skip(part int32, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts[part].end += n
	l.wake()
}

// Trim forgets the messages of a partition before an offset.
func (l *Log) Trim(part int32, before int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &l.parts[part]
	p.start = before
	p.msgs = slices.Clone(p.msgs[p.index(before):])
	p.end = max(p.end, before)
	l.wake()
}

// AddPartitions adds n empty partitions.
func (l *Log) AddPartitions(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parts = append(l.parts, make([]partition, n)...)
	l.wake()
}

// Fail makes the next n calls of the topics.Log methods fail with err; a
// negative n means all until Heal. Fetches that wait fail too.
func (l *Log) Fail(err error, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.faults = err, n
	l.wake()
}

// Heal ends Fail.
func (l *Log) Heal() { l.Fail(nil, 0) }

// Wake makes every waiting Fetch return without messages, as a long poll's end does.
func (l *Log) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.polls++
	l.wake()
}

// Partitions implements topics.Log.
func (l *Log) Partitions(ctx context.Context) ([]int32, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	out := make([]int32, len(l.parts))
	for i := range out {
		out[i] = int32(i)
	}
	return out, nil
}

// Bounds implements topics.Log.
func (l *Log) Bounds(ctx context.Context) (map[int32]topics.Range, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	out := make(map[int32]topics.Range, len(l.parts))
	for i := range l.parts {
		out[int32(i)] = l.parts[i].bounds()
	}
	return out, nil
}

// Resolve implements topics.Log.
func (l *Log) Resolve(ctx context.Context, start topics.Start) (map[int32]int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	out := make(map[int32]int64, len(l.parts))
	for i := range l.parts {
		p := &l.parts[i]
		out[int32(i)] = start.Of(int32(i), p.bounds(), p.at(start.Millis*1000))
	}
	return out, nil
}

// Fetch implements topics.Log. maxBytes bounds keys and values, past the first message.
func (l *Log) Fetch(ctx context.Context, part int32, from int64, maxBytes int, sink topics.Sink) (int64, error) {
	msgs, next, err := l.take(ctx, part, from, maxBytes)
	if err != nil || len(msgs) == 0 {
		return next, err
	}
	if err := sink(msgs); err != nil {
		return from, err
	}
	return next, nil
}

// Close implements topics.Log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wake()
	return nil
}

// check must be called with the lock held.
func (l *Log) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.closed {
		return topics.ErrClosed
	}
	if l.faults == 0 {
		return nil
	}
	l.faults = max(l.faults-1, -1)
	return l.fault
}

// take waits for messages at or past from. The messages returned are the
// caller's own slice; their bytes are the log's.
func (l *Log) take(ctx context.Context, part int32, from int64, maxBytes int) ([]topics.Message, int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	polls := l.polls
	for {
		if err := l.check(ctx); err != nil {
			return nil, from, err
		}
		if int(part) >= len(l.parts) {
			return nil, from, &topics.Error{Kind: topics.ErrNoTopic, Topic: "memory", Partition: part}
		}
		p := &l.parts[part]
		if from < p.start || from > p.end {
			return nil, from, &topics.Error{Kind: topics.ErrOffsetOutOfRange, Topic: "memory",
				Partition: part, Offset: from, Range: p.bounds()}
		}
		if from < p.end || polls != l.polls {
			msgs, next := p.read(from, maxBytes)
			return msgs, next, nil
		}
		changed := l.changed
		if l.onWait != nil {
			l.onWait()
		}
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		l.mu.Lock()
	}
}

func (p *partition) bounds() topics.Range { return topics.Range{Start: p.start, End: p.end} }

func (p *partition) index(offset int64) int {
	return sort.Search(len(p.msgs), func(i int) bool { return p.msgs[i].Offset >= offset })
}

// at is the offset of the first message at or after a time in microseconds.
func (p *partition) at(micros int64) int64 {
	for i := range p.msgs {
		if p.msgs[i].Time >= micros {
			return p.msgs[i].Offset
		}
	}
	return p.end
}

func (p *partition) read(from int64, maxBytes int) ([]topics.Message, int64) {
	rest := p.msgs[p.index(from):]
	size := 0
	for i := range rest {
		if size += len(rest[i].Key) + len(rest[i].Value); size > maxBytes && i > 0 {
			return slices.Clone(rest[:i]), rest[i].Offset
		}
	}
	return slices.Clone(rest), p.end
}
