package engine

import (
	"errors"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// chunkDecoder collects what a fetch delivers.
type chunkDecoder struct {
	dec    *format.Decoder
	width  []row.Type // of the declared columns
	wanted []int
	batch  *row.Batch
	bad    []badMessage
	size   int // bytes of the messages in batch and bad
	full   []chunk
	until  int64 // messages from this offset on are left out; 0: none
}

// chunkBytes bounds the messages of a chunk, past the last one: rows may be long.
const chunkBytes = 1 << 20

// reset forgets what a fetch that failed has left.
func (d *chunkDecoder) reset() {
	if d.batch != nil || d.bad != nil || d.full != nil {
		d.batch, d.bad, d.full, d.size = nil, nil, nil, 0
	}
}

func newChunkDecoder(spec format.Spec, wanted []int) (*chunkDecoder, error) {
	if wanted == nil {
		wanted = []int{}
	}
	spec.Wanted = wanted
	dec, err := format.NewDecoder(spec)
	if err != nil {
		return nil, fmt.Errorf("preparing the decoder: %w", err)
	}
	d := &chunkDecoder{dec: dec, wanted: wanted}
	for _, c := range spec.Columns {
		d.width = append(d.width, c.Type)
	}
	return d, nil
}

// sink decodes messages; they are copied, never kept.
func (d *chunkDecoder) sink(msgs []topics.Message) error {
	for i := range msgs {
		m := &msgs[i]
		if d.until > 0 && m.Offset >= d.until {
			return nil
		}
		if d.batch == nil {
			d.batch = d.dec.NewBatch(row.BatchRows)
		}
		if _, err := d.dec.Decode(m, d.batch); err != nil {
			var de *format.DecodeError
			if !errors.As(err, &de) {
				return err
			}
			d.bad = append(d.bad, badMessage{
				partition: m.Partition, offset: m.Offset, timeMicros: m.Time,
				key: cloneBytes(m.Key), value: cloneBytes(m.Value), code: de.Code, cause: de.Message,
			})
		}
		d.size += len(m.Key) + len(m.Value)
		if d.batch.Len()+len(d.bad) >= row.BatchRows || d.size >= chunkBytes {
			d.cut(m.Partition, m.Offset+1)
		}
	}
	return nil
}

func (d *chunkDecoder) cut(p int32, next int64) {
	if d.batch == nil && len(d.bad) == 0 {
		return
	}
	b := d.batch
	if b == nil {
		b = d.dec.NewBatch(0)
	}
	d.full = append(d.full, chunk{partition: p, next: next, batch: d.widen(b), bad: d.bad})
	d.batch, d.bad, d.size = nil, nil, 0
}

// take gives what the fetch became; the last chunk ends at next, which may be
// past the last message.
func (d *chunkDecoder) take(p int32, next int64) []chunk {
	d.cut(p, next)
	if len(d.full) == 0 {
		d.full = append(d.full, chunk{partition: p, next: next, batch: d.empty()})
	}
	d.full[len(d.full)-1].next = next
	out := d.full
	d.full = nil
	return out
}

func (d *chunkDecoder) empty() *row.Batch { return d.widen(d.dec.NewBatch(0)) }

// widen puts the wanted columns at their declared places. The others stay empty:
// no view reads them.
func (d *chunkDecoder) widen(b *row.Batch) *row.Batch {
	out := &row.Batch{Cols: make([]row.Column, len(d.width)), Weights: b.Weights}
	for i, t := range d.width {
		out.Cols[i].Type = t
	}
	for i, c := range d.wanted {
		out.Cols[c] = b.Cols[i]
	}
	return out
}

func cloneBytes(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append([]byte{}, b...)
}
