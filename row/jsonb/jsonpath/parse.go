package jsonpath

import (
	"strconv"
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

func (p *parser) or() (*Node, error)  { return p.connective("||", Or, p.and) }
func (p *parser) and() (*Node, error) { return p.connective("&&", And, p.predicate) }

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
