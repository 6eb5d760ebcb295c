package soak

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// world is the server and what goes on around it.
type world struct {
	t       *testing.T
	server  *child.Server
	cluster kafka.Config
	pprof   string
	limit   int64

	written    atomic.Int64 // events acknowledged by the broker
	freshness  latencies
	statements atomic.Int64 // of clients that write to tables
	hydrations atomic.Int64 // views made and dropped again
}

const (
	partitions = 4
	watches    = 10_000 // rows of the written table
	settleTime = 5 * time.Second
)

// declarations are the sources, the table and the views of the soak. State grows
// with the auctions; everything else is bounded by the keys that there are.
func (w *world) declarations() []string {
	source := func(name, cols, tail string) string {
		return fmt.Sprintf(`CREATE SOURCE %s (%s WITH (connector = 'kafka', topic = '%s',
			properties.bootstrap.server = '%s', scan.startup.mode = 'earliest') %s`, name, cols, name, w.cluster.Brokers[0], tail)
	}
	const plain = "FORMAT PLAIN ENCODE JSON"
	return []string{
		source("bid", "auction bigint, bidder bigint, price bigint, channel text, date_time timestamp)", plain),
		source("auction", "id bigint PRIMARY KEY, seller bigint, category bigint, initial_bid bigint, expires timestamp)", plain),
		source("person", "k bigint, name text, city text) INCLUDE key AS k", "FORMAT UPSERT ENCODE JSON"),
		source("mark", "sent bigint)", plain),
		"CREATE TABLE watch (auction bigint PRIMARY KEY, note text, level bigint)",
		"CREATE MATERIALIZED VIEW marks AS SELECT count(*) AS n, max(sent) AS sent FROM mark",
		"CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS bids, sum(price) AS turnover FROM bid",
		`CREATE MATERIALIZED VIEW channels AS SELECT channel, count(*) AS bids, sum(price) AS total, max(price) AS high,
			count(DISTINCT bidder % 1000) AS bidders FROM bid GROUP BY channel`,
		"CREATE MATERIALIZED VIEW auctions AS SELECT auction, count(*) AS bids, max(price) AS high FROM bid GROUP BY auction",
		`CREATE MATERIALIZED VIEW deals AS SELECT a.category, count(*) AS bids, avg(b.price) AS price
			FROM bid b JOIN auction a ON a.id = b.auction GROUP BY a.category`,
		`CREATE MATERIALIZED VIEW cities AS SELECT p.city, count(*) AS lots, min(a.initial_bid) AS least
			FROM auction a JOIN person p ON p.k = a.seller GROUP BY p.city`,
		`CREATE MATERIALIZED VIEW best AS SELECT auction, bidder, price FROM bid ORDER BY price DESC, auction, bidder LIMIT 100`,
		`CREATE MATERIALIZED VIEW levels AS SELECT w.level, count(*) AS watched, sum(a.bids) AS bids
			FROM watch w LEFT JOIN auctions a ON a.auction = w.auction GROUP BY w.level`,
	}
}

func (w *world) declare(ctx context.Context) {
	for _, topic := range []string{"bid", "auction", "person", "mark"} {
		if err := kafka.CreateTopic(ctx, w.cluster, topic, partitions); err != nil {
			w.t.Fatal(err)
		}
	}
	c := child.Connect(w.t, ctx, w.server.URL)
	for _, sql := range w.declarations() {
		c.Must(w.t, ctx, sql)
	}
	for from := 0; from < watches; from += 1000 {
		c.Must(w.t, ctx, fmt.Sprintf("INSERT INTO watch SELECT g, 'note ' || g, g %% 10 FROM generate_series(%d, %d) g", from, from+999))
	}
}

