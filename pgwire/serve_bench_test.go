package pgwire

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/tarndb/tarn/engine"
)

// benchRows is how many rows each of the views has that BenchmarkServe reads.
const benchRows = 1_000_000

// benchQuery is what the clients of a benchmark send, over and over.
type benchQuery struct {
	name     string
	sql      string
	keys     int  // the parameter is below it
	describe bool // the portal is described each time, as pgx does
	simple   bool // as text, the parameter in it
}

var benchQueries = []benchQuery{
	{name: "point", sql: "SELECT id, grp, name, price FROM v WHERE id = $1", keys: benchRows},
	{name: "describe", sql: "SELECT id, grp, name, price FROM v WHERE id = $1", keys: benchRows, describe: true},
	{name: "filtered", sql: "SELECT id, price * 2 FROM v WHERE id = $1 AND price >= 0", keys: benchRows},
	{name: "range", sql: "SELECT grp, sub, name, price FROM w WHERE grp = $1", keys: benchRows / 100},
	{name: "count", sql: "SELECT count(*), sum(price) FROM w WHERE grp = $1", keys: benchRows / 100},
	{name: "simple", sql: "SELECT id, grp, name, price FROM v WHERE id = %d", keys: benchRows, simple: true},
	{name: "simple-same", sql: "SELECT id, grp, name, price FROM v WHERE id = %d", keys: 100, simple: true},
}

// BenchmarkServe measures a server by what it costs: CPU seconds of the server's
// process a query, the clients being another process. Latencies are the clients'.
func BenchmarkServe(b *testing.B) {
	addr := serveBench(b)
	for _, q := range benchQueries {
		for _, load := range []struct{ conns, depth int }{{16, 1}, {4, 16}, {4, 64}} {
			b.Run(fmt.Sprintf("%s/conns=%d/depth=%d", q.name, load.conns, load.depth), func(b *testing.B) {
				n := max(b.N, load.conns*load.depth)
				spec := benchClient{Addr: addr, Query: q.name, Conns: load.conns, Depth: load.depth, Queries: n}
				before := cpuTime()
				b.ResetTimer()
				got := spec.spawn(b)
				cpu := cpuTime() - before
				b.ReportMetric(float64(got.Queries)/cpu.Seconds(), "q/cpu-s")
				b.ReportMetric(float64(cpu.Nanoseconds())/float64(got.Queries), "cpu-ns/q")
				b.ReportMetric(float64(got.P50.Microseconds()), "p50-us")
				b.ReportMetric(float64(got.P99.Microseconds()), "p99-us")
			})
		}
	}
}

// cpuTime is what the process has used, in user and system mode.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serveBench serves a database with the views v, keyed by id, and w, keyed by
// grp and sub with a hundred rows a group.
func serveBench(tb testing.TB) (addr string) {
	log := slog.New(slog.DiscardHandler)
	db, err := engine.Open(engine.Options{Dir: tb.TempDir(), Shards: 2, Logger: log})
	if err != nil {
		tb.Fatal(err)
	}
	loadBench(tb, db, benchRows)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, ForDatabase(db), Options{Log: log, MaxConnections: 2000}) }()
	tb.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			tb.Error(err)
		}
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return ln.Addr().String()
}

func loadBench(tb testing.TB, db *engine.Database, n int) {
	s, err := db.NewSession(engine.StartupInfo{})
	if err != nil {
		tb.Fatal(err)
	}
	defer s.Close()
	run := func(sql string) {
		stmts, err := s.Parse(sql)
		if err != nil {
			tb.Fatal(err)
		}
		for _, st := range stmts {
			p, err := s.Prepare(tb.Context(), st, nil)
			if err != nil {
				tb.Fatal(err)
			}
			rows, err := s.Execute(tb.Context(), p, nil)
			if err != nil {
				tb.Fatal(err)
			}
			rows.Close()
			if err := s.EndImplicit(tb.Context(), false); err != nil {
				tb.Fatal(err)
			}
		}
	}
	run(`CREATE TABLE t (id bigint PRIMARY KEY, grp bigint NOT NULL, name text NOT NULL, price bigint NOT NULL);
	     CREATE TABLE g (grp bigint, sub bigint, name text NOT NULL, price bigint NOT NULL, PRIMARY KEY (grp, sub))`)
	for i := 0; i < n; i += n / 10 {
		run(fmt.Sprintf(`INSERT INTO t SELECT i, i / 100, 'name ' || i, i %% 1000 FROM generate_series(%d, %d) i`, i, i+n/10-1))
		run(fmt.Sprintf(`INSERT INTO g SELECT i / 100, i %% 100, 'name ' || i, i %% 1000 FROM generate_series(%d, %d) i`, i, i+n/10-1))
	}
	run(`CREATE MATERIALIZED VIEW v AS SELECT id, grp, name, price FROM t;
	     CREATE MATERIALIZED VIEW w AS SELECT grp, sub, name, price FROM g`)
}

