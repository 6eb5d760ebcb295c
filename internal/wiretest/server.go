// Package wiretest drives a real engine behind the real protocol, in process, with
// a real client library. Its server is also what suites of other clients start.
package wiretest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"testing"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/pgwire"
	"github.com/tarndb/tarn/pgwire/pgcatalog"
)

// Server is a server on a loopback port with an empty database, an embedded broker
// included. It stops with its test.
type Server struct {
	Addr string // host:port
	DB   *tarn.DB
}

// Start starts a server and runs setup in it.
func Start(t testing.TB, setup string) *Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError}))
	db, err := tarn.Open(tarn.Options{
		Dir: t.TempDir(), EmbeddedBroker: "127.0.0.1:0", Shards: 2, Logger: log,
		System: pgcatalog.Tables(), SystemCall: pgcatalog.Call,
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- pgwire.Serve(ctx, ln, pgwire.ForDatabase(db.Engine()), pgwire.Options{Log: log}) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := db.Exec(ctx, setup); err != nil {
		t.Fatal(err)
	}
	return &Server{Addr: ln.Addr().String(), DB: db}
}

// URL is how clients connect; params such as "&default_query_exec_mode=exec" follow it.
func (s *Server) URL(params string) string {
	return fmt.Sprintf("postgres://tarn@%s/tarn?sslmode=disable%s", s.Addr, params)
}

// testWriter makes a logged error a failure: whatever a client sends, the server
// knows an answer.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Errorf("the server logged: %s", p)
	return len(p), nil
}
