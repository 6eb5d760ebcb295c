package kafka

import (
	"fmt"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/tarndb/tarn/topics"
)

// TestRealKafka runs against an Apache Kafka whose address is in the environment:
// what the embedded broker answers is not proof of what Kafka answers.
func TestRealKafka(t *testing.T) {
	addr := os.Getenv("TARN_TEST_KAFKA")
	if addr == "" {
		t.Skip("TARN_TEST_KAFKA is not set to the host:port of a Kafka broker")
	}
	ctx := testContext(t)
	topic := fmt.Sprintf("tarn-test-%d", os.Getpid())
	createTopic(t, addr, topic, 1)
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.TransactionalID(topic), kgo.DefaultProduceTopic(topic),
		kgo.ProducerBatchCompression(kgo.ZstdCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	want := []string{}
	for round := 0; round < 6; round++ {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < 3; i++ {
			v := fmt.Sprintf("%d/%d %0200d", round, i, i)
			if err := cl.ProduceSync(ctx, kgo.StringRecord(v)).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if round%2 == 0 {
				want = append(want, v)
			}
		}
		v := fmt.Sprintf("ours %d", round)
		produce(t, addr, topic, Record{Value: []byte(v), Time: int64(round+1) * 1_000_000_000})
		want = append(want, v)
		if err := cl.EndTransaction(ctx, kgo.TransactionEndTry(round%2 == 0)); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, addr, topic)
	bounds, err := l.Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range readTo(t, l, 0, bounds[0].Start, bounds[0].End) {
		got = append(got, string(m.Value))
	}
	// A committed round is c c c ours, as produced; an aborted one leaves ours.
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("read %q\nwant %q", got, want)
	}
	if at, err := l.Resolve(ctx, topics.Start{Mode: topics.Latest}); err != nil || at[0] != bounds[0].End {
		t.Errorf("latest: %v, %v", at, err)
	}
	next, err := l.Fetch(ctx, 0, bounds[0].End, 1<<20, func([]topics.Message) error { return fmt.Errorf("a message past the end") })
	if err != nil || next != bounds[0].End {
		t.Errorf("fetch at the end: %d, %v", next, err)
	}
	if _, err := l.Fetch(ctx, 0, 1<<40, 1<<20, nil); err == nil {
		t.Error("offset out of range was accepted")
	}
	missing := open(t, addr, topic+"-missing")
	if _, err := missing.Partitions(ctx); err == nil || err.Error() != fmt.Sprintf("topic %q does not exist", topic+"-missing") {
		t.Errorf("missing topic: %v", err)
	}
}
