package ingest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// chunkBytes bounds the messages of a chunk, past the last one: rows may be long.
const chunkBytes = 1 << 20

// manyMessages at once say that a partition is behind.
const manyMessages = 256

// decoder collects what a fetch delivers.
type decoder struct {
	dec    *format.Decoder
	types  []row.Type // of the declared columns
	wanted []int
	batch  *row.Batch
	bad    []BadMessage
	size   int // bytes of the messages in batch and bad
	full   []Chunk
	from   int64 // where the chunk that is being filled begins
	until  int64 // messages from this offset on are left out
	took   time.Duration
	pool   *pool // nil: chunks are not released
	width  []int // bytes of a row, by column of batch, as the last chunk had them

	line  *Waterline // nil: none
	times int        // the column of batch that line reads
	level int64      // after the last message
	sure  int64      // after the last message of a fetch that did not fail
}

// newDecoder makes the decoder of a partition that is at a level.
func newDecoder(spec format.Spec, wanted []int, line *Waterline, level int64) (*decoder, error) {
	if wanted == nil {
		wanted = []int{}
	}
	spec.Wanted = wanted
	dec, err := format.NewDecoder(spec)
	if err != nil {
		return nil, fmt.Errorf("preparing the decoder: %w", err)
	}
	d := &decoder{dec: dec, wanted: wanted, types: columnTypes(spec), until: noEnd, line: line, level: level, sure: level}
	if line != nil {
		d.times = slices.Index(wanted, line.Column)
	}
	return d, nil
}

// begin forgets what a fetch that failed has left.
func (d *decoder) begin(from, until int64) {
	d.batch, d.bad, d.full, d.size, d.took = nil, nil, nil, 0, 0
	d.from, d.until, d.level = from, until, d.sure
}

// sink decodes messages; they are copied, never kept.
func (d *decoder) sink(msgs []topics.Message) error {
	began := time.Now()
	for i := range msgs {
		m := &msgs[i]
		if m.Offset >= d.until {
			break
		}
		if d.batch == nil {
			d.batch = d.newBatch(len(msgs) - i)
		}
		if err := d.decode(m); err != nil {
			return err
		}
		d.size += len(m.Key) + len(m.Value)
		if d.batch.Len()+len(d.bad) >= row.BatchRows || d.size >= chunkBytes {
			now := time.Now()
			d.took += now.Sub(began)
			began = now
			d.cut(m.Partition, m.Offset+1)
		}
	}
	d.took += time.Since(began)
	return nil
}

// newBatch makes room for the messages at hand, and for a whole chunk where there
// are many, since more will follow: to grow would be to copy.
func (d *decoder) newBatch(waiting int) *row.Batch {
	n := min(waiting, row.BatchRows)
	var used *row.Batch
	if d.pool != nil {
		// What is taken for few messages goes: a source that has caught up needs no
		// more of them, and what they hold is memory that state could have.
		used = d.pool.take()
	}
	if n >= manyMessages {
		n = row.BatchRows
		if used != nil {
			return used
		}
	}
	b := d.dec.NewBatch(n)
	for i, w := range d.width {
		if w > 0 {
			b.Cols[i].Data = make([]byte, 0, n*(w+w/8))
		}
	}
	return b
}

// measure learns how long values are.
func (d *decoder) measure(b *row.Batch) {
	if b.Len() == 0 {
		return
	}
	if d.width == nil {
		d.width = make([]int, len(b.Cols))
	}
	for i := range b.Cols {
		d.width[i] = (len(b.Cols[i].Data) + b.Len() - 1) / b.Len()
	}
}

// decode appends the row of a message, or puts the message aside.
func (d *decoder) decode(m *topics.Message) error {
	before := d.batch.Len()
	_, err := d.dec.Decode(m, d.batch)
	var de *format.DecodeError
	switch {
	case errors.As(err, &de):
		d.putAside(m, de.Code, de.Message)
		return nil
	case err != nil || d.line == nil || d.batch.Len() == before:
		return err
	}
	level, ok := d.line.admit(d.level, &d.batch.Cols[d.times], before)
	if !ok {
		code, cause := d.line.late(d.level, &d.batch.Cols[d.times], before)
		d.putAside(m, code, cause)
		for c := range d.batch.Cols {
			d.batch.Cols[c].Truncate(before)
		}
		d.batch.Weights = d.batch.Weights[:before]
	}
	d.level = level
	return nil
}

func (d *decoder) putAside(m *topics.Message, code, cause string) {
	d.bad = append(d.bad, BadMessage{
		Partition: m.Partition, Offset: m.Offset, TimeMicros: m.Time,
		Key: cloneBytes(m.Key), Value: cloneBytes(m.Value), Code: code, Cause: cause,
	})
}

func (d *decoder) cut(p int32, next int64) {
	if d.batch == nil && len(d.bad) == 0 {
		return
	}
	b := d.batch
	if b == nil {
		b = d.dec.NewBatch(0)
	}
	d.measure(b)
	c := Chunk{
		Partition: p, From: d.from, Next: next, Batch: widen(b, d.types, d.wanted), Bad: d.bad, Decode: d.took, Level: d.level,
	}
	// A small batch is not worth keeping.
	if d.pool != nil && (cap(b.Weights) >= row.BatchRows || scribble) {
		c.own, c.pool = b, d.pool
	}
	d.full = append(d.full, c)
	d.batch, d.bad, d.size, d.took, d.from = nil, nil, 0, 0, next
}

// take gives what the fetch became; the last chunk ends at next, which may be
// past the last message.
func (d *decoder) take(p int32, next int64) []Chunk {
	d.cut(p, next)
	if len(d.full) == 0 {
		d.full = append(d.full, Chunk{Partition: p, From: d.from, Next: next, Batch: d.empty(), Level: d.level})
	}
	d.full[len(d.full)-1].Next = next
	d.sure = d.level
	out := d.full
	d.full = nil
	return out
}

func (d *decoder) empty() *row.Batch { return widen(d.dec.NewBatch(0), d.types, d.wanted) }

func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
