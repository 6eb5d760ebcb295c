package pgwire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

func dial(t *testing.T, addr string) *pgconn.PgConn {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), "postgres://ann@"+addr+"/shop?sslmode=prefer")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestManyClients: sessions do not mix, also while others vanish, cancel and send garbage.
func TestManyClients(t *testing.T) {
	addr, backend, _ := serveFake(t, Options{})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			c, err := pgconn.Connect(t.Context(), "postgres://ann@"+addr+"/shop?sslmode=disable")
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close(context.Background())
			pid := int32(c.PID())
			switch i % 4 {
			case 0:
				c.Conn().Write([]byte("\x00garbage that is no message"))
			case 1:
				vanish(c, backend, pid)
			default:
				roundTrips(t, c, i)
			}
		})
	}
	wg.Wait()
}

func vanish(c *pgconn.PgConn, backend *fakeBackend, pid int32) {
	msg, _ := (&pgproto3.Query{String: "block"}).Encode(nil)
	_, _ = c.Conn().Write(msg)
	backend.await(func() bool { return backend.blocked[pid] })
	_ = c.Conn().Close()
	backend.await(func() bool { return backend.closed[pid] })
}

func roundTrips(t *testing.T, c *pgconn.PgConn, i int) {
	for n := range 20 {
		want := fmt.Sprint(i*1000 + n)
		r := c.ExecParams(t.Context(), "echo int8 text", [][]byte{[]byte(want), []byte("x" + want)}, nil, nil, nil).Read()
		if r.Err != nil || len(r.Rows) != 1 || string(r.Rows[0][0]) != want || string(r.Rows[0][1]) != "x"+want {
			t.Errorf("client %d got %q, %v; want %s", i, r.Rows, r.Err, want)
			return
		}
	}
}

func TestLargeResult(t *testing.T) {
	addr, _, _ := serveFake(t, Options{})
	c := dial(t, addr)
	defer c.Close(context.Background())
	results, err := c.Exec(t.Context(), "wide 301; rows 1").ReadAll()
	if err != nil || len(results) != 2 || len(results[0].Rows) != 301 {
		t.Fatal(err, len(results))
	}
	for _, r := range results[0].Rows {
		if len(r[0]) != 10_000 {
			t.Fatalf("a row of %d bytes", len(r[0]))
		}
	}
}

