package ingest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// Reader is the running side of a source: between Start and Stop it reads the
// topic from given offsets on and queues decoded chunks.
//
// Start, Stop and Take belong to one goroutine, the epoch loop. The other
// methods may be called from any.
type Reader struct {
	cfg Config

	mu       sync.Mutex
	wanted   []int // columns that some live view reads
	run      *run
	problems map[int32]string // why it does not read, by partition; topics.NoPartition: the topic
	lost     map[int32]error  // partitions that no longer hold what is to be read next
	logEnds  map[int32]int64  // the log's ends as last seen
	holding  bool             // reads wait until the epochs reach hold
	hold     map[int32]int64  // the ends that were seen first; nil before
	held     chan struct{}    // closed when holding ends
}

// run is one set of reader goroutines.
type run struct {
	cancel  context.CancelFunc
	done    sync.WaitGroup
	chunks  chan Chunk
	queued  int64 // bytes that are decoded and not taken yet; under the reader's mu
	wanted  []int
	batches pool

	mu       sync.Mutex
	admitted map[int32]chan int64 // of partitions that joined while the reader runs
}

// New makes a reader that does not read yet. Errors are *topics.OptionError:
// the declared columns are not what the format can give.
func New(cfg Config) (*Reader, error) {
	if _, err := newDecoder(cfg.Spec, nil, nil, NoLevel); err != nil {
		return nil, err
	}
	return &Reader{cfg: cfg}, nil
}

// Start begins to read the wanted columns from offsets on, those of the last
// epoch. Unless resolved says that they are where the source begins, or later,
// the source's start is resolved first, and given as a chunk of its own. levels
// are the partitions' at the offsets, where there is a Waterline; nil: none has one.
func (r *Reader) Start(from, levels map[int32]int64, resolved bool, wanted []int) {
	ctx, cancel := context.WithCancel(context.Background())
	u := &run{cancel: cancel, chunks: make(chan Chunk, queuedChunks), wanted: wanted, batches: pool{most: r.cfg.Spare}, admitted: map[int32]chan int64{}}
	r.mu.Lock()
	r.wanted, r.run = wanted, u
	r.mu.Unlock()
	from, levels = maps.Clone(from), maps.Clone(levels)
	u.done.Add(1)
	go func() {
		defer u.done.Done()
		r.readTopic(ctx, u, from, levels, resolved)
	}()
}

// Admit lets a partition that joined be read, from a level on.
func (r *Reader) Admit(p int32, level int64) {
	r.mu.Lock()
	u := r.run
	r.mu.Unlock()
	if u != nil {
		u.admission(p) <- level
	}
}

// admission is where the level of a partition that joined comes in; it has room for it.
func (u *run) admission(p int32) chan int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.admitted[p] == nil {
		u.admitted[p] = make(chan int64, 1)
	}
	return u.admitted[p]
}

// Reads reports that the reader runs and gives the columns.
func (r *Reader) Reads(cols []int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run == nil {
		return false
	}
	for _, c := range cols {
		if !slices.Contains(r.wanted, c) {
			return false
		}
	}
	return true
}

// Stop ends the readers and drops what they queued: the next start reads it again.
func (r *Reader) Stop() {
	r.mu.Lock()
	u := r.run
	r.run = nil
	r.mu.Unlock()
	if u == nil {
		return
	}
	u.cancel()
	u.done.Wait()
	if r.cfg.Memory != nil {
		r.cfg.Memory.Set(0)
	}
}

// Rest is Stop for a source that no view reads any more: what was wrong with
// its topic, and the hold, are forgotten.
func (r *Reader) Rest() {
	r.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems, r.lost = nil, nil
	r.endHold()
}

// Take gives the chunks that wait, up to about limit rows.
func (r *Reader) Take(limit int) []Chunk {
	r.mu.Lock()
	u := r.run
	r.mu.Unlock()
	if u == nil {
		return nil
	}
	var out []Chunk
	bytes := int64(0)
	for rows := 0; rows < limit; {
		select {
		case c := <-u.chunks:
			rows += c.Rows()
			bytes += c.bytes()
			out = append(out, c)
			continue
		default:
		}
		break
	}
	if out != nil {
		r.giveRoom(u, bytes)
	}
	return out
}

