package bench

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ClientOptions are the flags of `tarn bench client`, the clients of bench serve.
type ClientOptions struct {
	address, workload  string
	connections, depth int
	duration           time.Duration
	rows               int64
	seed               uint64
}

// Flags defines the flags.
func (o *ClientOptions) Flags(f *flag.FlagSet) {
	f.StringVar(&o.address, "address", "", "`URL` of the server")
	f.StringVar(&o.workload, "workload", "point", "`NAME` of what to ask for: point, range or aggregate")
	f.IntVar(&o.connections, "connections", 16, "`N` clients")
	f.IntVar(&o.depth, "depth", 1, "`N` queries sent before the answers are waited for")
	f.DurationVar(&o.duration, "duration", 5*time.Second, "`TIME` to ask, after one second to warm up")
	f.Int64Var(&o.rows, "rows", 1_000_000, "`N` rows of the view")
	f.Uint64Var(&o.seed, "seed", 1, "`N` that chooses what is asked for")
}

// The words between bench serve and its clients.
const (
	wordBegin = "begin" // what is asked from now on counts
	wordEnd   = "end"   // with the figures
)

const (
	warmUp   = time.Second
	maxDepth = 4096
)

// Client asks a server over and over, says when it begins and ends, and prints
// the figures. It is written on bytes: what a client library spends would be
// taken from the server where both share the cores.
func Client(ctx context.Context, o ClientOptions, in io.Reader, out io.Writer) error {
	w, ok := workloads[o.workload]
	if !ok || o.connections < 1 || o.depth < 1 || o.depth > maxDepth || o.rows < accountsEach {
		return errors.New("bench serve starts its clients by itself, with flags that it has looked at")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { // the end of the input is the end of the bench
		_, _ = io.Copy(io.Discard, in)
		stop()
	}()
	clients := make([]*client, o.connections)
	for i := range clients {
		c, err := connect(ctx, o, w, uint64(i))
		if err != nil {
			return err
		}
		defer c.conn.Close()
		clients[i] = c
	}
	begin := time.Now().Add(warmUp)
	end := begin.Add(o.duration)
	errs := make([]error, len(clients))
	var running sync.WaitGroup
	for i, c := range clients {
		running.Go(func() { errs[i] = c.ask(ctx, begin, end) })
	}
	if err := pause(ctx, time.Until(begin)); err != nil {
		return err
	}
	fmt.Fprintln(out, wordBegin)
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var all latencies
	for _, c := range clients {
		all.add(&c.times)
	}
	run := serveRun{Seconds: time.Since(begin).Seconds(), Queries: all.count, P50: all.quantile(0.5), P99: all.quantile(0.99), Max: milliseconds(all.most)}
	text, err := json.Marshal(run)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s %s\n", wordEnd, text)
	return nil
}

// client is one connection with one prepared statement.
type client struct {
	conn  net.Conn
	read  *bufio.Reader
	rand  *rand.Rand
	work  workload
	depth int
	rows  int64
	buf   []byte
	times latencies
}

func connect(ctx context.Context, o ClientOptions, w workload, n uint64) (*client, error) {
	pc, err := pgconn.Connect(ctx, o.address)
	if err != nil {
		return nil, err
	}
	if _, err := pc.Prepare(ctx, "q", w.sql, nil); err != nil {
		return nil, errors.Join(err, pc.Close(ctx))
	}
	h, err := pc.Hijack()
	if err != nil {
		return nil, err
	}
	return &client{
		conn: h.Conn, read: bufio.NewReaderSize(h.Conn, 64<<10), rand: rand.New(rand.NewPCG(o.seed, n)),
		work: w, depth: o.depth, rows: o.rows,
	}, nil
}

// ask sends queries until the end; those sent from begin on count.
func (c *client) ask(ctx context.Context, begin, end time.Time) error {
	defer context.AfterFunc(ctx, func() { c.conn.Close() })()
	for {
		sent := time.Now()
		if sent.After(end) {
			return ctx.Err()
		}
		c.buf = c.buf[:0]
		for range c.depth {
			c.query()
		}
		if _, err := c.conn.Write(c.buf); err != nil {
			return err
		}
		for range c.depth {
			if err := c.answer(); err != nil {
				return err
			}
			if sent.After(begin) {
				c.times.record(time.Since(sent))
			}
		}
	}
}

// query appends Bind, Execute and Sync, with parameters and results in binary.
func (c *client) query() {
	owners := c.rows / accountsEach
	b := c.buf
	b = append(b, 'B', 0, 0, 0, 0)
	start := len(b)
	b = append(b, 0, 'q', 0, 0, 1, 0, 1) // the portal, the statement, and one format for all: binary
	b = append(b, 0, byte(c.work.params))
	for i := range c.work.params {
		v := c.rand.Int64N(owners)
		if i == 1 {
			v = c.rand.Int64N(accountsEach)
		}
		b = append(b, 0, 0, 0, 8)
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	b = append(b, 0, 1, 0, 1)
	binary.BigEndian.PutUint32(b[start-4:], uint32(len(b)-start+4))
	b = append(b, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0)
	c.buf = append(b, 'S', 0, 0, 0, 4)
}

// answer reads up to ReadyForQuery and counts the rows.
func (c *client) answer() error {
	rows := 0
	for {
		head, err := c.read.Peek(5)
		if err != nil {
			return err
		}
		kind, size := head[0], int(binary.BigEndian.Uint32(head[1:]))-4
		if _, err := c.read.Discard(5); err != nil {
			return err
		}
		if kind == 'E' {
			text := make([]byte, size)
			_, err := io.ReadFull(c.read, text)
			return errors.Join(fmt.Errorf("the server refuses: %q", text), err)
		}
		if _, err := c.read.Discard(size); err != nil {
			return err
		}
		switch kind {
		case 'D':
			rows++
		case 'Z':
			if rows != c.work.rows {
				return fmt.Errorf("an answer has %d rows, not %d", rows, c.work.rows)
			}
			return nil
		}
	}
}

// latencies counts durations in buckets a thirty-second of a power of two wide.
type latencies struct {
	buckets [64 * 32]int64
	count   int64
	most    time.Duration
}

func (l *latencies) record(d time.Duration) {
	l.buckets[bucketOf(uint64(max(d, 0)))]++
	l.count++
	l.most = max(l.most, d)
}

func (l *latencies) add(from *latencies) {
	for i, n := range from.buckets {
		l.buckets[i] += n
	}
	l.count += from.count
	l.most = max(l.most, from.most)
}

func bucketOf(v uint64) int {
	if v < 32 {
		return int(v)
	}
	shift := 0
	for v>>shift >= 64 {
		shift++
	}
	return 32*(shift+1) + int(v>>shift) - 32
}

// bucketEnd is the least value past a bucket.
func bucketEnd(i int) uint64 {
	if i < 32 {
		return uint64(i) + 1
	}
	return uint64(i%32+33) << (i/32 - 1)
}

// quantile is in milliseconds.
func (l *latencies) quantile(q float64) float64 {
	want := int64(q * float64(l.count))
	for i, n := range l.buckets {
		if want -= n; want < 0 {
			return milliseconds(min(time.Duration(bucketEnd(i)), l.most))
		}
	}
	return milliseconds(l.most)
}

// milliseconds rounds in one way only, so that no quantile is past the greatest.
func milliseconds(d time.Duration) float64 { return float64(d) / 1e6 }
