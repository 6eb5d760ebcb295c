package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/segmentio/kafka-go/compress"

	"github.com/tarndb/tarn/topics"
)

// Record batches, version 2 (https://kafka.apache.org/documentation/#recordbatch).
//
// They are read and written here and not by the library: its readers allocate
// for each record, hide the last offset of a batch (without which a batch that
// compaction has emptied is fetched for ever), and hide the producer's id
// (without which messages of aborted transactions cannot be told from others).

// Layout of a batch's head.
const (
	headLen      = 61
	atLength     = 8  // int32: bytes after itself
	atMagic      = 16 // int8
	atCRC        = 17 // uint32 over all that follows
	atAttributes = 21 // int16
	atLastDelta  = 23 // int32
	atFirstTime  = 27 // int64, milliseconds
	atMaxTime    = 35 // int64
	atProducerID = 43 // int64
	atEpoch      = 51 // int16
	atSequence   = 53 // int32
	atCount      = 57 // int32
	lengthBase   = 12 // a batch's length counts from here
	magicV2      = 2
	attrCodec    = 7
	attrLogTime  = 1 << 3
	attrTxn      = 1 << 4
	attrControl  = 1 << 5
	noProducer   = -1
	maxInflated  = 1 << 28 // bound on what a compressed batch may become
	maxHeaders   = 1 << 16
	markerAbort  = 0
)

var crcTable = crc32.MakeTable(crc32.Castagnoli)

// errBadRecords: bytes that no correct producer wrote, or a format before 0.11.
var errBadRecords = errors.New("unreadable record batch")

func badRecords(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errBadRecords, fmt.Sprintf(format, args...))
}

// batchHead is the head of one batch.
type batchHead struct {
	base, last  int64 // offsets, both inclusive
	attributes  int16
	firstMillis int64
	maxMillis   int64
	producer    int64
	count       int
}

// nextBatch splits one whole batch off b. whole is false where b ends within
// one: brokers cut the last batch off at the size that was asked for.
func nextBatch(b []byte) (head batchHead, body, rest []byte, whole bool, err error) {
	if len(b) < lengthBase {
		return head, nil, nil, false, nil
	}
	n := int(int32(binary.BigEndian.Uint32(b[atLength:])))
	if n < 0 || n > maxResponse {
		return head, nil, nil, false, badRecords("length %d", n)
	}
	if len(b) < lengthBase+n {
		return head, nil, nil, false, nil
	}
	if n < headLen-lengthBase {
		return head, nil, nil, false, badRecords("length %d, or message format version 0 or 1", n)
	}
	one, rest := b[:lengthBase+n], b[lengthBase+n:]
	if m := one[atMagic]; m != magicV2 {
		return head, nil, nil, false, badRecords("message format version %d (Tarn reads version 2, of Kafka 0.11 and later)", m)
	}
	if crc32.Checksum(one[atAttributes:], crcTable) != binary.BigEndian.Uint32(one[atCRC:]) {
		return head, nil, nil, false, badRecords("wrong checksum")
	}
	be := binary.BigEndian
	head.base = int64(be.Uint64(one))
	head.last = head.base + int64(int32(be.Uint32(one[atLastDelta:])))
	head.attributes = int16(be.Uint16(one[atAttributes:]))
	head.firstMillis = int64(be.Uint64(one[atFirstTime:]))
	head.maxMillis = int64(be.Uint64(one[atMaxTime:]))
	head.producer = int64(be.Uint64(one[atProducerID:]))
	head.count = int(int32(be.Uint32(one[atCount:])))
	if head.last < head.base || head.count < 0 {
		return head, nil, nil, false, badRecords("%d records up to offset %d from %d", head.count, head.last, head.base)
	}
	return head, one[headLen:], rest, true, nil
}

