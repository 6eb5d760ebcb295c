package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"
	"github.com/segmentio/kafka-go/protocol/initproducerid"
	produceapi "github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"

	"github.com/tarndb/tarn/topics"
)

// Record is a message to be written.
type Record struct {
	Key     []byte // nil is null, and lets the producer choose the partition
	Value   []byte
	Time    int64 // microseconds since the Unix epoch (Kafka keeps milliseconds); 0 means now
	Headers []topics.Header
}

// ProducerConfig says how to write.
type ProducerConfig struct {
	Config
	// Backoff is the wait before a failed write is tried again, doubled each time
	// up to MaxBackoff. Defaults 50 ms and 2 s.
	Backoff, MaxBackoff time.Duration
	// BatchBytes bounds one record batch; a broker's own bound is 1 MB by default.
	// Default 512 KiB.
	BatchBytes int
}

// Producer writes records and waits for all in-sync replicas to have them. It
// is idempotent: a write that is tried again is not in the log twice. Its
// methods may be called from any goroutine and take turns.
type Producer struct {
	cfg     ProducerConfig
	cluster *cluster

	mu        sync.Mutex
	producer  int64 // noProducer before the first write
	epoch     int16
	sequences map[topicPartition]int32
	buf       []byte
	turn      int // where the next record without a key goes
}

type topicPartition struct {
	topic     string
	partition int32
}

// NewProducer makes a producer; nothing is connected before the first write.
func NewProducer(cfg ProducerConfig) *Producer {
	if cfg.Backoff == 0 {
		cfg.Backoff = 50 * time.Millisecond
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = 2 * time.Second
	}
	if cfg.BatchBytes == 0 {
		cfg.BatchBytes = 512 << 10
	}
	return &Producer{cfg: cfg, cluster: newCluster(cfg.Config), producer: noProducer, sequences: map[topicPartition]int32{}}
}

// Close ends the connections. It must not run beside Produce.
func (p *Producer) Close() error {
	p.cluster.close()
	return nil
}

// Produce writes records to a topic and returns when all are acknowledged by
// all in-sync replicas. Records with the same key go to the same partition, the
// one that Java's client would choose, in the order given. Transient failures
// are tried again until ctx ends; then, and after any other error, some of the
// records may have been written. It does not keep the records.
func (p *Producer) Produce(ctx context.Context, topic string, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var pending []*batch
	wait := p.cfg.Backoff
	for {
		var err error
		if pending == nil {
			pending, err = p.split(ctx, topic, records)
		}
		if err == nil {
			pending, err = p.write(ctx, topic, pending)
		}
		if err == nil && len(pending) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.Is(err, topics.ErrTransient) && !errors.Is(err, topics.ErrNoBroker) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(wait*2, p.cfg.MaxBackoff)
	}
}

// batch is the records of one partition that one request carries.
type batch struct {
	partition int32
	records   []Record
	sequence  int32 // of the first record, as producer numbered it
	producer  int64 // noProducer until the first attempt; after it the batch may be in the log already
}

// split spreads records over the partitions that exist.
func (p *Producer) split(ctx context.Context, topic string, records []Record) ([]*batch, error) {
	leaders, err := p.cluster.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	parts := make([]int32, 0, len(leaders))
	for id := range leaders {
		parts = append(parts, id)
	}
	slices.Sort(parts)
	p.turn++
	open := make([]*batch, len(parts))
	sizes := make([]int, len(parts))
	var out []*batch
	for i := range records {
		at := p.turn % len(parts)
		if k := records[i].Key; k != nil {
			at = int(murmur2(k)&0x7fffffff) % len(parts)
		}
		size := len(records[i].Key) + len(records[i].Value) + 32
		if open[at] == nil || sizes[at]+size > p.cfg.BatchBytes {
			open[at], sizes[at] = &batch{partition: parts[at], producer: noProducer}, 0
			out = append(out, open[at])
		}
		open[at].records = append(open[at].records, records[i])
		sizes[at] += size
	}
	return out, nil
}

// write sends batches, one for each partition at a time so that their order
// holds, and returns those that are not acknowledged.
func (p *Producer) write(ctx context.Context, topic string, pending []*batch) ([]*batch, error) {
	if err := p.identify(ctx); err != nil {
		return pending, err
	}
	for len(pending) > 0 {
		var round, later []*batch
		busy := map[int32]bool{}
		for _, b := range pending {
			if busy[b.partition] {
				later = append(later, b)
				continue
			}
			busy[b.partition] = true
			round = append(round, b)
		}
		failed, err := p.round(ctx, topic, round)
		pending = append(failed, later...)
		if err != nil {
			return pending, err
		}
	}
	return nil, nil
}

// round sends at most one batch for each partition, and returns those that failed.
func (p *Producer) round(ctx context.Context, topic string, round []*batch) ([]*batch, error) {
	c := p.cluster
	if err := c.lock(ctx); err != nil {
		return round, err
	}
	defer c.unlock()
	byAddr := map[string][]*batch{}
	for _, b := range round {
		addr, err := c.leaderLocked(ctx, topic, b.partition)
		if err != nil {
			return round, err
		}
		byAddr[addr] = append(byAddr[addr], b)
	}
	var failed []*batch
	var errs error
	for addr, batches := range byAddr {
		bad, err := p.send(ctx, topic, addr, batches)
		failed = append(failed, bad...)
		if err != nil {
			delete(c.leaders, topic)
			errs = worse(errs, c.classify(ctx, err, topic, topics.NoPartition, addr))
		}
	}
	return failed, errs
}

// worse keeps the error that must not be retried, if there is one.
func worse(a, b error) error {
	if a == nil || errors.Is(a, topics.ErrTransient) {
		return b
	}
	return a
}

