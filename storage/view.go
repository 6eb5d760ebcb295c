package storage

import (
	"bytes"
	"errors"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// coldView is the state on disk as one commit left it. Rows changed since lie
// in memory, in front of it. It is closed when nobody holds it any more.
type coldView struct {
	snap *pebble.Snapshot
	refs atomic.Int64
}

func newColdView(p *pebble.DB) *coldView {
	v := &coldView{snap: p.NewSnapshot()}
	v.refs.Store(1)
	return v
}

func (v *coldView) hold() *coldView {
	v.refs.Add(1)
	return v
}

// release returns an error only if Pebble cannot close a snapshot.
func (v *coldView) release() error {
	if v.refs.Add(-1) == 0 {
		return v.snap.Close()
	}
	return nil
}

// get returns a copy of the value of a key. Errors go to the database's list of
// failures, which the engine asks before it publishes anything.
func (v *coldView) get(db *DB, prefix, key []byte) ([]byte, bool) {
	var buf [64]byte
	full := append(append(buf[:0], prefix...), key...)
	value, closer, err := v.snap.Get(full)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		db.failAt(prefix, err)
		return nil, false
	}
	out := append(make([]byte, 0, len(value)), value...)
	if err := closer.Close(); err != nil {
		db.failAt(prefix, err)
	}
	return out, true
}

// coldIter walks the rows of one store on disk.
type coldIter struct {
	db     *DB
	prefix [prefixLen]byte
	view   *coldView
	it     *pebble.Iterator
	// home gets the iterator back when it is closed, because opening one
	// costs more than a seek.
	home  *coldCursor
	masks []tableMask // ranges that are not to be seen
}

// coldCursor keeps the iterators of a store's owner between reads, for as long
// as the view of the disk stays the same.
type coldCursor struct {
	prefix [prefixLen]byte  // of the store, once an iterator is open
	idle   *pebble.Iterator // for scans
	point  *pebble.Iterator // for point reads
	walk   *pebble.Iterator // for a tree's gaps, over the whole store
	key    []byte           // scratch

	// What the last rows that were looked for tell of the next.
	asked, absent int
	direct        bool // without the Bloom filters of the last level
}

const (
	// filterSample is after how many rows the use of filters is decided anew.
	filterSample = 512
	// filterShare is one in how many rows must not be there for the filters of the
	// last level to be worth it: of a row that is there they tell nothing, and for
	// ten times as many rows as memory holds they are larger than the cache.
	filterShare = 8
)

// decide says whether filters of the last level are asked for the next rows.
func (c *coldCursor) decide(db *DB) {
	direct := c.absent < c.asked/filterShare
	c.asked, c.absent = 0, 0
	if direct != c.direct {
		c.direct = direct
		c.close(&c.point, db)
	}
}

func (c *coldCursor) close(it **pebble.Iterator, db *DB) {
	if *it == nil {
		return
	}
	if err := (*it).Close(); err != nil {
		db.failAt(c.prefix[:], err)
	}
	*it = nil
}

func (c *coldCursor) drop(db *DB) {
	for _, it := range []**pebble.Iterator{&c.idle, &c.point, &c.walk} {
		c.close(it, db)
	}
}

// get returns the value of a key, valid until the next get. Pebble's own Get
// opens an iterator each time, and does not ask the Bloom filters of the last
// level, where nearly all rows are: a miss cost it 16 us. Here they are asked
// unless nearly all rows that are looked for are there.
func (c *coldCursor) get(s *store, key []byte) ([]byte, bool) {
	if c.asked >= filterSample {
		c.decide(s.db)
	}
	if c.point == nil {
		lower, upper := coldBounds(s.prefix, nil, nil)
		it, err := s.seen().snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper, UseL6Filters: !c.direct})
		if err != nil {
			s.fail(err)
			return nil, false
		}
		c.point, c.prefix = it, s.prefix
	}
	c.key = append(append(c.key[:0], s.prefix[:]...), key...)
	c.asked++
	if !c.point.SeekPrefixGE(c.key) {
		c.absent++
		s.fail(c.point.Error())
		return nil, false
	}
	value, err := c.point.ValueAndErr()
	if err != nil {
		s.fail(err)
		return nil, false
	}
	return value, bytes.Equal(c.point.Key(), c.key)
}

// coldBounds returns the bounds on disk of keys [lo, hi) of a store.
func coldBounds(prefix [prefixLen]byte, lo, hi []byte) (lower, upper []byte) {
	lower = append(append(make([]byte, 0, prefixLen+len(lo)), prefix[:]...), lo...)
	if hi != nil {
		return lower, append(append(make([]byte, 0, prefixLen+len(hi)), prefix[:]...), hi...)
	}
	return lower, prefixEnd(prefix[:])
}

// prefixEnd returns the first key after all keys that begin with prefix; nil
// if there is none.
func prefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

func (v *coldView) open(db *DB, prefix [prefixLen]byte, lo, hi []byte, home *coldCursor) *coldIter {
	lower, upper := coldBounds(prefix, lo, hi)
	if home != nil && home.idle != nil {
		it := home.idle
		home.idle = nil
		it.SetBounds(lower, upper)
		return &coldIter{db: db, prefix: prefix, view: v, it: it, home: home}
	}
	it, err := v.snap.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		db.failAt(prefix[:], err)
		return nil
	}
	return &coldIter{db: db, prefix: prefix, view: v, it: it, home: home}
}

func (c *coldIter) first(reverse bool) {
	if reverse {
		c.it.Last()
	} else {
		c.it.First()
	}
	c.pass(reverse)
}

func (c *coldIter) step(reverse bool) {
	if reverse {
		c.it.Prev()
	} else {
		c.it.Next()
	}
	c.pass(reverse)
}

// pass goes on to a row that is to be seen.
func (c *coldIter) pass(reverse bool) {
	for len(c.masks) > 0 && c.it.Valid() {
		r, hidden := masked(c.masks, c.key())
		if !hidden {
			return
		}
		lower, upper := coldBounds(c.prefix, r.lo, r.hi)
		if reverse {
			c.it.SeekLT(lower)
		} else if upper != nil {
			c.it.SeekGE(upper)
		} else {
			c.it.Last()
			c.it.Next()
		}
	}
}

func (c *coldIter) valid() bool { return c.it.Valid() }

func (c *coldIter) key() []byte { return c.it.Key()[prefixLen:] }

func (c *coldIter) value() []byte {
	v, err := c.it.ValueAndErr()
	if err != nil {
		c.db.failAt(c.prefix[:], err)
		return nil
	}
	return v
}

func (c *coldIter) close() {
	if err := c.it.Error(); err != nil {
		c.db.failAt(c.prefix[:], err)
	} else if c.home != nil && c.home.idle == nil && c.view == c.db.view {
		c.home.idle, c.home.prefix = c.it, c.prefix
		return
	}
	if err := c.it.Close(); err != nil {
		c.db.failAt(c.prefix[:], err)
	}
}
