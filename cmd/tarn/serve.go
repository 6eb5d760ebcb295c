package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/pgwire"
	"github.com/tarndb/tarn/pgwire/pgcatalog"
)

const (
	defaultListen = "127.0.0.1:8276"
	defaultBroker = "127.0.0.1:9092"
)

// serverConfig is what serve and demo have in common.
type serverConfig struct {
	data, listen, broker string
	shards               int
	memory               size
	verbose              bool
}

func (c *serverConfig) flags(f *flags) {
	f.StringVar(&c.listen, "listen", defaultListen, "`ADDR` for clients of the Postgres protocol")
	f.IntVar(&c.shards, "shards", 0, "`N` workers, 0 for one per core")
	f.Var(&c.memory, "memory-limit", "`SIZE` of state kept in memory; what is over it stays on disk")
	f.BoolVar(&c.verbose, "verbose", false, "log what the engine does, not only what goes wrong")
}

func serve(ctx context.Context, e env, args []string) error {
	var c serverConfig
	f := newFlags(e, "serve", "")
	c.flags(f)
	f.StringVar(&c.data, "data", "tarn-data", "`DIR` of all data; made if it does not exist")
	f.StringVar(&c.broker, "embedded-broker", "", "`ADDR` for a Kafka broker inside this process, such as "+defaultBroker+"; none if empty")
	if err := f.parse(args, 0); err != nil {
		return err
	}
	s, err := startServer(ctx, e, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "Tarn %s serves %s\n", tarn.Version, c.data)
	s.printConnect(e)
	return s.wait()
}

// server is a running server.
type server struct {
	db   *tarn.DB
	ln   net.Listener
	done chan error
}

// startServer opens the data directory and begins to accept clients. It stops with ctx.
func startServer(ctx context.Context, e env, c serverConfig) (*server, error) {
	level := slog.LevelWarn
	if c.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
	ln, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, listenError(c.listen, err)
	}
	db, err := openDB(c, log)
	if err != nil {
		ln.Close()
		return nil, err
	}
	s := &server{db: db, ln: ln, done: make(chan error, 1)}
	go func() {
		err := pgwire.Serve(ctx, ln, pgwire.ForDatabase(db.Engine()), pgwire.Options{Log: log})
		if cerr := db.Close(); err == nil {
			err = cerr
		}
		s.done <- err
	}()
	return s, nil
}

func openDB(c serverConfig, log *slog.Logger) (*tarn.DB, error) {
	return tarn.Open(tarn.Options{
		Dir: c.data, EmbeddedBroker: c.broker, Shards: c.shards, MemoryLimit: int64(c.memory), Logger: log,
		System: pgcatalog.Tables(), SystemCall: pgcatalog.Call,
	})
}

func listenError(addr string, err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("cannot listen on %s: %v; choose another address with --listen", addr, op.Err)
	}
	return fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// wait returns when the server has stopped and everything is on disk.
func (s *server) wait() error { return <-s.done }

// url is how clients connect.
func (s *server) url() string {
	u := url.URL{Scheme: "postgres", User: url.User("tarn"), Host: s.ln.Addr().String(), Path: "/" + engine.DatabaseName, RawQuery: "sslmode=disable"}
	return u.String()
}

func (s *server) printConnect(e env) {
	fmt.Fprintf(e.stdout, "\nConnect:  %s\n", s.url())
	fmt.Fprintf(e.stdout, "psql:     psql '%s'\n", s.url())
	if addr := s.db.BrokerAddr(); addr != "" {
		fmt.Fprintf(e.stdout, "Kafka:    %s (any client may produce to it)\n", addr)
	}
	fmt.Fprintln(e.stdout, "\nCtrl-C stops it.")
}
