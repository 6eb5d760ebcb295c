package killtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/kafka"
)

const (
	serializationFailure = "40001"
	adminShutdown        = "57P01"
	retryPause           = 20 * time.Millisecond
)

func clusterOf(addr string) kafka.Config {
	return kafka.Config{Brokers: []string{addr}, ClientID: "killtest"}
}

// harness is one database that is killed again and again, and everything that
// goes on around it.
type harness struct {
	t      *testing.T
	ctx    context.Context
	rng    *rand.Rand
	bin    string
	broker string   // where the topics are
	flags  []string // of every start

	server *child.Server
	url    atomic.Pointer[string] // nil while the server is down
	model  *model
	floor  floor
	table  *tableClient

	// afterStart and beforeKill let a phase keep its producer in step with the server.
	afterStart, beforeKill func()

	background sync.WaitGroup
	accepts    []time.Duration // from each start to the first connection
	answers    []time.Duration // from each start that a check followed to its first answer
	asked      bool            // the server that runs has answered a check
	peak       int64           // bytes of memory, of all servers
	cpu        time.Duration   // of all servers that ended
	recovering int             // kills while the server had not caught up
}

func newHarness(t *testing.T, ctx context.Context, bin, broker string, seed uint64, flags ...string) *harness {
	h := &harness{t: t, ctx: ctx, bin: bin, broker: broker, flags: flags, rng: rand.New(rand.NewPCG(seed, 1)), model: newModel(clusterOf(broker)),
		afterStart: func() {}, beforeKill: func() {}}
	t.Cleanup(h.model.close)
	h.table = &tableClient{h: h, rng: rand.New(rand.NewPCG(seed, 2)), rows: map[int64]watchRow{}}
	return h
}

// dial connects to the server that runs, waiting for one.
func (h *harness) dial(ctx context.Context) (*child.Client, error) {
	for {
		if url := h.url.Load(); url != nil {
			c, err := child.Dial(ctx, *url)
			if err == nil {
				return c, nil
			}
			h.unlessKilled(err)
		}
		if !child.Pause(ctx, retryPause) {
			return nil, ctx.Err()
		}
	}
}

// unlessKilled reports an error that a client saw, but for those that a kill or
// a stop explains.
func (h *harness) unlessKilled(err error) {
	if code := child.SQLState(err); code != "" && code != adminShutdown {
		h.t.Error(err)
	}
}

func (h *harness) start() {
	h.t.Helper()
	h.server = child.Start(h.t, h.bin, h.flags...)
	h.asked = false
	h.accepts = append(h.accepts, time.Since(h.server.Started))
	h.url.Store(&h.server.URL)
	h.afterStart()
}

func (h *harness) kill() {
	h.t.Helper()
	h.beforeKill()
	if h.server.Ended() {
		h.t.Fatalf("it was not to end by itself: %s", h.server.Report())
	}
	_, peak := h.server.RSS()
	h.peak = max(h.peak, peak)
	h.url.Store(nil)
	h.server.Kill()
	h.cpu += h.server.CPU()
}

// goOn runs the clients that never rest, until the returned function is called.
func (h *harness) goOn() (stop func()) {
	ctx, cancel := context.WithCancel(h.ctx)
	for _, f := range []func(context.Context){h.readOn, h.table.run} {
		h.background.Add(1)
		go func() {
			defer h.background.Done()
			f(ctx)
		}()
	}
	return func() {
		cancel()
		h.background.Wait()
	}
}

// declare makes the sources, the table and the views.
func (h *harness) declare(broker string) {
	h.t.Helper()
	c := child.Connect(h.t, h.ctx, h.server.URL)
	for _, sql := range setup(broker) {
		c.Must(h.t, h.ctx, sql)
	}
	c.Close()
}

// kills runs the rounds: wait, kill, start, check.
func (h *harness) kills(rounds int, progress func(round int) string) {
	for round := 1; round <= rounds; round++ {
		wait := 300*time.Millisecond + time.Duration(h.rng.Int64N(int64(2700*time.Millisecond)))
		if !child.Pause(h.ctx, wait) {
			h.t.Fatal("out of time")
		}
		h.kill()
		h.start()
		if h.rng.IntN(4) == 0 { // once more, while it recovers
			child.Pause(h.ctx, time.Duration(h.rng.Int64N(int64(400*time.Millisecond))))
			h.kill()
			h.recovering++
			h.start()
		}
		took := h.check(false)
		now, _ := h.server.RSS()
		h.t.Logf("round %2d: killed after %4.1f s, %s, offsets %d, accepts after %d ms, first answer after %d ms, check %.1f s, CPU before %.0f s, memory %d MB",
			round, wait.Seconds(), progress(round), h.model.at.total(), h.accepts[len(h.accepts)-1].Milliseconds(), h.answers[len(h.answers)-1].Milliseconds(), took.Seconds(), h.cpu.Seconds(), now>>20)
		if h.t.Failed() {
			h.t.Fatalf("stopped at round %d; %s", round, h.server.Report())
		}
	}
}

