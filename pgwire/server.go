package pgwire

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Options are a server's limits. Zero values mean the defaults.
type Options struct {
	MaxConnections  int           // sessions at once, 53300 past it; default 200
	MaxMessageBytes int           // of one message; default 64 MiB
	MaxStatements   int           // prepared statements, and portals, of one connection; default 10,000
	StartupTimeout  time.Duration // from the connection to the first ReadyForQuery; default 60 s
	Auth            Authenticator // nil trusts everyone
	Log             *slog.Logger  // nil is slog.Default()
}

func (o Options) withDefaults() Options {
	if o.MaxConnections <= 0 {
		o.MaxConnections = 200
	}
	if o.MaxMessageBytes <= 0 {
		o.MaxMessageBytes = 64 << 20
	}
	if o.MaxStatements <= 0 {
		o.MaxStatements = 10_000
	}
	if o.StartupTimeout <= 0 {
		o.StartupTimeout = 60 * time.Second
	}
	if o.Auth == nil {
		o.Auth = Trust{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o
}

// maxStrangers bounds the connections that have not finished their startup
// packet: they hold a socket and little else, and cancel requests are among them.
const maxStrangers = 256

// partingTime is how long a stopping server waits for a client to take its last message.
const partingTime = 2 * time.Second

// acceptPause is the wait after Accept failed for want of file descriptors.
const acceptPause = 20 * time.Millisecond

// Server accepts connections and knows them by pid.
type Server struct {
	backend Backend
	opts    Options

	mu       sync.Mutex
	conns    map[*conn]struct{} // all, from accept to close
	byPID    map[int32]*conn    // those with a session
	lastPID  int32
	stopping bool
	wg       sync.WaitGroup
}

// NewServer makes a server that serves nothing yet.
func NewServer(backend Backend, opts Options) *Server {
	return &Server{
		backend: backend,
		opts:    opts.withDefaults(),
		conns:   map[*conn]struct{}{},
		byPID:   map[int32]*conn{},
	}
}

// Serve serves ln until ctx ends, then ends every session with 57P01, waits for
// them and closes ln. The result is nil after an end by ctx.
func Serve(ctx context.Context, ln net.Listener, backend Backend, opts Options) error {
	return NewServer(backend, opts).Serve(ctx, ln)
}

// Serve is as the function Serve. A Server may serve several listeners at once,
// and stops for good with the first of them.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	unhook := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer unhook()
	defer s.stop()
	defer ln.Close()
	looking, end := context.WithCancel(ctx)
	defer end()
	s.wg.Go(func() { s.slimResting(looking) })
	for {
		nc, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = nc.Close()
			}
			return nil
		case err == nil:
			s.welcome(ctx, nc)
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			s.opts.Log.Warn("accepting a connection failed", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
		}
	}
}

func (s *Server) welcome(ctx context.Context, nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || len(s.conns)-len(s.byPID) >= maxStrangers {
		// A fresh socket's send buffer is empty, so this does not block.
		if msg, err := tooManyClients().Encode(nil); err == nil {
			_, _ = nc.Write(msg)
		}
		_ = nc.Close()
		return
	}
	c := newConn(ctx, s, nc)
	s.conns[c] = struct{}{}
	s.wg.Go(c.serve)
}

// admit gives the connection a pid, or refuses it for the limit on sessions.
func (s *Server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || len(s.byPID) >= s.opts.MaxConnections {
		return false
	}
	for {
		if s.lastPID++; s.lastPID <= 0 {
			s.lastPID = 1
		}
		if _, used := s.byPID[s.lastPID]; !used {
			break
		}
	}
	c.pid = s.lastPID
	s.byPID[c.pid] = c
	return true
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if c.pid != 0 {
		delete(s.byPID, c.pid)
	}
}

func (s *Server) stop() {
	s.mu.Lock()
	s.stopping = true
	for c := range s.conns {
		c.terminate()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) find(pid int32) *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byPID[pid]
}

// CancelBackend implements Connections.
func (s *Server) CancelBackend(pid int32) bool {
	c := s.find(pid)
	if c == nil {
		return false
	}
	c.cancelRunning()
	return true
}

// TerminateBackend implements Connections.
func (s *Server) TerminateBackend(pid int32) bool {
	c := s.find(pid)
	if c == nil {
		return false
	}
	c.terminate()
	return true
}

// cancelByKey serves a CancelRequest. A wrong key is ignored in silence: the
// answer would tell a stranger which pids exist.
func (s *Server) cancelByKey(pid int32, secret [4]byte) {
	if c := s.find(pid); c != nil && c.secret == secret {
		c.cancelRunning()
	}
}

func tooManyClients() *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{
		Severity: "FATAL", SeverityUnlocalized: "FATAL",
		Code: pgerr.TooManyConnections, Message: "sorry, too many clients already",
	}
}

var _ Connections = (*Server)(nil)
