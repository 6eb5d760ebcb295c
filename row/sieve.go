package row

import (
	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/ordered"
)

// Sieve is what a column's value must be in for a row to be wanted: NULL never is.
type Sieve struct {
	Col  int // a PhysInt column
	Keys *IntSet
}

// Sifter holds sieves to entries of a layout, and reads no more of an entry than
// that takes. It is used by one goroutine.
type Sifter struct {
	layout *Layout
	key    []sifted
	rest   []sifted
	since  int // how many entries were held to them since they were last looked at
}

// sifted is a column in front of the last one that has sieves, or that one.
type sifted struct {
	field
	sieves []*tried
}

// tried is a sieve that gets its chance.
type tried struct {
	Sieve
	seen, held int // rows that it has seen, and held back
}

// A sieve that holds back less than a part of so many rows is given up.
const (
	triedRows = 4096
	triedPart = 16
)

// Sifter makes a sifter for the layout's entries; nil where there is nothing to hold
// to them.
func (l *Layout) Sifter(sieves []Sieve) *Sifter {
	list := make([]*tried, len(sieves))
	for i, s := range sieves {
		list[i] = &tried{Sieve: s}
	}
	s := &Sifter{layout: l}
	if !s.lay(list) {
		return nil
	}
	return s
}

// lay puts the sieves where their columns lie; false: there are none.
func (s *Sifter) lay(sieves []*tried) bool {
	of := map[int][]*tried{}
	for _, t := range sieves {
		of[t.Col] = append(of[t.Col], t)
	}
	l := s.layout
	s.key, s.rest = nil, nil
	end := 0
	for i, k := range l.key {
		f := sifted{newField(l.types[k.Col], -1), of[k.Col]}
		f.order = k.Order
		s.key = append(s.key, f)
		if len(f.sieves) > 0 {
			end = i + 1
		}
		delete(of, k.Col)
	}
	last := 0
	for i, c := range l.rest {
		f := sifted{newField(l.types[c], -1), of[c]}
		s.rest = append(s.rest, f)
		if len(f.sieves) > 0 {
			last = i + 1
		}
	}
	if s.rest = s.rest[:last]; last == 0 || l.unique {
		s.key = s.key[:end]
	}
	return len(sieves) > 0
}

// Wanted reports that an entry's row is in all sieves.
func (s *Sifter) Wanted(key, value []byte) (bool, error) {
	if s.since++; s.since > triedRows {
		s.giveUp()
	}
	var err error
	for i := range s.key {
		f := &s.key[i]
		at := key
		if key, err = SkipKey(key, f.typ, f.order); err != nil {
			return false, err
		}
		if f.sieves == nil {
			continue
		}
		if wants, err := f.wantsKey(at); err != nil || !wants {
			return false, err
		}
	}
	if s.layout.unique {
		key = value
	}
	for i := range s.rest {
		f := &s.rest[i]
		if f.sieves == nil {
			if key, err = f.skip(key); err != nil {
				return false, err
			}
			continue
		}
		v, n := readIntValue(key)
		if n == 0 && (len(key) == 0 || key[0] != 0) {
			return false, fault.Corrupt("value")
		}
		if n == 0 || !f.wants(v) {
			return false, nil
		}
		key = key[n:]
	}
	return true, nil
}

// wantsKey is wants for a column of the key, which src starts with.
func (f *sifted) wantsKey(src []byte) (bool, error) {
	if src[0] == f.order.nullTag() {
		return false, nil
	}
	v, _, ok := ordered.Int(src, f.order.mask())
	if !ok {
		return false, fault.Corrupt("key")
	}
	return f.wants(v), nil
}

// wants reports that a value is in all sieves of its column.
func (f *sifted) wants(v int64) bool {
	for _, t := range f.sieves {
		t.seen++
		if !t.Keys.Has(v) {
			t.held++
			return false
		}
	}
	return true
}

// giveUp leaves out the sieves that hold nearly nothing back.
func (s *Sifter) giveUp() {
	s.since = 0
	var left []*tried
	for _, list := range [][]sifted{s.key, s.rest} {
		for i := range list {
			for _, t := range list[i].sieves {
				if t.seen < triedRows/triedPart || t.held > t.seen/triedPart {
					left = append(left, t)
				}
				t.seen, t.held = 0, 0
			}
		}
	}
	s.lay(left)
}
