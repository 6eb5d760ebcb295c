package storage

import "slices"

// Fork returns a tree of its own that has the rows of t as they are now: what is
// changed in one of the two is not seen in the other. It costs no more than a
// snapshot: the pages in memory are shared until one of the two changes them, and
// the rows on disk are read as of now for as long as the fork lives. No commit
// writes a fork; the memory limit covers it. It is called between steps, of a tree
// of a DB; the fork belongs to who works on t, and must be released, once.
func (t *Tree) Fork() *Tree {
	if !t.ready {
		t.begin()
	}
	t.ticket++
	f := &Tree{
		store: store{
			db: t.db, id: t.id, shard: t.shard, prefix: t.prefix, cur: t.cur, done: t.done, ready: true, resident: t.resident,
			users: t.users, stats: &storeStats{}, pinned: t.seen().hold(),
		},
		root: t.root, ticket: t.ticket, rows: t.rows, live: t.live, mem: t.mem,
		dirtyBytes: t.dirtySize(), masks: slices.Clone(t.settledMasks()),
	}
	f.users.Add(1)
	d := t.db
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forks[f] = true
	d.balancer.stale = true
	return f
}

// Release gives a fork back, between steps. It must not be used afterwards. Closing
// the DB releases all that are left.
func (t *Tree) Release() {
	d := t.db
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.forks[t] {
		t.unpin()
		delete(d.forks, t)
		d.balancer.stale = true
	}
}

// unpin lets go of what a fork sees of the disk.
func (t *Tree) unpin() {
	t.cold.drop(t.db)
	if err := t.pinned.release(); err != nil {
		t.db.fail(err)
	}
	t.users.Add(-1)
}
