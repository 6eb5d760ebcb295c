package engine

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// OpenLog opens the topic that a source's options name.
type OpenLog func(topics.Config) (topics.Log, error)

const (
	fetchBytes       = 1 << 20
	queuedChunks     = 16 // per source: what decoding may run ahead of the epochs
	firstBackoff     = 100 * time.Millisecond
	lastBackoff      = 5 * time.Second
	discoverInterval = time.Second
	holdPoll         = 50 * time.Millisecond // between looks at a held source's problem
)

// chunk is what one fetch of one partition became.
type chunk struct {
	partition int32
	from      int64 // where it begins
	next      int64 // the offset to go on from once the chunk is in an epoch
	batch     *row.Batch
	bad       []badMessage

	// begin, if not nil, is all that the chunk is: where the source begins, of all
	// partitions at once, so that no crash leaves it resolved by halves.
	begin map[int32]int64
}

func (c *chunk) rows() int {
	if c.begin != nil {
		return 0
	}
	return c.batch.Len() + len(c.bad)
}

// badMessage is a message that is no row; it goes to tarn.errors.
type badMessage struct {
	partition   int32
	offset      int64
	timeMicros  int64 // since the Unix epoch, or topics.NoTime
	key, value  []byte
	code, cause string
}

// source is the running side of a source object: it reads the topic from the
// offsets that the epochs have reached and queues decoded chunks for the next.
//
// starts, offsets and resolved belong to the epoch loop. What follows mu is shared under it.
type source struct {
	obj     *object
	spec    format.Spec // Wanted is set for each run
	openLog func() (topics.Log, error)
	wake    func()
	backoff time.Duration // of the first retry
	topic   string
	startAt topics.Start // where to begin in partitions that were never read

	starts  map[int32]int64 // where each partition began: views made later read from there too
	offsets map[int32]int64 // the next offset to take into an epoch, by partition
	// resolved says that startAt was turned into starts: partitions that starts
	// does not have are new, and are read from their beginning.
	resolved bool

	mu            sync.Mutex
	wanted        []int // columns that some live view reads
	run           *sourceRun
	problems      map[int32]string // why it does not read, by partition; topics.NoPartition: the topic
	lost          map[int32]error  // partitions that no longer hold what is to be read next
	logEnds       map[int32]int64  // the log's ends as last seen
	holding       bool             // reads wait until offsets reach hold
	hold          map[int32]int64  // the ends that were seen first; nil before
	held          chan struct{}    // closed when holding ends
	messages, bad int64
}

// sourceRun is one set of reader goroutines.
type sourceRun struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	chunks chan chunk
	log    topics.Log
}

// start begins to read at the offsets of the last epoch. It belongs to the loop.
func (s *source) start(wanted []int) {
	ctx, cancel := context.WithCancel(context.Background())
	run := &sourceRun{cancel: cancel, chunks: make(chan chunk, queuedChunks)}
	s.mu.Lock()
	s.wanted, s.run = wanted, run
	s.mu.Unlock()
	from, resolved := maps.Clone(s.offsets), s.resolved
	run.done.Add(1)
	go func() {
		defer run.done.Done()
		s.readTopic(ctx, run, from, resolved, wanted)
	}()
}

// begin takes note of where the source begins. It belongs to the loop.
func (s *source) begin(at map[int32]int64) {
	s.starts, s.offsets, s.resolved = at, maps.Clone(at), true
}

// reads reports that the source runs and gives the columns.
func (s *source) reads(cols []int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.run != nil && len(union(s.wanted, cols)) == len(s.wanted)
}

// stop ends the readers and drops what they queued: the next start reads it again.
func (s *source) stop() {
	s.mu.Lock()
	run := s.run
	s.run = nil
	s.mu.Unlock()
	if run == nil {
		return
	}
	run.cancel()
	run.done.Wait()
}

// take gives the chunks that wait, up to about limit rows.
func (s *source) take(limit int) []chunk {
	s.mu.Lock()
	run := s.run
	s.mu.Unlock()
	if run == nil {
		return nil
	}
	var out []chunk
	for rows := 0; rows < limit; {
		select {
		case c := <-run.chunks:
			rows += c.rows()
			out = append(out, c)
		default:
			return out
		}
	}
	return out
}

