package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// A file is worth its fsync and its place in level 0 from about here.
	groupBytes = 8 << 20
	fileBytes  = 64 << 20
	// A store that writes this much has files of its own: those of one whose keys
	// grow then overlap with no other, and go to the bottom as they are; those of one
	// whose keys are all over make no other's be merged.
	apartBytes = 128 << 10
	// How many rows are written between two looks at the context.
	rowsPerCheck = 4096
	// How many rows are written between two offers to let a step run: some
	// hundred microseconds. Go itself would wait for ten milliseconds.
	rowsPerYield = 256
)

// group is a run of stores that one goroutine writes, to one or more files.
type group struct {
	c     *Commit
	name  string
	parts []frozenPart
	meta  bool // meta rows come first

	files  []string
	w      *sstable.Writer
	ranges []keyRange // to be deleted, as far as no file says so yet
	rows   int64      // in all files, range tombstones included
	points int64
	size   int64
	buf    []byte
	err    error
}

// writeTables writes the commit as disjoint sorted files. It returns the files
// that exist, also with an error.
func (c *Commit) writeTables(ctx context.Context) ([]string, error) {
	groups := c.groups()
	var wg sync.WaitGroup
	for _, g := range groups {
		wg.Add(1)
		go func() {
			defer wg.Done()
			g.err = g.write(ctx)
		}()
	}
	wg.Wait()
	var files []string
	var err error
	for _, g := range groups {
		files = append(files, g.files...)
		err = errors.Join(err, g.err)
		c.rows += g.rows
		c.size += g.size
	}
	return files, err
}

// groups cuts the stores into runs of about equal size, few enough to keep the
// cores busy and no more.
func (c *Commit) groups() []*group {
	var total int64
	for i := range c.parts {
		total += c.parts[i].weight
	}
	n := int(min(max(total/groupBytes, 1), int64(runtime.GOMAXPROCS(0))))
	limit := total/int64(n) + 1
	var groups []*group
	add := func(parts []frozenPart) {
		name := fmt.Sprintf("%d-%d", c.gen, len(groups))
		groups = append(groups, &group{
			c: c, name: c.db.fs.PathJoin(c.db.ingest, name), parts: parts, meta: len(groups) == 0,
		})
	}
	from, size := 0, int64(0)
	for i := range c.parts {
		if size += c.parts[i].weight; size >= limit {
			add(c.parts[from : i+1])
			from, size = i+1, 0
		}
	}
	if from < len(c.parts) || len(groups) == 0 {
		add(c.parts[from:])
	}
	return groups
}

func (g *group) write(ctx context.Context) (err error) {
	defer func() {
		if g.w != nil {
			err = errors.Join(err, g.w.Close())
		}
	}()
	if g.meta {
		prefix := makePrefix(0, 0)
		for _, key := range g.c.meta.sorted() {
			value := g.c.meta[key]
			if err := g.row(ctx, prefix[:], []byte(key), value, value == nil); err != nil {
				return err
			}
		}
	}
	for i := range g.parts {
		if err := g.part(ctx, &g.parts[i]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// part writes what changed in one store.
func (g *group) part(ctx context.Context, p *frozenPart) (err error) {
	if p.weight >= apartBytes {
		if err := g.close(); err != nil {
			return err
		}
		defer func() {
			if err == nil {
				err = g.close()
			}
		}()
	}
	for _, r := range p.ranges() {
		lower, upper := coldBounds(p.store.prefix, r.lo, r.hi)
		g.ranges = append(g.ranges, keyRange{lower, upper})
	}
	row := func(key, value []byte, tomb bool) error {
		return g.row(ctx, p.store.prefix[:], key, value, tomb)
	}
	if p.tree != nil {
		err = p.tree.write(row)
	} else {
		err = p.table.write(row)
	}
	if err != nil || len(g.ranges) == 0 {
		return err
	}
	if g.w == nil {
		if err := g.open(); err != nil {
			return err
		}
	}
	return g.deleteBelow(nil)
}

// deleteBelow writes the range tombstones as far as they are below a key. In
// one file a row hides the tombstones that cover it.
func (g *group) deleteBelow(key []byte) error {
	kept := g.ranges[:0]
	for _, r := range g.ranges {
		hi := r.hi
		if key != nil && bytes.Compare(r.lo, key) >= 0 {
			kept = append(kept, r)
			continue
		}
		if key != nil && bytes.Compare(key, hi) < 0 {
			hi = bytes.Clone(key)
			kept = append(kept, keyRange{hi, r.hi})
		}
		g.rows++
		if err := g.w.DeleteRange(r.lo, hi); err != nil {
			return err
		}
	}
	g.ranges = kept
	return nil
}

func (g *group) row(ctx context.Context, prefix, key, value []byte, tomb bool) error {
	g.buf = append(append(g.buf[:0], prefix...), key...)
	if g.points%rowsPerYield == 0 {
		runtime.Gosched() // a step may be waiting for this processor
	}
	if g.points%rowsPerCheck == 0 || g.w == nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := g.roll(g.buf); err != nil {
			return err
		}
	}
	g.points++
	g.rows++
	g.size += int64(len(g.buf) + len(value))
	if tomb {
		return g.w.Delete(g.buf)
	}
	return g.w.Set(g.buf, value)
}

// roll opens a file if none is open, or the one that is open is large enough.
// key is the next one that is written.
func (g *group) roll(key []byte) error {
	if g.w != nil {
		if g.w.Raw().EstimatedSize() < fileBytes {
			return nil
		}
		if err := g.deleteBelow(key); err != nil {
			return err
		}
		if err := g.close(); err != nil {
			return err
		}
	}
	return g.open()
}

// close ends the file that is open, if any.
func (g *group) close() error {
	if g.w == nil {
		return nil
	}
	w := g.w
	g.w = nil
	return w.Close()
}

func (g *group) open() error {
	d := g.c.db
	name := fmt.Sprintf("%s-%d.sst", g.name, len(g.files))
	f, err := d.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	g.files = append(g.files, name)
	o := d.pebbleOptions()
	o.EnsureDefaults()
	wo := o.MakeWriterOptions(0, d.pebble.TableFormat())
	g.w = sstable.NewWriter(objstorageprovider.NewFileWritable(f), wo)
	return nil
}
