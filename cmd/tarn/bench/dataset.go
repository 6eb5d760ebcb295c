package bench

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/nexmark"
)

// dataset is a stream of events in columns, cut into blocks: block b holds the
// events [b*blockEvents, (b+1)*blockEvents) of all kinds, a batch a kind.
// It is not changed once it is made.
type dataset struct {
	events      int64
	blockEvents int64
	kinds       []kindData
	memory      []*arena
}

// kindData is the rows of one source.
type kindData struct {
	name   string
	key    string // the column in which no two rows agree; empty: none
	fields []topics.Field
	blocks []*row.Batch
	ends   []int64 // rows up to the end of each block
}

func (k *kindData) rows() int64 {
	if len(k.ends) == 0 {
		return 0
	}
	return k.ends[len(k.ends)-1]
}

func (d *dataset) blocks() int { return int((d.events + d.blockEvents - 1) / d.blockEvents) }

// bytes is what the columns take, beside Go's heap.
func (d *dataset) bytes() int64 {
	var n int64
	for _, a := range d.memory {
		n += a.bytes
	}
	return n
}

func (d *dataset) release() {
	for _, a := range d.memory {
		a.release()
	}
}

// blockMaker makes a block's batches, a batch a kind, into batches that are empty.
type blockMaker func(block int64, out []*row.Batch)

// makeBlocks makes all blocks, on all cores. newMaker is called for each of the
// goroutines.
func (d *dataset) makeBlocks(ctx context.Context, newMaker func() blockMaker, progress func(done, all int64)) error {
	n := d.blocks()
	for k := range d.kinds {
		d.kinds[k].blocks = make([]*row.Batch, n)
	}
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	d.memory = make([]*arena, workers)
	var running sync.WaitGroup
	for w := range workers {
		a := &arena{}
		d.memory[w] = a
		running.Go(func() {
			made := newMaker()
			out := make([]*row.Batch, len(d.kinds))
			for k := range out {
				out[k] = row.NewBatch(types(d.kinds[k].fields), row.BatchRows)
			}
			for b := w; b < n && ctx.Err() == nil; b += workers {
				for _, o := range out {
					o.Reset()
				}
				made(int64(b), out)
				for k := range out {
					kept, err := keepBatch(a, out[k])
					if err != nil {
						errs[w] = err
						return
					}
					d.kinds[k].blocks[b] = kept
				}
				if w == 0 {
					progress(int64(b)*d.blockEvents, d.events)
				}
			}
		})
	}
	running.Wait()
	for _, err := range append(errs, ctx.Err()) {
		if err != nil {
			d.release()
			return err
		}
	}
	for k := range d.kinds {
		rows := int64(0)
		for _, b := range d.kinds[k].blocks {
			rows += int64(b.Len())
			d.kinds[k].ends = append(d.kinds[k].ends, rows)
		}
	}
	return nil
}

func types(fields []topics.Field) []row.Type {
	out := make([]row.Type, len(fields))
	for i, f := range fields {
		out[i] = f.Type
	}
	return out
}

// keepBatch copies a batch into the arena. Columns here have no NULLs and no floats.
func keepBatch(a *arena, b *row.Batch) (*row.Batch, error) {
	out := &row.Batch{Cols: make([]row.Column, len(b.Cols))}
	var err error
	for i := range b.Cols {
		from, to := &b.Cols[i], &out.Cols[i]
		to.Type = from.Type
		if to.Ints, err = keep(a, from.Ints); err != nil {
			return nil, err
		}
		if to.Data, err = keep(a, from.Data); err != nil {
			return nil, err
		}
		if to.Offs, err = keep(a, from.Offs); err != nil {
			return nil, err
		}
	}
	if out.Weights = manyOnes[:min(len(manyOnes), b.Len())]; len(out.Weights) < b.Len() {
		out.Weights, err = keep(a, b.Weights)
	}
	return out, err
}

// manyOnes is what all batches that are not longer have for weights.
var manyOnes = func() []int64 {
	w := make([]int64, 2*row.BatchRows)
	for i := range w {
		w[i] = 1
	}
	return w
}()

// The blocks of the auction: of 50 events 1 is a person, 3 are auctions and 46
// are bids, so that the bids of a block are just short of a batch.
const (
	blockCycles   = row.BatchRows / 46
	nexmarkEvents = blockCycles * 50 // of a block
)

// nexmarkStart is the event time of event 0. It is fixed, so that two runs of
// one seed have the same rows.
var nexmarkStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// newNexmark makes the auction's first events.
func newNexmark(ctx context.Context, c nexmark.Config, events int64, progress func(done, all int64)) (*dataset, error) {
	d := &dataset{events: events, blockEvents: nexmarkEvents}
	for k := nexmark.PersonKind; k <= nexmark.BidKind; k++ {
		d.kinds = append(d.kinds, kindData{name: k.Topic(), key: nexmarkKey(k), fields: nexmark.Fields(k)})
	}
	d.kinds = append(d.kinds, kindData{name: sideInput, key: "key", fields: sideFields()})
	return d, d.makeBlocks(ctx, func() blockMaker {
		var makers []*nexmark.Columns
		for k := range sideKind {
			cols := make([]int, len(d.kinds[k].fields))
			for i := range cols {
				cols[i] = i
			}
			makers = append(makers, nexmark.NewColumns(c, nexmark.Kind(k), cols))
		}
		return func(block int64, out []*row.Batch) {
			for k, m := range makers {
				from := rowsBefore(nexmark.Kind(k), block*nexmarkEvents)
				to := rowsBefore(nexmark.Kind(k), min((block+1)*nexmarkEvents, events))
				m.Append(out[k], from, 1, int(to-from))
			}
			if block == 0 {
				appendSide(out[sideKind])
			}
		}
	}, progress)
}

// nexmarkKey is the column in which no two rows of a kind agree.
func nexmarkKey(k nexmark.Kind) string {
	if k == nexmark.BidKind {
		return ""
	}
	return "id"
}

// The rows that q13 joins lie beside the stream, and are there before it.
const (
	sideInput = "side_input"
	sideRows  = 10_000
	sideKind  = int(nexmark.BidKind) + 1
)

func sideFields() []topics.Field {
	return []topics.Field{{Name: "key", Type: row.T(row.Int8)}, {Name: "value", Type: row.T(row.Text)}}
}

func sideValue(n int) string { return fmt.Sprintf("value %d", n) }

func appendSide(b *row.Batch) {
	for n := range sideRows {
		b.Cols[0].AppendInt(int64(n))
		b.Cols[1].AppendString(sideValue(n))
		b.Weights = append(b.Weights, 1)
	}
}

// rowsBefore counts the rows of a kind among the first n events: in each 50 a
// person comes first, then the auctions.
func rowsBefore(k nexmark.Kind, n int64) int64 {
	cycles, rest := n/50, n%50
	switch k {
	case nexmark.PersonKind:
		return cycles + min(rest, 1)
	case nexmark.AuctionKind:
		return 3*cycles + min(max(rest-1, 0), 3)
	}
	return 46*cycles + max(rest-4, 0)
}
