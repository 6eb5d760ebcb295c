package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// demoSQL declares the demo's sources and views.
//
//go:embed demo.sql
var demoSQL string

const demoQueries = `
Three queries to try:

  SELECT * FROM hot_items ORDER BY bids DESC LIMIT 5;
  SELECT * FROM category_prices ORDER BY category;
  BEGIN;
    SELECT bids FROM totals;
    SELECT count(*) AS bids FROM bid;   -- the same, recomputed from the topic
  COMMIT;
`

// demo serves live auction data from a temporary directory.
func demo(ctx context.Context, e env, args []string) error {
	var c serverConfig
	var rate, seed uint64
	f := newFlags(e, "demo", "")
	c.serverFlags(f)
	f.StringVar(&c.broker, "embedded-broker", "127.0.0.1:0", "`ADDR` for the Kafka broker inside; port 0 takes a free one")
	f.Uint64Var(&rate, "rate", 1000, "`EVENTS` written in a second; 0 for as many as go")
	f.Uint64Var(&seed, "seed", 1, "`N` that makes the data")
	if err := f.parse(args, 0); err != nil {
		return err
	}
	c.anyPort = !f.given("listen")
	dir, err := os.MkdirTemp("", "tarn-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c.data = filepath.Join(dir, "data")
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s, err := startServer(ctx, e, c)
	if err != nil {
		return err
	}
	if err := s.fillDemo(ctx, seed); err != nil {
		if ctx.Err() != nil {
			err = nil // Ctrl-C came first
		}
		stop()
		return errors.Join(err, s.wait())
	}
	written := s.writeDemo(ctx, e, int64(rate), seed)
	fmt.Fprintf(e.stdout, "An auction house is running: %s (people, auctions, bids) through Kafka topics into views.\n", pace(rate))
	s.printConnect(e)
	fmt.Fprint(e.stdout, demoQueries)
	fmt.Fprintln(e.stdout, stopHint)
	err = s.wait()
	<-written
	return err
}

func pace(rate uint64) string {
	if rate == 0 {
		return "as many events as go"
	}
	return fmt.Sprintf("%d events/s", rate)
}

// demoHistory is how many events there are before the views.
const demoHistory = 5000

// fillDemo writes some history and creates the sources and views over it.
func (s *server) fillDemo(ctx context.Context, seed uint64) error {
	history := nexmark.NewWriter(nexmark.WriterConfig{Config: nexmark.Config{Seed: seed}, Cluster: s.demoCluster(), Limit: demoHistory})
	if err := history.Run(ctx); err != nil {
		return fmt.Errorf("writing the demo's history: %w", err)
	}
	if err := s.db.Exec(ctx, demoSQL); err != nil {
		return fmt.Errorf("creating the demo's views: %w", err)
	}
	return nil
}

func (s *server) demoCluster() kafka.Config {
	return kafka.Config{Brokers: []string{s.db.BrokerAddr()}, ClientID: "tarn-demo"}
}

// writeDemo writes events until ctx ends; then the channel is closed.
func (s *server) writeDemo(ctx context.Context, e env, rate int64, seed uint64) <-chan struct{} {
	writer := nexmark.NewWriter(nexmark.WriterConfig{
		Config: nexmark.Config{Seed: seed, First: demoHistory}, Cluster: s.demoCluster(), Rate: rate,
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := writer.Run(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintf(e.stderr, "tarn demo: no more events are written: %v\n", err)
		}
	}()
	return done
}
