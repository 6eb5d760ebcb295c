package bench

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// aheadEvents is how far one source may run ahead of another that is read too:
// so far apart may events of a real stream be, too, after a broker's partitions.
const aheadEvents = 50_000

// feed is one run's way through a dataset. Its logs, a log a kind, share their
// progress: no kind that is read runs more than aheadEvents ahead of the others,
// which keeps the order of one stream, nearly. Safe for all goroutines.
type feed struct {
	data *dataset

	mu      sync.Mutex
	changed chan struct{} // closed when more may be handed out
	from    time.Time     // when the clock started; zero before
	rate    float64       // events a second; 0 for all at once
	limit   int64         // events that there are
	reading []bool
	before  []bool  // kinds that are there before the clock starts
	at      []int64 // rows handed out, by kind
}

func newFeed(d *dataset) *feed {
	n := len(d.kinds)
	return &feed{data: d, changed: make(chan struct{}), reading: make([]bool, n), before: make([]bool, n), at: make([]int64, n)}
}

// prefill makes all rows of a kind be there from the beginning.
func (f *feed) prefill(kind int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before[kind] = true
}

// prefilled reports that the epochs, having read so many rows of each source,
// have all of what is there before the clock starts.
func (f *feed) prefilled(read map[string]int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.before {
		if f.before[k] && f.reading[k] && read[f.data.kinds[k].name] < f.data.kinds[k].rows() {
			return false
		}
	}
	return true
}

// there is how many rows of a kind there are now. The caller holds mu.
func (f *feed) there(kind int) int64 {
	if f.before[kind] {
		return f.data.kinds[kind].rows()
	}
	return f.rows(kind, f.events())
}

// open starts the clock: events are there from now on, all at once or rate a second.
func (f *feed) open(limit int64, rate float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from, f.rate, f.limit = time.Now(), rate, min(limit, f.data.events)
	f.wake()
}

// goOn lets the rest of the rows follow those that were handed out, rate a second.
func (f *feed) goOn(rate float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from = time.Now().Add(-time.Duration(float64(f.limit) / rate * float64(time.Second)))
	f.rate, f.limit = rate, f.data.events
	f.wake()
}

// wake lets waiting readers look again. The caller holds mu.
func (f *feed) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// events is how many events there are now. The caller holds mu.
func (f *feed) events() int64 {
	switch {
	case f.from.IsZero():
		return 0
	case f.rate == 0:
		return f.limit
	}
	return min(f.limit, int64(time.Since(f.from).Seconds()*f.rate))
}

// rows is how many rows of a kind are among the first events. Where a block is
// cut, its rows count in proportion.
func (f *feed) rows(kind int, events int64) int64 {
	k := &f.data.kinds[kind]
	b := events / f.data.blockEvents
	if b >= int64(len(k.ends)) {
		return k.rows()
	}
	before := k.start(int(b))
	in := min(f.data.blockEvents, f.data.events-b*f.data.blockEvents)
	return before + (k.ends[b]-before)*(events%f.data.blockEvents)/in
}

// start is the first row of a block.
func (k *kindData) start(block int) int64 {
	if block == 0 {
		return 0
	}
	return k.ends[block-1]
}

// finished reports that all rows of the kinds that are read were handed out.
func (f *feed) finished() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, reads := range f.reading {
		if reads && f.at[k] < f.rows(k, f.limit) {
			return false
		}
	}
	return !f.from.IsZero()
}

// handed is the share of the events that were handed out, of the slowest kind.
func (f *feed) handed() float64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	share := 1.0
	for k, reads := range f.reading {
		if all := f.rows(k, f.limit); reads && !f.before[k] && all > 0 {
			share = min(share, float64(f.at[k])/float64(all))
		}
	}
	return share
}

// readers counts the kinds that are read.
func (f *feed) readers() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.reading {
		if r {
			n++
		}
	}
	return n
}

