package ingest

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
	"github.com/tarndb/tarn/topics/memlog"
)

// testReader reads the column id of a topic in memory.
func testReader(t *testing.T, log *memlog.Log, memory Memory) (r *Reader, wake chan struct{}) {
	t.Helper()
	wake = make(chan struct{}, 1)
	r, err := New(Config{
		Open:   func() (topics.Log, error) { return openTopic{log}, nil },
		Spec:   format.Spec{Columns: []format.Column{{Name: "id", Type: row.T(row.Int8)}, {Name: "name", Type: row.T(row.Text)}}},
		Memory: memory,
		Wake: func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, wake
}

// openTopic is one client of a topic: closing it leaves the topic alone.
type openTopic struct{ *memlog.Log }

func (openTopic) Close() error { return nil }

func fill(log *memlog.Log, from, n int) {
	for i := range n {
		log.Append(0, nil, fmt.Appendf(nil, `{"id":%d,"name":"number %d"}`, from+i, from+i))
	}
}

// noMemory has none to give, and remembers what is taken all the same.
type noMemory struct {
	taken, most int64
	refusal     chan struct{}
}

func (m *noMemory) Set(n int64) { m.taken, m.most = n, max(m.most, n) }

func (m *noMemory) TrySet(int64) bool {
	select {
	case m.refusal <- struct{}{}:
	default:
	}
	return false
}

// TestQueueIsBounded: without memory a reader goes on chunk by chunk, and queues
// no more than one.
func TestQueueIsBounded(t *testing.T) {
	log := memlog.New(1)
	const n = 5 * row.BatchRows
	fill(log, 0, n)
	memory := &noMemory{refusal: make(chan struct{}, 1)}
	r, wake := testReader(t, log, memory)
	r.Start(nil, nil, false, []int{0, 1})
	for rows := 0; rows < n; {
		<-wake
		for _, c := range r.Take(n) {
			rows += c.Rows()
		}
	}
	if r.Queued() != 0 {
		t.Errorf("%d bytes are queued at the end", r.Queued())
	}
	fill(log, n, n)
	for range 2 { // the first refusal may be of before
		<-memory.refusal
	}
	r.Stop()
	if chunk := int64(40 * row.BatchRows); memory.taken != 0 || memory.most == 0 || memory.most > chunk {
		t.Errorf("%d bytes are taken at the end, and at most %d were, where a chunk has less than %d", memory.taken, memory.most, chunk)
	}
}

// TestReleasedChunks: a batch comes back after its release and no sooner, and what
// it held before does not show.
func TestReleasedChunks(t *testing.T) {
	log := memlog.New(1)
	const n = 24 * row.BatchRows
	fill(log, 0, n)
	r, wake := testReader(t, log, nil)
	r.Start(nil, nil, false, []int{0, 1})
	defer r.Stop()
	batches := map[*row.Batch]bool{}
	next, reused := int64(0), false
	for next < n {
		<-wake
		for _, c := range r.Take(n) {
			if c.Batch == nil {
				continue
			}
			for i := range c.Batch.Len() {
				if id, name := c.Batch.Cols[0].Ints[i], string(c.Batch.Cols[1].Bytes(i)); id != next || name != fmt.Sprintf("number %d", next) {
					t.Fatalf("row %d is %d, %q", next, id, name)
				}
				next++
			}
			if c.own != nil {
				reused = reused || batches[c.own]
				batches[c.own] = true
			}
			c.Release()
		}
	}
	if !reused {
		t.Error("no batch was used again")
	}
}
