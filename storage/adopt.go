package storage

import "fmt"

// A view is computed in throw-away stores beside the running steps, and joins
// them whole: its stores are adopted, and every row of them counts as changed
// since the last commit. Adopting costs a few nanoseconds per row, since each
// row's generation is written anew.

// AdoptTree makes a tree of NewMemTree one shard of a new arrangement. It is
// called between two steps, and the tree must have no snapshots.
func (d *DB) AdoptTree(id ArrID, shard int, t *Tree) {
	k := storeKey{id, uint16(shard)}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.trees[k] != nil || t.db != nil {
		d.fail(fmt.Errorf("storage: arrangement %d was adopted, which exists already", id))
		return
	}
	t.store = d.newStore(k)
	t.ready, t.used, t.resident = true, true, true
	t.ticket++
	t.root = stamp(t.root, t.ticket, d.gen)
	d.trees[k] = t
}

// stamp gives all rows at and below a page the generation.
func stamp(p *page, ticket uint64, gen uint32) *page {
	p.ticket, p.gen = ticket, gen
	if p.leaf() {
		for _, o := range p.offs {
			b := p.buf[o:]
			setRowHeader(b, makeHeader(gen, 0))
		}
		return p
	}
	for _, kid := range p.kids {
		stamp(kid, ticket, gen)
	}
	return p
}

// AdoptTable makes a table of NewMemTable one shard of a new arrangement, under
// the same terms as AdoptTree.
func (d *DB) AdoptTable(id ArrID, shard int, t *Table) {
	k := storeKey{id, uint16(shard)}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tables[k] != nil || t.db != nil {
		d.fail(fmt.Errorf("storage: arrangement %d was adopted, which exists already", id))
		return
	}
	t.store = d.newStore(k)
	t.ready, t.used, t.resident = true, true, true
	for i := range t.index.segs {
		for _, slot := range t.index.segs[i].slots {
			if slot == 0 {
				continue
			}
			ref := uint32(slot)
			b := t.arena.block(ref)
			setRowHeader(b, makeHeader(d.gen, 0))
			_, _, end := rowBounds(b)
			t.noteDirty(ref, int64(end))
		}
	}
	d.tables[k] = t
}
