package storage

// evictSome evicts the whole tree.
func (t *Tree) evictSome(int64) int64 {
	if t.unsettled() || t.dirtySize() >= t.mem {
		return 0
	}
	before := t.Bytes()
	t.evict()
	return before - t.Bytes()
}

// loadSome lets the next use load the whole tree.
func (t *Tree) loadSome(int64) bool {
	t.ready = false
	t.touch()
	return t.resident
}
