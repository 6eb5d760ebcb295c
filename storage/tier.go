package storage

// loadPart is how many bytes a store loads between two looks at the budget.
const loadPart = 64 << 10

// admit loads a store's rows from disk if the budget has room for them, and
// reports whether all of them are in memory now. Rows loaded in vain are clean,
// and go when the budget wants them to.
func (d *DB) admit(s *store, before int64, put func(key, value []byte), size func() int64) bool {
	s.coldReads = 0
	cold := s.stats.coldBytes.Load()
	if cold == 0 && s.stats.coldRows.Load() == 0 && !s.stats.onDisk.Load() {
		return true // no commit ever wrote a row of this store
	}
	if cold > d.memory.room() {
		return false
	}
	it := d.view.open(d, s.prefix, nil, nil, nil)
	if it == nil {
		return false
	}
	defer it.close()
	last := before
	for it.first(false); it.valid(); it.step(false) {
		put(it.key(), it.value())
		if now := size(); now-last > loadPart {
			d.memory.state.Add(now - last)
			if d.memory.room() < 0 {
				return false
			}
			last = now
		}
	}
	return it.it.Error() == nil
}