// inflate undoes a batch's compression into buf, which it grows as needed.
func (h *batchHead) inflate(body []byte, buf *bytes.Buffer) ([]byte, error) {
	code := int(h.attributes & attrCodec)
	if code == 0 {
		return body, nil
	}
	if code >= len(compress.Codecs) || compress.Codecs[code] == nil {
		return nil, badRecords("unknown compression %d", code)
	}
	buf.Reset()
	r := compress.Codecs[code].NewReader(bytes.NewReader(body))
	defer r.Close()
	if _, err := buf.ReadFrom(io.LimitReader(r, maxInflated+1)); err != nil {
		return nil, badRecords("%s: %v", compress.Compression(code), err)
	}
	if buf.Len() > maxInflated {
		return nil, badRecords("more than %d bytes when decompressed", maxInflated)
	}
	return buf.Bytes(), nil
}

// recordReader takes the messages of a batch one after the other. Their bytes
// alias the batch's body.
type recordReader struct {
	head      *batchHead
	partition int32
	d         cursor
	read      int // records so far
}

func (h *batchHead) reader(partition int32, body []byte) recordReader {
	return recordReader{head: h, partition: partition, d: cursor{b: body}}
}

// append appends the next messages at offsets >= from to out until it has limit
// of them. more is false once the batch is at its end.
func (r *recordReader) append(out []topics.Message, from int64, limit int) (msgs []topics.Message, more bool, err error) {
	h := r.head
	for ; r.read < h.count; r.read++ {
		if len(out) >= limit {
			return out, true, nil
		}
		size := r.d.varint()
		if r.d.bad || size < 0 || size > int64(len(r.d.b)) {
			return out, false, badRecords("record %d of %d", r.read, h.count)
		}
		rec := cursor{b: r.d.b[:size]}
		r.d.b = r.d.b[size:]
		rec.skip(1)
		millis := h.firstMillis + rec.varint()
		offset := h.base + rec.varint()
		key, value := rec.bytes(), rec.bytes()
		var headers []topics.Header
		if n := rec.varint(); n != 0 {
			headers = rec.headers(n)
		}
		if rec.bad || offset > h.last {
			return out, false, badRecords("record %d of %d", r.read, h.count)
		}
		if offset >= from {
			out = append(out, topics.Message{
				Partition: r.partition, Offset: offset, Time: h.micros(millis), Key: key, Value: value, Headers: headers,
			})
		}
	}
	return out, false, nil
}

// micros is the time of a record that says millis.
func (h *batchHead) micros(millis int64) int64 {
	if h.attributes&attrLogTime != 0 {
		millis = h.maxMillis
	}
	if millis < 0 {
		return topics.NoTime
	}
	return millis * 1000
}

// aborts reports whether a control batch ends a transaction by aborting it.
func (h *batchHead) aborts(body []byte) bool {
	r := h.reader(0, body)
	msgs, _, err := r.append(nil, 0, 1)
	if err != nil || len(msgs) == 0 || len(msgs[0].Key) < 4 {
		return false
	}
	return binary.BigEndian.Uint16(msgs[0].Key[2:]) == markerAbort
}

// cursor reads the fields of records; bad is set for good at the first that does not fit.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) skip(n int) {
	if n < 0 || len(c.b) < n {
		c.bad = true
		return
	}
	c.b = c.b[n:]
}

func (c *cursor) varint() int64 {
	if len(c.b) > 0 && c.b[0] < 0x80 {
		u := c.b[0]
		c.b = c.b[1:]
		return int64(u>>1) ^ -int64(u&1)
	}
	return c.longVarint()
}

// longVarint reads a varint of two bytes and more; two are the length of most records.
func (c *cursor) longVarint() int64 {
	if len(c.b) > 1 && c.b[1] < 0x80 {
		u := uint64(c.b[0]&0x7f) | uint64(c.b[1])<<7
		c.b = c.b[2:]
		return int64(u>>1) ^ -int64(u&1)
	}
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// bytes reads a length and that many bytes; nil stands for a length of -1.
func (c *cursor) bytes() []byte {
	n := c.varint()
	if n == -1 {
		return nil
	}
	if n < 0 || n > int64(len(c.b)) {
		c.bad = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) headers(n int64) []topics.Header {
	if n < 0 || n > maxHeaders || n > int64(len(c.b)) {
		c.bad = true
		return nil
	}
	out := make([]topics.Header, n)
	for i := range out {
		out[i] = topics.Header{Key: string(c.bytes()), Value: c.bytes()}
	}
	return out
}
