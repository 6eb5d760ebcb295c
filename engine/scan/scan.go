// Package scan reads the stored rows of a relation in batches of columns.
package scan

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Rows is what is read: the trees of all shards, between two keys (nil: no bound).
type Rows struct {
	Trees     []*storage.TreeSnapshot
	Decoder   *row.Decoder
	Types     []row.Type // of the decoder's columns
	Lo, Hi    []byte
	BatchRows int // how many rows a batch has at most
}

// Each calls fn with the rows, one tree after the other. Batches belong to fn.
func (r *Rows) Each(fn func(*row.Batch) error) error {
	for _, t := range r.Trees {
		if err := r.tree(t, fn); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rows) tree(t *storage.TreeSnapshot, fn func(*row.Batch) error) error {
	it := t.Scan(r.Lo, r.Hi)
	defer it.Close()
	b := row.NewBatch(r.Types, 0)
	for it.Next() {
		if err := r.Decoder.Decode(it.Key(), it.Value(), b); err != nil {
			return err
		}
		if b.Len() < r.BatchRows {
			continue
		}
		full := b
		b = row.NewBatch(r.Types, r.BatchRows)
		if err := fn(full); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return fn(b)
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
	if rows < leastBeside {
		return r.Each(fn)
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
	rd.err = r.tree(t, func(b *row.Batch) error {
		select {
		case rd.batches <- b:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}
