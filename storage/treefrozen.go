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
	f := &frozenTree{owner: t, root: t.root, after: t.done, size: min(t.mem, t.dirtySize())}
	for _, m := range masks {
		f.ranges = append(f.ranges, m.keyRange)
	}
	return f
}

// dirtySize bounds the bytes of leaves that changed, looking only at the top of
// the tree.
func (t *Tree) dirtySize() int64 {
	if t.root.leaf() {
		return int64(t.root.live())
	}
	var n int64
	share := t.mem / int64(t.root.len())
	for _, kid := range t.root.kids {
		if kid.gen > t.done {
			n += share
		}
	}
	return n
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
