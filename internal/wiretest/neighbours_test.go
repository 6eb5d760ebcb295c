package wiretest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// endless runs long enough to be cancelled, whatever the machine.
const endless = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a # b = 7"

func TestCancel(t *testing.T) {
	s := Start(t, "")
	conn, other := connect(t, s, "").PgConn(), connect(t, s, "").PgConn()

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := other.Exec(context.Background(), endless).ReadAll()
		done <- err
	}()
	await(t, conn, "SELECT count(*) FROM tarn.sessions WHERE state = 'active' AND query LIKE '%generate%' AND pid <> pg_backend_pid()", "1")
	if err := other.CancelRequest(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; code(err) != "57014" {
		t.Errorf("cancelled: %v", err)
	}
	expect(t, other, "SELECT 1", "1")

	pid := other.PID()
	for signal, want := range map[string]string{"pg_cancel_backend": "57014", "pg_terminate_backend": "57P01"} {
		victim := connect(t, s, "").PgConn()
		pid = victim.PID()
		go func() {
			_, err := victim.Exec(context.Background(), endless).ReadAll()
			done <- err
		}()
		await(t, conn, fmt.Sprintf("SELECT state FROM tarn.sessions WHERE pid = %d", pid), "active")
		expect(t, conn, fmt.Sprintf("SELECT %s(%d)", signal, pid), "t")
		if err := <-done; code(err) != want {
			t.Errorf("%s: %v, want %s", signal, err, want)
		}
	}
	expect(t, conn, "SELECT pg_cancel_backend(999999)", "f")

	go func() {
		_, err := conn.Exec(ctx, endless).ReadAll()
		done <- err
	}()
	await(t, other, fmt.Sprintf("SELECT state FROM tarn.sessions WHERE pid = %d", conn.PID()), "active")
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the context ended: %v", err)
	}
	await(t, other, fmt.Sprintf("SELECT count(*) FROM tarn.sessions WHERE pid = %d", conn.PID()), "0")
}

func TestStatementTimeout(t *testing.T) {
	s := Start(t, "")
	conn := connect(t, s, "").PgConn()
	run(t, conn, "SET statement_timeout = '50ms'")
	if e := refused(t, conn, endless, "57014"); e.Message != "canceling statement due to statement timeout" {
		t.Errorf("the message is %q", e.Message)
	}
	run(t, conn, "SET statement_timeout = 0")
	expect(t, conn, "SELECT 1", "1")
	short := connect(t, s, "&statement_timeout=50").PgConn()
	refused(t, short, endless, "57014")
}

// await asks until the answer is the one that must come.
func await(t *testing.T, conn *pgconn.PgConn, sql, want string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		r := run(t, conn, sql)[0]
		if len(r.Rows) == 1 && string(r.Rows[0][0]) == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %q, still not %s", sql, r.Rows, want)
		}
	}
}

// Whatever strangers send, a client that works goes on.
func TestGarbage(t *testing.T) {
	s := Start(t, "CREATE TABLE t (id int PRIMARY KEY)")
	conn := connect(t, s, "").PgConn()
	rnd := rand.New(rand.NewSource(1))
	startup := "\x00\x00\x00\x13\x00\x03\x00\x00user\x00tarn\x00\x00"
	for i := range 200 {
		noise := make([]byte, rnd.Intn(64))
		rnd.Read(noise)
		if i%2 == 1 {
			noise = append([]byte(startup), noise...)
		}
		send(t, s.Addr, noise)
		if i%20 == 0 {
			run(t, conn, fmt.Sprintf("INSERT INTO t VALUES (%d)", i))
		}
	}
	for _, frame := range []string{
		"Q\x00\x00\x00\x00", "Q\x7f\xff\xff\xff", "Q\xff\xff\xff\xff", "Q\x00\x00\x00\x06x", "P\x00\x00\x00\x05a", "B\x00\x00\x00\x08\x00\x00\xff\xff",
		"B\x00\x00\x00\x0e\x00\x00\x00\x00\x00\x01\x7f\xff\xff\xff", "E\x00\x00\x00\x04", "p\x00\x00\x00\x08aaaa", "d\x00\x00\x00\x04", "\x00", "?", "S\x00\x00\x00\x05x",
		"F\x00\x00\x00\x04", "D\x00\x00\x00\x06?\x00", "C\x00\x00\x00\x06?\x00", strings.Repeat("S\x00\x00\x00\x04", 1000),
	} {
		send(t, s.Addr, []byte(startup+frame))
	}
	expect(t, conn, "SELECT count(*) FROM t", "10")
}

// send writes and reads until the server has nothing more to say or ends it.
func send(t *testing.T, addr string, b []byte) {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	_, _ = nc.Write(b) // the server may have hung up already
	_ = nc.(*net.TCPConn).CloseWrite()
	_ = nc.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, nc); errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q: the server neither answered nor hung up", b)
	}
}
