package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
)

// Semi and anti join. Meaning: the rows of A whose key has at least one row in
// B, or has none; a NULL in the key has none, unless nulls are equal.
// Delta rule: for each key of dA or dB, B's presence before and after: where
// it stays as the operator wants it, dA; where it becomes so, A_now; where it
// ceases to be so, -A_before.
// State: none but the two arrangements.
// Cost: a probe of B for each changed key. Pathology: when the first or the
// last row of a key in B comes or goes, all rows of A with that key do, too.
//
// NOT IN (null-aware anti join, with a key of one column) also asks whether B
// has rows and has a NULL: of an empty B every row passes; if B has a NULL none
// does; otherwise the rows pass whose key is not NULL and is not in B. So B is
// whole on every shard, and when its state changes in this way, every row of A
// is looked at again.

func (s Semi) build(c *Circuit, n *node) error {
	l, r := n.ins[0], n.ins[1]
	if err := checkJoin(l, r); err != nil {
		return err
	}
	if s.NullAware && (!s.Anti || s.NullsEqual || len(l.arr[0].key) != 1) {
		return fmt.Errorf("null-aware is for anti joins by one column whose nulls are not equal")
	}
	cols := s.Out
	if cols == nil {
		cols = identity(len(l.types))
	}
	if err := checkCols(cols, l.types); err != nil {
		return err
	}
	n.types = pick(l.types, cols)
	for shard := range c.shards {
		o := &semiOp{presence: presence{
			a: l.arr[shard], b: r.arr[shard],
			anti: s.Anti, nullAware: s.NullAware, nullsEqual: s.NullsEqual,
			out: rowsOut{types: n.types, cols: cols},
		}}
		o.awaiting = awaiting{a: l.arr[shard], b: r.arr[shard], of: r, missing: s.Anti, make: o.rowsOf}
		n.ops = append(n.ops, o)
	}
	return nil
}

type semiOp struct {
	presence
	awaiting
}

func (o *semiOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	a, b := o.presence.a, o.presence.b
	switch {
	case a.passing:
		o.takeUp()
		return o.pass(x)
	case b.passing:
		return o.mark(x)
	case o.overlooks():
		if err := settle(x, a, b); err != nil {
			return nil, err
		}
	default:
		if err := settleBoth(x, a, b); err != nil {
			return nil, err
		}
	}
	return o.presence.step(x)
}

// mark is the step of a join whose right side goes by.
func (o *semiOp) mark(x *stepCtx) (row.Delta, error) {
	m, err := o.awaiting.keys(x)
	if err != nil {
		return nil, err
	}
	b := o.presence.b
	for _, d := range b.arrived {
		o.passed.find(m.table, d, b.key, o.nullsEqual)
		m.count(o.passed.numbers, d.Weights)
		if err := x.tick(d.Len()); err != nil {
			return nil, err
		}
	}
	return o.show(x)
}

// rowsOf are rows of the left side.
func (p *presence) rowsOf(l *lookup, rows []int32) *row.Batch {
	return l.rows.Project(p.out.cols).Gather(rows)
}

// presence keeps the rows of a by the presence of their key in b.
type presence struct {
	a, b       *arrangement
	anti       bool
	nullAware  bool
	nullsEqual bool
	out        rowsOut
	row        *row.Batch // scratch
	passed     passed
}

// notIn is the state of NOT IN's right side.
type notIn uint8

const (
	byKey    notIn = iota
	allPass        // it is empty
	nonePass       // it has a NULL
)

func (p *presence) step(x *stepCtx) (row.Delta, error) {
	da, db := p.a.delta, p.b.delta
	if da == nil && db == nil {
		return nil, nil
	}
	if p.row == nil {
		p.row = row.NewBatch(p.a.types, 1)
	}
	var was, is notIn
	if p.nullAware {
		var err error
		if was, is, err = p.modes(); err != nil {
			return nil, err
		}
	}
	if was != is {
		if err := p.everyKey(x, was, is); err != nil {
			return nil, err
		}
		return p.out.take(), nil
	}
	p.b.prefetch(da)
	err := mergeGroups(da, db, func(prefix []byte, alo, ahi, blo, bhi int) error {
		return p.key(x, prefix, alo, ahi, bhi > blo, was, is)
	})
	if err != nil {
		return nil, err
	}
	return p.out.take(), nil
}

