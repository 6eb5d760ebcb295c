package kafka

import (
	"errors"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/tarndb/tarn/topics"
)

// startCluster starts three brokers, of which the first is listed first.
func startCluster(t testing.TB) (*kfake.Cluster, Config) {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cfg := testConfig("")
	cfg.Brokers = c.ListenAddrs()
	return c, cfg
}

// TestLeaderMoves: the moved partition gives one transient error, then the next
// call finds the new leader, for readers and for the producer.
func TestLeaderMoves(t *testing.T) {
	c, cfg := startCluster(t)
	ctx := testContext(t)
	if err := CreateTopic(ctx, cfg, "a", 2); err != nil {
		t.Fatal(err)
	}
	l := Open(cfg, "a")
	defer l.Close()
	p := NewProducer(ProducerConfig{Config: cfg, Backoff: 1})
	defer p.Close()
	move := func() {
		t.Helper()
		for part := int32(0); part < 2; part++ {
			if err := c.MoveTopicPartition("a", part, (c.LeaderFor("a", part)+1)%3); err != nil {
				t.Fatal(err)
			}
		}
	}
	offsets := map[int32]int64{}
	read, failures := 0, 0
	for round := 1; round <= 4; round++ {
		var rs []Record
		for i := 0; i < 20; i++ {
			rs = append(rs, Record{Key: []byte{byte(i)}, Value: []byte("v")})
		}
		if err := p.Produce(ctx, "a", rs); err != nil {
			t.Fatal(err)
		}
		move()
		for read < 20*round {
			for part := int32(0); part < 2; part++ {
				next, err := l.Fetch(ctx, part, offsets[part], 1<<20, func(ms []topics.Message) error { read += len(ms); return nil })
				if err != nil && !errors.Is(err, topics.ErrTransient) {
					t.Fatal(err)
				}
				if err != nil {
					failures++
				}
				offsets[part] = next
			}
		}
		if read != 20*round {
			t.Fatalf("round %d: %d messages", round, read)
		}
	}
	if failures == 0 || failures > 8 {
		t.Errorf("%d transient errors for 8 moves", failures)
	}
}

// TestNewPartitions: partitions that are added are seen by those who ask again,
// and the producer uses them.
func TestNewPartitions(t *testing.T) {
	_, cfg := startCluster(t)
	ctx := testContext(t)
	if err := CreateTopic(ctx, cfg, "a", 1); err != nil {
		t.Fatal(err)
	}
	l := Open(cfg, "a")
	defer l.Close()
	if parts, err := l.Partitions(ctx); err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = "a", 3
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(ctx, cl); err != nil {
		t.Fatal(err)
	}
	parts, err := l.Partitions(ctx)
	if err != nil || !slices.Equal(parts, []int32{0, 1, 2}) {
		t.Fatalf("%v %v", parts, err)
	}
	var rs []Record
	for i := 0; i < 30; i++ {
		rs = append(rs, Record{Key: []byte{byte(i)}})
	}
	p := NewProducer(ProducerConfig{Config: cfg})
	defer p.Close()
	if err := p.Produce(ctx, "a", rs); err != nil {
		t.Fatal(err)
	}
	bounds, err := l.Bounds(ctx)
	if err != nil || bounds[0].End+bounds[1].End+bounds[2].End != 30 || bounds[2].End == 0 {
		t.Errorf("%v %v", bounds, err)
	}
}

// TestLostAcknowledgement: a write whose answer is lost is sent again, and is
// in the log once.
func TestLostAcknowledgement(t *testing.T) {
	c, cfg := startCluster(t)
	ctx := testContext(t)
	if err := CreateTopic(ctx, cfg, "a", 1); err != nil {
		t.Fatal(err)
	}
	p := NewProducer(ProducerConfig{Config: cfg, Backoff: 1})
	defer p.Close()
	write := func(v string) {
		t.Helper()
		if err := p.Produce(ctx, "a", []Record{{Value: []byte(v)}}); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	refused := 0
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		refused++
		return nil, errors.New("connection lost"), true
	})
	write("2")
	// Pretend that the answer to the second write was what got lost.
	p.sequences[topicPartition{"a", 0}] = 1
	write("2")
	if refused != 1 {
		t.Errorf("%d writes were refused", refused)
	}
	l := Open(cfg, "a")
	defer l.Close()
	if got := readTo(t, l, 0, 0, 2); len(got) != 2 || string(got[1].Value) != "2" {
		t.Errorf("%v", got)
	}
	if bounds, err := l.Bounds(ctx); err != nil || bounds[0].End != 2 {
		t.Errorf("%v %v", bounds, err)
	}
}
