//go:build !race

package pgwire

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
)

// TestIdleConnections: what a connection holds that has worked and rests: its
// goroutine's stack, a prepared statement, and no buffers. The client's end of the
// socket, which is in this process too, is counted with it.
func TestIdleConnections(t *testing.T) {
	const conns, most = 1000, 20 << 10
	server, addr := idleServer(t)
	before := heldBytes()
	prepare, _ := (&pgproto3.Parse{Name: "q", Query: benchQueries[0].sql}).Encode(nil)
	prepare, _ = (&pgproto3.Sync{}).Encode(prepare)
	var lookups []byte
	for i := range 64 {
		lookups = benchQueries[0].message(lookups, i)
	}
	hello, _ := (&pgproto3.StartupMessage{ProtocolVersion: 196608, Parameters: map[string]string{"user": "b"}}).Encode(nil)
	in := bufio.NewReaderSize(nil, 64<<10)
	clients := make([]net.Conn, conns)
	work := func(nc net.Conn, send []byte, answers int) {
		in.Reset(nc)
		if err := talk(nc, in, send, answers); err != nil {
			t.Fatal(err)
		}
	}
	for i := range clients {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		clients[i] = nc
		work(nc, hello, 1)
		work(nc, prepare, 1)
		work(nc, lookups, 64)
	}
	worked := heldBytes()
	server.rest()
	rested := heldBytes()
	t.Logf("%d bytes a connection that works, %d once it rests", (worked-before)/conns, (rested-before)/conns)
	if n := (rested - before) / conns; n > most {
		t.Errorf("a connection that rests holds %d bytes", n)
	}
	for _, nc := range clients {
		work(nc, lookups, 64)
	}
}

// rest has all connections slimmed, which do nothing.
func (s *Server) rest() {
	s.look()
	s.look()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.byPID {
		for c.slimming.Load() {
			runtime.Gosched()
		}
	}
}

// heldBytes is heap and stacks in use.
func heldBytes() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools held goes with the second one
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}

func idleServer(t *testing.T) (s *Server, addr string) {
	log := slog.New(slog.DiscardHandler)
	db, err := engine.Open(engine.Options{Dir: t.TempDir(), Shards: 2, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	loadBench(t, db, 1000)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = NewServer(ForDatabase(db), Options{Log: log, MaxConnections: 2000})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, ln.Addr().String()
}
