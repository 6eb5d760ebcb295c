package ingest

import (
	"context"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// feed turns one partition of a log into chunks. It is for one goroutine.
type feed interface {
	// fetch reads from an offset on, but nothing from until on. Chunks follow each
	// other without gaps; none means that there was nothing for a while. With an
	// error, the chunks are what was read before it.
	fetch(ctx context.Context, from, until int64) ([]Chunk, error)
	// empty is a batch of no rows.
	empty() *row.Batch
}

// feed makes the feed of a partition that is at a level. Batches come from a
// pool; nil where nobody gives them back.
func (t *Topic) feed(p int32, wanted []int, level int64, batches *pool) (feed, error) {
	wanted = t.cfg.Waterline.reads(wanted)
	if log, ok := t.log.(topics.ColumnLog); ok {
		f, err := newColumnFeed(log, p, t.cfg.Spec, wanted)
		if err != nil {
			return nil, err
		}
		f.line, f.level = t.cfg.Waterline, level
		return f, nil
	}
	dec, err := newDecoder(t.cfg.Spec, wanted, t.cfg.Waterline, level)
	if err != nil {
		return nil, err
	}
	dec.pool = batches
	return &messageFeed{log: t.log, p: p, dec: dec}, nil
}

// messageFeed decodes messages.
type messageFeed struct {
	log topics.Log
	p   int32
	dec *decoder
}

func (f *messageFeed) empty() *row.Batch { return f.dec.empty() }

func (f *messageFeed) fetch(ctx context.Context, from, until int64) ([]Chunk, error) {
	f.dec.begin(from, until)
	next, err := f.log.Fetch(ctx, f.p, from, fetchBytes, f.dec.sink)
	if next <= from {
		return nil, err
	}
	return f.dec.take(f.p, next), err
}

// columnFeed passes on the columns of a log that has them.
type columnFeed struct {
	log    topics.ColumnLog
	p      int32
	types  []row.Type // of the declared columns
	wanted []int
	cols   []int // the same as the log numbers them
	line   *Waterline
	level  int64 // where the next fetch begins
}

func (f *columnFeed) empty() *row.Batch {
	b := &row.Batch{}
	for range f.cols {
		b.Cols = append(b.Cols, row.Column{})
	}
	for i, c := range f.wanted {
		b.Cols[i] = row.NewColumn(f.types[c], 0)
	}
	return widen(b, f.types, f.wanted)
}

func (f *columnFeed) fetch(ctx context.Context, from, until int64) ([]Chunk, error) {
	began := time.Now()
	b, err := f.log.FetchRows(ctx, f.p, from, f.cols, int(min(row.BatchRows, until-from)))
	if err != nil || b == nil || b.Len() == 0 {
		return nil, err
	}
	c := Chunk{Partition: f.p, From: from, Next: from + int64(b.Len()), Batch: widen(b, f.types, f.wanted)}
	if f.line != nil {
		c.Batch, c.Bad, c.Level = f.line.sift(c.Batch, f.p, from, f.level)
		f.level = c.Level
	}
	c.Decode = time.Since(began)
	return []Chunk{c}, nil
}

// widen puts the wanted columns at their declared places. The others stay empty:
// no view reads them.
func widen(b *row.Batch, types []row.Type, wanted []int) *row.Batch {
	out := &row.Batch{Cols: make([]row.Column, len(types)), Weights: b.Weights}
	for i, t := range types {
		out.Cols[i].Type = t
	}
	for i, c := range wanted {
		out.Cols[c] = b.Cols[i]
		out.Cols[c].Type = types[c]
	}
	return out
}
