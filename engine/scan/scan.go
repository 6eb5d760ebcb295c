// Package scan reads the stored rows of a relation in batches of columns.
package scan

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Rows is what is read: the trees of all shards, between two keys (nil: no bound).
type Rows struct {
	Trees     []*storage.TreeSnapshot
	Layout    *row.Layout
	Decoder   *row.Decoder // of the layout
	Types     []row.Type   // of the decoder's columns
	Lo, Hi    []byte
	BatchRows int // how many rows a batch has at most
	// Sieves hold rows back before they are decoded; they may let any pass.
	Sieves []row.Sieve
}

// Each calls fn with the rows, one tree after the other. Batches belong to fn.
func (r *Rows) Each(fn func(*row.Batch) error) error { return r.each(context.Background(), fn) }

func (r *Rows) each(ctx context.Context, fn func(*row.Batch) error) error {
	if r.none() {
		return nil
	}
	for _, t := range r.Trees {
		if err := r.tree(ctx, t, fn); err != nil {
			return err
		}
	}
	return nil
}

// none reports that no row gets through the sieves.
func (r *Rows) none() bool {
	return slices.ContainsFunc(r.Sieves, func(s row.Sieve) bool { return s.Keys.Len() == 0 })
}

// lookAround is how many rows are read between two looks at the context.
const lookAround = 16 << 10

func (r *Rows) tree(ctx context.Context, t *storage.TreeSnapshot, fn func(*row.Batch) error) error {
	it := t.Scan(r.Lo, r.Hi)
	defer it.Close()
	sifter := r.Layout.Sifter(r.Sieves)
	b := row.NewBatch(r.Types, 0)
	rows := 0
	err := it.Each(func(key, value []byte) error {
		if rows++; rows%lookAround == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if sifter != nil {
			if wanted, err := sifter.Wanted(key, value); err != nil || !wanted {
				return err
			}
		}
		if err := r.Decoder.Decode(key, value, b); err != nil || b.Len() < r.BatchRows {
			return err
		}
		full := b
		b = nextBatch(full)
		return fn(full)
	})
	if err != nil || b.Len() == 0 {
		return err
	}
	return fn(b)
}

// nextBatch is an empty batch with room for as much as a full one holds.
func nextBatch(full *row.Batch) *row.Batch {
	b := row.NewBatch(full.Types(), full.Len())
	for i := range b.Cols {
		if n := len(full.Cols[i].Data); n > 0 {
			b.Cols[i].Data = make([]byte, 0, n+n/16)
		}
	}
	return b
}

const (
	// leastBeside is how many rows are worth goroutines of their own.
	leastBeside = 16 << 10
	// ahead is how many batches of a tree may wait for fn.
	ahead = 4
)

// Beside is Each with the trees read and decoded by goroutines, a batch of each in turn,
// while fn works: the order of rows depends on nothing but what is stored.
func (r *Rows) Beside(ctx context.Context, fn func(*row.Batch) error) error {
	rows := 0
	for _, t := range r.Trees {
		rows += t.Len()
	}
	if rows < leastBeside || r.none() {
		return r.each(ctx, fn)
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait() // the snapshots are the caller's
	defer cancel()
	var readers []*reader
	for _, t := range r.Trees {
		rd := &reader{batches: make(chan *row.Batch, ahead)}
		readers = append(readers, rd)
		all.Go(func() { rd.read(ctx, r, t) })
	}
	for len(readers) > 0 {
		going := readers[:0]
		for _, rd := range readers {
			b, ok := <-rd.batches
			if !ok {
				if rd.err != nil {
					return rd.err
				}
				continue
			}
			if err := fn(b); err != nil {
				return err
			}
			going = append(going, rd)
		}
		readers = going
	}
	return nil
}

// reader is the goroutine of one tree.
type reader struct {
	batches chan *row.Batch
	err     error // set before batches is closed
}

func (rd *reader) read(ctx context.Context, r *Rows, t *storage.TreeSnapshot) {
	defer close(rd.batches)
	defer func() {
		// A panic is the query's error, as on the session's own goroutine.
		if p := recover(); p != nil {
			rd.err = fmt.Errorf("reading rows panicked: %v\n%s", p, debug.Stack())
		}
	}()
	rd.err = r.tree(ctx, t, func(b *row.Batch) error {
		select {
		case rd.batches <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
