package storage

import "bytes"

// touch prepares a store for use.
func (t *Tree) touch() {
	if t.ready {
		t.used = true
		return
	}
	t.ready, t.used = true, true
	rows := t.rows
	t.resident = t.db.admit(&t.store, t.Bytes(), func(key, value []byte) {
		if _, _, found := t.root.find(key); !found {
			t.put(0, flagBase, key, value)
		}
	}, t.Bytes)
	t.rows = rows // what was loaded is in it already
	if t.resident {
		t.rows = t.countLive()
		t.cold.drop(t.db)
	}
}

// put writes a row of generation gen.
func (t *Tree) put(gen uint32, flags header, key, value []byte) {
	_, i, found := t.locate(key, false)
	t.write(i, found, makeHeader(gen, flags), key, value)
}

func (t *Tree) countLive() (n int64) {
	var c cursor
	for c.seekGE(t.root, nil); c.valid(); c.next() {
		if h, _, _ := c.row(); !h.tomb() {
			n++
		}
	}
	return n
}

func (t *Tree) getCold(key []byte) ([]byte, bool) {
	t.coldReads++
	value, ok := t.cold.get(&t.store, key)
	return bytes.Clone(value), ok
}

func (t *Tree) openCold(lo, hi []byte) *coldIter {
	t.coldReads++
	return t.db.view.open(t.db, t.prefix, lo, hi, &t.cold)
}

// evict gives up the rows that are on disk. No commit is under way.
func (t *Tree) evict() {
	old := t.root
	t.reset()
	t.resident = false
	t.purges = nil
	t.cold.drop(t.db)
	rows := t.rows
	walkDirty(old, t.done, func(p *page, i int) {
		h, key, value := p.row(i)
		t.put(h.gen(), h&(flagTomb|flagBase), key, value)
	})
	t.rows = rows
}

// walkDirty calls fn for the rows of generations above done, in key order.
func walkDirty(p *page, done uint32, fn func(p *page, i int)) {
	if p.gen <= done {
		return
	}
	if !p.leaf() {
		for _, kid := range p.kids {
			walkDirty(kid, done, fn)
		}
		return
	}
	for i := range p.slots {
		if p.header(i).gen() > done {
			fn(p, i)
		}
	}
}
