package kafka

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strconv"
	"testing"

	"github.com/tarndb/tarn/topics"
)

// batchOf makes one batch, without the length that a produce request has before it.
func batchOf(base int64, records ...Record) []byte {
	b := appendRecordSet(nil, records, 1000, anonymous)[4:]
	binary.BigEndian.PutUint64(b, uint64(base))
	return b
}

// set changes a field of a batch's head and mends its checksum.
func set(b []byte, at int, v ...byte) []byte {
	b = slices.Clone(b)
	copy(b[at:], v)
	binary.BigEndian.PutUint32(b[atCRC:], crc32.Checksum(b[atAttributes:], crcTable))
	return b
}

func deliver(from int64, records []byte, aborted ...abortedTxn) (values []string, next int64, err error) {
	r := &reader{partition: 1}
	next, err = r.deliver(fetchResponse{records: records, aborted: aborted}, from, func(ms []topics.Message) error {
		for _, m := range ms {
			values = append(values, string(m.Value))
		}
		return nil
	})
	return values, next, err
}

func rec(v string) Record { return Record{Value: []byte(v), Time: 5_000_000} }

func TestDeliver(t *testing.T) {
	three := batchOf(10, rec("a"), rec("b"), rec("c"))
	later := batchOf(20, rec("d"))
	emptied := set(batchOf(13, rec("x")), atCount, 0, 0, 0, 0) // compaction left only the head
	emptied = emptied[:headLen]
	binary.BigEndian.PutUint32(emptied[atLength:], headLen-lengthBase)
	emptied = set(emptied, atLastDelta, 0, 0, 0, 6)
	txn := func(b []byte, producer byte) []byte {
		return set(set(b, atAttributes, 0, attrTxn), atProducerID, 0, 0, 0, 0, 0, 0, 0, producer)
	}
	marker := func(base int64, producer, kind byte) []byte {
		b := batchOf(base, Record{Key: []byte{0, 0, 0, kind}, Value: []byte("marker")})
		return set(set(b, atAttributes, 0, attrTxn|attrControl), atProducerID, 0, 0, 0, 0, 0, 0, 0, producer)
	}
	for _, tc := range []struct {
		name    string
		from    int64
		records []byte
		aborted []abortedTxn
		want    []string
		next    int64
		err     error
	}{
		{name: "nothing", from: 5, next: 5},
		{name: "whole", from: 10, records: three, want: []string{"a", "b", "c"}, next: 13},
		{name: "from within", from: 12, records: three, want: []string{"c"}, next: 13},
		{name: "gap between batches", from: 10, records: slices.Concat(three, later), want: []string{"a", "b", "c", "d"}, next: 21},
		{name: "cut off batch", from: 10, records: slices.Concat(three, later[:30]), want: []string{"a", "b", "c"}, next: 13},
		{name: "cut off head", from: 10, records: slices.Concat(three, later[:5]), want: []string{"a", "b", "c"}, next: 13},
		{name: "only a cut off batch", from: 10, records: three[:70], next: 10, err: errBadRecords},
		{name: "emptied by compaction", from: 13, records: emptied, next: 20},
		{name: "wrong checksum", from: 10, records: slices.Concat(three, later[:65], []byte{9}, later[66:]), want: []string{"a", "b", "c"}, next: 13, err: errBadRecords},
		{name: "old format", from: 10, records: set(three, atMagic, 1), next: 10, err: errBadRecords},
		{name: "unknown compression", from: 10, records: set(three, atAttributes, 0, 7), next: 10, err: errBadRecords},
		{name: "broken compression", from: 10, records: set(three, atAttributes, 0, 1), next: 10, err: errBadRecords},
		{name: "committed", from: 10, records: slices.Concat(txn(three, 7), marker(13, 7, 1), later), want: []string{"a", "b", "c", "d"}, next: 21},
		{name: "aborted", from: 10, records: slices.Concat(txn(three, 7), marker(13, 7, 0), txn(later, 7)),
			aborted: []abortedTxn{{7, 10}}, want: []string{"d"}, next: 21},
		{name: "aborted, others not", from: 10, records: slices.Concat(txn(three, 7), txn(batchOf(13, rec("o")), 8), batchOf(14, rec("p")), marker(15, 7, 0)),
			aborted: []abortedTxn{{7, 10}}, want: []string{"o", "p"}, next: 16},
		{name: "aborted before the fetch", from: 12, records: slices.Concat(txn(three, 7), marker(13, 7, 0), txn(later, 7)),
			aborted: []abortedTxn{{7, 3}}, want: []string{"d"}, next: 21},
	} {
		got, next, err := deliver(tc.from, tc.records, tc.aborted...)
		if !slices.Equal(got, tc.want) || next != tc.next || !errors.Is(err, tc.err) {
			t.Errorf("%s: %q, next %d, %v; want %q, next %d, %v", tc.name, got, next, err, tc.want, tc.next, tc.err)
		}
	}
}

// TestLargeBatch: a batch is handed on in parts, and those before a record that
// is broken count.
func TestLargeBatch(t *testing.T) {
	const n = 3*sinkRows + 5
	var recs []Record
	for i := range n {
		recs = append(recs, rec(strconv.Itoa(i)))
	}
	whole := batchOf(10, recs...)
	for _, tc := range []struct {
		name    string
		from    int64
		records []byte
		first   int64
		next    int64
		err     error
	}{
		{name: "whole", from: 10, records: whole, first: 10, next: 10 + n},
		{name: "from within", from: 10 + sinkRows + 1, records: whole, first: 10 + sinkRows + 1, next: 10 + n},
		{name: "broken at its end", from: 10, records: set(whole, len(whole)-5, 0xff, 0xff, 0xff, 0xff, 0xff), first: 10, next: 10 + n - 1, err: errBadRecords},
	} {
		got, next, err := deliver(tc.from, tc.records)
		if next != tc.next || !errors.Is(err, tc.err) || int64(len(got)) != tc.next-tc.first {
			t.Fatalf("%s: %d messages, next %d, %v", tc.name, len(got), next, err)
		}
		for i, v := range got {
			if v != strconv.FormatInt(tc.first-10+int64(i), 10) {
				t.Fatalf("%s: message %d is %s", tc.name, i, v)
			}
		}
	}
}

// TestLogAppendTime: where the broker stamps messages, its time counts.
func TestLogAppendTime(t *testing.T) {
	b := set(set(batchOf(0, rec("a")), atMaxTime, 0, 0, 0, 0, 0, 0, 0, 9), atAttributes, 0, attrLogTime)
	head, body, _, _, err := nextBatch(b)
	if err != nil {
		t.Fatal(err)
	}
	r := head.reader(0, body)
	ms, _, err := r.append(nil, 0, 9)
	if err != nil || len(ms) != 1 || ms[0].Time != 9000 {
		t.Errorf("%v %v", ms, err)
	}
}

func TestMurmur2(t *testing.T) {
	// Values of Java's client (org.apache.kafka.common.utils.Utils.murmur2).
	for key, want := range map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
	}
}

// FuzzAnswer: no bytes of a broker panic.
func FuzzAnswer(f *testing.F) {
	f.Add(batchOf(0, rec("a"), Record{Key: []byte("k"), Headers: []topics.Header{{Key: "h"}}}), int16(11))
	f.Fuzz(func(t *testing.T, b []byte, version int16) {
		parseFetch(b, version)
		deliver(0, b)
		if len(b) > headLen {
			h := batchHead{count: 1 << 20, last: 1 << 40}
			r := h.reader(0, b[headLen:])
			for more := true; more; {
				_, more, _ = r.append(nil, 0, 7)
			}
		}
	})
}
