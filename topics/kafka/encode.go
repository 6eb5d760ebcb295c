package kafka

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/tarndb/tarn/topics"
)

// identity is what lets a broker drop a batch that it already has: a producer's
// id and the sequence number of the batch's first record in its partition.
type identity struct {
	producer int64
	epoch    int16
	sequence int32
}

var anonymous = identity{producer: noProducer, epoch: -1, sequence: -1}

// appendRecordSet appends a length and one record batch, as produce requests
// carry it. records must not be empty; those without a time get nowMillis.
func appendRecordSet(dst []byte, records []Record, nowMillis int64, id identity) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, 4+headLen)...)
	first := records[0].millis(nowMillis)
	latest := first
	for i := range records {
		t := records[i].millis(nowMillis)
		latest = max(latest, t)
		dst = appendRecord(dst, &records[i], t-first, int64(i))
	}
	be := binary.BigEndian
	be.PutUint32(dst[start:], uint32(len(dst)-start-4))
	head := dst[start+4:]
	be.PutUint32(head[atLength:], uint32(len(head)-lengthBase))
	be.PutUint32(head[atLength+4:], ^uint32(0)) // leader epoch: unknown
	head[atMagic] = magicV2
	be.PutUint32(head[atLastDelta:], uint32(len(records)-1))
	be.PutUint64(head[atFirstTime:], uint64(first))
	be.PutUint64(head[atMaxTime:], uint64(latest))
	be.PutUint64(head[atProducerID:], uint64(id.producer))
	be.PutUint16(head[atEpoch:], uint16(id.epoch))
	be.PutUint32(head[atSequence:], uint32(id.sequence))
	be.PutUint32(head[atCount:], uint32(len(records)))
	be.PutUint32(head[atCRC:], crc32.Checksum(head[atAttributes:], crcTable))
	return dst
}

func (r *Record) millis(now int64) int64 {
	if r.Time == 0 {
		return now
	}
	return r.Time / 1000
}

func appendRecord(dst []byte, r *Record, timeDelta, offsetDelta int64) []byte {
	size := 1 + varintLen(timeDelta) + varintLen(offsetDelta) + bytesLen(r.Key) + bytesLen(r.Value) + varintLen(int64(len(r.Headers)))
	for _, h := range r.Headers {
		size += varintLen(int64(len(h.Key))) + len(h.Key) + bytesLen(h.Value)
	}
	dst = binary.AppendVarint(dst, int64(size))
	dst = append(dst, 0) // attributes: none exist
	dst = binary.AppendVarint(dst, timeDelta)
	dst = binary.AppendVarint(dst, offsetDelta)
	dst = appendBytes(dst, r.Key)
	dst = appendBytes(dst, r.Value)
	dst = binary.AppendVarint(dst, int64(len(r.Headers)))
	for _, h := range r.Headers {
		dst = appendHeader(dst, h)
	}
	return dst
}

func appendHeader(dst []byte, h topics.Header) []byte {
	dst = binary.AppendVarint(dst, int64(len(h.Key)))
	dst = append(dst, h.Key...)
	return appendBytes(dst, h.Value)
}

func appendBytes(dst, v []byte) []byte {
	if v == nil {
		return binary.AppendVarint(dst, -1)
	}
	dst = binary.AppendVarint(dst, int64(len(v)))
	return append(dst, v...)
}

func bytesLen(v []byte) int {
	if v == nil {
		return 1
	}
	return varintLen(int64(len(v))) + len(v)
}

func varintLen(v int64) int {
	u := uint64(v)<<1 ^ uint64(v>>63)
	n := 1
	for u >= 0x80 {
		u >>= 7
		n++
	}
	return n
}
