package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
)

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func startBroker(t testing.TB, cfg broker.Config) *broker.Broker {
	t.Helper()
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	b, err := broker.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func testConfig(addr string) Config {
	return Config{Brokers: []string{addr}, MaxWait: 20 * time.Millisecond, RequestTimeout: 20 * time.Second}
}

func createTopic(t testing.TB, addr, topic string, partitions int) {
	t.Helper()
	if err := CreateTopic(testContext(t), testConfig(addr), topic, partitions); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, addr, topic string) *Log {
	t.Helper()
	l := Open(testConfig(addr), topic)
	t.Cleanup(func() { l.Close() })
	return l
}

func produce(t testing.TB, addr, topic string, records ...Record) {
	t.Helper()
	p := NewProducer(ProducerConfig{Config: testConfig(addr), Backoff: time.Millisecond})
	defer p.Close()
	if err := p.Produce(testContext(t), topic, records); err != nil {
		t.Fatal(err)
	}
}

// clone copies what a sink may not keep.
func clone(ms []topics.Message) []topics.Message {
	out := slices.Clone(ms)
	for i := range out {
		out[i].Key, out[i].Value = slices.Clone(out[i].Key), slices.Clone(out[i].Value)
	}
	return out
}

// readTo fetches a partition from an offset until next reaches end.
func readTo(t testing.TB, l *Log, partition int32, from, end int64) []topics.Message {
	t.Helper()
	ctx := testContext(t)
	var all []topics.Message
	for from < end {
		next, err := l.Fetch(ctx, partition, from, 1<<20, func(ms []topics.Message) error {
			all = append(all, clone(ms)...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		from = next
	}
	return all
}

func TestRoundTrip(t *testing.T) {
	b := startBroker(t, broker.Config{})
	createTopic(t, b.Addr(), "a", 3)
	createTopic(t, b.Addr(), "a", 7) // exists: no change, no error
	at := int64(1_700_000_000_123_000)
	produce(t, b.Addr(), "a",
		Record{Key: []byte("k"), Value: []byte("v1"), Time: at},
		Record{Key: []byte("k"), Value: nil, Time: at + 1000},
		Record{Key: []byte{}, Value: []byte{}, Headers: []topics.Header{{Key: "h", Value: []byte("x")}, {Key: "n"}}},
	)
	l := open(t, b.Addr(), "a")
	parts, err := l.Partitions(testContext(t))
	if err != nil || !slices.Equal(parts, []int32{0, 1, 2}) {
		t.Fatalf("Partitions: %v, %v", parts, err)
	}
	bounds, err := l.Bounds(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	var all []topics.Message
	for _, p := range parts {
		all = append(all, readTo(t, l, p, bounds[p].Start, bounds[p].End)...)
	}
	if len(all) != 3 {
		t.Fatalf("read %d messages, want 3: %v", len(all), all)
	}
	for _, m := range all {
		switch {
		case string(m.Key) == "k" && m.Time == at:
			if string(m.Value) != "v1" || m.Headers != nil {
				t.Errorf("first message: %+v", m)
			}
		case string(m.Key) == "k":
			if m.Value != nil || m.Time != at+1000 {
				t.Errorf("null value: %+v", m)
			}
		default:
			if m.Key == nil || m.Value == nil || len(m.Key)+len(m.Value) != 0 {
				t.Errorf("empty is not null: %+v", m)
			}
			if len(m.Headers) != 2 || m.Headers[0].Key != "h" || string(m.Headers[0].Value) != "x" || m.Headers[1].Value != nil {
				t.Errorf("headers: %+v", m.Headers)
			}
		}
	}
}

func TestCompression(t *testing.T) {
	b := startBroker(t, broker.Config{})
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			createTopic(t, b.Addr(), name, 1)
			cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.ProducerBatchCompression(codec), kgo.DefaultProduceTopic(name))
			if err != nil {
				t.Fatal(err)
			}
			defer cl.Close()
			var rs []*kgo.Record
			for i := 0; i < 500; i++ {
				rs = append(rs, kgo.StringRecord(fmt.Sprintf("message %d %0100d", i, i)))
			}
			if err := cl.ProduceSync(testContext(t), rs...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			got := readTo(t, open(t, b.Addr(), name), 0, 7, 500)
			if len(got) != 493 || got[0].Offset != 7 || string(got[492].Value) != string(rs[499].Value) {
				t.Fatalf("read %d messages from offset 7", len(got))
			}
		})
	}
}

// TestTransactions: only committed messages are seen, and the end of the
// readable part stays before a transaction that is open.
func TestTransactions(t *testing.T) {
	b := startBroker(t, broker.Config{})
	createTopic(t, b.Addr(), "t", 1)
	ctx := testContext(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.TransactionalID("x"), kgo.DefaultProduceTopic("t"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	write := func(v string) {
		t.Helper()
		if err := cl.ProduceSync(ctx, kgo.StringRecord(v)).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	step := func(v string, end kgo.TransactionEndTry) {
		t.Helper()
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		write(v + "1")
		produce(t, b.Addr(), "t", Record{Key: []byte("k"), Value: []byte("plain-in-" + v)})
		write(v + "2")
		if err := cl.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	step("a", kgo.TryCommit)
	step("b", kgo.TryAbort)
	step("c", kgo.TryCommit)
	l := open(t, b.Addr(), "t")
	bounds, err := l.Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write("open")
	during, err := l.Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if during[0] != bounds[0] {
		t.Errorf("bounds with an open transaction: %v, want %v as before it", during[0], bounds[0])
	}
	var got []string
	for _, m := range readTo(t, l, 0, 0, bounds[0].End) {
		got = append(got, string(m.Value))
	}
	want := []string{"a1", "plain-in-a", "a2", "plain-in-b", "c1", "plain-in-c", "c2"}
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	next, err := l.Fetch(ctx, 0, bounds[0].End, 1<<20, func(ms []topics.Message) error {
		return fmt.Errorf("message of an open transaction: %q", ms[0].Value)
	})
	if err != nil || next != bounds[0].End {
		t.Errorf("fetch at the end: %d, %v", next, err)
	}
	if err := cl.EndTransaction(ctx, kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
}

func TestResolve(t *testing.T) {
	b := startBroker(t, broker.Config{})
	createTopic(t, b.Addr(), "a", 1)
	for i := int64(1); i <= 5; i++ {
		produce(t, b.Addr(), "a", Record{Value: []byte("v"), Time: i * 1_000_000_000})
	}
	l := open(t, b.Addr(), "a")
	for _, tc := range []struct {
		start topics.Start
		want  int64
	}{
		{topics.Start{}, 0},
		{topics.Start{Mode: topics.Latest}, 5},
		{topics.Start{Mode: topics.AtOffset, Offset: 3}, 3},
		{topics.Start{Mode: topics.AtOffset, Offset: 99}, 5},
		{topics.Start{Mode: topics.AtOffset, Offset: 3, Offsets: map[int32]int64{0: 1}}, 1},
		{topics.Start{Mode: topics.AtTime, Millis: 0}, 0},
		{topics.Start{Mode: topics.AtTime, Millis: 2_000_000}, 1},
		{topics.Start{Mode: topics.AtTime, Millis: 2_000_001}, 2},
		{topics.Start{Mode: topics.AtTime, Millis: 9_000_000}, 5},
	} {
		got, err := l.Resolve(testContext(t), tc.start)
		if err != nil || got[0] != tc.want {
			t.Errorf("Resolve(%v) = %v, %v, want %d", tc.start, got, err, tc.want)
		}
	}
}

func TestErrors(t *testing.T) {
	b := startBroker(t, broker.Config{})
	createTopic(t, b.Addr(), "a", 1)
	produce(t, b.Addr(), "a", Record{Value: []byte("v")})
	ctx := testContext(t)
	none := func([]topics.Message) error { t.Error("sink called"); return nil }

	missing := open(t, b.Addr(), "missing")
	if _, err := missing.Partitions(ctx); !errors.Is(err, topics.ErrNoTopic) || err.Error() != `topic "missing" does not exist` {
		t.Errorf("missing topic: %v", err)
	}
	l := open(t, b.Addr(), "a")
	if _, err := l.Fetch(ctx, 5, 0, 1<<20, none); !errors.Is(err, topics.ErrNoTopic) || err.Error() != `topic "a" has no partition 5` {
		t.Errorf("missing partition: %v", err)
	}
	_, err := l.Fetch(ctx, 0, 17, 1<<20, none)
	var e *topics.Error
	if !errors.As(err, &e) || e.Kind != topics.ErrOffsetOutOfRange || e.Range != (topics.Range{Start: 0, End: 1}) || e.Offset != 17 {
		t.Errorf("offset out of range: %v", err)
	}
	own := errors.New("mine")
	if next, err := l.Fetch(ctx, 0, 0, 1<<20, func([]topics.Message) error { return own }); err != own || next != 0 {
		t.Errorf("sink's error: %d, %v", next, err)
	}
	if next, err := l.Fetch(ctx, 0, 0, 1<<20, func([]topics.Message) error { return nil }); err != nil || next != 1 {
		t.Errorf("after the sink's error: %d, %v", next, err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Fetch(canceled, 0, 1, 1<<20, none); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	l.Close()
	if _, err := l.Fetch(ctx, 0, 1, 1<<20, none); err != topics.ErrClosed {
		t.Errorf("closed: %v", err)
	}
	nobody := open(t, "127.0.0.1:1", "a")
	if _, err := nobody.Partitions(ctx); !errors.Is(err, topics.ErrNoBroker) {
		t.Errorf("no broker: %v", err)
	}
}

// TestCloseEndsFetch: a fetch that waits for messages ends with the log.
func TestCloseEndsFetch(t *testing.T) {
	b := startBroker(t, broker.Config{})
	createTopic(t, b.Addr(), "a", 1)
	cfg := testConfig(b.Addr())
	cfg.MaxWait = time.Hour
	l := Open(cfg, "a")
	done := make(chan error)
	go func() {
		_, err := l.Fetch(testContext(t), 0, 0, 1<<20, func([]topics.Message) error { return nil })
		done <- err
	}()
	l.Close()
	if err := <-done; err != topics.ErrClosed {
		t.Errorf("fetch ended with %v", err)
	}
}

// TestBrokerRestart: errors are typed while the broker is away, and the same
// log and producer go on when it is back.
func TestBrokerRestart(t *testing.T) {
	dir := t.TempDir()
	b := startBroker(t, broker.Config{Dir: dir})
	addr := b.Addr()
	createTopic(t, addr, "a", 1)
	l := open(t, addr, "a")
	p := NewProducer(ProducerConfig{Config: testConfig(addr), Backoff: time.Millisecond, MaxBackoff: 5 * time.Millisecond})
	defer p.Close()
	ctx := testContext(t)
	if err := p.Produce(ctx, "a", []Record{{Value: []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if got := readTo(t, l, 0, 0, 1); len(got) != 1 {
		t.Fatal(got)
	}
	b.Close()
	kinds := map[error]bool{}
	for i := 0; i < 3; i++ {
		_, err := l.Fetch(ctx, 0, 1, 1<<20, func([]topics.Message) error { return nil })
		var e *topics.Error
		if !errors.As(err, &e) {
			t.Fatalf("fetch without a broker: %v", err)
		}
		kinds[e.Kind] = true
	}
	if !kinds[topics.ErrNoBroker] || len(kinds) > 2 {
		t.Errorf("kinds of errors while the broker is away: %v", kinds)
	}
	written := make(chan error)
	go func() { written <- p.Produce(ctx, "a", []Record{{Value: []byte("2")}}) }()
	startBroker(t, broker.Config{Dir: dir, Addr: addr})
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	got := readTo(t, l, 0, 1, 2)
	if len(got) != 1 || string(got[0].Value) != "2" {
		t.Fatalf("after the restart: %v", got)
	}
}

func BenchmarkFetch(b *testing.B) {
	const rows = 500_000
	br := startBroker(b, broker.Config{Dir: b.TempDir()})
	createTopic(b, br.Addr(), "a", 1)
	p := NewProducer(ProducerConfig{Config: testConfig(br.Addr())})
	defer p.Close()
	records := make([]Record, 5000)
	for i := range records {
		records[i] = Record{Key: []byte("12345678"), Value: make([]byte, 200)}
	}
	for i := 0; i < rows; i += len(records) {
		if err := p.Produce(testContext(b), "a", records); err != nil {
			b.Fatal(err)
		}
	}
	l := open(b, br.Addr(), "a")
	b.ResetTimer()
	n := 0
	for range b.N {
		for from := int64(0); from < rows; {
			next, err := l.Fetch(context.Background(), 0, from, 4<<20, func(ms []topics.Message) error {
				n += len(ms)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			from = next
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkProduce(b *testing.B) {
	br := startBroker(b, broker.Config{Dir: b.TempDir()})
	createTopic(b, br.Addr(), "a", 4)
	p := NewProducer(ProducerConfig{Config: testConfig(br.Addr())})
	defer p.Close()
	records := make([]Record, 2000)
	for i := range records {
		records[i] = Record{Key: []byte(fmt.Sprint(i)), Value: make([]byte, 200)}
	}
	b.ResetTimer()
	for range b.N {
		if err := p.Produce(context.Background(), "a", records); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(records))/b.Elapsed().Seconds(), "messages/s")
}
