package storage

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"syscall"
	"time"
)

// A Commit is what changed in a frozen generation, on its way to disk. Freeze
// makes it, SetMeta and DeleteMeta complete it, Write is called once, from any
// goroutine, and the next Settle makes the outcome take effect.
type Commit struct {
	db     *DB
	gen    uint32
	after  uint32 // generations above this one are not on disk
	meta   metaBatch
	parts  []frozenPart // by prefix
	drops  []ArrID      // that the meta rows record
	purged []ArrID      // that the meta rows take off the garbage list

	// Set by Write, read by Settle.
	err   error
	view  *coldView
	rows  int64
	size  int64
	stats CommitStats
}

// CommitStats is what a commit took.
type CommitStats struct {
	Freeze, Write, Ingest time.Duration // Write: sorting, and writing the files
	Rows, Bytes           int64         // before compression
	Files                 int
	Sublevels             int   // of level 0, after the commit
	Debt                  int64 // bytes that compaction is behind, after the commit
}

// Stats returns what the commit took, after Write.
func (c *Commit) Stats() CommitStats { return c.stats }

// frozenPart is the frozen generation of one store.
type frozenPart struct {
	store  *store
	tree   *frozenTree
	table  *frozenTable
	weight int64 // bytes to write, roughly
}

// Freeze starts a commit of everything that changed, between two steps. It
// returns nil while another commit is under way. Its cost is a few
// nanoseconds per store, however many rows have changed.
func (d *DB) Freeze() *Commit {
	d.Settle()
	if d.inFlight != nil {
		return nil
	}
	began := time.Now()
	d.Balance()
	c := &Commit{db: d, gen: d.gen, after: d.done, meta: d.retry}
	if c.meta == nil {
		c.meta = metaBatch{}
	}
	d.retry = nil
	c.drops = d.drops.in(dropped)
	c.purged = d.drops.in(excised)
	d.dropRows(c.meta)
	d.gen++
	d.eachStore(func(s *store, t *Tree, h *Table) {
		part := frozenPart{store: s}
		if t != nil {
			part.tree = t.freeze()
		} else {
			part.table = h.freeze()
		}
		s.cur = d.gen
		if part.tree == nil && part.table == nil {
			return
		}
		part.weight = part.size()
		c.parts = append(c.parts, part)
		s.noteCold(t, h)
		c.meta.set(metaStats, s.prefix[:], s.stats.statsRow())
	})
	sort.Slice(c.parts, func(i, j int) bool {
		return string(c.parts[i].store.prefix[:]) < string(c.parts[j].store.prefix[:])
	})
	d.inFlight = c
	c.stats.Freeze = time.Since(began)
	return c
}

// eachStore calls fn with a store and with it as what it is.
func (d *DB) eachStore(fn func(s *store, t *Tree, h *Table)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.trees {
		fn(&t.store, t, nil)
	}
	for _, h := range d.tables {
		fn(&h.store, nil, h)
	}
}

// SetMeta adds one of the engine's meta rows to the commit, before Write.
func (c *Commit) SetMeta(key string, value []byte) { c.meta.set(metaEngine, []byte(key), value) }

// DeleteMeta removes one of the engine's meta rows with the commit.
func (c *Commit) DeleteMeta(key string) { c.meta.remove(metaEngine, []byte(key)) }

// Write makes the commit durable: all of it, or, if it returns an error,
// nothing of it. After an error everything counts as changed again, and the
// next commit writes it, meta rows included.
func (c *Commit) Write(ctx context.Context) error {
	c.err = c.write(ctx)
	c.db.commits.note(c)
	c.db.finished.Store(c)
	return c.err
}

func (c *Commit) write(ctx context.Context) error {
	d := c.db
	began := time.Now()
	for i := range c.parts {
		if t := c.parts[i].tree; t != nil {
			t.choose()
		}
	}
	files, err := c.writeTables(ctx)
	c.stats.Write, c.stats.Files = time.Since(began), len(files)
	c.stats.Rows, c.stats.Bytes = c.rows, c.size
	if err == nil {
		err = d.checkRoom()
	}
	if err == nil && len(files) > 0 {
		began = time.Now()
		err = d.pebble.Ingest(ctx, files)
		c.stats.Ingest = time.Since(began)
	}
	if err != nil {
		for _, f := range files {
			// What stays behind is removed by the next Open.
			_ = d.fs.Remove(f)
		}
		return fmt.Errorf("commit failed: %w", err)
	}
	c.view = newColdView(d.pebble)
	for _, id := range c.drops {
		d.drops.put(id, dead, nil)
	}
	for _, id := range c.purged {
		d.drops.forget(id)
	}
	if err := d.excise(ctx); err != nil {
		d.log.Warn("dropped state could not be removed from disk yet", "error", err)
	}
	return nil
}

// roomToIngest is how much must be free on disk before an ingest. Pebble ends
// the process when it cannot write its manifest; a commit that fails before
// that loses nothing.
const roomToIngest = 64 << 20

func (d *DB) checkRoom() error {
	use, err := d.fs.GetDiskUsage(d.opts.Dir)
	if err != nil || use.AvailBytes >= roomToIngest {
		return nil // a file system that cannot tell is not asked for more
	}
	return fmt.Errorf("%d bytes are left on the device of %s: %w", use.AvailBytes, d.opts.Dir, syscall.ENOSPC)
}

// Settle makes the outcome of a finished commit take effect: memory may forget
// what is on disk now, or must remember what is not. It is called between
// steps, the sooner after a Write the better, and costs nothing when there is
// nothing to settle.
func (d *DB) Settle() {
	c := d.finished.Swap(nil)
	if c == nil {
		return
	}
	d.inFlight = nil
	if c.err != nil {
		d.retry = c.meta
		for i := range c.parts {
			if p := &c.parts[i]; p.store.drop {
				continue
			} else if p.tree != nil {
				p.tree.restore()
			} else {
				p.table.restore()
			}
		}
		return
	}
	old := d.view
	d.view, d.done = c.view, c.gen
	d.eachStore(func(s *store, _ *Tree, _ *Table) {
		s.done = d.done
		s.cold.drop(d)
	})
	if err := old.release(); err != nil {
		d.fail(errors.Join(errors.New("closing a view of the disk"), err))
	}
	for i := range c.parts {
		c.parts[i].settle()
	}
}

// ranges returns the deleted ranges of keys, in order and apart.
func (p *frozenPart) ranges() []keyRange {
	if p.tree != nil {
		return apart(p.tree.ranges)
	}
	return apart(p.table.ranges)
}

func (p *frozenPart) size() int64 {
	if p.tree != nil {
		return p.tree.size
	}
	return p.table.size
}

// settle hands the rows that the commit has made superfluous to the store.
func (p *frozenPart) settle() {
	p.store.stats.onDisk.Store(true)
	if p.tree != nil {
		p.tree.settle()
		return
	}
	p.table.settle()
}
