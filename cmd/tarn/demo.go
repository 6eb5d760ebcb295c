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
	var rate int64
	var seed uint64
	f := newFlags(e, "demo", "")
	c.flags(f)
	f.StringVar(&c.broker, "embedded-broker", "127.0.0.1:0", "`ADDR` for the Kafka broker inside; port 0 takes a free one")
	f.Int64Var(&rate, "rate", 1000, "`EVENTS` written in a second")
	f.Uint64Var(&seed, "seed", 1, "`N` that makes the data")
	if err := f.parse(args, 0); err != nil {
		return err
	}
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
	if err := s.fillDemo(ctx, rate, seed); err != nil {
		stop()
		return errors.Join(err, s.wait())
	}
	fmt.Fprintf(e.stdout, "An auction house is running: %d events/s (people, auctions, bids) through Kafka topics into views.\n", rate)
	s.printConnect(e)
	fmt.Fprint(e.stdout, demoQueries)
	return s.wait()
}

// fillDemo creates the sources and views, and starts the writer.
func (s *server) fillDemo(ctx context.Context, rate int64, seed uint64) error {
	cluster := kafka.Config{Brokers: []string{s.db.BrokerAddr()}, ClientID: "tarn-demo"}
	history := nexmark.NewWriter(nexmark.WriterConfig{Config: nexmark.Config{Seed: seed}, Cluster: cluster, Rate: 0, Limit: 5000})
	if err := history.Run(ctx); err != nil {
		return fmt.Errorf("writing the demo's history: %w", err)
	}
	if err := s.db.Exec(ctx, demoSQL); err != nil {
		return fmt.Errorf("creating the demo's views: %w", err)
	}
	writer := nexmark.NewWriter(nexmark.WriterConfig{Config: nexmark.Config{Seed: seed, First: 5000}, Cluster: cluster, Rate: rate})
	go func() { _ = writer.Run(ctx) }()
	return nil
}