func (p *Producer) send(ctx context.Context, topic, addr string, batches []*batch) ([]*batch, error) {
	now := time.Now().UnixMilli()
	p.buf = p.buf[:0]
	ends := make([]int, len(batches))
	for i, b := range batches {
		key := topicPartition{topic, b.partition}
		if b.producer != p.producer {
			b.sequence, b.producer = p.sequences[key], p.producer
			p.sequences[key] = nextSequence(b.sequence, len(b.records))
		}
		p.buf = appendRecordSet(p.buf, b.records, now, identity{p.producer, p.epoch, b.sequence})
		ends[i] = len(p.buf)
	}
	req := &rawproduce.Request{Acks: -1, Timeout: int32(p.cluster.cfg.RequestTimeout.Milliseconds()),
		Topics: []rawproduce.RequestTopic{{Topic: topic}}}
	start := 0
	for i, b := range batches {
		set := protocol.RawRecordSet{Reader: bytes.NewReader(p.buf[start:ends[i]])}
		start = ends[i]
		req.Topics[0].Partitions = append(req.Topics[0].Partitions, rawproduce.RequestPartition{Partition: b.partition, RecordSet: set})
	}
	cn, err := p.connection(ctx, addr)
	if err != nil {
		return batches, err
	}
	m, err := cn.roundTrip(ctx, req)
	if err != nil {
		cn.close()
		delete(p.cluster.conns, addr)
		return batches, err
	}
	return p.acknowledged(topic, addr, batches, m.(*produceapi.Response))
}

// connection is the one kept for a broker. It is not asked over cluster.ask,
// because a request whose bodies are readers cannot be sent a second time.
func (p *Producer) connection(ctx context.Context, addr string) (*conn, error) {
	if cn := p.cluster.conns[addr]; cn != nil {
		return cn, nil
	}
	cn, err := dial(ctx, p.cluster.dialer(), addr)
	if err == nil {
		p.cluster.conns[addr] = cn
	}
	return cn, err
}

// acknowledged sorts the batches that the broker has from those that it refused.
func (p *Producer) acknowledged(topic, addr string, batches []*batch, res *produceapi.Response) ([]*batch, error) {
	codes := map[int32]kafkago.Error{}
	for _, t := range res.Topics {
		for _, r := range t.Partitions {
			codes[r.Partition] = kafkago.Error(r.ErrorCode)
		}
	}
	var failed []*batch
	var errs error
	for _, b := range batches {
		code, answered := codes[b.partition]
		if answered && (code == 0 || code == kafkago.DuplicateSequenceNumber) {
			continue
		}
		failed = append(failed, b)
		switch code {
		case kafkago.OutOfOrderSequenceNumber, kafkago.UnknownProducerId, kafkago.InvalidProducerEpoch:
			// The broker has lost what it knew of us. Begin as a new producer.
			p.producer = noProducer
			code = kafkago.NetworkException
		}
		errs = worse(errs, codeError(code, topic, b.partition, addr))
	}
	if p.producer == noProducer {
		clear(p.sequences)
	}
	return failed, errs
}

func nextSequence(s int32, n int) int32 {
	return int32((int64(s) + int64(n)) & 0x7fffffff)
}

// identify gets a producer's id from the cluster.
func (p *Producer) identify(ctx context.Context) error {
	if p.producer != noProducer {
		return nil
	}
	c := p.cluster
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.unlock()
	var addr string
	for _, a := range c.brokers {
		addr = a
	}
	m, err := c.ask(ctx, addr, &initproducerid.Request{ProducerID: noProducer, ProducerEpoch: -1})
	if err != nil {
		return c.classify(ctx, err, "", topics.NoPartition, addr)
	}
	res := m.(*initproducerid.Response)
	if res.ErrorCode != 0 {
		return codeError(kafkago.Error(res.ErrorCode), "", topics.NoPartition, addr)
	}
	p.producer, p.epoch = res.ProducerID, res.ProducerEpoch
	return nil
}

// CreateTopic makes a topic unless it exists, whatever its partitions then are.
func CreateTopic(ctx context.Context, cfg Config, topic string, partitions int) error {
	c := newCluster(cfg)
	defer c.close()
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.unlock()
	if _, err := c.refresh(ctx, topic); err != nil {
		return err
	}
	addr := c.brokers[c.controller]
	m, err := c.ask(ctx, addr, &createtopics.Request{
		Topics:    []createtopics.RequestTopic{{Name: topic, NumPartitions: int32(partitions), ReplicationFactor: -1}},
		TimeoutMs: int32(c.cfg.RequestTimeout.Milliseconds()),
	})
	if err != nil {
		return c.classify(ctx, err, topic, topics.NoPartition, addr)
	}
	for _, t := range m.(*createtopics.Response).Topics {
		if code := kafkago.Error(t.ErrorCode); code != 0 && code != kafkago.TopicAlreadyExists {
			e := codeError(code, topic, topics.NoPartition, addr)
			e.Err = fmt.Errorf("cannot create the topic: %s", strings.ToLower(code.Title()))
			return e
		}
	}
	return nil
}

// murmur2 is the hash by which Java's client spreads keys.
func murmur2(b []byte) uint32 {
	const m = 0x5bd1e995
	h := uint32(0x9747b28c) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24) * m
		h = h*m ^ (k^k>>24)*m
	}
	switch len(b) {
	case 3:
		h ^= uint32(b[2]) << 16
		fallthrough
	case 2:
		h ^= uint32(b[1]) << 8
		fallthrough
	case 1:
		h = (h ^ uint32(b[0])) * m
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