// read is the number of events that the epochs have reached.
func (w *world) read(ctx context.Context, c *child.Client) int64 {
	rows := c.Must(w.t, ctx, `SELECT coalesce(sum("offset"), 0) FROM tarn.offsets WHERE source IN ('bid', 'auction', 'person')`)
	n, err := strconv.ParseInt(rows[0][0], 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// push writes a few events, and rests while the server is behind.
func (w *world) push(ctx context.Context, c *child.Client) {
	const step = 20_000
	w.write(ctx, 0, step)
	for w.written.Load()-w.read(ctx, c) > 2*step {
		child.Pause(ctx, 5*time.Millisecond)
	}
}

// preload writes events as fast as the server takes them until all state, were it
// in memory, would be of so many bytes. It returns what it took.
func (w *world) preload(ctx context.Context, size int64) string {
	c := child.Connect(w.t, ctx, w.server.URL)
	began, cold := time.Now(), int64(0)
	deadline, cancel := context.WithTimeout(ctx, preloadTime)
	defer cancel()
	for cold < size {
		if deadline.Err() != nil {
			w.t.Fatalf("after %v state is %d bytes, not %d", preloadTime, cold, size)
		}
		for range 50 {
			w.push(ctx, c)
		}
		_, cold = w.state(ctx, c)
	}
	took := time.Since(began).Seconds()
	return fmt.Sprintf("%d events at first, in %.0f s (%.0f a second): state of %d MiB under a limit of %d MiB\n",
		w.written.Load(), took, float64(w.written.Load())/took, cold>>20, w.limit>>20)
}

// mostRate measures what the server keeps up with while everything else of the
// soak shares the machine with it: a writer that rests when the server is behind.
func (w *world) mostRate(ctx context.Context) int {
	// What the events of a minute leave for compaction is done in the minutes after it:
	// a short measurement finds a rate that the server does not keep up with for long.
	const warm, measured = 20 * time.Second, 4 * time.Minute
	stop := w.background(ctx)
	defer stop()
	c := child.Connect(w.t, ctx, w.server.URL)
	began, from := time.Now(), int64(-1)
	var since time.Time
	for time.Since(began) < warm+measured {
		w.push(ctx, c)
		if from < 0 && time.Since(began) > warm {
			from, since = w.read(ctx, c), time.Now()
		}
	}
	return int(float64(w.read(ctx, c)-from) / time.Since(since).Seconds())
}

// write writes events at a rate (0: as fast as the broker takes them) until a
// limit (0: none) or the end of ctx.
func (w *world) write(ctx context.Context, rate, limit int64) {
	first := w.written.Load()
	n := nexmark.NewWriter(nexmark.WriterConfig{
		Config: nexmark.Config{Seed: 1, First: first, EventsPerSecond: 10_000, Base: time.Unix(1_700_000_000, 0)}, Cluster: w.cluster, Rate: rate, Limit: limit,
	})
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	for {
		select {
		case err := <-done:
			w.written.Store(first + n.Written())
			if err != nil && ctx.Err() == nil {
				w.t.Fatal(err)
			}
			return
		case <-time.After(10 * time.Millisecond):
			w.written.Store(first + n.Written())
		}
	}
}

// checkTotals compares the totals with what the topics hold, once all is read.
func (w *world) checkTotals(ctx context.Context) {
	log := kafka.Open(w.cluster, "bid")
	defer log.Close()
	bounds, err := log.Bounds(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	want := int64(0)
	for _, r := range bounds {
		want += r.End // the broker gives offsets from 0 on, and has trimmed
	}
	c := child.Connect(w.t, ctx, w.server.URL)
	for deadline := time.Now().Add(time.Minute); ; child.Pause(ctx, 50*time.Millisecond) {
		got := c.Must(w.t, ctx, `SELECT (SELECT bids FROM totals), (SELECT sum(bids) FROM auctions), (SELECT sum(bids) FROM channels)`)[0]
		if text := strconv.FormatInt(want, 10); got[0] == text && got[1] == text && got[2] == text {
			return
		}
		if time.Now().After(deadline) {
			w.t.Errorf("the topic holds %d bids; totals, auctions and channels count %v", want, got)
			return
		}
	}
}
