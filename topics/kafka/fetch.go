package kafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	fetchapi "github.com/segmentio/kafka-go/protocol/fetch"

	"github.com/tarndb/tarn/topics"
)

// fetchVersions: from 4 on answers tell transactions; 12 changes the encoding.
var fetchVersions = apiRange{4, 11}

const readCommitted = 1

// reader reads one partition from its leader over a connection of its own.
type reader struct {
	topic     string
	partition int32
	conn      *conn
	buf       []byte           // the answer
	inflated  bytes.Buffer     // one decompressed batch
	small     int              // answers in a row that needed little of the buffers
	msgs      []topics.Message // what the next call of the sink gets
	aborted   map[int64]bool   // producers within an aborted transaction, while reading one answer
}

// sinkRows bounds what one call of the sink is given: messages that were just
// split off are still in the core's cache when they are decoded.
const sinkRows = 256

// keepBuffer is the size above which a buffer is given back after use: one huge
// batch must not cost its memory for ever.
const keepBuffer = 16 << 20

// A reader that has caught up gets small answers. Once so many in a row needed less
// than a quarter of what the buffers have, those are given back: there is a reader
// for each partition, and a megabyte for each would be taken from the state.
const (
	smallAnswers = 64
	leastBuffer  = 64 << 10
)

// sinkError marks the sink's own error on its way out, so that it is not taken for the log's.
type sinkError struct{ err error }

func (e sinkError) Error() string { return e.err.Error() }

func (r *reader) fetch(ctx context.Context, cfg *Config, from int64, maxBytes int, sink topics.Sink) (int64, error) {
	v, err := r.conn.version(protocol.Fetch, fetchVersions)
	if err != nil {
		return from, err
	}
	limit := int32(min(max(maxBytes, 1), math.MaxInt32))
	req := &fetchapi.Request{
		ReplicaID:      -1,
		MaxWaitTime:    int32(cfg.MaxWait.Milliseconds()),
		MinBytes:       1,
		MaxBytes:       limit,
		IsolationLevel: readCommitted,
		SessionEpoch:   -1, // no session
		Topics: []fetchapi.RequestTopic{{
			Topic: r.topic,
			Partitions: []fetchapi.RequestPartition{{
				Partition: r.partition, CurrentLeaderEpoch: -1, FetchOffset: from, LogStartOffset: -1, PartitionMaxBytes: limit,
			}},
		}},
	}
	err = r.conn.guard(ctx, cfg.MaxWait+cfg.RequestTimeout, func() error {
		if err := r.conn.send(v, req); err != nil {
			return err
		}
		r.buf, err = r.conn.readRaw(r.buf)
		return err
	})
	if err != nil {
		return from, err
	}
	res, err := parseFetch(r.buf, v)
	if err != nil {
		return from, err
	}
	next, err := r.deliver(res, from, sink)
	r.trim()
	return next, err
}

// trim gives back buffers that are too large for what is read.
func (r *reader) trim() {
	if r.small++; len(r.buf) > cap(r.buf)/4 {
		r.small = 0
	}
	if r.small >= smallAnswers && cap(r.buf) > leastBuffer {
		r.buf, r.inflated, r.small = nil, bytes.Buffer{}, 0
		clear(r.msgs[:cap(r.msgs)]) // they are parts of the buffers
	}
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
	if r.inflated.Cap() > keepBuffer {
		r.inflated = bytes.Buffer{}
	}
}

