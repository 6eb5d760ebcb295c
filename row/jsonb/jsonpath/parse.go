package jsonpath

import (
	"strings"

	"github.com/tarndb/tarn/row/fault"
	"github.com/tarndb/tarn/row/numeric"
)

// Canonical appends the physical form of a path's text.
func Canonical(dst []byte, text string) ([]byte, error) {
	p, err := Parse(text)
	if err != nil {
		return dst, err
	}
	return p.AppendText(dst), nil
}

// Parse reads a path.
func Parse(text string) (*Path, error) {
	p := parser{lexer: lexer{src: text}}
	for {
		t, err := p.next()
		if err != nil {
			return nil, err
		}
		p.toks = append(p.toks, t)
		if t.kind == tokEnd {
			break
		}
	}
	if len(p.toks) == 1 {
		return nil, fault.Syntax("jsonpath", text)
	}
	out := &Path{}
	if out.Strict = p.take("strict"); !out.Strict {
		p.take("lax")
	}
	root, err := p.or()
	if err == nil && p.cur().kind != tokEnd {
		err = p.unexpected()
	}
	if err != nil {
		return nil, err
	}
	out.Root = root
	return out, check(root, false, false)
}

// maxDepth bounds nesting, so that input cannot exhaust the stack.
const maxDepth = 1000

type parser struct {
	lexer
	toks  []token
	n     int
	depth int
}

func (p *parser) cur() *token { return &p.toks[p.n] }

func (p *parser) unexpected() error { return syntaxError("syntax error", p.cur().shown) }

// keywords are those that may not begin a value; true, false and null are words of
// small letters only.
func (t *token) is(word string) bool {
	switch word {
	case "true", "false", "null":
		return t.kind == tokWord && t.text == word
	}
	return t.kind == tokWord && strings.EqualFold(t.text, word) || t.kind == tokSymbol && t.text == word
}

func (p *parser) take(word string) bool {
	if !p.cur().is(word) {
		return false
	}
	p.n++
	return true
}

func (p *parser) expect(word string) error {
	if !p.take(word) {
		return p.unexpected()
	}
	return nil
}

func (p *parser) sum() (*Node, error) {
	return p.arithmetic(map[string]Op{"+": Add, "-": Sub}, p.product)
}

func (p *parser) product() (*Node, error) {
	return p.arithmetic(map[string]Op{"*": Mul, "/": Div, "%": Mod}, p.signed)
}

func (p *parser) arithmetic(ops map[string]Op, operand func() (*Node, error)) (*Node, error) {
	left, err := operand()
	for err == nil {
		op, ok := ops[p.cur().text]
		if !ok || p.cur().kind != tokSymbol {
			break
		}
		if isPredicate(left) {
			return nil, p.unexpected()
		}
		p.n++
		var right *Node
		if right, err = operand(); err == nil && isPredicate(right) {
			err = p.unexpected()
		}
		left = &Node{Op: op, Left: left, Right: right}
	}
	return left, err
}

func (p *parser) signed() (*Node, error) {
	op := map[string]Op{"+": Plus, "-": Minus}[p.cur().text]
	if op == Null || p.cur().kind != tokSymbol {
		return p.primary()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.n++
	arg, err := p.signed()
	switch {
	case err != nil:
		return nil, err
	case isPredicate(arg):
		return nil, p.unexpected()
	case arg.Op != Number || arg.Next != nil:
		return &Node{Op: op, Left: arg}, nil
	case op == Minus:
		arg.Number = arg.Number.Neg()
	}
	return arg, nil
}

func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fault.New("54001", "stack depth limit exceeded")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// primary reads an operand with its accessors, or a predicate that stands in
// parentheses.
func (p *parser) primary() (*Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	t := p.cur()
	if t.is("(") || t.is("exists") {
		return p.group()
	}
	n := &Node{Text: t.text}
	switch {
	case t.kind == tokString:
		n.Op = String
	case t.kind == tokVariable:
		n.Op = Variable
	case t.kind == tokInt, t.kind == tokNumber:
		d, err := numeric.Parse(t.text)
		if err != nil {
			return nil, err
		}
		n.Op, n.Number = Number, d
	case t.is("true"), t.is("false"):
		n.Op, n.True = Bool, t.text == "true"
	case t.is("null"):
		n.Op = Null
	case t.is("$"):
		n.Op = Root
	case t.is("@"):
		n.Op = Current
	case t.is("last"):
		n.Op = Last
	default:
		return nil, p.unexpected()
	}
	p.n++
	return n, p.accessors(n)
}

// group reads (...) or exists(...).
func (p *parser) group() (*Node, error) {
	exists := p.take("exists")
	if err := p.expect("("); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err == nil && exists && isPredicate(inner) {
		err = p.unexpected()
	}
	if err == nil {
		err = p.expect(")")
	}
	switch {
	case err != nil:
		return nil, err
	case exists:
		return &Node{Op: Exists, Left: inner}, nil
	case isPredicate(inner) && p.take("is"):
		return &Node{Op: IsUnknown, Left: inner}, p.expect("unknown")
	}
	last := inner
	for last.Next != nil {
		last = last.Next
	}
	return inner, p.accessors(last)
}

// check refuses @ outside of filters and LAST outside of subscripts.
func check(n *Node, inFilter, inSubscript bool) error {
	for ; n != nil; n = n.Next {
		switch {
		case n.Op == Current && !inFilter:
			return fault.New("42601", "@ is not allowed in root expressions")
		case n.Op == Last && !inSubscript:
			return fault.New("42601", "LAST is allowed only in array subscripts")
		}
		for _, arg := range []*Node{n.Left, n.Right} {
			if err := check(arg, inFilter || n.Op == Filter, inSubscript); err != nil {
				return err
			}
		}
		for _, s := range n.Subscripts {
			for _, arg := range []*Node{s.From, s.To} {
				if err := check(arg, inFilter, true); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
