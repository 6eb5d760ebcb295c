package jsonpath

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row/fault"
)

// accessors reads what is applied to n.
func (p *parser) accessors(n *Node) error {
	for {
		next, err := p.accessor()
		if next == nil || err != nil {
			return err
		}
		n.Next, n = next, next
	}
}

func (p *parser) accessor() (*Node, error) {
	switch {
	case p.take("."):
		return p.member()
	case p.take("["):
		return p.subscripts()
	case p.take("?"):
		if err := p.expect("("); err != nil {
			return nil, err
		}
		arg, err := p.or()
		if err == nil && !isPredicate(arg) {
			err = p.unexpected()
		}
		if err == nil {
			err = p.expect(")")
		}
		return &Node{Op: Filter, Left: arg}, err
	}
	return nil, nil
}

var methods = map[string]Op{
	"type": Type, "size": Size, "abs": Abs, "floor": Floor, "ceiling": Ceiling, "double": Double, "datetime": Datetime, "keyvalue": KeyValue,
}

// member reads what follows a dot.
func (p *parser) member() (*Node, error) {
	t := p.cur()
	switch {
	case p.take("*"):
		return &Node{Op: AnyKey}, nil
	case p.take("**"):
		return p.depths()
	case t.kind != tokWord && t.kind != tokString:
		return nil, p.unexpected()
	}
	p.n++
	op, isMethod := methods[strings.ToLower(t.text)]
	if !isMethod || t.kind != tokWord || !p.cur().is("(") {
		return &Node{Op: Key, Text: t.text}, nil
	}
	p.n++
	n := &Node{Op: op}
	if a := p.cur(); op == Datetime && a.kind == tokString {
		n.Left = &Node{Op: String, Text: a.text}
		p.n++
	}
	return n, p.expect(")")
}

func (p *parser) depths() (*Node, error) {
	n := &Node{Op: AnyDepth, Last: Deepest}
	if !p.take("{") {
		return n, nil
	}
	var err error
	if n.First, err = p.level(); err != nil {
		return nil, err
	}
	n.Last = n.First
	if p.take("to") {
		if n.Last, err = p.level(); err != nil {
			return nil, err
		}
	}
	return n, p.expect("}")
}

func (p *parser) level() (uint32, error) {
	t := p.cur()
	if p.take("last") {
		return Deepest, nil
	}
	if t.kind != tokInt {
		return 0, p.unexpected()
	}
	p.n++
	v, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		return 0, fault.Range("integer", t.text)
	}
	return uint32(v), nil
}

func (p *parser) subscripts() (*Node, error) {
	if p.take("*") {
		return &Node{Op: AnyArray}, p.expect("]")
	}
	n := &Node{Op: Index}
	for {
		var s Subscript
		var err error
		if s.From, err = p.value(); err == nil && p.take("to") {
			s.To, err = p.value()
		}
		if err != nil {
			return nil, err
		}
		n.Subscripts = append(n.Subscripts, s)
		if !p.take(",") {
			return n, p.expect("]")
		}
	}
}

// value reads an expression that is no predicate.
func (p *parser) value() (*Node, error) {
	n, err := p.sum()
	if err == nil && isPredicate(n) {
		err = p.unexpected()
	}
	return n, err
}
