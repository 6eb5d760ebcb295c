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
func testReader(t *testing.T, log *memlog.Log, room func(int64) bool) (r *Reader, wake chan struct{}) {
	t.Helper()
	wake = make(chan struct{}, 1)
	r, err := New(Config{
		Open: func() (topics.Log, error) { return openTopic{log}, nil },
		Spec: format.Spec{Columns: []format.Column{{Name: "id", Type: row.T(row.Int8)}, {Name: "name", Type: row.T(row.Text)}}},
		Room: room,
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

// TestQueueIsBounded: without room a reader goes on chunk by chunk, and queues no
// more than that.
func TestQueueIsBounded(t *testing.T) {
	log := memlog.New(1)
	const n = 5 * row.BatchRows
	fill(log, 0, n)
	asked := make(chan int64, 1)
	r, wake := testReader(t, log, func(bytes int64) bool {
		select {
		case asked <- bytes:
		default:
		}
		return false
	})
	r.Start(nil, nil, false, []int{0, 1})
	defer r.Stop()
	most := int64(0)
	for rows := 0; rows < n; {
		<-wake
		queued := r.Queued()
		chunks := r.Take(n)
		if len(chunks) > 0 {
			most = max(most, queued)
		}
		for i := range chunks {
			rows += chunks[i].Rows()
		}
	}
	if size := <-asked; most > size+size/2 || r.Queued() != 0 {
		t.Errorf("%d bytes were queued, and %d at the end; a chunk has %d", most, r.Queued(), size)
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