// ahead reports that a kind must wait for another. The caller holds mu.
func (f *feed) ahead(kind int, row int64) bool {
	mine := f.block(kind, row)
	for k, reads := range f.reading {
		if reads && k != kind && !f.before[k] && !f.before[kind] && (mine-f.block(k, f.at[k]))*f.data.blockEvents > aheadEvents {
			return true
		}
	}
	return false
}

// block is the block that holds a row of a kind, or would.
func (f *feed) block(kind int, row int64) int64 {
	ends := f.data.kinds[kind].ends
	lo, hi := 0, len(ends)
	for lo < hi {
		if mid := (lo + hi) / 2; ends[mid] <= row {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return int64(lo)
}

// lookAgain is between looks at a stream that grows with time; idle is how long
// a read waits for rows at most.
const (
	lookAgain = time.Millisecond
	idle      = 100 * time.Millisecond
)

// next waits until rows of a kind may be handed out from a row on and gives the
// end of them, or from where there were none for a while.
func (f *feed) next(ctx context.Context, kind int, from int64, limit int) (int64, error) {
	patience := time.NewTimer(idle)
	defer patience.Stop()
	for {
		f.mu.Lock()
		if !f.reading[kind] {
			f.reading[kind] = true
			f.wake()
		}
		end := from
		if !f.ahead(kind, from) {
			k := &f.data.kinds[kind]
			if end = f.there(kind); end > from {
				end = min(end, k.ends[f.block(kind, from)], from+int64(limit))
			}
		}
		changed, paced := f.changed, f.rate > 0
		if end > from {
			f.at[kind] = end
			f.wake()
		}
		f.mu.Unlock()
		if end > from {
			return end, nil
		}
		var again <-chan time.Time
		if paced {
			again = time.After(lookAgain)
		}
		select {
		case <-changed:
		case <-again:
		case <-patience.C:
			return from, nil
		case <-ctx.Done():
			return from, context.Cause(ctx)
		}
	}
}

// columnLog is one kind of a feed. It has one partition.
type columnLog struct {
	feed *feed
	kind int
}

var _ topics.ColumnLog = (*columnLog)(nil)

func (l *columnLog) Partitions(context.Context) ([]int32, error) { return []int32{0}, nil }

func (l *columnLog) Bounds(context.Context) (map[int32]topics.Range, error) {
	l.feed.mu.Lock()
	defer l.feed.mu.Unlock()
	return map[int32]topics.Range{0: {End: l.feed.there(l.kind)}}, nil
}

func (l *columnLog) Resolve(context.Context, topics.Start) (map[int32]int64, error) {
	return map[int32]int64{0: 0}, nil
}

// Fetch is never called: rows are handed out in columns.
func (l *columnLog) Fetch(_ context.Context, _ int32, from int64, _ int, _ topics.Sink) (int64, error) {
	return from, &topics.Error{Kind: topics.ErrUnreadable, Partition: topics.NoPartition, Err: errors.New("this log has its rows in columns")}
}

func (l *columnLog) Close() error { return nil }

func (l *columnLog) Fields() []topics.Field { return l.feed.data.kinds[l.kind].fields }

func (l *columnLog) FetchRows(ctx context.Context, _ int32, from int64, cols []int, limit int) (*row.Batch, error) {
	to, err := l.feed.next(ctx, l.kind, from, limit)
	if err != nil || to == from {
		return nil, err
	}
	k := &l.feed.data.kinds[l.kind]
	block := int(l.feed.block(l.kind, from))
	b := k.blocks[block].Project(cols)
	if start := k.start(block); from > start || to < k.ends[block] {
		b = b.Slice(int(from-start), int(to-start))
	}
	return b, nil
}

// taken reports that the epochs have all rows of the kinds that are read.
func (f *feed) taken(rows map[string]int64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k, reads := range f.reading {
		if reads && rows[f.data.kinds[k].name] < f.rows(k, f.limit) {
			return false
		}
	}
	return true
}