// TestContextCancel is pgx's way to cancel: a request on a second connection.
func TestContextCancel(t *testing.T) {
	addr, backend, _ := serveFake(t, Options{})
	c := dial(t, addr)
	defer c.Close(context.Background())
	go func() {
		backend.await(func() bool { return backend.blocked[int32(c.PID())] })
		if err := c.CancelRequest(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	_, err := c.Exec(t.Context(), "block").ReadAll()
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != "57014" {
		t.Fatal(err)
	}
	if _, err := c.Exec(t.Context(), "rows 1").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// TestPipeline: a failure skips to its Sync and no further.
func TestPipeline(t *testing.T) {
	addr, _, _ := serveFake(t, Options{})
	c := dial(t, addr)
	defer c.Close(context.Background())
	batch := &pgconn.Batch{}
	batch.ExecParams("echo int4", [][]byte{[]byte("1")}, nil, nil, []int16{1})
	batch.ExecParams("fail 22012 division by zero", nil, nil, nil, nil)
	batch.ExecParams("echo int4", [][]byte{[]byte("3")}, nil, nil, nil)
	results, err := c.ExecBatch(t.Context(), batch).ReadAll()
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != "22012" || len(results) != 1 || !bytes.Equal(results[0].Rows[0][0], []byte{0, 0, 0, 1}) {
		t.Fatal(err, results)
	}
	if _, err := c.Exec(t.Context(), "rows 1").ReadAll(); err != nil {
		t.Fatal(err)
	}
}

// TestStop: idle, busy, silent and unread connections all end, the first two
// knowing why, and Serve returns.
func TestStop(t *testing.T) {
	addr, backend, stop := serveFake(t, Options{})
	silent, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	idle, busy := dial(t, addr), dial(t, addr)
	busyErr := make(chan error, 1)
	go func() {
		_, err := busy.Exec(t.Context(), "block").ReadAll()
		busyErr <- err
	}()
	backend.await(func() bool { return backend.blocked[int32(busy.PID())] })
	stop()
	var pe *pgconn.PgError
	if err := <-busyErr; !errors.As(err, &pe) || pe.Code != "57P01" {
		t.Errorf("the busy client heard %v", err)
	}
	msg, err := pgproto3.NewFrontend(idle.Conn(), nil).Receive()
	if e, ok := msg.(*pgproto3.ErrorResponse); !ok || e.Code != "57P01" || e.Severity != "FATAL" {
		t.Errorf("the idle client heard %v, %v", msg, err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the server still listens")
	}
}

// TestInboxIsBounded: what a client sends ahead of a statement that runs waits in
// its own socket.
func TestInboxIsBounded(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	in := newInbox(server, 1<<20)
	message, _ := (&pgproto3.Query{String: strings.Repeat("x", 1000)}).Encode(nil)
	sent := make(chan int)
	go func() {
		total := 0
		for range 2000 {
			n, err := client.Write(message)
			if total += n; err != nil {
				break
			}
		}
		sent <- total
	}()
	in.watch(func() { t.Error("the client is there") })
	<-in.watching
	if held := in.w - in.r; held < aheadBytes || held > 4*aheadBytes {
		t.Fatalf("%d bytes are held", held)
	}
	for range 300 {
		if f, err := in.take(); err != nil || len(f.body) != len(message)-5 {
			t.Fatal(err, len(f.body))
		}
	}
	server.Close()
	<-sent
}

// TestBinaryRoundTrips: text in, binary out, binary in, the same text out, for every type.
func TestBinaryRoundTrips(t *testing.T) {
	addr, _, _ := serveFake(t, Options{})
	c := dial(t, addr)
	defer c.Close(context.Background())
	tests := []struct{ typ, value string }{
		{"bool", "t"}, {"int2", "-32768"}, {"int4", "2147483647"}, {"int8", "-9223372036854775808"},
		{"float4", "1.5e-07"}, {"float8", "-0.1"}, {"float8", "NaN"}, {"float8", "Infinity"},
		{"numeric", "-12345678901234567890.000120"}, {"numeric", "NaN"}, {"numeric", "0.00"}, {"numeric", "10000"},
		{"text", "naïve \U0001F30A"}, {"text", ""}, {"varchar", "v"}, {"bpchar", "b"}, {"bytea", "\\x00ff10"},
		{"date", "2024-02-29"}, {"date", "infinity"}, {"time", "23:59:59.999999"},
		{"timestamp", "1999-12-31 23:59:59.5"}, {"timestamptz", "2024-07-01 12:00:00+00"},
		{"interval", "1 year 2 mons -3 days +04:05:06.7"}, {"uuid", "00112233-4455-6677-8899-aabbccddeeff"},
		{"json", `{"a" : [1, null]}`}, {"jsonb", `{"a": [1, null], "b": "x"}`},
		{"oid", "4294967295"}, {"name", "a_name"}, {"char", "c"},
		{"_int4", "{1,NULL,3}"}, {"_text", `{"a b",NULL,"NULL",""}`}, {"_int8", "{{1,2},{3,4}}"}, {"_bool", "{}"},
		{"_numeric", "{1.50,-2}"}, {"_timestamptz", `{"2024-07-01 12:00:00+00"}`}, {"int2vector", "1 2 3"}, {"oidvector", "26"},
	}
	for _, test := range tests {
		t.Run(test.typ+" "+test.value, func(t *testing.T) {
			binary := c.ExecParams(t.Context(), "echo "+test.typ, [][]byte{[]byte(test.value)}, nil, nil, []int16{1}).Read()
			if binary.Err != nil {
				t.Fatal(binary.Err)
			}
			text := c.ExecParams(t.Context(), "echo "+test.typ, binary.Rows[0], nil, []int16{1}, []int16{0}).Read()
			if text.Err != nil {
				t.Fatalf("%x: %v", binary.Rows[0], text.Err)
			}
			if got := string(text.Rows[0][0]); got != test.value {
				t.Errorf("came back as %q by way of %x", got, binary.Rows[0])
			}
		})
	}
}

func FuzzFrame(f *testing.F) {
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.Query{String: "rows 1"}, &pgproto3.Parse{Name: "a", Query: "b", ParameterOIDs: []uint32{23}},
		&pgproto3.Bind{Parameters: [][]byte{nil, {1}}, ResultFormatCodes: []int16{1}}, &pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Sync{},
	} {
		b, _ := m.Encode(nil)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			frame, err := readFrame(r, 1<<16)
			if err != nil {
				return
			}
			_, _ = decodeFrame(frame)
		}
	})
}

func FuzzStartup(f *testing.F) {
	f.Add([]byte("user\x00ann\x00options\x00-c a=b\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if params, err := splitStartupParams(b); err == nil {
			_, _, _ = startupInfo(params)
		}
	})
}

// BenchmarkDataRow must not allocate for its cells.
func BenchmarkDataRow(b *testing.B) {
	s := &fakeSession{}
	p := &fakePrepared{st: &fakeStatement{verb: "rows"}}
	prepared, _ := s.Prepare(b.Context(), p.st, nil)
	rows := &fakeRows{session: s, prepared: prepared.(*fakePrepared), left: 2}
	batch, _ := rows.Next(b.Context())
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = appendDataRow(buf[:0], batch, 0, nil, nil)
	}
}