// deliver hands the messages of an answer to the sink.
func (r *reader) deliver(res fetchResponse, from int64, sink topics.Sink) (int64, error) {
	clear(r.aborted)
	next := from // all before it is delivered
	seen := from // all before it is delivered or in r.msgs
	r.msgs = r.msgs[:0]
	flush := func() error {
		if len(r.msgs) > 0 {
			if err := sink(r.msgs); err != nil {
				return sinkError{err}
			}
			r.msgs = r.msgs[:0]
		}
		next = seen
		return nil
	}
	rest := res.records
	for len(rest) > 0 {
		head, body, after, whole, err := nextBatch(rest)
		if err == nil && !whole {
			break
		}
		var batch recordReader
		if err == nil {
			batch, err = r.open(&head, body, from, &res)
		}
		for more := true; more && err == nil; {
			if r.msgs, more, err = batch.append(r.msgs, from, sinkRows); len(r.msgs) > 0 {
				seen = max(seen, r.msgs[len(r.msgs)-1].Offset+1)
			}
			if len(r.msgs) >= sinkRows {
				if err := flush(); err != nil {
					return next, err
				}
			}
		}
		if err != nil {
			if flushErr := flush(); flushErr != nil {
				return next, flushErr
			}
			return next, err
		}
		rest = after
		seen = max(seen, head.last+1)
		// The decompressed bytes live only until the next batch.
		if head.attributes&attrCodec != 0 {
			if err := flush(); err != nil {
				return next, err
			}
		}
	}
	if err := flush(); err != nil {
		return next, err
	}
	if len(res.records) > 0 && next == from {
		return next, badRecords("no whole batch in %d bytes at offset %d", len(res.records), from)
	}
	return next, nil
}

// open gives the messages of a batch, none where they are markers, or belong to
// a transaction that was aborted: the broker tells which transactions those
// are and where they begin, and their end is a marker in the log itself.
func (r *reader) open(head *batchHead, body []byte, from int64, res *fetchResponse) (recordReader, error) {
	none := recordReader{head: &batchHead{}}
	for len(res.aborted) > 0 && res.aborted[0].first <= head.last {
		if r.aborted == nil {
			r.aborted = map[int64]bool{}
		}
		r.aborted[res.aborted[0].producer] = true
		res.aborted = res.aborted[1:]
	}
	if head.attributes&attrControl != 0 {
		if r.aborted[head.producer] && head.aborts(body) {
			delete(r.aborted, head.producer)
		}
		return none, nil
	}
	if head.attributes&attrTxn != 0 && r.aborted[head.producer] || head.last < from || head.count == 0 {
		return none, nil
	}
	body, err := head.inflate(body, &r.inflated)
	return head.reader(r.partition, body), err
}

// abortedTxn is a transaction whose messages must not be read.
type abortedTxn struct {
	producer, first int64
}

type fetchResponse struct {
	records []byte
	aborted []abortedTxn // by first, ascending
}

// parseFetch reads an answer for one partition. The records alias b.
func parseFetch(b []byte, version int16) (fetchResponse, error) {
	d := cursor{b: b}
	var res fetchResponse
	d.skip(4) // throttle time: the broker has already delayed the answer
	if version >= 7 {
		if code := d.int16(); code != 0 {
			return res, kafkago.Error(code)
		}
		d.skip(4)
	}
	if n := d.int32(); n != 1 || d.bad {
		return res, badRecords("answer for %d topics", n)
	}
	d.skip(int(d.int16()))
	if n := d.int32(); n != 1 || d.bad {
		return res, badRecords("answer for %d partitions", n)
	}
	d.skip(4)
	code := d.int16()
	d.skip(8 + 8)
	if version >= 5 {
		d.skip(8)
	}
	if n := int(d.int32()); n > 0 && n <= len(d.b)/16 {
		res.aborted = make([]abortedTxn, n)
		for i := range res.aborted {
			res.aborted[i] = abortedTxn{d.int64(), d.int64()}
		}
	} else if n > 0 {
		d.bad = true
	}
	if version >= 11 {
		d.skip(4)
	}
	if code != 0 {
		return res, kafkago.Error(code)
	}
	n := int(d.int32())
	if d.bad || n > len(d.b) {
		return res, badRecords("answer is cut off")
	}
	res.records = d.b[:max(n, 0)]
	return res, nil
}

func (c *cursor) take(n int) []byte {
	if len(c.b) < n {
		c.bad = true
		return make([]byte, n)
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) int16() int16 { return int16(binary.BigEndian.Uint16(c.take(2))) }
func (c *cursor) int32() int32 { return int32(binary.BigEndian.Uint32(c.take(4))) }
func (c *cursor) int64() int64 { return int64(binary.BigEndian.Uint64(c.take(8))) }
