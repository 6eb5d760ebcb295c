package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// inList looks a list of constants up in a set; other lists are an OR.
func (c *compiler) inList(e *InList, kids []node) (node, error) {
	if set := newSet(e.Arg.Type(), e.Eq, kids[1:]); set != nil {
		return &inSet{arg: kids[0], set: set, not: e.Not}, nil
	}
	or := &logic{or: true}
	for i, item := range kids[1:] {
		or.args = append(or.args, c.call(e.Eq, boolType, kids[0], item))
		or.safe = append(or.safe, e.Eq.NoError && harmless(e.List[i]))
	}
	var n node = or
	if e.Not {
		n = &notNode{or}
	}
	return n, nil
}

// valueSet is a set of values of one type, equal by the type's "=".
type valueSet struct {
	typ    row.Type
	ints   map[int64]struct{}
	keys   map[string]struct{}
	raw    bool // keys are the bytes themselves
	null   bool // a NULL is among the items
	lo, hi int64
}

// newSet is nil where the items are not constants of the argument's type.
func newSet(t row.Type, eq *Function, items []node) *valueSet {
	if eq.Comparison != fn.Eq || len(eq.Params) != 2 || eq.Params[0] != eq.Params[1] {
		return nil
	}
	s := newValueSet(t)
	for _, item := range items {
		k, ok := item.(*constant)
		if !ok || k.col.Type.Base().Phys() != t.Phys() || t.Phys() == row.PhysBytes && k.col.Type.Base() != t.Base() {
			return nil
		}
		s.add(k.col.Datum(0))
	}
	return s
}

func newValueSet(t row.Type) *valueSet {
	s := &valueSet{typ: t.Base(), raw: t.Kind == row.Text || t.Kind == row.Varchar || t.Kind == row.Bytea || t.Kind == row.UUID || t.Kind == row.Name}
	if t.Phys() == row.PhysInt {
		s.ints = map[int64]struct{}{}
	} else {
		s.keys = map[string]struct{}{}
	}
	return s
}

func (s *valueSet) add(d row.Datum) {
	switch {
	case d.Null:
		s.null = true
	case s.ints != nil:
		if len(s.ints) == 0 {
			s.lo, s.hi = d.I, d.I
		}
		s.lo, s.hi = min(s.lo, d.I), max(s.hi, d.I)
		s.ints[d.I] = struct{}{}
	case s.raw:
		s.keys[string(d.B)] = struct{}{}
	default:
		s.keys[string(row.AppendKeyDatum(nil, s.typ, d))] = struct{}{}
	}
}

func (s *valueSet) has(c *row.Column, i int, buf []byte) (bool, []byte) {
	var ok bool
	switch {
	case s.ints != nil:
		if v := c.Ints[i]; v >= s.lo && v <= s.hi {
			_, ok = s.ints[v]
		}
	case s.raw:
		_, ok = s.keys[string(c.Bytes(i))]
	default:
		buf = row.AppendKeyDatum(buf[:0], s.typ, c.Datum(i))
		_, ok = s.keys[string(buf)]
	}
	return ok, buf
}

type inSet struct {
	arg node
	set *valueSet
	not bool
}

func (n *inSet) eval(f *frame) fn.Arg {
	a := n.arg.eval(f)
	rows := a.Col.Len()
	out := row.Column{Type: boolType, Ints: make([]int64, rows)}
	var buf []byte
	for i := range out.Ints {
		if a.Col.IsNull(i) {
			if len(n.set.ints)+len(n.set.keys) > 0 || n.set.null {
				out.SetNull(i)
			} else if n.not {
				out.Ints[i] = 1
			}
			continue
		}
		var in bool
		in, buf = n.set.has(a.Col, i, buf)
		switch {
		case !in && n.set.null:
			out.SetNull(i)
		case in != n.not:
			out.Ints[i] = 1
		}
	}
	return fn.Arg{Col: &out, Const: a.Const}
}
