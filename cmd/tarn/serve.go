package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"syscall"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/footprint"
	"github.com/tarndb/tarn/engine/spare"
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
	anyPort              bool // another port will do where listen is in use
	shards               shardCount
	memory               size
	verbose              bool
	pprof                string // where profiles are served; empty: nowhere
}

// serverFlags are those of serve and demo.
func (c *serverConfig) serverFlags(f *flags) {
	f.StringVar(&c.listen, "listen", defaultListen, "`ADDR` for clients of the Postgres protocol")
	c.engineFlags(f)
}

// engineFlags are those of every command that opens a database.
func (c *serverConfig) engineFlags(f *flags) {
	f.Var(&c.shards, "shards", "`N` workers")
	f.Var(&c.memory, "memory-limit", "`SIZE` that the process keeps to, such as 512MiB; what is over it stays on disk")
	f.BoolVar(&c.verbose, "verbose", false, "log what the engine does, not only what goes wrong")
}

func serve(ctx context.Context, e env, args []string) error {
	var c serverConfig
	f := newFlags(e, "serve", "")
	c.serverFlags(f)
	f.StringVar(&c.data, "data", "tarn-data", "`DIR` for all data; made if it does not exist")
	f.StringVar(&c.broker, "embedded-broker", "", "`ADDR` for a Kafka broker inside this process, such as "+defaultBroker)
	f.StringVar(&c.pprof, "pprof", "", "`ADDR` of this machine for Go's profiles, such as 127.0.0.1:6060")
	if err := f.parse(args, 0); err != nil {
		return err
	}
	s, err := startServer(ctx, e, c)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "Tarn %s serves %s\n", tarn.Version, c.data)
	s.printConnect(e)
	if s.profiles != nil {
		fmt.Fprintf(e.stdout, "Profiles: http://%s/debug/pprof/\n", s.profiles.Addr())
	}
	fmt.Fprintln(e.stdout, stopHint)
	return s.wait()
}

// server is a running server.
type server struct {
	db       *tarn.DB
	ln       net.Listener
	profiles net.Listener // nil: none
	done     chan error
}

// startServer opens the data directory and begins to accept clients. It stops with ctx.
func startServer(ctx context.Context, e env, c serverConfig) (*server, error) {
	level := slog.LevelWarn
	if c.verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level}))
	s := &server{done: make(chan error, 1)}
	ln, err := c.listener(e)
	if err != nil {
		return nil, err
	}
	if c.pprof != "" {
		if s.profiles, err = startProfiles(ctx, c.pprof); err != nil {
			ln.Close()
			return nil, err
		}
	}
	db, err := openDB(c, log)
	if err != nil {
		ln.Close()
		if s.profiles != nil {
			s.profiles.Close()
		}
		return nil, err
	}
	s.db, s.ln = db, ln
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
	spare.Processor()
	footprint.Limit(int64(c.memory))
	return tarn.Open(tarn.Options{
		Dir: c.data, EmbeddedBroker: c.broker, Shards: int(c.shards), MemoryLimit: int64(c.memory), Logger: log,
		System: pgcatalog.Tables(), SystemCall: pgcatalog.Call,
	})
}

// listener listens where the flags say.
func (c *serverConfig) listener(e env) (net.Listener, error) {
	ln, err := net.Listen("tcp", c.listen)
	if errors.Is(err, syscall.EADDRINUSE) && c.anyPort {
		fmt.Fprintf(e.stderr, "%s is in use; taking a free port instead.\n", c.listen)
		host, _, _ := net.SplitHostPort(c.listen)
		ln, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, listenError(c.listen, err)
	}
	return ln, nil
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
}

const stopHint = "\nCtrl-C stops it."