// benchClient is a process with some connections that each keep Depth queries
// under way.
type benchClient struct {
	Addr, Query           string
	Conns, Depth, Queries int
}

type benchResult struct {
	Queries  int
	P50, P99 time.Duration // of a batch of Depth queries
}

const benchClientEnv = "TARN_BENCH_CLIENT"

func (c benchClient) spawn(tb testing.TB) benchResult {
	spec, err := json.Marshal(c)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchClient$", "-test.v=false")
	cmd.Env = append(os.Environ(), benchClientEnv+"="+string(spec))
	out := filepath.Join(tb.TempDir(), "result.json")
	cmd.Env = append(cmd.Env, benchClientEnv+"_OUT="+out)
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	var r benchResult
	if err := json.Unmarshal(text, &r); err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestBenchClient is the clients' process of BenchmarkServe.
func TestBenchClient(t *testing.T) {
	spec := os.Getenv(benchClientEnv)
	if spec == "" {
		t.Skip("only the benchmarks start it")
	}
	var c benchClient
	if err := json.Unmarshal([]byte(spec), &c); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c.run(t))
	if err == nil {
		err = os.WriteFile(os.Getenv(benchClientEnv+"_OUT"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (c benchClient) run(tb testing.TB) benchResult {
	q := benchQueries[slices.IndexFunc(benchQueries, func(q benchQuery) bool { return q.name == c.Query })]
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all []time.Duration
	batches := max(1, c.Queries/(c.Conns*c.Depth))
	for i := range c.Conns {
		wg.Go(func() {
			took, err := q.load(c.Addr, uint64(i), batches, c.Depth)
			if err != nil {
				tb.Error(err)
			}
			mu.Lock()
			all = append(all, took...)
			mu.Unlock()
		})
	}
	wg.Wait()
	slices.Sort(all)
	return benchResult{Queries: batches * c.Conns * c.Depth, P50: all[len(all)/2], P99: all[len(all)*99/100]}
}

// load sends batches of queries over one connection and times each batch.
func (q benchQuery) load(addr string, seed uint64, batches, depth int) ([]time.Duration, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	in := bufio.NewReaderSize(nc, 64<<10)
	hello, _ := (&pgproto3.StartupMessage{ProtocolVersion: 196608, Parameters: map[string]string{"user": "b"}}).Encode(nil)
	if err := talk(nc, in, hello, 1); err != nil {
		return nil, err
	}
	if !q.simple {
		prepare, _ := (&pgproto3.Parse{Name: "q", Query: q.sql}).Encode(nil)
		prepare, _ = (&pgproto3.Sync{}).Encode(prepare)
		if err := talk(nc, in, prepare, 1); err != nil {
			return nil, err
		}
	}
	random := rand.New(rand.NewPCG(seed, 1))
	ready := make([][]byte, 4096/depth+1)
	for i := range ready {
		for range depth {
			ready[i] = q.message(ready[i], random.IntN(q.keys))
		}
	}
	took := make([]time.Duration, 0, batches)
	for i := range batches {
		began := time.Now()
		if err := talk(nc, in, ready[i%len(ready)], depth); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// message is one query and the end of its transaction.
func (q benchQuery) message(dst []byte, key int) []byte {
	if q.simple {
		dst, _ = (&pgproto3.Query{String: fmt.Sprintf(q.sql, key)}).Encode(dst)
		return dst
	}
	dst, _ = (&pgproto3.Bind{
		PreparedStatement: "q", ParameterFormatCodes: []int16{1}, ResultFormatCodes: []int16{1},
		Parameters: [][]byte{binary.BigEndian.AppendUint64(nil, uint64(key))},
	}).Encode(dst)
	if q.describe {
		dst, _ = (&pgproto3.Describe{ObjectType: 'P'}).Encode(dst)
	}
	dst, _ = (&pgproto3.Execute{}).Encode(dst)
	dst, _ = (&pgproto3.Sync{}).Encode(dst)
	return dst
}

// talk sends bytes and reads on until the server was ready so many times.
func talk(nc net.Conn, in *bufio.Reader, send []byte, answers int) error {
	if _, err := nc.Write(send); err != nil {
		return err
	}
	for answers > 0 {
		head, err := in.Peek(5)
		if err != nil {
			return err
		}
		kind, size := head[0], int(binary.BigEndian.Uint32(head[1:]))
		if kind == 'E' {
			body := make([]byte, 1+size)
			_, _ = io.ReadFull(in, body) // what is wrong is said either way
			return fmt.Errorf("the server answered %q", body)
		}
		if _, err := in.Discard(1 + size); err != nil {
			return err
		}
		if kind == 'Z' {
			answers--
		}
	}
	return nil
}
