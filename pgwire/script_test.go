package pgwire

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

var rewrite = flag.Bool("rewrite", false, "write what the server answers into the wire scripts")

// TestScripts runs testdata/*.wire. Lines that start with ">" are what the
// server answered to the commands above them. Commands:
//
//	conn NAME k=v ...        connect and start; "proto=196610" asks for another version
//	join NAME k=v ...        the same, showing only what may fail
//	bytes N                  send the buffer and read N bytes that are no message
//	raw NAME HEX             connect and send these bytes
//	use NAME                 the connection of the commands that follow
//	send MESSAGE ...         put a message into the client's buffer
//	until MESSAGE|EOF        send the buffer and read answers
//	blocked                  wait until the session runs "block"
//	cancel NAME              send a CancelRequest for the connection, with its key
//	forge NAME               the same with a wrong key
//	drop                     close the client's socket
//	ended NAME               wait until the session is closed, say how its "block" ended
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.wire")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".wire"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := newScript(t).run(string(src))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(src) {
				t.Errorf("run with -rewrite and look at the difference; got\n%s", firstDifference(got, string(src)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d: %s\nwant: %s", i+1, strings.Join(g[i:min(len(g), i+4)], "\n"), strings.Join(w[min(i, len(w)):min(len(w), i+4)], "\n"))
		}
	}
	return "less than the file"
}

type script struct {
	t       *testing.T
	addr    string
	backend *fakeBackend
	clients map[string]*client
	now     *client
	quiet   bool
	out     strings.Builder
}

type client struct {
	nc      net.Conn
	fe      *pgproto3.Frontend
	pending []byte
	key     pgproto3.BackendKeyData
}

// serveFake runs a server on loopback until the test ends.
func serveFake(t *testing.T, opts Options) (addr string, backend *fakeBackend, stop func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	backend = newFakeBackend()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	go func() { done <- Serve(ctx, ln, backend, opts) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return ln.Addr().String(), backend, stop
}

func newScript(t *testing.T) *script {
	addr, backend, _ := serveFake(t, Options{MaxConnections: 3, MaxMessageBytes: 1 << 20, MaxStatements: 4})
	s := &script{t: t, addr: addr, backend: backend, clients: map[string]*client{}}
	t.Cleanup(func() {
		for _, c := range s.clients {
			_ = c.nc.Close()
		}
	})
	return s
}

func (s *script) run(src string) string {
	for line := range strings.Lines(src) {
		if strings.HasPrefix(line, ">") {
			continue
		}
		s.out.WriteString(line)
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		s.command(words, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), words[0])))
	}
	return s.out.String()
}

func (s *script) say(format string, args ...any) { fmt.Fprintf(&s.out, "> "+format+"\n", args...) }

func (s *script) command(words []string, rest string) {
	switch words[0] {
	case "conn":
		s.connect(words[1])
		s.now.pending = startupBytes(words[2:])
		s.until("ReadyForQuery")
	case "join":
		s.connect(words[1])
		s.now.pending = startupBytes(words[2:])
		s.quiet = true
		s.until("ReadyForQuery")
		s.quiet = false
	case "bytes":
		s.flush()
		n, _ := strconv.Atoi(words[1])
		b := make([]byte, n)
		if _, err := io.ReadFull(s.now.nc, b); err != nil {
			s.t.Fatal(err)
		}
		s.say("%x", b)
	case "raw":
		s.connect(words[1])
		s.now.pending = unhex(s.t, words[2])
	case "use":
		s.now = s.clients[words[1]]
	case "send":
		s.now.pending = append(s.now.pending, encodeMessage(s.t, words[1:], strings.TrimSpace(strings.TrimPrefix(rest, words[1])))...)
	case "until":
		s.until(words[1])
	case "blocked":
		s.flush()
		pid := int32(s.now.key.ProcessID)
		s.backend.await(func() bool { return s.backend.blocked[pid] })
	case "cancel", "forge":
		s.cancelRequest(s.clients[words[1]], words[0] == "forge")
	case "drop":
		s.flush()
		_ = s.now.nc.Close()
	case "ended":
		pid := int32(s.clients[words[1]].key.ProcessID)
		s.backend.await(func() bool { return s.backend.closed[pid] })
		s.say("%s", s.backend.ended[pid])
	default:
		s.t.Fatalf("unknown command %q", words[0])
	}
}

func (s *script) connect(name string) {
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = nc.SetDeadline(time.Now().Add(20 * time.Second)) // a hanging script fails instead
	s.now = &client{nc: nc, fe: pgproto3.NewFrontend(nc, io.Discard)}
	s.clients[name] = s.now
}

func startupBytes(settings []string) []byte {
	version := uint32(196608)
	var body []byte
	for _, kv := range settings {
		k, v, _ := strings.Cut(kv, "=")
		if k == "proto" {
			n, _ := strconv.Atoi(v)
			version = uint32(n)
			continue
		}
		body = append(append(append(append(body, k...), 0), strings.ReplaceAll(v, "~", " ")...), 0)
	}
	body = append(body, 0)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))
	return append(binary.BigEndian.AppendUint32(out, version), body...)
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *script) flush() {
	if _, err := s.now.nc.Write(s.now.pending); err != nil {
		s.t.Fatal(err)
	}
	s.now.pending = nil
}

