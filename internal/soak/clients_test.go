package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/kafka"
)

// background runs the clients until the returned function is called.
func (w *world) background(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for _, f := range []func(context.Context){w.changeTable, w.makeViews, w.mark, w.lookUp} {
		running.Go(func() { f(ctx) })
	}
	return func() {
		cancel()
		running.Wait()
	}
}

// must runs a statement of a client that stops with ctx.
func (w *world) must(ctx context.Context, c *child.Client, sql string) [][]string {
	rows, err := c.Query(ctx, sql)
	if err != nil && ctx.Err() == nil {
		w.t.Errorf("%s: %v", sql, err)
	}
	return rows
}

// changeTable inserts, updates and deletes rows of the written table, whose size
// stays the same.
func (w *world) changeTable(ctx context.Context) {
	c := child.Connect(w.t, ctx, w.server.URL)
	rng := rand.New(rand.NewPCG(1, 2))
	for n := int64(0); child.Pause(ctx, 20*time.Millisecond); n++ {
		id := rng.IntN(watches)
		switch n % 3 {
		case 0:
			w.must(ctx, c, fmt.Sprintf("UPDATE watch SET level = %d WHERE auction = %d", rng.IntN(10), id))
		case 1:
			w.must(ctx, c, fmt.Sprintf("DELETE FROM watch WHERE auction = %d", id))
			w.must(ctx, c, fmt.Sprintf("INSERT INTO watch VALUES (%d, 'again', %d)", id, rng.IntN(10)))
		default:
			w.must(ctx, c, fmt.Sprintf("UPDATE watch SET note = 'changed %d' WHERE auction >= %d AND auction < %d", n, id, id+5))
		}
		w.statements.Add(1)
	}
}

// makeViews makes and drops views over what is stored. The clients may have been
// stopped between the two the last time that they ran.
func (w *world) makeViews(ctx context.Context) {
	c := child.Connect(w.t, ctx, w.server.URL)
	const drop = "DROP MATERIALIZED VIEW IF EXISTS passing"
	w.must(ctx, c, drop)
	for child.Pause(ctx, 10*time.Second) {
		w.must(ctx, c, `CREATE MATERIALIZED VIEW passing AS SELECT w.level, p.city, count(*) AS n
			FROM watch w JOIN person p ON p.k = w.auction GROUP BY w.level, p.city`)
		w.must(ctx, c, "SELECT count(*) FROM passing")
		if !child.Pause(ctx, 5*time.Second) {
			return
		}
		w.must(ctx, c, drop)
		w.hydrations.Add(1)
	}
}

// lookUp reads views as a service does.
func (w *world) lookUp(ctx context.Context) {
	c := child.Connect(w.t, ctx, w.server.URL)
	rng := rand.New(rand.NewPCG(3, 4))
	for child.Pause(ctx, 5*time.Millisecond) {
		w.must(ctx, c, fmt.Sprintf("SELECT bids, high FROM auctions WHERE auction = %d", 1000+rng.Int64N(1+w.written.Load()/17)))
	}
}

// mark writes a message and looks for it until it is visible, over and over: the
// time between is the freshness.
func (w *world) mark(ctx context.Context) {
	c := child.Connect(w.t, ctx, w.server.URL)
	p := kafka.NewProducer(kafka.ProducerConfig{Config: w.cluster})
	defer p.Close()
	sent := int64(0)
	if rows := w.must(ctx, c, "SELECT coalesce(max(sent), 0) FROM mark"); len(rows) == 1 {
		sent, _ = strconv.ParseInt(rows[0][0], 10, 64)
	}
	for child.Pause(ctx, 100*time.Millisecond) {
		sent++
		if err := p.Produce(ctx, "mark", []kafka.Record{{Value: fmt.Appendf(nil, `{"sent": %d}`, sent)}}); err != nil {
			if ctx.Err() == nil {
				w.t.Error(err)
			}
			return
		}
		began := time.Now()
		for {
			rows := w.must(ctx, c, "SELECT sent FROM marks")
			if ctx.Err() != nil {
				return
			}
			if len(rows) == 1 && rows[0][0] == strconv.FormatInt(sent, 10) {
				break
			}
		}
		w.freshness.add(time.Since(began))
	}
}
