package broker

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func start(t testing.TB, dir string) *Broker {
	t.Helper()
	b, err := Start(Config{Addr: "127.0.0.1:0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// consume reads n messages of a topic from its start, as "partition/key=value".
func consume(t testing.TB, addr, topic string, n int) map[string]int {
	t.Helper()
	ctx := testContext(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	got := map[string]int{}
	for total := 0; total < n; {
		fs := cl.PollFetches(ctx)
		if err := fs.Err(); err != nil {
			t.Fatalf("after %d of %d messages: %v", total, n, err)
		}
		fs.EachRecord(func(r *kgo.Record) {
			total++
			got[string(r.Value)]++
		})
	}
	return got
}

func produceFranz(t testing.TB, addr, topic string, values ...string) {
	t.Helper()
	ctx := testContext(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, v := range values {
		if err := cl.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func produceKafkaGo(t testing.TB, addr, topic string, values ...string) {
	t.Helper()
	tr := &kafkago.Transport{}
	defer tr.CloseIdleConnections()
	w := &kafkago.Writer{Addr: kafkago.TCP(addr), Topic: topic, RequiredAcks: kafkago.RequireAll,
		AllowAutoTopicCreation: true, BatchTimeout: time.Millisecond, Transport: tr}
	defer w.Close()
	for _, v := range values {
		if err := w.WriteMessages(testContext(t), kafkago.Message{Value: []byte(v)}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestForeignClientsAndRestart(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	produceFranz(t, b.Addr(), "a", "f1", "f2")
	produceKafkaGo(t, b.Addr(), "a", "k1")
	b.Close()

	b = start(t, dir)
	produceFranz(t, b.Addr(), "a", "f3")
	got := consume(t, b.Addr(), "a", 4)
	for _, v := range []string{"f1", "f2", "f3", "k1"} {
		if got[v] != 1 {
			t.Errorf("value %s read %d times, want once; all: %v", v, got[v], got)
		}
	}
}

func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tc := range []struct{ addr, want string }{
		{taken.Addr().String(), "--embedded-broker " + taken.Addr().String() + ": the port is in use"},
		{"9092", `--embedded-broker "9092": give host:port`},
		{"127.0.0.1:kafka", "is not a number"},
		{"0.0.0.0:0", "name one address"},
		{":9092", "name one address"},
	} {
		b, err := Start(Config{Addr: tc.addr, Dir: t.TempDir()})
		if err == nil {
			b.Close()
			t.Errorf("Start(%q) succeeded, want an error", tc.addr)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Start(%q): %q, want it to contain %q", tc.addr, err, tc.want)
		}
	}
}

// childDir, when set, makes the test binary a broker that serves until killed.
const childDir = "TARN_TEST_BROKER_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	b, err := Start(Config{Addr: "127.0.0.1:0", Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(b.Addr())
	// The parent holds our input open; should it die, so do we.
	bufio.NewReader(os.Stdin).ReadByte()
}

// TestKill kills the broker's process while messages are being written: what
// was acknowledged before must be there afterwards.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acked := map[string]bool{}
	for round := 0; round < 3; round++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		defer stdin.Close()
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		addr := strings.TrimSpace(line)
		if _, _, err := net.SplitHostPort(addr); err != nil {
			cmd.Process.Kill()
			t.Fatalf("the broker said %q", line)
		}
		writeUntilKilled(t, cmd, addr, round, acked)
	}
	b := start(t, dir)
	got := consume(t, b.Addr(), "a", len(acked))
	for v := range acked {
		if got[v] == 0 {
			t.Fatalf("%s was acknowledged and is lost", v)
		}
	}
}

// writeUntilKilled kills the process after some hundred acknowledgements, with writes in flight.
func writeUntilKilled(t *testing.T, cmd *exec.Cmd, addr string, round int, acked map[string]bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.AllowAutoTopicCreation(), kgo.DisableIdempotentWrite(),
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordRetries(0), kgo.MaxProduceRequestsInflightPerBroker(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	done := make(chan string, 4096)
	sent := 0
	send := func() {
		v := fmt.Sprintf("%d/%d", round, sent)
		sent++
		cl.Produce(ctx, &kgo.Record{Topic: "a", Value: []byte(v)}, func(_ *kgo.Record, err error) {
			if err != nil {
				v = ""
			}
			done <- v
		})
	}
	for i := 0; i < 64; i++ {
		send()
	}
	for n := 0; n < 500; n++ {
		v := <-done
		if v == "" {
			t.Fatal("a write failed before the broker was killed")
		}
		acked[v] = true
		send()
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	cancel()
	for i := 0; i < 64; i++ {
		if v := <-done; v != "" {
			acked[v] = true
		}
	}
}

// TestSegmentsAreSmall: a start reads segments whole, so none may be large; what
// is in several of them is there after a start.
func TestSegmentsAreSmall(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	var values []string
	for i := range 21 {
		value := []byte(strings.Repeat("0123456789", 80_000)) // 800 kB, less than a client's limit
		copy(value, fmt.Sprintf("%09d", i))
		values = append(values, string(value))
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr()), kgo.AllowAutoTopicCreation(), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := cl.ProduceSync(testContext(t), &kgo.Record{Topic: "large", Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	cl.Close()
	b.Close()
	files, err := filepath.Glob(filepath.Join(dir, "partitions", "large-0", "*.dat"))
	if err != nil || len(files) < 2 {
		t.Fatalf("segments %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Size() > segmentBytes+1<<20 {
			t.Errorf("segment %s: %v, %v", f, info, err)
		}
	}
	got := consume(t, start(t, dir).Addr(), "large", len(values))
	for _, v := range values {
		if got[v] != 1 {
			t.Errorf("message %s is there %d times", v[:9], got[v])
		}
	}
}

// TestRetention holds the broker to what is left of a topic that outgrew what is
// retained.
func TestRetention(t *testing.T) {
	b, err := Start(Config{Addr: "127.0.0.1:0", Dir: t.TempDir(), RetentionBytes: 1000, Partitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	for range 20 {
		produceFranz(t, b.Addr(), "grows", strings.Repeat("x", 500))
	}
	b.cluster.ApplyRetention()
	p := b.cluster.PartitionInfo("grows", 0)
	if p == nil || p.HighWatermark != 20 || p.LogStartOffset == 0 || p.LogStartOffset > 19 || p.NumBytes > 1000 {
		t.Fatalf("offsets %+v", p)
	}
}
