package jsonpaths

import (
	"bytes"

	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/row/jsonb/jsonpath"
)

// truth is the value of a predicate.
type truth uint8

const (
	unknown truth = iota
	no
	yes
)

func truthOf(v bool) truth {
	if v {
		return yes
	}
	return no
}

func (t truth) value() value { return value([...]string{"null", "false", "true"}[t]) }

// test evaluates a predicate. The error is one that no predicate swallows.
func (x *run) test(n *jsonpath.Node, v value) (truth, error) {
	switch n.Op {
	case jsonpath.And, jsonpath.Or:
		decides := truthOf(n.Op == jsonpath.Or)
		l, err := x.test(n.Left, v)
		if err != nil || l == decides {
			return l, err
		}
		r, err := x.test(n.Right, v)
		if err != nil || r == decides || l != unknown {
			return r, err
		}
		return l, nil
	case jsonpath.Not:
		t, err := x.test(n.Left, v)
		return [...]truth{unknown: unknown, no: yes, yes: no}[t], err
	case jsonpath.IsUnknown:
		t, err := x.test(n.Left, v)
		return truthOf(t == unknown), err
	case jsonpath.Exists:
		return x.exists(n, v)
	case jsonpath.StartsWith:
		return x.pairs(n, v, false, startsWith)
	case jsonpath.LikeRegex:
		return x.like(n, v)
	}
	return x.pairs(n, v, true, func(l, r value) (truth, error) { return x.compare(n.Op, l, r) })
}

func (x *run) exists(n *jsonpath.Node, v value) (truth, error) {
	var all *items
	if !x.lax() {
		all = &items{} // there may be an error behind the first item
	}
	ok, err := x.item(n.Left, v, all)
	if err != nil {
		return unknown, hard(err)
	}
	if all != nil {
		ok = len(all.list) > 0
	}
	return truthOf(ok), nil
}

// hard is an error that is no failure.
func hard(err error) error {
	if isFailure(err) {
		return nil
	}
	return err
}

// pairs tests each pair of what the two operands give. In strict mode one pair that
// cannot be compared makes the result unknown.
func (x *run) pairs(n *jsonpath.Node, v value, unwrapRight bool, holds func(l, r value) (truth, error)) (truth, error) {
	left, err := x.operand(n.Left, v)
	if err != nil {
		return unknown, hard(err)
	}
	var right items
	switch {
	case n.Right == nil:
		right.list = []value{nil}
	case unwrapRight:
		right, err = x.operand(n.Right, v)
	default:
		_, err = x.item(n.Right, v, &right)
	}
	if err != nil {
		return unknown, hard(err)
	}
	found, failed := false, false
	for _, l := range left.list {
		for _, r := range right.list {
			t, err := holds(l, r)
			switch {
			case err != nil:
				return unknown, err
			case t == unknown && !x.lax():
				return unknown, nil
			case t == unknown:
				failed = true
			case t == yes && x.lax():
				return yes, nil
			case t == yes:
				found = true
			}
		}
	}
	switch {
	case found:
		return yes, nil
	case failed:
		return unknown, nil
	}
	return no, nil
}

// compare compares scalars of one kind; null differs from all others, and nothing
// else is comparable.
func (x *run) compare(op jsonpath.Op, l, r value) (truth, error) {
	kind, other := kindOf(l), kindOf(r)
	c := 0
	switch {
	case kind != other:
		if kind == jsonb.Null || other == jsonb.Null {
			return truthOf(op == jsonpath.NotEqual), nil
		}
		return unknown, nil
	case kind == jsonb.Array || kind == jsonb.Object:
		return unknown, nil
	case kind == kindMoment:
		var ok bool
		var err error
		if c, ok, err = x.zones.compareMoments(momentOf(l), momentOf(r)); !ok {
			return unknown, err
		}
	case kind == jsonb.Number:
		a, _ := number(l)
		b, _ := number(r)
		c = a.Cmp(b)
	case kind == jsonb.String:
		c = bytes.Compare(jsonb.Unquote(nil, l), jsonb.Unquote(nil, r))
	default:
		c = bytes.Compare(l, r) // "false" sorts before "true"
	}
	return truthOf(holds(op, c)), nil
}

// holds reports that a comparison is true of what comes of comparing.
func holds(op jsonpath.Op, c int) bool {
	switch op {
	case jsonpath.Equal:
		return c == 0
	case jsonpath.NotEqual:
		return c != 0
	case jsonpath.Less:
		return c < 0
	case jsonpath.Greater:
		return c > 0
	case jsonpath.LessEqual:
		return c <= 0
	}
	return c >= 0
}

func startsWith(l, r value) (truth, error) {
	if kindOf(l) != jsonb.String || kindOf(r) != jsonb.String {
		return unknown, nil
	}
	return truthOf(bytes.HasPrefix(jsonb.Unquote(nil, l), jsonb.Unquote(nil, r))), nil
}

func (x *run) like(n *jsonpath.Node, v value) (truth, error) {
	match, err := x.q.regex(n)
	if err != nil {
		return unknown, err
	}
	return x.pairs(n, v, false, func(l, _ value) (truth, error) {
		if kindOf(l) != jsonb.String {
			return unknown, nil
		}
		return truthOf(match(jsonb.Unquote(nil, l))), nil
	})
}