// check reads everything in one transaction and compares it with the model at
// the offsets that the transaction shows.
func (h *harness) check(full bool) time.Duration {
	h.t.Helper()
	before := h.floor.get()
	c := child.Connect(h.t, h.ctx, h.server.URL)
	defer c.Close()
	first, err := number1(h.ctx, c, counts["bid"])
	if err != nil {
		h.t.Fatalf("the first read after a start: %v; %s", err, h.server.Report())
	}
	if first < before.counts["bid"] {
		h.t.Errorf("the first read after a start saw %d bids, one before it %d", first, before.counts["bid"])
	}
	if !h.asked {
		h.answers = append(h.answers, time.Since(h.server.Started))
		h.asked = true
	}
	began := time.Now()

	h.table.mu.Lock()
	defer h.table.mu.Unlock()
	var now sight
	var watch [][]string
	rows := make([][][]string, len(views))
	err = transaction(h.ctx, c, func() (err error) {
		if now, err = look(h.ctx, c); err != nil {
			return err
		}
		watch, err = c.Query(h.ctx, watchQuery)
		for i := range views {
			if err == nil {
				rows[i], err = c.Query(h.ctx, views[i].read(full))
			}
		}
		return err
	})
	if err != nil {
		h.t.Fatalf("reading all views in a transaction: %v; %s", err, h.server.Report())
	}
	if d := h.floor.raise(before, now); d != "" {
		h.t.Error(d)
	}
	if d := h.table.settle(watch); d != "" {
		h.t.Errorf("table watch: %s", d)
	}
	h.compareAll(now, rows, full)
	return time.Since(began)
}

func (h *harness) compareAll(now sight, rows [][][]string, full bool) {
	h.t.Helper()
	if err := h.model.advance(h.ctx, now.at); err != nil {
		h.t.Fatalf("the database has offsets that the topics do not have: %v", err)
	}
	h.model.watch = h.table.rows
	for i := range views {
		if d := compare(h.model, &views[i], rows[i], full); d != "" {
			h.t.Errorf("view %s at %v: %s", views[i].name, now.at, d)
		}
	}
}

// caughtUp waits until the views hold all that the topics do, and gives how much
// that is.
func (h *harness) caughtUp(c *child.Client) int64 {
	h.t.Helper()
	n := ends(h.t, h.ctx, h.broker)
	for {
		var s sight
		err := transaction(h.ctx, c, func() (err error) {
			s, err = look(h.ctx, c)
			return err
		})
		if err != nil {
			h.t.Fatal(err)
		}
		if s.at.total() >= n {
			return n
		}
		if !child.Pause(h.ctx, 10*retryPause) {
			h.t.Fatalf("the views stand at %d of %d events", s.at.total(), n)
		}
	}
}

// drain waits until the views hold all that the topics do, checks them row by
// row, stops the server as Ctrl-C does, and checks again what the next start shows.
func (h *harness) drain() {
	h.t.Helper()
	c := child.Connect(h.t, h.ctx, h.server.URL)
	n := h.caughtUp(c)
	c.Close()
	h.check(true)
	_, peak := h.server.RSS()
	h.peak = max(h.peak, peak)
	for _, again := range []bool{true, false} {
		// A request of the writer's may have been on its way when it was stopped.
		if n = ends(h.t, h.ctx, h.broker); !again && h.model.at.total() != n {
			h.t.Errorf("the views hold %d events, the topics %d", h.model.at.total(), n)
		}
		h.url.Store(nil)
		h.server.Stop(h.t)
		h.cpu += h.server.CPU()
		if again {
			h.start()
			h.check(true)
		}
	}
}

// summary is the last line of a phase.
func (h *harness) summary(rounds int) string {
	return fmt.Sprintf("%d rounds (%d more kills during recovery), %d events; after a start it accepts: %s, and gives the first answer: %s; "+
		"%d reads never went back; table: %d transactions acknowledged, %d in doubt of which %d happened; %.0f s of CPU, peak memory %d MB",
		rounds, h.recovering, h.model.at.total(), spread(h.accepts), spread(h.answers),
		h.floor.reads, h.table.acked, h.table.doubted, h.table.happened, h.cpu.Seconds(), h.peak>>20)
}

// spread sorts times and tells the median and the greatest.
func spread(times []time.Duration) string {
	slices.Sort(times)
	return fmt.Sprintf("median %d ms, at most %d ms", times[len(times)/2].Milliseconds(), times[len(times)-1].Milliseconds())
}

// finished is the error of a producer that was told to stop.
func finished(err error) bool { return err == nil || errors.Is(err, context.Canceled) }