// readTopic opens the log, keeps a reader on every partition, and looks for new
// partitions, until ctx ends. Faults are shown, and retried with backoff.
func (r *Reader) readTopic(ctx context.Context, u *run, from, levels map[int32]int64, resolved bool) {
	retry := newBackoff(r.cfg.Retry)
	var readers sync.WaitGroup
	defer readers.Wait()
	reading := map[int32]bool{}
	var topic *Topic
	for {
		var err error
		if topic == nil {
			if topic, err = r.Topic(); err == nil {
				defer topic.Close()
			}
		}
		if err == nil && !resolved {
			if from, err = topic.log.Resolve(ctx, r.cfg.Start); err == nil {
				resolved = true
				if !r.deliver(ctx, u, Chunk{Begin: maps.Clone(from)}) {
					return
				}
			}
		}
		var ranges map[int32]topics.Range
		if err == nil {
			ranges, err = topic.log.Bounds(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.fail(topics.NoPartition, err)
			if !retry.wait(ctx) {
				return
			}
			continue
		}
		r.ok(topics.NoPartition)
		r.sawEnds(ranges)
		joined := map[int32]int64{}
		for p, bounds := range ranges {
			if _, known := from[p]; !known && !reading[p] {
				joined[p] = bounds.Start // all of it is new
			}
		}
		if !r.join(ctx, u, joined) {
			return
		}
		for p := range ranges {
			if reading[p] {
				continue
			}
			reading[p] = true
			at, known := from[p]
			if !known {
				at = joined[p]
			}
			level, ok := levels[p]
			if !ok {
				level = NoLevel
			}
			readers.Add(1)
			go func() {
				defer readers.Done()
				if !known {
					select {
					case level = <-u.admission(p):
					case <-ctx.Done():
						return
					}
				}
				r.readPartition(ctx, u, topic, p, at, level)
			}()
		}
		retry.reset()
		if !sleep(ctx, discoverInterval) {
			return
		}
	}
}

// join tells the epochs of partitions that are new, all of them before any of
// them is read: the level that each gets must not depend on the others' rows.
func (r *Reader) join(ctx context.Context, u *run, joined map[int32]int64) bool {
	for _, p := range slices.Sorted(maps.Keys(joined)) {
		at := joined[p]
		if !r.deliver(ctx, u, Chunk{Partition: p, From: at, Next: at, Batch: widen(&row.Batch{}, columnTypes(r.cfg.Spec), nil), Joins: true}) {
			return false
		}
	}
	return true
}

// readPartition fetches and decodes one partition until ctx ends.
func (r *Reader) readPartition(ctx context.Context, u *run, topic *Topic, p int32, at, level int64) {
	retry := newBackoff(r.cfg.Retry)
	feed, err := topic.feed(p, u.wanted, level, &u.batches)
	if err == nil {
		err = r.lostPartition(p)
	}
	if err != nil {
		r.fail(p, err)
		return
	}
	// The partition is known to the epochs from its first chunk on, even if it is empty.
	if !r.deliver(ctx, u, Chunk{Partition: p, From: at, Next: at, Batch: feed.empty(), Level: level}) {
		return
	}
	for ctx.Err() == nil {
		chunks, err := feed.fetch(ctx, at, noEnd)
		for _, c := range chunks {
			if !r.deliver(ctx, u, c) {
				return
			}
			at = c.Next
			retry.reset()
		}
		if err == nil {
			r.ok(p)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, topics.ErrOffsetOutOfRange) {
			r.lose(p, err)
			return
		}
		r.fail(p, err)
		if !retry.wait(ctx) {
			return
		}
	}
}

// deliver queues a chunk; false when ctx ended first.
func (r *Reader) deliver(ctx context.Context, u *run, c Chunk) bool {
	size := c.bytes()
	if !r.makeRoom(ctx, u, size) {
		return false
	}
	select {
	case u.chunks <- c:
		r.cfg.Wake()
		return true
	case <-ctx.Done():
		r.giveRoom(u, size)
		return false
	}
}
