package jsonpath

import (
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

func (p *parser) or() (*Node, error) { return p.connective("||", Or, p.and) }

func (p *parser) connective(word string, op Op, arm func() (*Node, error)) (*Node, error) {
	left, err := arm()
	for err == nil && p.cur().is(word) {
		if !isPredicate(left) {
			return nil, p.unexpected()
		}
		p.n++
		var right *Node
		if right, err = arm(); err == nil && !isPredicate(right) {
			err = p.unexpected()
		}
		left = &Node{Op: op, Left: left, Right: right}
	}
	return left, err
}

func isPredicate(n *Node) bool { return n.Op.isPredicate() && n.Next == nil }

var comparisons = map[string]Op{
	"==": Equal, "!=": NotEqual, "<>": NotEqual, "<": Less, ">": Greater, "<=": LessEqual, ">=": GreaterEqual,
}

// predicate reads a comparison, or an expression alone.
func (p *parser) predicate() (*Node, error) {
	if p.cur().is("!") {
		return p.not()
	}
	left, err := p.sum()
	if err != nil || isPredicate(left) {
		return left, err
	}
	t := p.cur()
	op, compares := comparisons[t.text]
	switch {
	case t.kind == tokSymbol && compares:
		p.n++
		right, err := p.sum()
		if err == nil && isPredicate(right) {
			err = p.unexpected()
		}
		return &Node{Op: op, Left: left, Right: right}, err
	case p.take("starts"):
		if err := p.expect("with"); err != nil {
			return nil, err
		}
		t := p.cur()
		if t.kind != tokString && t.kind != tokVariable {
			return nil, p.unexpected()
		}
		right, err := p.primary()
		return &Node{Op: StartsWith, Left: left, Right: right}, err
	case p.take("like_regex"):
		return p.likeRegex(left)
	}
	return left, nil
}

// not takes a predicate in parentheses, or exists().
func (p *parser) not() (*Node, error) {
	p.n++
	if !p.cur().is("(") && !p.cur().is("exists") {
		return nil, p.unexpected()
	}
	arg, err := p.primary()
	if err == nil && (!isPredicate(arg) || arg.Op == IsUnknown) {
		err = p.unexpected()
	}
	return &Node{Op: Not, Left: arg}, err
}

const regexFlags = "ismxq"

func (p *parser) likeRegex(left *Node) (*Node, error) {
	t := p.cur()
	if t.kind != tokString {
		return nil, p.unexpected()
	}
	p.n++
	n := &Node{Op: LikeRegex, Left: left, Text: t.text}
	if !p.take("flag") {
		return n, nil
	}
	given := p.cur()
	if given.kind != tokString {
		return nil, p.unexpected()
	}
	p.n++
	for _, c := range given.text {
		if !strings.ContainsRune(regexFlags, c) {
			err := fault.New("42601", "invalid input syntax for type jsonpath")
			err.Detail = "Unrecognized flag character \"" + string(c) + "\" in LIKE_REGEX predicate."
			return nil, err
		}
	}
	for _, c := range regexFlags {
		if strings.ContainsRune(given.text, c) {
			n.Flags += string(c)
		}
	}
	if strings.Contains(n.Flags, "x") && !strings.Contains(n.Flags, "q") {
		return nil, fault.New(fault.Unsupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
	}
	return n, nil
}

func (p *parser) and() (*Node, error) { return p.connective("&&", And, p.predicate) }
