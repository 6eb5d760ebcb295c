package pgwire

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
)

// memConn is a connection without sockets: what is read is bytes that are there,
// what is written is counted.
type memConn struct {
	net.Conn // nil: only the methods below are called
	in       bytes.Reader
	written  int
	keep     *bytes.Buffer // what is written, if it is not nil
}

// Read fails at the end as if a deadline had passed: the client is still there.
func (c *memConn) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if err != nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

func (c *memConn) Write(p []byte) (int, error) {
	c.written += len(p)
	if c.keep != nil {
		c.keep.Write(p)
	}
	return len(p), nil
}

func (c *memConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memConn) SetWriteDeadline(time.Time) error { return nil }

// quickConn is a connection past its startup, with the benchmarks' query prepared.
func quickConn(tb testing.TB, rows int) (*conn, *memConn) {
	db, err := engine.Open(engine.Options{Dir: tb.TempDir(), Shards: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	loadBench(tb, db, rows)
	nc := &memConn{}
	c := newConn(tb.Context(), NewServer(ForDatabase(db), Options{}), nc)
	s, err := c.server.backend.NewSession(context.Background(), StartupInfo{User: "b", PID: 1, Names: c})
	if err != nil {
		tb.Fatal(err)
	}
	c.setSession(s)
	tb.Cleanup(s.Close)
	prepare, _ := (&pgproto3.Parse{Name: "q", Query: benchQueries[0].sql}).Encode(nil)
	c.feed(tb, nc, benchQueries[0].message(prepare, 1))
	return c, nc
}

// feed answers all messages of some bytes.
func (c *conn) feed(tb testing.TB, nc *memConn, b []byte) {
	nc.in.Reset(b)
	c.box.err = nil
	if err := c.answerAll(); err != errGone {
		tb.Fatal(err)
	}
	_ = c.out.flush()
}

// TestQuickReadsAllocateNothing: a point lookup costs no memory on its way from
// the client's bytes to the answer.
func TestQuickReadsAllocateNothing(t *testing.T) {
	c, nc := quickConn(t, 1000)
	const lookups = 100
	var batch []byte
	for i := range lookups {
		batch = benchQueries[0].message(batch, i*7%1000)
	}
	for range 10 {
		c.feed(t, nc, batch)
	}
	nc.written = 0
	c.feed(t, nc, batch)
	if nc.written < lookups*50 {
		t.Fatalf("%d bytes answer %d lookups", nc.written, lookups)
	}
	if n := testing.AllocsPerRun(20, func() { c.feed(t, nc, batch) }); n > 5 {
		t.Errorf("%v allocations for %d lookups", n, lookups)
	}
}

// quickBenchRows is fewer rows than processor caches hold.
const quickBenchRows = 100_000

// BenchmarkQuickRead is what a point lookup costs without sockets.
func BenchmarkQuickRead(b *testing.B) {
	c, nc := quickConn(b, quickBenchRows)
	var batch []byte
	n := 0
	for ; n < 4096; n++ {
		batch = benchQueries[0].message(batch, n*7919%quickBenchRows)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += n {
		c.feed(b, nc, batch)
	}
}