// pass is the rows of a that go by and whose key is, or is not, in b, which has ended.
func (p *presence) pass(x *stepCtx) (row.Delta, error) {
	l, err := p.b.lookup(x)
	if err != nil {
		return nil, err
	}
	mode := byKey
	switch {
	case !p.nullAware:
	case l.rows.Len() == 0:
		mode = allPass
	case l.hasNull():
		mode = nonePass
	}
	var out row.Delta
	for _, b := range p.a.arrived {
		if o := p.kept(l, b, mode); o.Len() > 0 {
			out = append(out, o)
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// kept is the rows of a batch that belong to the result.
func (p *presence) kept(l *lookup, b *row.Batch, mode notIn) *row.Batch {
	cols := b.Project(p.out.cols)
	if mode == allPass {
		return cols
	}
	sel := p.passed.own[:0]
	if mode == byKey {
		p.passed.find(l, b, p.a.key, p.nullsEqual)
		for i, n := range p.passed.numbers {
			if (n != absent) != p.anti && !(p.nullAware && p.a.keyNull(b, i)) {
				sel = append(sel, int32(i))
			}
		}
	}
	p.passed.own = sel
	if len(sel) == b.Len() {
		return cols
	}
	return cols.Gather(sel)
}

// mergeGroups visits the keys of two deltas in order, with their rows' ranges.
func mergeGroups(a, b *sorted, fn func(prefix []byte, alo, ahi, blo, bhi int) error) error {
	i, j := 0, 0
	for i < a.len() || j < b.len() {
		c := 0
		switch {
		case i >= a.len():
			c = 1
		case j >= b.len():
			c = -1
		default:
			c = bytes.Compare(a.prefix(i), b.prefix(j))
		}
		alo, blo := i, j
		var prefix []byte
		if c <= 0 {
			prefix, i = a.prefix(i), a.groupEnd(i)
		}
		if c >= 0 {
			prefix, j = b.prefix(j), b.groupEnd(j)
		}
		if err := fn(prefix, alo, i, blo, j); err != nil {
			return err
		}
	}
	return nil
}

// key emits the changes of one key. Rows alo..ahi of a's delta are its own.
func (p *presence) key(x *stepCtx, prefix []byte, alo, ahi int, bChanged bool, was, is notIn) error {
	if err := x.tick(1); err != nil {
		return err
	}
	passesNow, err := p.passes(now, is, prefix)
	if err != nil {
		return err
	}
	passed := passesNow
	if bChanged || was != is {
		if passed, err = p.passes(before, was, prefix); err != nil {
			return err
		}
	}
	switch {
	case passed && passesNow:
		for i := alo; i < ahi; i++ {
			b, r := p.a.delta.at(i)
			p.out.add(b, r, p.a.delta.weight(i))
		}
		return nil
	case passesNow:
		return p.emit(x, now, prefix, 1)
	case passed:
		return p.emit(x, before, prefix, -1)
	}
	return nil
}

// emit adds all rows of a with a key.
func (p *presence) emit(x *stepCtx, as view, prefix []byte, sign int64) error {
	return p.a.scan(as, prefix, func(key []byte, w int64) (bool, error) {
		p.row.Reset()
		if err := decodeEntry(p.a.rows, key, w, p.row); err != nil {
			return false, err
		}
		p.out.add(p.row, 0, sign*w)
		return true, x.tick(1)
	})
}

// passes says whether rows of a with a key belong to the result.
func (p *presence) passes(as view, mode notIn, prefix []byte) (bool, error) {
	if mode != byKey {
		return mode == allPass, nil
	}
	if !p.nullsEqual {
		null, err := prefixNull(p.a.rows, prefix)
		if err != nil || null {
			return p.anti && !p.nullAware, err
		}
	}
	has, err := p.b.has(as, prefix)
	return has != p.anti, err
}

// modes are the states of NOT IN's right side before and after the step.
func (p *presence) modes() (was, is notIn, err error) {
	if is, err = p.mode(now); err != nil {
		return is, is, err
	}
	if p.b.delta == nil {
		return is, is, nil
	}
	was, err = p.mode(before)
	return was, is, err
}

func (p *presence) mode(as view) (notIn, error) {
	any, err := p.b.has(as, nil)
	if err != nil {
		return 0, err
	}
	if !any {
		return allPass, nil
	}
	null, err := p.b.has(as, nullPrefix)
	if null {
		return nonePass, err
	}
	return byKey, err
}

// everyKey looks at all keys of a: those that it has now, and those that it
// only had before.
func (p *presence) everyKey(x *stepCtx, was, is notIn) error {
	keys, err := p.keys(x)
	if err != nil {
		return err
	}
	return mergeGroups(p.a.delta, keys, func(prefix []byte, alo, ahi, _, _ int) error {
		return p.key(x, prefix, alo, ahi, true, was, is)
	})
}

// keys lists the keys that a has now, as the prefixes of a delta without rows.
func (p *presence) keys(x *stepCtx) (*sorted, error) {
	d := &sorted{starts: []int{0}}
	err := p.a.scan(now, nil, func(key []byte, w int64) (bool, error) {
		n, err := p.a.rows.KeyLen(key)
		if err != nil {
			return false, err
		}
		if last := d.len() - 1; last < 0 || !bytes.Equal(d.prefix(last), key[:n]) {
			d.add(nil, 0, func(dst []byte, _ *row.Batch, _ int) ([]byte, int) { return append(dst, key[:n]...), n })
			d.place(0)
		}
		return true, x.tick(1)
	})
	return d, err
}