func (s *script) until(kind string) {
	s.flush()
	for {
		msg, err := s.now.fe.Receive()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "reset") {
				s.t.Fatal(err)
			}
			s.say("EOF")
			return
		}
		if k, ok := msg.(*pgproto3.BackendKeyData); ok {
			s.now.key = pgproto3.BackendKeyData{ProcessID: k.ProcessID, SecretKey: bytes.Clone(k.SecretKey)}
		}
		if _, failed := msg.(*pgproto3.ErrorResponse); !s.quiet || failed {
			s.say("%s", showMessage(msg))
		}
		if strings.HasPrefix(showMessage(msg), kind) {
			return
		}
	}
}

func (s *script) cancelRequest(c *client, forged bool) {
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	defer nc.Close()
	secret := bytes.Clone(c.key.SecretKey)
	if forged {
		secret[0]++
	}
	req, _ := (&pgproto3.CancelRequest{ProcessID: c.key.ProcessID, SecretKey: secret}).Encode(nil)
	if _, err := nc.Write(req); err != nil {
		s.t.Fatal(err)
	}
	if n, _ := io.Copy(io.Discard, nc); n > 0 {
		s.t.Errorf("a cancel request was answered by %d bytes", n)
	}
}

func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func codes(s string) []int16 {
	var out []int16
	for f := range strings.SplitSeq(dash(s), ",") {
		if n, err := strconv.Atoi(f); err == nil {
			out = append(out, int16(n))
		}
	}
	return out
}

// encodeMessage makes a client's message; "-" stands for the empty name or list.
func encodeMessage(t *testing.T, w []string, rest string) []byte {
	t.Helper()
	var m pgproto3.FrontendMessage
	switch w[0] {
	case "Query":
		m = &pgproto3.Query{String: rest}
	case "Parse": // NAME OIDS SQL
		p := &pgproto3.Parse{Name: dash(w[1]), Query: strings.Join(w[3:], " ")}
		for _, n := range codes(w[2]) {
			p.ParameterOIDs = append(p.ParameterOIDs, uint32(n))
		}
		m = p
	case "Bind": // PORTAL STATEMENT PARAMFORMATS RESULTFORMATS VALUES
		b := &pgproto3.Bind{DestinationPortal: dash(w[1]), PreparedStatement: dash(w[2]), ParameterFormatCodes: codes(w[3]), ResultFormatCodes: codes(w[4])}
		for _, v := range w[5:] {
			switch {
			case v == "NULL":
				b.Parameters = append(b.Parameters, nil)
			case strings.HasPrefix(v, "0x"):
				b.Parameters = append(b.Parameters, unhex(t, v[2:]))
			default:
				b.Parameters = append(b.Parameters, []byte(v))
			}
		}
		m = b
	case "Describe":
		m = &pgproto3.Describe{ObjectType: w[1][0], Name: dash(w[2])}
	case "Close":
		m = &pgproto3.Close{ObjectType: w[1][0], Name: dash(w[2])}
	case "Execute":
		n, _ := strconv.Atoi(w[2])
		m = &pgproto3.Execute{Portal: dash(w[1]), MaxRows: uint32(n)}
	case "Sync":
		m = &pgproto3.Sync{}
	case "Flush":
		m = &pgproto3.Flush{}
	case "Terminate":
		m = &pgproto3.Terminate{}
	case "Raw":
		return unhex(t, w[1])
	default:
		t.Fatalf("unknown message %q", w[0])
	}
	b, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// showMessage is the one text of a server's message. Secrets vary and are left out.
func showMessage(m pgproto3.BackendMessage) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", m), "*pgproto3.")
	switch m := m.(type) {
	case *pgproto3.ParameterStatus:
		return name + " " + m.Name + "=" + m.Value
	case *pgproto3.BackendKeyData:
		return fmt.Sprintf("%s pid=%d", name, m.ProcessID)
	case *pgproto3.ReadyForQuery:
		return name + " " + string(m.TxStatus)
	case *pgproto3.RowDescription:
		for _, f := range m.Fields {
			name += fmt.Sprintf(" %s:%d/%d", f.Name, f.DataTypeOID, f.Format)
		}
		return name
	case *pgproto3.DataRow:
		for _, v := range m.Values {
			name += " " + showValue(v)
		}
		return name
	case *pgproto3.ParameterDescription:
		return fmt.Sprintf("%s %v", name, m.ParameterOIDs)
	case *pgproto3.CommandComplete:
		return name + " " + string(m.CommandTag)
	case *pgproto3.NegotiateProtocolVersion:
		return fmt.Sprintf("%s %d %v", name, m.NewestMinorProtocol, m.UnrecognizedOptions)
	case *pgproto3.ErrorResponse:
		return name + showFields(*m)
	case *pgproto3.NoticeResponse:
		return name + showFields(pgproto3.ErrorResponse(*m))
	}
	return name
}

func showValue(v []byte) string {
	switch {
	case v == nil:
		return "NULL"
	case len(v) > 100:
		return fmt.Sprintf("(%d bytes)", len(v))
	}
	for _, b := range v {
		if b < ' ' || b > '~' {
			return "0x" + hex.EncodeToString(v)
		}
	}
	return string(v)
}

func showFields(e pgproto3.ErrorResponse) string {
	out := " " + e.Severity + " " + e.Code + " " + e.Message
	for _, f := range []struct{ key, value string }{
		{"D", e.Detail}, {"H", e.Hint}, {"W", e.Where}, {"s", e.SchemaName}, {"t", e.TableName}, {"n", e.ConstraintName}, {"R", e.Routine},
	} {
		if f.value != "" {
			out += " " + f.key + "=" + f.value
		}
	}
	if e.Position > 0 {
		out += fmt.Sprintf(" P=%d", e.Position)
	}
	return out
}
