package ingest

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// TestChunksAreBounded checks that long messages do not make long chunks.
func TestChunksAreBounded(t *testing.T) {
	spec := format.Spec{Columns: []format.Column{{Name: "id", Type: row.T(row.Int8)}, {Name: "v", Type: row.T(row.Int8)}}}
	dec, err := newDecoder(spec, []int{0}, nil, NoLevel)
	if err != nil {
		t.Fatal(err)
	}
	msgs := make([]topics.Message, 300)
	for i := range msgs {
		value := make([]byte, chunkBytes/10)
		if i%2 == 0 {
			value = append(fmt.Appendf(nil, `{"id": %d, "v": 1}`, i), make([]byte, chunkBytes/10)...)
		}
		msgs[i] = topics.Message{Offset: int64(i), Time: topics.NoTime, Value: value}
	}
	dec.begin(0, noEnd)
	if err := dec.sink(msgs); err != nil {
		t.Fatal(err)
	}
	chunks := dec.take(0, 300)
	if len(chunks) < 28 || chunks[len(chunks)-1].Next != 300 {
		t.Fatalf("%d chunks, the last one up to %d", len(chunks), chunks[len(chunks)-1].Next)
	}
	at := int64(0)
	for _, c := range chunks {
		if c.From != at || c.Next <= at {
			t.Fatalf("a chunk from %d to %d follows %d", c.From, c.Next, at)
		}
		at = c.Next
	}
}

// TestPoolShrinks: batches that wait to be used again are given up while messages
// come a few at a time, and used when there are many.
func TestPoolShrinks(t *testing.T) {
	spec := format.Spec{Columns: []format.Column{{Name: "id", Type: row.T(row.Int8)}}}
	dec, err := newDecoder(spec, []int{0}, nil, NoLevel)
	if err != nil {
		t.Fatal(err)
	}
	dec.pool = &pool{}
	msgs := make([]topics.Message, manyMessages)
	for i := range msgs {
		msgs[i] = topics.Message{Offset: int64(i), Time: topics.NoTime, Value: []byte(`{"id": 1}`)}
	}
	fetch := func(n int) {
		dec.begin(0, noEnd)
		if err := dec.sink(msgs[:n]); err != nil {
			t.Fatal(err)
		}
		for _, c := range dec.take(0, int64(n)) {
			c.Release()
		}
	}
	fetch(manyMessages)
	kept := dec.pool.free[0]
	fetch(manyMessages)
	if len(dec.pool.free) != 1 || dec.pool.free[0] != kept {
		t.Error("many messages do not use the batch again")
	}
	if scribble {
		return // then small batches are kept too
	}
	if fetch(1); len(dec.pool.free) != 0 {
		t.Error("a message alone leaves the pool as it is")
	}
}
