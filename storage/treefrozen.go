package storage

import "bytes"

// frozenTree is a tree as it was at a freeze; the committer alone reads it.
type frozenTree struct {
	owner  *Tree
	root   *page   // nil once choose was called
	leaves []*page // with changes, in key order; nil once they are written
	after  uint32
	size   int64
	purges [][]byte   // filled by write
	ranges []keyRange // deleted before the rows were written
}

// freeze returns what changed in generations not on disk; nil if nothing did.
func (t *Tree) freeze() *frozenTree {
	masks := t.settledMasks()
	if t.root.gen <= t.done && len(masks) == 0 {
		return nil
	}
	t.ticket++
	f := &frozenTree{owner: t, root: t.root, after: t.done, size: t.dirtySize()}
	t.dirtyBytes, t.frozenBytes = 0, f.size
	for _, m := range masks {
		f.ranges = append(f.ranges, m.keyRange)
	}
	return f
}

// dirtySize returns about how many bytes no eviction can free before a commit.
func (t *Tree) dirtySize() int64 { return max(0, t.dirtyBytes) + t.frozenBytes }

// noteWrite counts a row of this generation, of n bytes, that takes the place of
// one of was bytes.
func (t *Tree) noteWrite(old header, was, n int) {
	t.dirtyBytes += int64(n)
	if old.gen() == t.cur {
		t.dirtyBytes -= int64(was)
	}
}

// settle hands what a commit has made superfluous to the tree.
func (f *frozenTree) settle() {
	t := f.owner
	t.frozenBytes = 0
	t.purges = append(t.purges, f.purges...)
}

// restore makes the rows of a failed commit count as changed again.
func (f *frozenTree) restore() {
	f.owner.dirtyBytes += f.owner.frozenBytes
	f.owner.frozenBytes = 0
}

// choose finds the leaves with changes, and lets go of all others: what is evicted
// while the commit is under way would else stay in memory until its end.
func (f *frozenTree) choose() {
	f.leaves = dirtyLeaves(f.leaves, f.root, f.after)
	f.root = nil
}

// write writes the changes in the leaves that choose has found, once.
func (f *frozenTree) write(w rowWriter) error {
	for i, leaf := range f.leaves {
		if err := f.writeLeaf(leaf, w); err != nil {
			return err
		}
		f.leaves[i] = nil
	}
	return nil
}

func (f *frozenTree) writeLeaf(p *page, w rowWriter) error {
	first, last := -1, -1
	for i := range p.slots {
		h, key, value := p.row(i)
		if h.gen() <= f.after {
			continue
		}
		if err := w(key, value, h.tomb()); err != nil {
			return err
		}
		if h.tomb() {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	// The first and the last tombstone of a leaf: if the leaf is split meanwhile,
	// both parts are likely to be found.
	if first >= 0 {
		f.purges = append(f.purges, bytes.Clone(p.key(first)))
	}
	if last > first {
		f.purges = append(f.purges, bytes.Clone(p.key(last)))
	}
	return nil
}

// dirtyLeaves adds the leaves with changes of generations above done, in key order.
func dirtyLeaves(to []*page, p *page, done uint32) []*page {
	if p.gen <= done {
		return to
	}
	if p.leaf() {
		return append(to, p)
	}
	for _, kid := range p.kids {
		to = dirtyLeaves(to, kid, done)
	}
	return to
}
