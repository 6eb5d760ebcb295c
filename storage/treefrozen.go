package storage

import "bytes"

// frozenTree is a tree as it was at a freeze; the committer alone reads it.
type frozenTree struct {
	owner  *Tree
	root   *page
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

func (f *frozenTree) write(w rowWriter) error {
	var err error
	var leaf *page
	var last []byte
	walkDirty(f.root, f.after, func(p *page, i int) {
		if err != nil {
			return
		}
		h, key, value := p.row(i)
		err = w(key, value, h.tomb())
		if !h.tomb() {
			return
		}
		// The first and the last tombstone of a leaf: if the leaf is split
		// meanwhile, both parts are likely to be found.
		if p != leaf {
			if last != nil {
				f.purges = append(f.purges, last)
			}
			leaf, last = p, nil
			f.purges = append(f.purges, bytes.Clone(key))
		} else {
			last = append(last[:0:0], key...)
		}
	})
	if last != nil {
		f.purges = append(f.purges, last)
	}
	return err
}
