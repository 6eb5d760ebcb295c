package nexmark

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// Log is one table of the auction as a log that nobody wrote: a row is made when
// it is read, from its offset. Its partitions take turns with the rows. Events
// that are not there at once come as the clock reaches their time, so two Logs
// of one configuration hold the same at any time, over restarts too.
type Log struct {
	cfg    Config
	kind   Kind
	events int64 // in all
	paced  bool
	splits int64
	now    func() time.Time
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
}

var _ topics.ColumnLog = (*Log)(nil)

// Open makes the log that a source's options name.
func Open(o topics.Nexmark) *Log { return openAt(o, time.Now) }

func openAt(o topics.Nexmark, now func() time.Time) *Log {
	l := &Log{
		cfg:    Config{Seed: o.Seed, Base: time.UnixMilli(o.Base)},
		kind:   Kind(slices.Index([]string{"person", "auction", "bid"}, o.Table)),
		events: o.Events, paced: o.Gap > 0, splits: int64(max(o.Splits, 1)), now: now,
	}
	if l.events == 0 {
		l.events = math.MaxInt64 / cycle // what no clock reaches
	}
	if l.paced {
		l.cfg.EventsPerSecond = max(1, int64(time.Second/o.Gap))
	}
	l.cfg = l.cfg.withDefaults()
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Fields implements topics.ColumnLog.
func (l *Log) Fields() []topics.Field { return Fields(l.kind) }

// Partitions implements topics.Log.
func (l *Log) Partitions(ctx context.Context) ([]int32, error) {
	out := make([]int32, l.splits)
	for i := range out {
		out[i] = int32(i)
	}
	return out, l.check(ctx)
}

// Bounds implements topics.Log.
func (l *Log) Bounds(ctx context.Context) (map[int32]topics.Range, error) {
	out := map[int32]topics.Range{}
	for p := range l.splits {
		out[int32(p)] = topics.Range{End: l.rows(p, l.due(l.now()))}
	}
	return out, l.check(ctx)
}

// Resolve implements topics.Log. The time of a row is its event's.
func (l *Log) Resolve(ctx context.Context, start topics.Start) (map[int32]int64, error) {
	out := map[int32]int64{}
	due := l.due(l.now())
	for p := range l.splits {
		r := topics.Range{End: l.rows(p, due)}
		out[int32(p)] = start.Of(int32(p), r, l.rows(p, min(due, l.before(start.Millis*1000))))
	}
	return out, l.check(ctx)
}

// Fetch is never called, since rows are handed out in columns.
func (l *Log) Fetch(_ context.Context, p int32, from int64, _ int, _ topics.Sink) (int64, error) {
	return from, &topics.Error{Kind: topics.ErrUnreadable, Topic: l.kind.Topic(), Partition: p, Err: errors.New("its rows are no messages")}
}

// Close implements topics.Log.
func (l *Log) Close() error {
	l.cancel()
	return nil
}

// patience bounds how long a read waits for rows, shortest how often the clock is
// asked: event times are whole milliseconds.
const (
	patience = 500 * time.Millisecond
	shortest = time.Millisecond
)

// FetchRows implements topics.ColumnLog.
func (l *Log) FetchRows(ctx context.Context, p int32, from int64, cols []int, limit int) (*row.Batch, error) {
	if err := l.check(ctx); err != nil {
		return nil, err
	}
	now := l.now()
	n := min(int64(limit), l.rows(int64(p), l.due(now))-from)
	if n <= 0 {
		return nil, l.wait(ctx, l.until(int64(p), from, now))
	}
	c := NewColumns(l.cfg, l.kind, cols)
	b := c.NewBatch(int(n))
	c.Append(b, from*l.splits+int64(p), l.splits, int(n))
	return b, nil
}

// due is how many events there are at a time.
func (l *Log) due(now time.Time) int64 {
	if !l.paced {
		return l.events
	}
	return min(l.events, l.before(now.UnixMicro()+1))
}

// before is how many events happen before a time in microseconds since the Unix epoch.
func (l *Log) before(micros int64) int64 {
	millis := (micros - l.cfg.Base.UnixMicro() + 999) / 1000
	if millis <= 0 {
		return 0
	}
	// The first event at or after whole milliseconds.
	per := l.cfg.EventsPerSecond
	return millis/1000*per + (millis%1000*per+999)/1000
}

// rows is how many rows a partition has of the first events.
func (l *Log) rows(p, events int64) int64 {
	rows := rowsOf(l.kind, events)
	return (rows - p + l.splits - 1) / l.splits
}

// until is how long it is to the row at an offset, as far as patience goes.
func (l *Log) until(p, offset int64, now time.Time) time.Duration {
	n := numberOf(l.kind, offset*l.splits+p)
	if n >= l.events {
		return patience
	}
	at := time.UnixMicro(l.cfg.time(l.cfg.Base.UnixMicro(), n))
	return min(patience, max(shortest, at.Sub(now)))
}

// wait ends early, with an error, when the context or the log does.
func (l *Log) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	case <-l.ctx.Done():
	}
	return l.check(ctx)
}

func (l *Log) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.ctx.Err() != nil {
		return topics.ErrClosed
	}
	return nil
}

// rowsOf is how many of the first events are of a kind.
func rowsOf(k Kind, events int64) int64 {
	first, per := int64(0), int64(persons)
	switch k {
	case AuctionKind:
		first, per = persons, auctions
	case BidKind:
		first, per = persons+auctions, bids
	}
	return events/cycle*per + min(max(events%cycle-first, 0), per)
}