// readTopic opens the log, keeps a reader on every partition, and looks for new
// partitions, until ctx ends. Faults are shown, and retried with backoff.
func (s *source) readTopic(ctx context.Context, run *sourceRun, from map[int32]int64, resolved bool, wanted []int) {
	retry := newBackoff(s.backoff)
	var readers sync.WaitGroup
	defer readers.Wait()
	reading := map[int32]bool{}
	var log topics.Log
	for {
		var err error
		if log == nil {
			if log, err = s.openLog(); err == nil {
				defer log.Close()
			}
		}
		if err == nil && !resolved {
			if from, err = log.Resolve(ctx, s.startAt); err == nil {
				resolved = true
				if !s.deliver(ctx, run, chunk{begin: maps.Clone(from)}) {
					return
				}
			}
		}
		var ranges map[int32]topics.Range
		if err == nil {
			ranges, err = log.Bounds(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.fail(topics.NoPartition, err)
			if !retry.wait(ctx) {
				return
			}
			continue
		}
		s.ok(topics.NoPartition)
		s.sawEnds(ranges)
		for p, r := range ranges {
			if reading[p] {
				continue
			}
			reading[p] = true
			at, known := from[p]
			if !known {
				at = r.Start // a partition that was added: all of it is new
			}
			readers.Add(1)
			go func() {
				defer readers.Done()
				s.readPartition(ctx, run, log, p, at, wanted)
			}()
		}
		retry.reset()
		if !sleep(ctx, discoverInterval) {
			return
		}
	}
}

// readPartition fetches and decodes one partition until ctx ends.
func (s *source) readPartition(ctx context.Context, run *sourceRun, log topics.Log, p int32, at int64, wanted []int) {
	retry := newBackoff(s.backoff)
	dec, err := newChunkDecoder(s.spec, wanted)
	if err == nil {
		err = s.lostPartition(p)
	}
	if err != nil {
		s.fail(p, err)
		return
	}
	if !s.deliver(ctx, run, chunk{partition: p, from: at, next: at, batch: dec.empty()}) {
		return
	}
	for ctx.Err() == nil {
		next, err := log.Fetch(ctx, p, at, fetchBytes, dec.sink)
		if next > at {
			for _, c := range dec.take(p, next) {
				c.from = at
				if !s.deliver(ctx, run, c) {
					return
				}
				at = c.next
			}
			at = next
			retry.reset()
		} else {
			dec.reset()
		}
		if err == nil {
			s.ok(p)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, topics.ErrOffsetOutOfRange) {
			s.lose(p, err)
			return
		}
		s.fail(p, err)
		if !retry.wait(ctx) {
			return
		}
	}
}

// lose stops a partition whose log no longer holds, or does not yet hold, what is
// to be read next. It is not tried again: a log that was made anew may one day
// hold other messages at that offset.
func (s *source) lose(p int32, err error) {
	s.mu.Lock()
	if s.lost == nil {
		s.lost = map[int32]error{}
	}
	s.lost[p] = err
	s.mu.Unlock()
	s.fail(p, err)
}

func (s *source) lostPartition(p int32) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost[p]
}

// deliver queues a chunk; false when ctx ended first.
func (s *source) deliver(ctx context.Context, run *sourceRun, c chunk) bool {
	select {
	case run.chunks <- c:
		s.wake()
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *source) fail(p int32, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.problems == nil {
		s.problems = map[int32]string{}
	}
	s.problems[p] = err.Error()
}

func (s *source) ok(p int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.problems, p)
}

// problem is why the source, or a partition of it, does not read; "" while all
// do. The caller holds mu.
func (s *source) problem() string {
	for _, p := range sortedKeys(s.problems) {
		return s.problems[p]
	}
	return ""
}

// sawEnds records the ends of the log; the first ones after a restart are what
// reads wait for.
func (s *source) sawEnds(ranges map[int32]topics.Range) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logEnds = make(map[int32]int64, len(ranges))
	for p, r := range ranges {
		s.logEnds[p] = r.End
	}
	if s.holding && s.hold == nil {
		s.hold = maps.Clone(s.logEnds)
		s.wake()
	}
}

// holdReads makes reads wait until the source has reached the ends that it sees first.
func (s *source) holdReads() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding, s.hold, s.held = true, nil, make(chan struct{})
}

// releaseHold ends the wait when the epochs have reached those ends, and reports
// that it did.
func (s *source) releaseHold(offsets map[int32]int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.holding || s.hold == nil {
		return false
	}
	for p, end := range s.hold {
		if offsets[p] < end {
			return false
		}
	}
	s.endHold()
	return true
}

// endHold lets readers go on. The caller holds mu.
func (s *source) endHold() {
	if s.holding {
		s.holding, s.hold = false, nil
		close(s.held)
	}
}

// isHeld reports that reads must wait for the source.
func (s *source) isHeld() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holding
}

// awaitHold waits until reads may go on. A source that cannot read its topic
// makes them fail instead, since nobody knows how long it would take; so do
// epochs that have stopped, of which halted tells.
func (s *source) awaitHold(ctx context.Context, halted func() error) error {
	for {
		s.mu.Lock()
		holding, held, problem := s.holding, s.held, s.problem()
		s.mu.Unlock()
		if !holding {
			return nil
		}
		if err := halted(); err != nil {
			return err
		}
		if problem != "" {
			return pgerr.New(pgerr.CannotConnectNow, "source %q has not caught up with its topic: %s", s.obj.Name, problem).
				WithHint("SET tarn.allow_stale_reads = on to read the last committed epoch.")
		}
		t := time.NewTimer(holdPoll)
		select {
		case <-held:
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
		t.Stop()
	}
}
