package storage

// Changes by who knows what is there: of a set, for instance, to which only rows
// come that it has not, and from which only rows go that it has. They never read
// the disk. They report false, and change nothing, where memory knows that it is
// not so; where only disk could tell, they believe.

// Add sets the value of a key that is not there.
func (t *Tree) Add(key, value []byte) bool {
	t.touch()
	p, i, found := t.locate(key, true)
	if found {
		if !p.header(i).tomb() {
			return false
		}
		t.write(i, true, makeHeader(t.cur, 0), key, value)
		return true
	}
	h := makeHeader(t.cur, 0)
	if p.openAt(i) {
		h |= flagOpen // but not flagBase: disk has no older version
	}
	t.enter(t.ownPath(t.cur), i, h, key, value)
	return true
}

// Remove deletes a key that is there.
func (t *Tree) Remove(key []byte) bool {
	t.touch()
	p, i, found := t.locate(key, true)
	if found {
		if p.header(i).tomb() {
			return false
		}
		t.erase(i, key)
		return true
	}
	if !p.openAt(i) {
		return false
	}
	if _, gone := masked(t.settledMasks(), key); gone {
		return false
	}
	t.rows--
	t.enter(t.ownPath(t.cur), i, makeHeader(t.cur, flagTomb|flagBase|flagOpen), key, nil)
	return true
}
