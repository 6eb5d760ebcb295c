package soak

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// latencies are times since the last take.
type latencies struct {
	mu  sync.Mutex
	all []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, d)
}

func (l *latencies) take() []time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.all
	l.all = nil
	slices.Sort(out)
	return out
}

// quantile is of sorted times; 0 if there are none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1))]
}

// sample is what was seen in one interval.
type sample struct {
	seconds    float64
	written    int64 // events a second
	behind     int64 // events that wait
	rss        int64
	hot, cold  int64 // bytes of state
	sublevels  int64 // of level 0
	goroutines int64
	p50, p99   time.Duration // freshness
	commit     float64       // milliseconds of the last one
}

const interval = 10 * time.Second

var columns = []string{"seconds", "events_per_second", "behind", "rss_bytes", "hot_bytes", "cold_bytes", "sublevels", "goroutines",
	"freshness_p50_ms", "freshness_p99_ms", "commit_ms"}

func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64)
}

func (s sample) fields() []string {
	num := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{strconv.FormatFloat(s.seconds, 'f', 0, 64), num(s.written), num(s.behind), num(s.rss), num(s.hot), num(s.cold),
		num(s.sublevels), num(s.goroutines), ms(s.p50), ms(s.p99), strconv.FormatFloat(s.commit, 'f', 1, 64)}
}

func writeCSV(path string, samples []sample) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := csv.NewWriter(f)
	_ = out.Write(columns) // errors stay until Flush
	for _, s := range samples {
		_ = out.Write(s.fields())
	}
	out.Flush()
	return errors.Join(out.Error(), f.Close())
}

// run writes at the rate for a time and samples what the server does.
func (w *world) run(ctx context.Context, rate int, length time.Duration) []sample {
	stop := w.background(ctx)
	defer stop()
	writing, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var writer sync.WaitGroup
	writer.Go(func() { w.write(writing, int64(rate), 0) })
	defer writer.Wait()
	child.Pause(writing, settleTime)
	w.freshness.take()
	c := child.Connect(w.t, ctx, w.server.URL)
	var out []sample
	began, before := time.Now(), w.written.Load()
	for child.Pause(writing, interval) {
		s := w.sample(ctx, c)
		s.seconds = time.Since(began).Seconds()
		now := w.written.Load()
		s.written, before = int64(float64(now-before)/interval.Seconds()), now
		s.behind = now - w.read(ctx, c)
		out = append(out, s)
		w.t.Logf("%v", s.fields())
		if w.server.Ended() {
			w.t.Fatal(w.server.Report())
		}
	}
	return out
}

func (w *world) sample(ctx context.Context, c *child.Client) sample {
	var s sample
	lat := w.freshness.take()
	s.p50, s.p99 = quantile(lat, 0.5), quantile(lat, 0.99)
	s.rss, _ = w.server.RSS()
	s.hot, s.cold = w.state(ctx, c)
	if rows := c.Must(w.t, ctx, "SELECT sublevels, milliseconds FROM tarn.commits ORDER BY epoch DESC LIMIT 1"); len(rows) == 1 {
		s.sublevels = number(rows[0][0])
		s.commit, _ = strconv.ParseFloat(rows[0][1], 64)
	}
	var err error
	if s.goroutines, err = w.goroutines(ctx); err != nil {
		w.t.Error(err)
	}
	return s
}

// state is the bytes of state in memory, and of all of it.
func (w *world) state(ctx context.Context, c *child.Client) (hot, cold int64) {
	sums := c.Must(w.t, ctx, "SELECT coalesce(sum(memory_bytes), 0), coalesce(sum(disk_bytes), 0) FROM tarn.arrangements")[0]
	return number(sums[0]), number(sums[1])
}

// number reads a count that may be printed with decimals.
func number(text string) int64 {
	whole, _, _ := strings.Cut(text, ".")
	n, _ := strconv.ParseInt(whole, 10, 64)
	return n
}

// goroutines asks the server's profiles, whose first line has the number.
func (w *world) goroutines(ctx context.Context) (int64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.pprof+"/debug/pprof/goroutine?debug=1", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	line, err := bufio.NewReader(resp.Body).ReadString('\n')
	if err != nil {
		return 0, err
	}
	_, text, ok := strings.Cut(strings.TrimSpace(line), "total ")
	if !ok {
		return 0, fmt.Errorf("goroutine profile begins with %q", line)
	}
	return strconv.ParseInt(text, 10, 64)
}
